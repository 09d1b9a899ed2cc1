"""Handing evidence out: as an attachment, in parts where a player asks for parts, and never as a page.

It is opened with the buyer's key on the way, piece by piece; of who was erased there is nothing to open.
"""

import io
import re
from collections.abc import Iterator
from typing import IO

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from backoffice.exceptions import WrongState
from backoffice.privacy.reading import told
from backoffice.privacy.streams import open_stream
from refunds.models import Evidence

RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})\Z")
PIECE = 256 * 1024
PREVIEW_TYPE = "image/jpeg"


def download(request: HttpRequest, row: Evidence) -> HttpResponseBase:
    """The file, or the part of it that the ``Range`` header names."""
    file = opened(row.file)
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    span = _span(request.headers.get("Range", ""), size)
    response: HttpResponseBase
    if span == ():
        file.close()
        return _sealed(_unsatisfiable(size))
    if span:
        response = _part(file, *span, size)
    else:
        response = FileResponse(file, content_type=row.content_type)
    response["Content-Type"] = row.content_type
    response["Accept-Ranges"] = "bytes"
    name = f"{row.pk}" if span else told(row.file_name, f"{row.pk}")
    response["Content-Disposition"] = content_disposition_header(True, name)
    return _sealed(response)


def preview(row: Evidence) -> HttpResponseBase:
    """The small picture that was drawn here from the pixels alone; only such are shown in place."""
    response = FileResponse(opened(row.preview), content_type=PREVIEW_TYPE)
    response["Content-Disposition"] = "inline"
    return _sealed(response)


def opened(kept: FieldFile) -> IO[bytes]:
    """The content of a file of evidence; ``Http404`` once it is gone, with its buyer's key or by itself.

    Raises ``WrongState`` for one that somebody touched where it lies.
    """
    try:
        content = open_stream(kept.storage.open(str(kept.name), "rb"))
    except FileNotFoundError:  # deleted at this moment
        content = None
    except ValueError:
        raise WrongState(
            _("The stored file is not what was attached. Tell the people who run this program.")
        ) from None
    if content is None:
        raise Http404
    return content


def _sealed(response: HttpResponseBase) -> HttpResponseBase:
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"  # no browser keeps what can be erased
    return response


def _span(header: str, size: int) -> tuple[int, int] | tuple[()] | None:
    """First and last byte; ``None`` for the whole file, an empty pair for what cannot be given."""
    match = RANGE.match(header)
    if not match or match[0] == "bytes=-":
        return None  # several ranges, or another unit: the whole file is an answer, too
    first, last = match[1], match[2]
    if not first:
        start, end = max(0, size - int(last)), size - 1
    else:
        start, end = int(first), min(int(last) if last else size - 1, size - 1)
    return (start, end) if 0 <= start <= end else ()


def _part(file: IO[bytes], start: int, end: int, size: int) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_pieces(file, start, end - start + 1), status=206)
    response["Content-Range"] = f"bytes {start}-{end}/{size}"
    response["Content-Length"] = str(end - start + 1)
    return response


def _pieces(file: IO[bytes], start: int, left: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while left and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece


def _unsatisfiable(size: int) -> HttpResponse:
    response = HttpResponse(status=416)
    response["Content-Range"] = f"bytes */{size}"
    return response
