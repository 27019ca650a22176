"""The Xet protocol (https://huggingface.co/docs/xet): its write path, and the routes of all of it."""

import json
import logging
import mmap
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain

from django.db import OperationalError
from django.http import StreamingHttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from hub.core.errors import DomainError, Invalid
from hub.core.files import full_disk_is_a_refusal
from models_app.blobs.models import Blob
from models_app.blobs.registration import Progress, register_shard
from models_app.blobs.services import store_xorb
from models_app.blobs.xet import shard, xorb
from models_app.hfapi import xet_reads, xet_tokens
from models_app.hfapi.bodies import body_of
from models_app.hfapi.http import UnknownRouteView
from models_app.hfapi.xet_store import STORE, StoreView, called
from models_app.uploads.grants import Destination
from models_app.uploads.quotas import check_quota

log = logging.getLogger(__name__)


class XorbView(StoreView):
    right = "write"

    def post(self, request: Request, xorb_hash: str, **_kwargs: str) -> Response:
        store_xorb(xorb=xorb_hash, body=body_of(request._request, limit=xorb.MAX_STORED_BYTES))  # noqa: SLF001
        # Whether the xorb was new is not told: it would tell what others have stored.
        return Response({"was_inserted": True})


class ShardView(StoreView):
    """Registration in one answer, for clients older than `ShardStreamView`."""

    right = "write"

    def post(self, request: Request, **_kwargs: str) -> Response:
        for _ in _registered(self.holder.destination, register_shard(_received(request))):
            pass
        return Response({"result": 1})


class ShardStreamView(StoreView):
    """Registration with a line of JSON per step: rebuilding large files takes time, and silence ends connections."""

    right = "write"

    def post(self, request: Request, **_kwargs: str) -> StreamingHttpResponse:
        events = register_shard(_received(request))
        first = next(events)  # everything that can be refused at once gets a status of its own
        lines = _lines(_registered(self.holder.destination, chain([first], events)))
        return StreamingHttpResponse(
            lines,
            content_type="application/x-ndjson",
            headers={"X-Accel-Buffering": "no"},  # nginx would hold the lines back
        )


def _received(request: Request) -> memoryview:
    """The shard in the body, in a file that is gone when the last view of it is."""
    with full_disk_is_a_refusal(), tempfile.TemporaryFile() as file:
        for piece in body_of(request._request, limit=shard.MAX_BYTES):  # noqa: SLF001
            file.write(piece)
        file.flush()
        if not file.tell():
            raise Invalid("The body holds no shard.")
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _registered(destination: Destination, events: Iterable[Progress | Blob]) -> Iterator[Progress]:
    """Hand each finished blob to `destination`, as far as it has room; what is left is progress."""
    for event in events:
        if isinstance(event, Blob):
            check_quota(destination.namespace, {event.pk: event.size})
            destination.receive(event)
        else:
            if not event.verified:
                check_quota(destination.namespace, {}, regular=event.total)
            yield event


def _lines(events: Iterable[Progress]) -> Iterator[bytes]:
    last: dict[str, object] = {"type": "result"}
    try:
        for event in events:
            yield _line({"type": "validating", "verified": event.verified, "total": event.total})
    except DomainError as error:
        last = {"type": "error", "message": error.message, "retryable": False}
    except OperationalError:  # the status is sent: only a line can still tell the client to try again
        log.exception("A shard could not be registered")
        last = {"type": "error", "message": "The hub's database did not answer: try again.", "retryable": True}
    yield _line(last)


def _line(event: dict[str, object]) -> bytes:
    return json.dumps(event).encode() + b"\n"


routes = [
    *xet_tokens.routes,
    *xet_reads.routes,
    *called(XorbView.as_view(), "v1/xorbs", "xorbs", "xorb", below="/<str:prefix>/<str:xorb_hash>"),
    *called(ShardView.as_view(), "v1/shards", "shards"),
    path(f"{STORE}/shard/<str:prefix>/<str:shard_hash>", ShardView.as_view()),
    path(f"{STORE}/v2/shards", ShardStreamView.as_view()),
    path("cas/<file:rest>", UnknownRouteView.as_view()),  # clients try routes of newer stores: 404 is an answer
    path("v1/telemetry", UnknownRouteView.as_view()),
]
