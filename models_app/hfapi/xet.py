"""The Xet write path: tokens on the hub, xorbs and shards on the content-addressed store (https://huggingface.co/docs/xet).

Downloads do not need Xet: the hub rebuilds files itself and serves them by plain HTTP, so no answer names a Xet hash.
"""

import json
import logging
import mmap
import tempfile
import time
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from django.db import OperationalError
from django.http import StreamingHttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from community.members.capabilities import issue_capability
from hub.core.errors import DomainError, Forbidden, Invalid
from hub.core.files import full_disk_is_a_refusal
from hub.core.paths import public_url
from models_app.blobs.models import Blob
from models_app.blobs.registration import Progress, register_shard
from models_app.blobs.services import store_xorb
from models_app.blobs.store import object_store
from models_app.blobs.xet import shard, xorb
from models_app.hfapi.bodies import body_of
from models_app.hfapi.errors import UnknownRoute
from models_app.hfapi.http import HubView, RepoView, UnknownRouteView
from models_app.repos.errors import RepoNotFound
from models_app.repos.models import Repo
from models_app.repos.queries import check_write
from models_app.uploads.grants import grant

log = logging.getLogger(__name__)

TOKEN_SECONDS = 3600  # clients ask for the next token a minute early
# Not ``repo:``, which would also let a machine commit, or delete the repo: this token can do nothing but store.
_SUBJECT = "xet:"
_SERVER_ERROR = 500


class XetWriteTokenView(RepoView):
    """A token that lets a machine store content for this one repo, and the address where."""

    schema = None  # the API document is for people; Xet has a specification of its own

    def get(self, _request: Request, **_kwargs: str) -> Response:
        check_write(self.actor, self.repo)
        token = "cap_" + issue_capability(subject=f"{_SUBJECT}{self.repo.pk}", right="write", seconds=TOKEN_SECONDS)
        expires = int(time.time()) + TOKEN_SECONDS
        # The generation changes when the store is made anew. Clients cache what they have sent per address, and would
        # otherwise refer to xorbs that are gone.
        url = public_url(f"/cas/{object_store().generation()}")
        return Response(
            {"accessToken": token, "exp": expires, "casUrl": url},
            headers={"X-Xet-Access-Token": token, "X-Xet-Token-Expiration": str(expires), "X-Xet-Cas-Url": url},
        )


class StoreView(HubView):
    """A view of the store: callers hold a write token for one repo, and everything they send is for that repo."""

    schema = None
    repo: Repo

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if kwargs["generation"] != object_store().generation():
            raise UnknownRoute
        capability = self.actor.capability
        if capability is None or capability.right != "write" or not capability.subject.startswith(_SUBJECT):
            raise Forbidden("Storing content needs a Xet write token of a repository.")
        repo = Repo.objects.filter(pk=capability.subject.removeprefix(_SUBJECT)).first()
        if repo is None:
            raise RepoNotFound
        self.repo = repo


class XorbView(StoreView):
    def post(self, request: Request, xorb_hash: str, **_kwargs: str) -> Response:
        store_xorb(xorb=xorb_hash, body=body_of(request._request, limit=xorb.MAX_STORED_BYTES))  # noqa: SLF001
        # Whether the xorb was new is not told: it would tell what others have stored.
        return Response({"was_inserted": True})


class ShardView(StoreView):
    """Registration in one answer, for clients older than `ShardStreamView`."""

    def post(self, request: Request, **_kwargs: str) -> Response:
        for _ in _registered(self.repo, register_shard(_received(request))):
            pass
        return Response({"result": 1})


class ShardStreamView(StoreView):
    """Registration with a line of JSON per step: rebuilding large files takes time, and silence ends connections."""

    def post(self, request: Request, **_kwargs: str) -> StreamingHttpResponse:
        events = register_shard(_received(request))
        first = next(events)  # everything that can be refused at once gets a status of its own
        lines = _lines(_registered(self.repo, chain([first], events)))
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


def _registered(repo: Repo, events: Iterable[Progress | Blob]) -> Iterator[Progress]:
    """Grant each finished blob to `repo`; what is left is progress."""
    for event in events:
        if isinstance(event, Blob):
            grant(repo, event)
        else:
            yield event


def _lines(events: Iterable[Progress]) -> Iterator[bytes]:
    last: dict[str, object] = {"type": "result"}
    try:
        for event in events:
            yield _line({"type": "validating", "verified": event.verified, "total": event.total})
    except DomainError as error:
        last = {"type": "error", "message": error.message, "retryable": error.status >= _SERVER_ERROR}
    except OperationalError:  # the status is sent: only a line can still tell the client to try again
        log.exception("A shard could not be registered")
        last = {"type": "error", "message": "The hub's database did not answer: try again.", "retryable": True}
    yield _line(last)


def _line(event: dict[str, object]) -> bytes:
    return json.dumps(event).encode() + b"\n"


_STORE = "cas/<str:generation>"
routes = [
    path("api/<kind:kind>/<str:namespace>/<str:name>/xet-write-token/<str:revision>", XetWriteTokenView.as_view()),
    path(f"{_STORE}/v1/xorbs/<str:prefix>/<str:xorb_hash>", XorbView.as_view()),
    path(f"{_STORE}/v1/shards", ShardView.as_view()),
    path(f"{_STORE}/v2/shards", ShardStreamView.as_view()),
    # Clients ask here whether chunks are known (they are not told), and try routes of newer stores: 404 is an answer.
    path("cas/<file:rest>", UnknownRouteView.as_view()),
    path("v1/telemetry", UnknownRouteView.as_view()),
]
