"""What a file is, by its content and never by its name."""

from django.core.files.base import File

from refunds.evidence.limits import DOCUMENT, PICTURE, VIDEO, Family

HEAD = 4096
MP4_BRANDS = (b"isom", b"iso", b"mp4", b"avc", b"M4V", b"MSNV", b"dash", b"3gp", b"3g2", b"mmp4")
MOV_BRANDS = (b"qt  ",)
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
EBML, SEGMENT, DOCTYPE_WEBM = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x42\x82\x84webm"


def recognise(file: File) -> tuple[Family, str] | None:
    """The family and type of ``file``; ``None`` for what is not taken. Leaves the file at its start.

    A picture's type is only a first guess: it counts as one when its decoder has read it whole.
    """
    file.seek(0)
    head = file.read(HEAD)
    found = _picture(head) or _video(file, head) or _document(file, head)
    file.seek(0)
    return found


def _picture(head: bytes) -> tuple[Family, str] | None:
    if head.startswith(b"\xff\xd8\xff"):
        return PICTURE, "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PICTURE, "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return PICTURE, "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        return PICTURE, "image/heif"
    return None


def _video(file: File, head: bytes) -> tuple[Family, str] | None:
    if head[4:8] == b"ftyp" and _boxes_are_whole(file):
        if head[8:12].startswith(MOV_BRANDS):
            return VIDEO, "video/quicktime"
        if head[8:12].startswith(MP4_BRANDS):
            return VIDEO, "video/mp4"
    if head.startswith(EBML) and DOCTYPE_WEBM in head[:64] and SEGMENT in head:
        return VIDEO, "video/webm"
    return None


def _boxes_are_whole(file: File) -> bool:
    """Whether the boxes of an MP4 or MOV fill the file exactly, and one of them describes a film.

    A second file behind the first, which another program would open, does not pass.
    """
    end, at, film = file.seek(0, 2), 0, False
    for _n in range(10_000):
        file.seek(at)
        header = file.read(16)
        size = int.from_bytes(header[:4], "big")
        if size == 1:
            size = int.from_bytes(header[8:16], "big")
        elif size == 0:
            size = end - at
        film = film or header[4:8] in (b"moov", b"moof")
        at += size
        if size < 8 or at >= end:
            return film and at == end and size >= 8
    return False


def _document(file: File, head: bytes) -> tuple[Family, str] | None:
    """A PDF from its first byte to its last, without a page for a browser in front of it."""
    if not head.startswith(b"%PDF-1.") and not head.startswith(b"%PDF-2."):
        return None
    lowered = head[:1024].lower()
    if any(word in lowered for word in (b"<html", b"<script", b"<svg", b"<!doctype")):
        return None
    size = file.seek(0, 2)
    file.seek(max(0, size - 1024))
    _before, mark, after = file.read().rpartition(b"%%EOF")
    if not mark or after.strip(b"\r\n\t \0"):
        return None
    return None if _acts_by_itself(file) else (DOCUMENT, "application/pdf")


ACTIVE = (b"/JavaScript", b"/Launch", b"/EmbeddedFile")


def _acts_by_itself(file: File) -> bool:
    """Whether the PDF openly carries scripts, starts programs or hides files in itself."""
    file.seek(0)
    before = b""
    while piece := file.read(2**20):
        if any(word in before + piece for word in ACTIVE):
            return True
        before = piece[-16:]
    return False
