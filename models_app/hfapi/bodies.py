"""Request bodies as streams: uploads are never held in memory, and one that breaks off is never taken for whole."""

import zlib
from collections.abc import Iterator

from django.http import HttpRequest

from hub.core.errors import Invalid, TooLarge

PIECE_BYTES = 1024 * 1024


class BodyCutOff(Invalid):
    """The connection ended before the body did."""

    code = "body_cut_off"

    def __init__(self) -> None:
        super().__init__("The request's body was cut off: nothing was stored. Send it again.")


def body_of(request: HttpRequest, *, limit: int) -> Iterator[bytes]:
    """The body in pieces of up to 1 MiB, read from the socket as they are asked for.

    Raises `TooLarge` beyond `limit` bytes, `BodyCutOff` when the sender stops early. Django itself reads only bodies
    that announce their length; those in chunks (``Transfer-Encoding: chunked``) are read here too.
    """
    length = request.META.get("CONTENT_LENGTH") or ""
    chunked = not length and bool(request.META.get("wsgi.input_terminated"))
    expected = int(length) if length.isdecimal() else None if chunked else 0
    if expected is not None and expected > limit:
        raise TooLarge(f"The body has {expected} bytes: at most {limit} are possible here.")
    return _pieces(request, expected, limit)


def decoded_body(request: HttpRequest, *, limit: int) -> Iterator[bytes]:
    """`body_of`, unpacked if it was sent with gzip; `limit` is for what was sent and for what it unpacks to.

    Raises `Invalid` for what is no gzip, `BodyCutOff` if its end is missing.
    """
    pieces = body_of(request, limit=limit)
    return _unpacked(pieces, limit) if request.headers.get("Content-Encoding") in {"gzip", "x-gzip"} else pieces


def _unpacked(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    unpacker, held = zlib.decompressobj(zlib.MAX_WBITS | 16), 0
    try:
        for packed in pieces:
            rest = packed
            while not unpacker.eof and (piece := unpacker.decompress(rest, PIECE_BYTES)):
                rest = unpacker.unconsumed_tail
                held += len(piece)
                if held > limit:
                    raise TooLarge(f"The body unpacks to more than {limit} bytes.")
                yield piece
    except zlib.error:
        raise Invalid("The body is announced as gzip, but it is none.") from None
    if not unpacker.eof:
        raise BodyCutOff


def _pieces(request: HttpRequest, expected: int | None, limit: int) -> Iterator[bytes]:
    read = request.META["wsgi.input"].read
    held = 0
    while expected is None or held < expected:
        try:
            piece = read(PIECE_BYTES if expected is None else min(PIECE_BYTES, expected - held))
        except Exception as error:  # each WSGI server has exceptions of its own for a lost connection
            raise BodyCutOff from error
        if not piece:
            break
        held += len(piece)
        if held > limit:
            raise TooLarge(f"The body is larger than {limit} bytes.")
        yield piece
    if expected is not None and held < expected:
        raise BodyCutOff
