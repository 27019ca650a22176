"""Send stored bytes: by the kernel where they are a file, else piece by piece."""

import uuid
from collections.abc import Iterator, Sequence
from io import FileIO
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse

from models_app.blobs.reader import Content, accel_path

_PARTIAL = 206
Span = tuple[int, int]  # bytes [start, end)


def send(content: Content, span: Span | None) -> HttpResponseBase:
    """`content`, or those bytes of it."""
    start, end = span or (0, content.size)
    if content.path is not None and settings.ACCEL_PREFIX:
        return _by_nginx(content.path)
    if content.path is not None:
        return spanned(FileResponse(_FilePart(content.path, start, end)), span, content.size)
    return spanned(StreamingHttpResponse(content.read(start, end)), span, content.size)


def send_parts(content: Content, spans: Sequence[Span]) -> HttpResponseBase:
    """Several ranges as ``multipart/byteranges``."""
    if content.path is not None and settings.ACCEL_PREFIX:
        return _by_nginx(content.path)
    boundary = uuid.uuid4().hex
    response = StreamingHttpResponse(
        _parts(content, spans, boundary),
        status=_PARTIAL,
        content_type=f"multipart/byteranges; boundary={boundary}",
    )
    overhead = sum(len(_head(content.size, span, boundary)) + 2 for span in spans) + len(_tail(boundary))
    response["Content-Length"] = str(overhead + sum(end - start for start, end in spans))
    return response


def _by_nginx(path: Path) -> HttpResponse:
    """What makes nginx take it from here, ranges included."""
    return HttpResponse(headers={"X-Accel-Redirect": f"{settings.ACCEL_PREFIX}{accel_path(path)}"})


def _parts(content: Content, spans: Sequence[Span], boundary: str) -> Iterator[bytes]:
    for span in spans:
        yield _head(content.size, span, boundary)
        yield from content.read(*span)
        yield b"\r\n"
    yield _tail(boundary)


def _head(size: int, span: Span, boundary: str) -> bytes:
    where = f"bytes {span[0]}-{span[1] - 1}/{size}"
    return f"--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: {where}\r\n\r\n".encode()


def _tail(boundary: str) -> bytes:
    return f"--{boundary}--\r\n".encode()


def spanned(response: HttpResponseBase, span: Span | None, size: int) -> HttpResponseBase:
    """`response`, whose body is the bytes `span` out of `size` (all of them without `span`)."""
    start, end = span or (0, size)
    response["Content-Length"] = str(end - start)
    if span is not None:
        response.status_code = _PARTIAL
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return response


class _FilePart(FileIO):
    """Bytes [start, end) of a file. Servers with sendfile look at its position, and at Content-Length for the end."""

    def __init__(self, path: Path, start: int, end: int) -> None:
        super().__init__(path)
        self.seek(start)
        self._end = end

    def read(self, size: int | None = -1) -> bytes:
        left = max(self._end - self.tell(), 0)
        return super().read(left if size is None or size < 0 else min(size, left)) or b""
