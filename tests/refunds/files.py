"""Files for tests: honest ones of every kind that is taken, and ones that lie."""

import io
import struct
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from refunds.demo.pictures import picture

PLACE = {1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.0)}  # GPS: Paris
ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    """The bytes under a name, as a browser would send them."""
    return SimpleUploadedFile(name, content)


def photo(
    name: str = "photo.jpg", *, kind: str = "JPEG", size: tuple[int, int] = (60, 40)
) -> SimpleUploadedFile:
    """A photo as a telephone writes it: lying on its side, with maker and place."""
    image = Image.new("RGB", size, (200, 40, 40))
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = 6, "SECRETPHONE"
    exif.get_ifd(GPS).update(PLACE)
    written = io.BytesIO()
    image.save(written, kind, exif=exif.tobytes())
    return upload(name, written.getvalue())


def png(content: bytes = b"") -> bytes:
    """A small whole PNG, with ``content`` behind it."""
    return picture("a.png", 3).read() + content


def bomb(width: int = 50_000, height: int = 50_000) -> bytes:
    """A PNG of a few hundred bytes that says it has so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(100_000)))
        + chunk(b"IEND", b"")
    )


def moving(kind: str) -> bytes:
    """An animated picture."""
    frames = [Image.new("RGB", (8, 8), (n * 80, 0, 0)) for n in range(3)]
    written = io.BytesIO()
    frames[0].save(written, kind, save_all=True, append_images=frames[1:])
    return written.getvalue()


def _box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", 8 + len(data)) + kind + data


def film(brand: bytes = b"isom", more: bytes = b"") -> bytes:
    """The boxes of an MP4 or MOV, with ``more`` as its pictures."""
    return (
        _box(b"ftyp", brand + bytes(4) + b"mp42") + _box(b"moov", bytes(64)) + _box(b"mdat", more)
    )


def webm(doctype: bytes = b"webm") -> bytes:
    """The head of a WebM, or of another Matroska."""
    kind = b"\x42\x82" + bytes([0x80 | len(doctype)]) + doctype
    return (
        b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(kind)]) + kind + b"\x18\x53\x80\x67\x84" + bytes(64)
    )


def pdf(inside: bytes = b"") -> bytes:
    """A small PDF document."""
    return b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\n" + inside + b"\nendobj\ntrailer\n%%EOF\n"


LIES = {
    "empty.png": b"",
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "drawing.png": b"<?xml version='1.0'?><svg onload='alert(1)'/>",
    "page.html": b"<!doctype html><script>alert(1)</script>",
    "page.jpg": b"<html><body onload=alert(1)>",
    "script.gif": b"GIF89a/*\x01\x00\x01\x00*/=1;alert(1)",
    "program.png": b"MZ\x90\x00",
    "archive.pdf": b"PK\x03\x04",
    "torn.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01",
    "torn.png": png()[:200],
    "late.pdf": b"<html><script>alert(1)</script>" + pdf(),
    "two.pdf": pdf() + b"PK\x03\x04 a second file",
    "page.pdf": b"%PDF-1.7\n<script>alert(1)</script>\n" + pdf(),
    "script.pdf": pdf(b"<< /S /JavaScript /JS (app.alert(1)) >>"),
    "hidden.pdf": pdf(b"<< /Type /EmbeddedFile >>"),
    "two.mp4": film() + b"<html><script>alert(1)</script>",
    "sound.mp4": film(b"M4A "),
    "nothing.mp4": b"\0\0\0\x18ftypisom\0\0\0\0isommp42",
    "other.webm": webm(b"matroska"),
    "picture.pdf": png(),
    "picture.html": png(),
    "picture.mp4": png(),
    "moving.png": moving("PNG"),
    "moving.webp": moving("WEBP"),
    "moving.gif": moving("GIF"),
}  # fmt: skip
