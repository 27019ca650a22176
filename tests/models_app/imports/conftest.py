"""A source on this machine that answers as a hub does, or as badly as a test wants."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from pytest_django import Settings

from community.members.actors import Actor
from community.members.models import User
from models_app.imports.models import ImportJob
from models_app.imports.services import Wish, request_import
from tests.receiver import Answer, Receiver, plain, receiver

SHA = "5" * 40
CARD = b"---\nlicense: mit\nbase_model: a/b\n---\n# There\n"
WEIGHTS = bytes(range(256)) * 20_000  # 5.12 MB, in parts of 2 MB


@dataclass
class SourceHub:
    """``files`` by path; a large one stands in ``large`` too. ``odd`` answers instead for paths that it knows."""

    server: Receiver
    files: dict[str, bytes] = field(default_factory=lambda: {"README.md": CARD, "weights.bin": WEIGHTS})
    large: set[str] = field(default_factory=lambda: {"weights.bin"})
    odd: dict[str, Answer] = field(default_factory=dict)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.partition("?")[0]
        if path in self.odd:
            self.odd[path](handler)
        elif path == "/api/models/them/tiny/revision/main":
            plain(200, json.dumps(self.listing()).encode())(handler)
        elif path.startswith(f"/them/tiny/resolve/{SHA}/"):
            self.send(handler, self.files[path.rpartition("/")[2]])
        else:
            plain(404)(handler)

    def listing(self) -> dict[str, Any]:
        return {"sha": SHA, "siblings": [self._sibling(path, content) for path, content in self.files.items()]}

    def _sibling(self, path: str, content: bytes) -> dict[str, Any]:
        sibling: dict[str, Any] = {"rfilename": path, "size": len(content)}
        if path in self.large:
            sibling["lfs"] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        return sibling

    @staticmethod
    def send(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        first, last = (int(text) for text in handler.headers["Range"].removeprefix("bytes=").split("-"))
        plain(206, content[first : last + 1])(handler)

    @property
    def url(self) -> str:
        return self.server.url

    def asked(self, path: str) -> list[str]:
        """The ranges of the requests for a file, in order."""
        address = f"/them/tiny/resolve/{SHA}/{path}"
        return [got.headers["Range"] for got in self.server.requests if got.path == address]


@pytest.fixture(autouse=True)
def _small_parts(settings: Settings) -> None:
    settings.LFS_PART_BYTES = 2_000_000


@pytest.fixture
def source(settings: Settings) -> Iterator[SourceHub]:
    with receiver() as server:
        hub = SourceHub(server)
        server.answer = hub.answer
        settings.IMPORT_ENDPOINTS = [hub.url]
        yield hub


Ask = Callable[..., ImportJob]


@pytest.fixture
def ask(source: SourceHub, alice: User) -> Ask:
    """``ask(name="here", private=True)``: Alice's import of ``them/tiny``, queued."""

    def make(**change: Any) -> ImportJob:
        wish = {"source_id": "them/tiny", "kind": "model", "namespace": "alice", "name": "here", "private": False}
        return request_import(actor=Actor(user=alice), wish=Wish(**{"endpoint": source.url} | wish | change))

    return make
