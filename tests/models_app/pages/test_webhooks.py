"""A member's webhooks in the browser."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from community.members.actors import Actor
from community.members.models import User
from community.webhooks.models import Delivery, Webhook
from community.webhooks.services import Wish, create_webhook
from tests.factories.members import OrganizationFactory

FORM = {"url": "https://a.example/hook", "watched": "alice\nalice/tiny\n", "domains": ["repo"], "secret": "s"}


def make(user: User, **wish: Any) -> Webhook:
    given = {"url": "https://a.example/hook", "watched": [("user", "alice")], "domains": ["repo"], "secret": "s"}
    return create_webhook(actor=Actor(user=user), wish=Wish(**given | wish))


def sent(webhook: Webhook, **fields: Any) -> Delivery:
    payload = {"event": {"action": "update", "scope": "repo.content"}, "repo": {"name": "alice/tiny<b>"}}
    given = {"state": "delivered", "attempts": 1, "attempted_at": timezone.now(), "status": 200, "milliseconds": 12}
    return Delivery.objects.create(webhook=webhook, subject="repo:1", payload=payload, **given | fields)


def test_make_and_change(as_alice: Client, alice: User) -> None:
    OrganizationFactory(name="lab", admin=alice)
    response = as_alice.post("/settings/webhooks/new", FORM | {"watched": " Alice \nlab\n\ndatasets/lab/poems\na/b"})
    webhook = Webhook.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/settings/webhooks/{webhook.pk}")
    assert [str(item) for item in webhook.watched.all()] == [
        "user:alice", "org:lab", "dataset:lab/poems", "model:a/b",
    ]  # fmt: skip
    page = as_alice.get(f"/settings/webhooks/{webhook.pk}").content.decode()
    assert "alice\nlab\ndatasets/lab/poems\na/b</textarea>" in page
    response = as_alice.post(f"/settings/webhooks/{webhook.pk}", FORM | {"url": "https://b.example/"})
    assert response.status_code == 302
    webhook.refresh_from_db()
    assert (webhook.url, webhook.secret) == ("https://b.example/", "s")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"url": "http://192.168.0.1/"}, "private network"),
        ({"url": "x"}, "full address"),
        ({"watched": "no/such/thing"}, "is not a name or a repository"),
        ({"watched": "nobody-of-this-name"}, "no member or organisation"),
        ({"watched": " \n "}, "required"),
        ({"domains": []}, "required"),
        ({"secret": "密"}, "plain ASCII"),
    ],
)
def test_a_refusal_makes_and_changes_nothing(
    as_alice: Client, alice: User, change: dict[str, Any], sentence: str
) -> None:
    response = as_alice.post("/settings/webhooks/new", FORM | change)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Webhook.objects.exists()
    webhook = make(alice)
    assert as_alice.post(f"/settings/webhooks/{webhook.pk}", FORM | change).status_code == 422
    webhook.refresh_from_db()
    assert webhook.url == "https://a.example/hook"


def test_switch_and_remove(as_alice: Client, alice: User) -> None:
    webhook = make(alice)
    as_alice.post(f"/settings/webhooks/{webhook.pk}/disable")
    webhook.refresh_from_db()
    assert not webhook.enabled
    as_alice.post(f"/settings/webhooks/{webhook.pk}/enable")
    webhook.refresh_from_db()
    assert webhook.enabled
    assert "Remove this webhook?" in as_alice.get(f"/settings/webhooks/{webhook.pk}/delete").content.decode()
    assert Webhook.objects.exists()
    as_alice.post(f"/settings/webhooks/{webhook.pk}/delete")
    assert not Webhook.objects.exists()


def test_what_was_sent_and_answered(as_alice: Client, alice: User) -> None:
    webhook = make(alice)
    delivery = sent(webhook, answer="Server: x\n\n<script>alert(1)</script>", problem="")
    waiting = sent(webhook, state="pending", attempts=0, attempted_at=None, status=None)
    page = as_alice.get(f"/settings/webhooks/{webhook.pk}").content.decode()
    assert str(delivery.pk) in page
    assert str(waiting.pk) not in page  # whether its owner may see it is asked when it is sent
    address = f"/settings/webhooks/{webhook.pk}/{delivery.pk}"
    page = as_alice.get(address).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "alice/tiny&lt;b&gt;" in page
    assert as_alice.get(f"/settings/webhooks/{webhook.pk}/{waiting.pk}").status_code == 404
    assert as_alice.post(f"{address}/replay").status_code == 302
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("pending", 0)


def test_nothing_is_sent_again_by_a_disabled_webhook(as_alice: Client, alice: User) -> None:
    webhook = make(alice)
    delivery = sent(webhook)
    Webhook.objects.update(enabled=False)
    assert as_alice.post(f"/settings/webhooks/{webhook.pk}/{delivery.pk}/replay").status_code == 400
    delivery.refresh_from_db()
    assert delivery.state == "delivered"


@pytest.mark.parametrize("below", ["", "/delete", "/{delivery}", "/enable", "/disable", "/{delivery}/replay"])
def test_those_of_others_are_not_there(as_bob: Client, client: Client, alice: User, below: str) -> None:
    webhook = make(alice)
    delivery = sent(webhook)
    address = f"/settings/webhooks/{webhook.pk}{below.format(delivery=delivery.pk)}"
    unknown = f"/settings/webhooks/{webhook.pk + 1}{below.format(delivery=uuid.uuid4())}"
    method = "post" if below.startswith(("/enable", "/disable")) or below.endswith("replay") else "get"
    hidden, missing = getattr(as_bob, method)(address), getattr(as_bob, method)(unknown)
    assert hidden.status_code == missing.status_code == 404
    assert client.get(address)["Location"].startswith("/accounts/login/")
    webhook.refresh_from_db()
    assert webhook.enabled


@pytest.mark.parametrize("count", [1, 12])
def test_pages_take_a_fixed_number_of_queries(
    as_alice: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    webhooks = [make(alice, watched=[("user", f"u{n}") for n in range(count)]) for _ in range(count)]
    for _ in range(count):
        sent(webhooks[0])
    with django_assert_num_queries(5):  # session, member, webhooks, followed, unread notifications
        as_alice.get("/settings/webhooks")
    with django_assert_num_queries(6):
        as_alice.get(f"/settings/webhooks/{webhooks[0].pk}")


def test_an_empty_list_says_what_to_do(as_alice: Client) -> None:
    assert "No webhooks yet" in as_alice.get("/settings/webhooks").content.decode()
