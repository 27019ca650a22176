"""Alice's webhook, and a server that it leads to. What may be seen is decided as a test says."""

from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from community.members.actors import Actor
from community.members.models import User
from community.webhooks import events
from community.webhooks.models import Webhook
from community.webhooks.services import Wish, create_webhook
from tests.receiver import Receiver, receiver

MayEmit = Callable[..., None]


@pytest.fixture
def other(settings: Settings) -> Iterator[Receiver]:
    with receiver() as server:
        settings.OUTBOUND_HOSTS = {server.url.removeprefix("http://")}
        yield server


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Subjects that nobody may see; everything else everybody may."""
    subjects: set[str] = set()
    monkeypatch.setattr(events, "_deciders", [lambda _actor, subject: subject not in subjects])
    return subjects


@pytest.fixture
def webhook(alice: User, other: Receiver, hidden: set[str]) -> Webhook:
    wish = Wish(url=f"{other.url}/hook", watched=[("thing", "One")], domains=["repo"], secret="s3cret")
    return create_webhook(actor=Actor(user=alice), wish=wish)


def emit(name: str = "one", *, subject: str = "thing:1", domain: str = "repo") -> None:
    payload = {"event": {"action": "update"}, "name": name, "字": "✓"}
    events.emit(events.Event(domain=domain, subject=subject, followed=(("thing", name),), payload=payload))
