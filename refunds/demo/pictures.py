"""Small evidence files, drawn here so that the demo carries no binary."""

import io
from functools import cache
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFilter

BROWN, WARM = (60, 52, 48), (236, 228, 218)


def picture(name: str, hue: int) -> SimpleUploadedFile:
    """A PNG of 160 × 120 pixels: a soft gradient with a dark crack across it."""
    return SimpleUploadedFile(name, _gradient(hue))


@cache
def _gradient(hue: int) -> bytes:
    """Drawn once for each ``hue``: a pixel at a time takes its time."""
    image = Image.new("RGB", (160, 120))
    image.putdata([_pixel(x, y, hue) for y in range(120) for x in range(160)])
    return _written(image, "PNG")


def _pixel(x: int, y: int, hue: int) -> tuple[int, int, int]:
    crack = abs(x - 40 - y * 2 // 3 - (y * 7 % 5)) < 2
    return BROWN if crack else ((hue + x) % 200 + 40, 150 + y // 3, 220 - x // 3)


def cup(name: str, seed: int, *, near: bool = False) -> SimpleUploadedFile:
    """A JPEG of 1200 × 900 pixels: a cup on a table, with a crack; ``near``: the crack close up."""
    rng = Random(seed)  # noqa: S311 – for a drawing, not for secrets
    image = Image.new("RGB", (1200, 900), WARM)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 640, 1200, 900), fill=(176, 142, 108))
    glaze = (90 + rng.randrange(80), 120 + rng.randrange(60), 150 + rng.randrange(60))
    draw.ellipse((760, 340, 1000, 620), outline=glaze, width=44)
    draw.rounded_rectangle((340, 260, 820, 740), 90, fill=glaze)
    draw.ellipse((340, 210, 820, 310), fill=tuple(c - 40 for c in glaze))
    if seed != 3:
        draw.line(_crack(rng), fill=BROWN, width=7, joint="curve")
    image = image.filter(ImageFilter.GaussianBlur(1.5))
    if near:
        image = image.crop((400, 300, 760, 570)).resize((1200, 900))
    return SimpleUploadedFile(name, _written(image, "JPEG"))


def _crack(rng: Random) -> list[tuple[int, int]]:
    x, points = 520, []
    for y in range(300, 720, 30):
        x += rng.randrange(-28, 40)
        points.append((x, y))
    return points


def receipt(name: str) -> SimpleUploadedFile:
    """A PDF of one page that says what was paid."""
    page = Image.new("RGB", (420, 594), "white")
    draw = ImageDraw.Draw(page)
    for n, line in enumerate(("Aurora Home", "Ceramic cup  x 1", "Paid by Alipay", "Thank you")):
        draw.text((40, 60 + 40 * n), line, fill="black", font_size=24)
    return SimpleUploadedFile(name, _written(page, "PDF"))


def _written(image: Image.Image, kind: str) -> bytes:
    written = io.BytesIO()
    image.save(written, kind)
    return written.getvalue()
