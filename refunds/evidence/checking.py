"""From an upload to what is kept: looked at before any lock is taken, because decoding takes time.

The decoders are loaded with the first picture: a worker that sees none does without their memory.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from django.core.files.base import ContentFile, File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from backoffice.exceptions import BadInput
from refunds.evidence.content import recognise
from refunds.evidence.limits import FAMILIES, MOST_AT_ONCE, PICTURE, Family, family_of


class Refused(BadInput):
    """A file that is not taken as evidence; the sentence names it."""


@dataclass(frozen=True)
class Checked:
    """A file that may be kept. ``original`` is the hash of what was brought."""

    name: str
    content: File
    content_type: str
    sha256: str
    original: str
    width: int | None = None
    height: int | None = None
    preview: bytes = b""

    @property
    def size(self) -> int:
        """Bytes."""
        return self.content.size


Upload = File | Checked


def check_all(uploads: Upload | Sequence[Upload]) -> list[Checked]:
    """Every upload, looked at; raises ``Refused`` for the first that is not taken, naming it."""
    files = [uploads] if isinstance(uploads, File | Checked) else list(uploads)
    if not files:
        raise Refused(_("Choose at least one file."))
    if len(files) > MOST_AT_ONCE:
        raise Refused(_("Attach at most %(most)d files at once.") % {"most": MOST_AT_ONCE})
    return [file if isinstance(file, Checked) else check(file) for file in files]


def check(upload: File) -> Checked:
    """One upload, recognised by its content; pictures are drawn anew. Raises ``Refused``."""
    name = PurePath((upload.name or "").replace("\\", "/")).name
    try:
        return _checked(upload, name)
    except BadInput as refusal:
        raise Refused(f"{name[-80:]}: {refusal}" if name else str(refusal)) from refusal


def _checked(upload: File, name: str) -> Checked:
    if not upload.size:
        raise BadInput(_("The file is empty."))
    found = recognise(upload)
    if found is None:
        raise BadInput(
            _(
                "Only pictures (JPEG, PNG, WebP, HEIC), videos (MP4, MOV, WebM) and PDF documents "
                "without scripts are taken, and a file has to be whole."
            )
        )
    family, content_type = found
    _check_name(name, family)
    if upload.size > family.most_bytes:
        raise BadInput(
            _("The file is larger than %(most)s. Attach a smaller one.")
            % {"most": filesizeformat(family.most_bytes)}
        )
    digest = _digest(upload)
    if family is PICTURE:
        return _picture(upload, name, digest)
    return Checked(_called(name, content_type), upload, content_type, digest, digest)


def _check_name(name: str, family: Family) -> None:
    """A name may be wrong within its family; a name that promises something else is a lie."""
    ending = PurePath(name).suffix.lower()
    if ending and ending not in family.endings:
        promised = next((f.label for f in FAMILIES if ending in f.endings), None)
        raise BadInput(
            _("The name says %(promised)s, but the file is %(found)s. Give it its right name.")
            % {"promised": promised or f"“{ending[:12]}”", "found": family.label}
        )


def _picture(upload: File, name: str, digest: str) -> Checked:
    from refunds.evidence.pictures import draw_anew  # its codecs take long to load

    drawn = draw_anew(upload)
    return Checked(
        name=_called(name, drawn.content_type),
        content=ContentFile(drawn.content),
        content_type=drawn.content_type,
        sha256=hashlib.sha256(drawn.content).hexdigest(),
        original=digest,
        width=drawn.width,
        height=drawn.height,
        preview=drawn.preview,
    )


def _called(name: str, content_type: str) -> str:
    """The given name with the ending that its content has, so that a download opens."""
    ending = family_of(content_type).types[content_type]
    path = PurePath(name or "evidence")
    right = path.suffix.lower() in (ending, ".jpeg" if ending == ".jpg" else ending)
    return (name if right and name else f"{path.stem}{ending}")[-200:]


def _digest(upload: File) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()
