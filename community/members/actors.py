"""Who is asking: a member by session or token, a signed capability, or nobody."""

from dataclasses import dataclass
from typing import Literal

from community.members.models import AccessToken, User
from community.members.rules import Permission, token_allows

Right = Literal["read", "write"]


@dataclass(frozen=True)
class Capability:
    """A short-lived signed right to one subject, held by a machine instead of a member.

    `subject` is opaque here (``repo:17``, ``workers``).
    """

    subject: str
    right: Right


@dataclass(frozen=True)
class Actor:
    """The caller of every service and query. `token` narrows what `user` may do; it never widens it."""

    user: User | None = None
    token: AccessToken | None = None
    capability: Capability | None = None

    @property
    def is_anonymous(self) -> bool:
        return self.user is None and self.capability is None

    def token_allows(self, permission: Permission, namespace: str | None = None) -> bool:
        """Whether the way this actor signed in lets `user` use `permission` at all. A session narrows nothing."""
        return self.token is None or token_allows(self.token.kind, self.token.scopes, permission, namespace)


ANONYMOUS = Actor()
