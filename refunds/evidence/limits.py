"""How large evidence may be, and how much of it there may be."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MOST_FILES = 20  # of one case
MOST_AT_ONCE = 10
MOST_PIXELS = 50_000_000  # what the largest telephone cameras give
LONGEST_SIDE = 16_000
PREVIEW_SIDE = 480


@dataclass(frozen=True)
class Family:
    """A family of files that is taken as evidence: its types by file ending, and its limit."""

    name: str
    label: str | Promise
    types: dict[str, str]
    endings: frozenset[str]

    @property
    def most_bytes(self) -> int:
        """The largest file, in bytes."""
        return settings.EVIDENCE_LIMITS[self.name]


PICTURE = Family(
    "picture",
    _("a picture"),
    {"image/jpeg": ".jpg", "image/png": ".png"},
    frozenset((".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".heic", ".heif")),
)
VIDEO = Family(
    "video",
    _("a video"),
    {"video/mp4": ".mp4", "video/quicktime": ".mov", "video/webm": ".webm"},
    frozenset((".mp4", ".m4v", ".mov", ".qt", ".webm")),
)
DOCUMENT = Family(
    "document", _("a PDF document"), {"application/pdf": ".pdf"}, frozenset((".pdf",))
)
FAMILIES = (PICTURE, VIDEO, DOCUMENT)


def family_of(content_type: str) -> Family:
    """The family that a stored type belongs to."""
    return next(family for family in FAMILIES if content_type in family.types)
