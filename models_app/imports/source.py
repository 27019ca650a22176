"""The hub from which a repository comes, asked by its API and its file addresses."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPResponse
from typing import Any
from urllib.parse import quote, urljoin

from django.utils.translation import gettext as _

from hub.core.addresses import host_of
from hub.core.outbound import NETWORK_ERRORS, failure, request
from models_app.imports.errors import SourceFails, SourceRefuses
from models_app.imports.rules import MAX_FILES, MAX_LISTING_BYTES, MAX_REDIRECTS, STALL_SECONDS

PIECE_BYTES = 1024 * 1024
_PREFIXES = {"model": "", "dataset": "datasets/", "space": "spaces/"}
_LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True)
class SourceFile:
    """`sha256` is None for a file that lies in git itself."""

    path: str
    size: int
    sha256: str | None


@dataclass(frozen=True)
class LargeContent:
    """Bytes that must come from the source: it has them at `path` in commit `commit`."""

    sha256: str
    size: int
    path: str
    commit: str


@dataclass(frozen=True)
class Listing:
    """The files of one commit."""

    sha: str
    files: list[SourceFile]


@dataclass(frozen=True)
class Source:
    """A repository of the hub at `endpoint`, whose host is trusted wherever it lies; what it redirects to is not."""

    endpoint: str
    kind: str
    full_id: str
    token: str = field(default="", repr=False)

    @property
    def trusted(self) -> frozenset[str]:
        return frozenset({host_of(self.endpoint)})

    @property
    def url(self) -> str:
        """Where the repository lies on the site, which is also its git address."""
        return f"{self.endpoint}/{_PREFIXES[self.kind]}{self.full_id}"

    def listing(self) -> Listing:
        """The files of the branch ``main``. Raises `SourceRefuses`, `SourceFails`."""
        address = f"{self.endpoint}/api/{self.kind}s/{self.full_id}/revision/main?blobs=true"
        with self._open(address, {"Accept": "application/json"}) as response:
            body = self._piece(response, MAX_LISTING_BYTES + 1)
        try:
            answer = json.loads(body)
            listing = Listing(_hex(answer["sha"], 40), [_file(item) for item in answer["siblings"]])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise SourceRefuses(_("The source does not answer as a Hugging Face hub does.")) from None
        if len(listing.files) > MAX_FILES:
            raise SourceRefuses(_("The source has more than %(number)d files.") % {"number": MAX_FILES})
        return listing

    def offers_git(self) -> bool:
        """Whether its history can be fetched by git's smart HTTP protocol."""
        try:
            with self._open(f"{self.url}/info/refs?service=git-upload-pack", {}) as response:
                return response.headers.get_content_type() == "application/x-git-upload-pack-advertisement"
        except SourceRefuses:
            return False

    def read(self, path: str, sha: str, start: int, end: int) -> Iterator[bytes]:
        """Bytes [start, end) of the file `path` at commit `sha`, in pieces. Raises `SourceRefuses`, `SourceFails`."""
        if start >= end:
            return
        address = f"{self.url}/resolve/{sha}/{quote(path, safe='/')}"
        with self._open(address, {"Range": f"bytes={start}-{end - 1}"}) as response:
            skip = 0 if response.status == HTTPStatus.PARTIAL_CONTENT else start
            left = skip + end - start
            while left and (piece := self._piece(response, min(PIECE_BYTES, left))):
                left -= len(piece)
                if skip < len(piece):
                    yield piece[skip:]
                skip = max(skip - len(piece), 0)
            if left:
                raise SourceFails(_("The connection broke off."))

    @staticmethod
    def _piece(response: HTTPResponse, size: int) -> bytes:
        try:
            return response.read(size)
        except NETWORK_ERRORS as error:
            raise SourceFails(failure(error)) from error

    @contextmanager
    def _open(self, url: str, headers: dict[str, str]) -> Iterator[HTTPResponse]:
        """The answer of `url`, redirects followed: each is checked anew, and other hosts do not get the token."""
        for _hop in range(MAX_REDIRECTS + 1):
            with self._request(url, headers) as response:
                if response.status not in _REDIRECTS:
                    _check(response)
                    yield response
                    return
                url = urljoin(url, response.headers.get("Location", ""))
        raise SourceRefuses(_("The source redirects without end."))

    @contextmanager
    def _request(self, url: str, headers: dict[str, str]) -> Iterator[HTTPResponse]:
        own = host_of(url) in self.trusted
        authorization = {"Authorization": f"Bearer {self.token}"} if self.token and own else {}
        try:
            with request(
                "GET", url, headers=headers | authorization, trusted=self.trusted, stall_seconds=STALL_SECONDS
            ) as response:
                yield response
        except NETWORK_ERRORS as error:
            raise SourceFails(failure(error)) from error


def _check(response: HTTPResponse) -> None:
    status = response.status
    if status < HTTPStatus.BAD_REQUEST:
        return
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _LATER:
        raise SourceFails(_("The source answered %(status)d.") % {"status": status})
    said = " ".join((response.headers.get("X-Error-Message") or "").split())[:200]
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        sentence = _("The source has no such repository, or keeps it from us. %(said)s") % {"said": said}
    else:
        sentence = _("The source refused (%(status)d). %(said)s") % {"status": status, "said": said}
    raise SourceRefuses(sentence.strip())


def _file(item: dict[str, Any]) -> SourceFile:
    large = item.get("lfs")
    path, size = str(item["rfilename"]), int(large["size"] if large else item["size"])
    if size < 0:
        raise ValueError(path)
    return SourceFile(path, size, _hex(large["sha256"], 64) if large else None)


def _hex(text: Any, digits: int) -> str:
    if not isinstance(text, str) or not re.fullmatch(f"[0-9a-f]{{{digits}}}", text):
        raise ValueError(text)
    return text
