"""Text that people write: plain, shown as it is, never run."""

import unicodedata

from django.utils.translation import gettext as _

from backoffice.exceptions import BadInput

LONGEST = 2000
KEPT = "\n\t"
# Characters that turn the direction of what follows: a file name or a link could pose as another.
TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}


def tidy(text: str) -> str:
    """``text`` as it is kept: one kind of line end, nothing invisible that could deceive.

    Raises ``BadInput`` when nothing is left, or more than a message may have.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(letter for letter in lines if _is_shown(letter)).strip()
    if not kept:
        raise BadInput(_("There is nothing in this message. Write something."))
    if len(kept) > LONGEST:
        raise BadInput(
            _("This message has %(count)d characters. %(most)d are the most.")
            % {"count": len(kept), "most": LONGEST}
        )
    return kept


def _is_shown(letter: str) -> bool:
    if letter in KEPT:
        return True
    return unicodedata.category(letter) not in ("Cc", "Cs") and ord(letter) not in TURNING
