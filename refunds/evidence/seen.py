"""Pictures in a gallery: one reading for all that a page shows, instead of one for each of them.

The page puts on record which previews it shows, and gives each address a mark that says so: for this person,
this file, this hour. A preview that is asked for without its mark is put on record by itself.
"""

from django.core.signing import Signer
from django.utils.crypto import constant_time_compare

from backoffice import clock
from backoffice.models import User
from backoffice.privacy.reading import current_look
from refunds.models import Evidence

MARK = "seen"  # in the address
HOUR = 3600


def shown(file: Evidence) -> str:
    """The mark of a preview that the page at hand shows; it is on record from now on."""
    look = current_look()
    if look is None:
        return ""
    look.note(f"refunds.evidence {file.pk} preview")
    return _mark(look.user, file, _hour())


def note(file: Evidence, mark: str) -> None:
    """Put down that a preview is handed out, unless ``mark`` says that it is on record already."""
    look = current_look()
    if look is None:
        return
    lately = (_mark(look.user, file, _hour() - back) for back in (0, 1))
    if not any(constant_time_compare(mark, one) for one in lately):
        look.note(f"refunds.evidence {file.pk} preview")


def _mark(user: User, file: Evidence, hour: int) -> str:
    signer = Signer(salt="refunds.evidence.seen")
    return signer.signature(f"{user.pk}:{file.pk}:{hour}")


def _hour() -> int:
    """Addresses stay as they are for an hour, and hold for two: so long a page may stand open."""
    return int(clock.now().timestamp()) // HOUR
