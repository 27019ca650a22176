"""What a webhook may be."""

import pytest
from django.utils import timezone

from community.members.actors import ANONYMOUS, Actor
from community.members.errors import NotAllowed
from community.members.models import AccessToken, User
from community.webhooks import rules
from community.webhooks.models import Webhook
from community.webhooks.services import Wish, create_webhook, update_webhook
from hub.core.errors import DomainError, Unauthenticated

GOOD = {"url": "https://a.example/hook", "watched": [("user", "alice")], "domains": ["repo"], "secret": ""}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"url": "http://10.0.0.1/"}, "private network"),
        ({"url": "https://a.example/" + "x" * 500}, "longer than 500"),
        ({"watched": []}, "between 1 and 50"),
        ({"watched": [("user", f"u{n}") for n in range(51)]}, "between 1 and 50"),
        ({"domains": []}, "Choose"),
        ({"domains": ["repos"]}, "Choose"),
        ({"secret": "line\nbreak"}, "plain ASCII"),
        ({"secret": "密"}, "plain ASCII"),
        ({"secret": "x" * 201}, "plain ASCII"),
    ],
)
def test_refusals_change_nothing(alice: User, change: dict[str, object], sentence: str) -> None:
    with pytest.raises(DomainError, match=sentence):
        create_webhook(actor=Actor(user=alice), wish=Wish(**GOOD | change))
    assert not Webhook.objects.exists()
    webhook = create_webhook(actor=Actor(user=alice), wish=Wish(**GOOD))
    with pytest.raises(DomainError, match=sentence):
        update_webhook(webhook=webhook, wish=Wish(**GOOD | change))
    webhook.refresh_from_db()
    assert (webhook.url, [str(item) for item in webhook.watched.all()]) == ("https://a.example/hook", ["user:alice"])


def test_the_same_name_twice_is_followed_once(alice: User) -> None:
    wish = Wish(**GOOD | {"watched": [("user", "Alice"), ("user", "alice"), ("org", "alice")]})
    webhook = create_webhook(actor=Actor(user=alice), wish=wish)
    assert sorted(str(item) for item in webhook.watched.all()) == ["org:alice", "user:alice"]


def test_a_limited_number(alice: User) -> None:
    for _ in range(rules.MAX_WEBHOOKS):
        create_webhook(actor=Actor(user=alice), wish=Wish(**GOOD))
    with pytest.raises(DomainError, match="remove one first"):
        create_webhook(actor=Actor(user=alice), wish=Wish(**GOOD))
    assert Webhook.objects.count() == rules.MAX_WEBHOOKS


def test_nobody_and_narrow_tokens(alice: User) -> None:
    with pytest.raises(Unauthenticated):
        create_webhook(actor=ANONYMOUS, wish=Wish(**GOOD))
    for kind, scopes in (("read", {}), ("fineGrained", {"global": ["evaluation.work"], "scoped": []})):
        token = AccessToken(user=alice, kind=kind, scopes=scopes, created_at=timezone.now())
        with pytest.raises(NotAllowed):
            create_webhook(actor=Actor(user=alice, token=token), wish=Wish(**GOOD))
    assert not Webhook.objects.exists()
    token = AccessToken(user=alice, kind="fineGrained", scopes={"global": ["user.webhooks.write"], "scoped": []})
    assert create_webhook(actor=Actor(user=alice, token=token), wish=Wish(**GOOD)).owner == alice


def test_waits_grow() -> None:
    seconds = [rules.delay(attempts).total_seconds() for attempts in range(1, 20)]
    assert 30 <= seconds[0] <= 33
    assert 240 <= seconds[3] <= 264
    assert 6 * 3600 <= seconds[-1] <= 6.6 * 3600
