"""Xet downloads: from which bytes of which xorbs a file is made, those bytes, and which chunks are known."""

from django.http import HttpResponse, HttpResponseBase
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from hub.core.errors import NotFound
from models_app.blobs.dedup import known_from
from models_app.blobs.models import Xorb
from models_app.blobs.reader import xorb_content
from models_app.blobs.reconstruction import Reconstruction, Span, reconstruct
from models_app.hfapi.errors import UnknownRoute
from models_app.hfapi.http import HubView
from models_app.hfapi.ranges import parse_range, parse_ranges
from models_app.hfapi.representations import JSONObject
from models_app.hfapi.sending import send, send_parts
from models_app.hfapi.xet_links import LinkOver, check_link, xorb_links
from models_app.hfapi.xet_store import STORE, StoreView, called
from models_app.uploads.queries import known_chunk, xet_blob


class ReconstructionView(StoreView):
    """How the file with this hash is put together, or the part of it that the header ``Range`` asks for."""

    right = "read"
    version = 2

    def get(self, request: Request, file_hash: str, **_kwargs: str) -> Response:
        self.holder.check_read()
        blob = xet_blob(self.holder.repo, file_hash)
        if blob is None:
            raise NotFound("This repository has no such file in xorbs: fetch it by plain HTTP.")
        start, end = parse_range(request.headers.get("Range", ""), blob.size) or (0, blob.size)
        found = reconstruct(blob, start, end)
        return Response(
            {
                "offset_into_first_range": found.offset,
                "terms": [
                    {"hash": term.xorb, "unpacked_length": term.size, "range": {"start": term.first, "end": term.last}}
                    for term in found.terms
                ],
                **(_xorbs(found) if self.version == 2 else _fetch_info(found)),  # noqa: PLR2004 (a name would not help)
            }
        )


def _xorbs(found: Reconstruction) -> JSONObject:
    return {
        "xorbs": {
            xorb: [{"url": url, "ranges": list(map(_range, some))} for url, some in xorb_links(xorb, spans)]
            for xorb, spans in found.spans.items()
        }
    }


def _range(span: Span) -> JSONObject:
    return {"chunks": {"start": span.first, "end": span.last}, "bytes": {"start": span.start, "end": span.end - 1}}


def _fetch_info(found: Reconstruction) -> JSONObject:
    """What clients older than version 2 of this route read."""
    return {
        "fetch_info": {
            xorb: [
                {
                    "url": url,
                    "range": {"start": span.first, "end": span.last},
                    "url_range": {"start": span.start, "end": span.end - 1},
                }
                for one in spans
                for url, (span,) in xorb_links(xorb, [one])
            ]
            for xorb, spans in found.spans.items()
        }
    }


class XorbBytesView(HubView):
    """Byte ranges of a xorb, by an address out of a reconstruction."""

    schema = None

    def _is_anonymous(self) -> bool:
        return False  # the address is the credential: one that is over is answered 403, never "sign in"

    def get(self, request: Request, xorb_hash: str, **_kwargs: str) -> HttpResponseBase:
        row = Xorb.objects.defer("chunk_index").filter(pk=xorb_hash).first()
        if row is None:
            raise LinkOver
        spans = parse_ranges(request.headers.get("Range", ""), row.stored_bytes) or [(0, row.stored_bytes)]
        check_link(request.GET.get("token", ""), xorb_hash, spans)
        content = xorb_content(row)
        response = send(content, spans[0]) if len(spans) == 1 else send_parts(content, spans)
        response.setdefault("Content-Type", "application/octet-stream")
        return response


class ChunkView(StoreView):
    """Which chunks from this one on are stored, where the caller may read them."""

    right = "write"

    def get(self, _request: Request, chunk: str, **_kwargs: str) -> HttpResponse:
        landmark = known_chunk(self.holder.actor, chunk)
        if landmark is None:
            raise UnknownRoute
        return HttpResponse(known_from(landmark), content_type="application/octet-stream")


routes = [
    *called(ChunkView.as_view(), "v1/chunks", "chunks", "chunk", below="/<str:prefix>/<str:chunk>"),
    *called(
        ReconstructionView.as_view(version=1),
        *("v1/reconstructions", "reconstructions", "reconstruction"),
        below="/<str:file_hash>",
    ),
    path(f"{STORE}/v2/reconstructions/<str:file_hash>", ReconstructionView.as_view()),
    path(f"{STORE}/xorbs/<str:xorb_hash>", XorbBytesView.as_view()),
]
