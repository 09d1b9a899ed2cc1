"""Small evidence files, drawn here so that the demo carries no binary."""

import struct
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile


def picture(name: str, hue: int) -> SimpleUploadedFile:
    """A PNG of 160 × 120 pixels: a soft gradient with a dark crack across it."""
    rows = b"".join(b"\0" + b"".join(_pixel(x, y, hue) for x in range(160)) for y in range(120))
    header = struct.pack(">IIBBBBB", 160, 120, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header)
    data += _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    return SimpleUploadedFile(name, data, content_type="image/png")


def _pixel(x: int, y: int, hue: int) -> bytes:
    crack = abs(x - 40 - y * 2 // 3 - (y * 7 % 5)) < 2
    return (
        bytes((60, 52, 48)) if crack else bytes(((hue + x) % 200 + 40, 150 + y // 3, 220 - x // 3))
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
