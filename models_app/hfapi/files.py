"""Serve the files of a revision: ``resolve`` gives content, ``raw`` gives what lies in git."""

import contextlib
from pathlib import PurePosixPath
from typing import Any

from django.db import OperationalError
from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from hub.core.errors import RangeUnsatisfiable
from models_app.blobs.models import Blob
from models_app.blobs.reader import blob_content, blob_url
from models_app.gitstore.errors import EntryNotFound
from models_app.gitstore.objects import Entry
from models_app.hfapi.content import make_harmless
from models_app.hfapi.http import HubView, RepoView
from models_app.hfapi.ranges import parse_range
from models_app.hfapi.sending import send, spanned
from models_app.hfapi.xet_tokens import read_token_url
from models_app.repos.errors import RepoNotFound
from models_app.repos.services import count_download
from models_app.uploads.queries import blob_of

# As on the Hub, fetching one of these is what counts as a download: every library reads one, once per snapshot.
QUERY_FILES = {"config.json", "config.yaml", "hyperparams.yaml", "params.json", "meta.yaml"}
_STORE_SECONDS = 3600  # for the first byte; a client that loses its connection later comes back here
_FOUND = 302
_NOT_MODIFIED = 304
_UNSATISFIABLE = 416


class Resolve(RepoView):
    """The content of a file, whole or a range of it."""

    gives_content = True
    follow_pointers = True

    @extend_schema(exclude=True)
    def get(self, request: Request, path: str, **_kwargs: Any) -> HttpResponseBase:
        entry = self.git.entry(self.sha, path)
        if entry.kind != "file":
            raise EntryNotFound(f"“{path[:200]}” is a folder.")
        blob = blob_of(self.repo, entry) if self.follow_pointers and entry.lfs is not None else None
        etag = f'"{entry.oid if blob is None else blob.sha256}"'
        known = request.headers.get("If-None-Match", "").removeprefix("W/") == etag
        response = HttpResponse(status=_NOT_MODIFIED) if known else self._content(request, entry, blob)
        _describe(response, entry, blob)
        if blob is not None and not blob.flat:
            response["X-Xet-Hash"] = blob.xet_hash
            response["Link"] = f'<{read_token_url(self.repo, self.sha)}>; rel="xet-auth"'
        self._count(request, path)
        return response

    def _content(self, request: Request, entry: Entry, blob: Blob | None) -> HttpResponseBase:
        if blob is not None:
            return blob_response(request, blob, PurePosixPath(entry.path).name)
        content = self.git.read(entry.oid)
        size = len(content)
        try:
            span = _wanted(request, size, entry.oid)
        except RangeUnsatisfiable:
            return _unsatisfiable(size)
        start, end = span or (0, size)
        body = b"" if request.method == "HEAD" else content[start:end]
        return spanned(HttpResponse(body), span, size)

    def _count(self, request: Request, path: str) -> None:
        """Count members and passers-by, not the hub's own evaluation workers, and not a look at the headers."""
        if request.method != "GET" or "Range" in request.headers or path not in QUERY_FILES:
            return
        if self.actor.capability is None:
            with contextlib.suppress(OperationalError):  # a busy database must not fail a download
                count_download(repo=self.repo)


class Raw(Resolve):
    """The text that lies in git: for a large file its pointer."""

    follow_pointers = False


class LegacyResolve(HubView):
    """``/gpt2/resolve/…``: ids without a namespace exist on another hub, and clients ask for them here too."""

    @extend_schema(exclude=True)
    def get(self, _request: Request, **_kwargs: Any) -> HttpResponseBase:
        raise RepoNotFound


def blob_response(request: Request, blob: Blob, name: str) -> HttpResponseBase:
    """The bytes of `blob`, or the range of them that `request` asks for; without headers that say what it is.

    Or the way to where they lie, if clients can go there themselves: browsers save them as `name`.
    """
    try:
        span = _wanted(request, blob.size, blob.sha256)
    except RangeUnsatisfiable:
        return _unsatisfiable(blob.size)
    if request.method == "HEAD":
        return spanned(HttpResponse(), span, blob.size)
    address = blob_url(blob, seconds=_STORE_SECONDS, name=name)
    if address is not None:
        return HttpResponse(status=_FOUND, headers={"Location": address})
    return send(blob_content(blob), span)


def _wanted(request: Request, size: int, etag: str) -> tuple[int, int] | None:
    """The range that the caller asks for, unless it was meant for another version of the file."""
    if request.headers.get("If-Range", f'"{etag}"') != f'"{etag}"':
        return None
    return parse_range(request.headers.get("Range", ""), size)


def _unsatisfiable(size: int) -> HttpResponseBase:
    message = f"The file has {size} bytes: there is nothing in this range."
    return HttpResponse(status=_UNSATISFIABLE, headers={"Content-Range": f"bytes */{size}", "X-Error-Message": message})


def _describe(response: HttpResponseBase, entry: Entry, blob: Blob | None) -> None:
    """The headers that clients name their cache by and check sizes against."""
    make_harmless(response, entry.path)
    response["ETag"] = f'"{blob.sha256 if blob is not None else entry.oid}"'
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-cache"
    if blob is not None:
        response["X-Linked-Etag"] = response["ETag"]
        response["X-Linked-Size"] = str(blob.size)
