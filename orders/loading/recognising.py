"""Which profile a file is written for, by the headings in its first row."""

from contextlib import closing
from typing import BinaryIO

from backoffice.bulk.reading import read_rows
from backoffice.exceptions import BadInput
from orders.loading.fields import REQUIRED
from orders.models import ImportProfile
from orders.profiles import GENERIC


def recognise(file: BinaryIO) -> ImportProfile | None:
    """The profile that knows most of the file's columns, and all that it needs; else ``None``."""
    known = [(_columns_found(profile, file), profile) for profile in ImportProfile.objects.all()]
    found = [(count, profile) for count, profile in known if count]
    file.seek(0)
    return max(found, key=lambda pair: pair[0])[1] if found else None


def profile_for(file: BinaryIO) -> ImportProfile:
    """The recognised profile, or the generic one, whose check then says what is missing."""
    return recognise(file) or ImportProfile.objects.get(code=GENERIC)


def _columns_found(profile: ImportProfile, file: BinaryIO) -> int:
    """How many of the profile's columns the header has; 0 when a needed one is missing."""
    try:
        with closing(read_rows(file, separator=profile.separator)) as rows:
            header = {str(cell).strip() for cell in next(rows).cells}
    except BadInput:
        return 0
    if not {profile.columns.get(field) for field in REQUIRED} <= header:
        return 0
    return len(header & set(profile.columns.values()))
