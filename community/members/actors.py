"""Who is asking: a member by session or token, a signed capability, or nobody."""

from dataclasses import dataclass

from community.members.models import AccessToken, User


@dataclass(frozen=True)
class Capability:
    """A short-lived signed right to one subject, held by a machine instead of a member.

    `subject` is opaque here (``repo:17``, ``workers``); `right` is ``read`` or ``write``.
    """

    subject: str
    right: str


@dataclass(frozen=True)
class Actor:
    """The caller of every service and query. `token` narrows what `user` may do; it never widens it."""

    user: User | None = None
    token: AccessToken | None = None
    capability: Capability | None = None

    @property
    def is_anonymous(self) -> bool:
        return self.user is None and self.capability is None


ANONYMOUS = Actor()
