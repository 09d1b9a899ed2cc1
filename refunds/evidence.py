"""Files that prove something: known by their content, kept outside the web root."""

import hashlib
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from backoffice.actors import Actor
from backoffice.exceptions import BadInput
from refunds.models import Evidence, RefundCase

LARGEST = 10 * 1024 * 1024
MOST = 20
SIGNATURES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"%PDF-": "application/pdf",
}


def attach(
    case: RefundCase,
    *,
    actor: Actor,
    file: UploadedFile,
    party: str,
    file_note: str = "",
    **_details: Any,
) -> None:
    """Attach ``file`` to the case; raises ``BadInput`` for what is too large or not what it says."""
    content_type = kind_of(file)
    if file.size is None or file.size > LARGEST:
        raise BadInput(_("The file is larger than 10 MB. Attach a smaller one."))
    if case.evidence.count() >= MOST:
        raise BadInput(_("A case can have %(most)d files at most.") % {"most": MOST})
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    if case.evidence.filter(sha256=digest.hexdigest()).exists():
        raise BadInput(_("This file is already attached to the case."))
    Evidence.objects.create(
        case=case,
        party=party,
        file=file,
        file_name=(file.name or "")[-200:],
        content_type=content_type,
        sha256=digest.hexdigest(),
        note=file_note,
    )


def kind_of(file: UploadedFile) -> str:
    """The media type by the file's first bytes; raises ``BadInput`` for any other kind."""
    file.seek(0)
    head = file.read(16)
    file.seek(0)
    for signature, content_type in SIGNATURES.items():
        if head.startswith(signature):
            return content_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    raise BadInput(_("Attach a JPEG, PNG or WebP picture, or a PDF document."))
