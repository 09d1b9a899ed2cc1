"""Pictures are drawn anew: what a camera wrote beside the pixels – where, when, with what – is gone."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import pi_heif
from django.core.files.base import File
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps

from backoffice.exceptions import BadInput
from refunds.evidence.limits import LONGEST_SIDE, MOST_PIXELS, PREVIEW_SIDE

pi_heif.register_heif_opener()
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
MOVING = ("PNG", "WEBP")  # several pictures in a JPEG or HEIC are views of one: the first is kept
FLAT = ("1", "L", "LA", "P", "RGB", "RGBA")
_one_at_a_time = Lock()  # one large picture takes 300 MB of memory for a moment


class Drawn:
    """A picture as it is kept: its bytes, type and size, and a small one to look at."""

    def __init__(self, image: Image.Image, as_png: bool) -> None:
        self.width, self.height = image.size
        self.content_type = "image/png" if as_png else "image/jpeg"
        self.content = _encoded(image, "PNG" if as_png else "JPEG")
        small = image.copy()
        small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
        self.preview = _encoded(_opaque(small), "JPEG")


def draw_anew(file: File) -> Drawn:
    """Decode and encode the picture: upright, in sRGB, pixels only.

    Raises ``BadInput`` for what is too large to decode, moves, or is no picture after all.
    """
    with _one_at_a_time, _sentences():
        image = Image.open(file, formats=FORMATS)
        _check(image)
        as_png = image.format == "PNG"
        image.load()
        return Drawn(_in_srgb(ImageOps.exif_transpose(image)), as_png)


def _check(image: Image.Image) -> None:
    """Before anything is decoded: the header says how much that would be."""
    if image.width * image.height > MOST_PIXELS or max(image.size) > LONGEST_SIDE:
        raise BadInput(TOO_LARGE())
    if getattr(image, "is_animated", False) and image.format in MOVING:
        raise BadInput(_("This picture moves. Attach one that does not, or a video."))


def TOO_LARGE() -> str:  # noqa: N802 – a sentence, asked for in the reader's language
    """What is said of a picture with too many pixels."""
    return _("The picture has more than %(most)d million pixels. Attach a smaller one.") % {
        "most": MOST_PIXELS // 1_000_000
    }


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn what a decoder may raise about a hostile or torn file into a sentence."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise BadInput(TOO_LARGE()) from bomb
    except BadInput:
        raise
    except Exception as torn:  # decoders of four formats raise whatever they like
        raise BadInput(
            _("The picture is damaged, or no picture. Open it, save it anew and attach it again.")
        ) from torn


def _in_srgb(image: Image.Image) -> Image.Image:
    """The picture without its colour profile, its colours as they were: they may be the evidence."""
    profile = image.info.get("icc_profile")
    if image.mode not in FLAT:
        image = image.convert("RGB")
    if profile and image.mode in ("RGB", "RGBA"):
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            image = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB")) or image
        except ImageCms.PyCMSError:
            pass  # a broken profile says nothing about colours
    return image


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode in ("LA", "RGBA", "P", "PA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        white = Image.new("RGB", clear.size, "white")
        white.paste(clear, mask=clear.getchannel("A"))
        return white
    return image.convert("RGB") if image.mode != "L" else image


def _encoded(image: Image.Image, kind: str) -> bytes:
    image = _opaque(image) if kind == "JPEG" else image
    image.info = {key: image.info[key] for key in ("transparency",) if key in image.info}
    written = io.BytesIO()
    image.save(written, kind, **({"quality": 90} if kind == "JPEG" else {}))
    return written.getvalue()
