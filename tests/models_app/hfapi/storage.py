"""Alice, her repo and her token, as the tests of the storage routes need them."""

from dataclasses import dataclass
from typing import Any

from django.test import Client

from community.members.actors import Actor
from community.members.models import TokenKind, User
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from tests.factories.members import AccessTokenFactory


@dataclass(frozen=True)
class Caller:
    """Calls the hub with one member's write token (or another kind, or none)."""

    client: Client
    headers: dict[str, str]

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers)

    def post(self, path: str, body: Any) -> Any:
        return self.client.post(path, body, content_type="application/json", headers=self.headers)

    def send(self, method: str, path: str, body: bytes) -> Any:
        return self.client.generic(method, path, body, "application/octet-stream", headers=self.headers)


def caller(client: Client, user: User | None = None, kind: str = TokenKind.WRITE) -> Caller:
    if user is None:
        return Caller(client, {})
    text = f"hf_{user.username}_{kind}"
    AccessTokenFactory(user=user, text=text, kind=kind)
    return bearer(client, text)


def bearer(client: Client, token: str) -> Caller:
    return Caller(client, {"Authorization": f"Bearer {token}"})


def make_repo(owner: User, name: str = "tiny", *, private: bool = False) -> Repo:
    return create_repo(actor=Actor(user=owner), kind="model", namespace=owner.username, name=name, private=private)


def local(url: str) -> str:
    """The path and query of an absolute address of the hub."""
    return "/" + url.split("/", 3)[3]
