"""What arrives, what is tried again, and what is never sent."""

import hashlib
import hmac
import json
import threading
from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from community.members.models import User
from community.webhooks import delivery as sending
from community.webhooks.models import Delivery, DeliveryState, Webhook
from community.webhooks.rules import MAX_ATTEMPTS
from community.webhooks.services import replay, set_enabled
from tests.community.webhooks.conftest import emit
from tests.receiver import Receiver, plain


def send_due() -> None:
    """What the worker does with its doorbell."""
    for pk in Delivery.objects.filter(state=DeliveryState.PENDING, due_at__lte=timezone.now()).values_list(
        "pk", flat=True
    ):
        sending.deliver(str(pk))


def make_due() -> None:
    Delivery.objects.update(due_at=timezone.now())


def test_an_event_arrives_signed(webhook: Webhook, other: Receiver) -> None:
    emit("ONE")
    send_due()
    (got,) = other.requests
    row = Delivery.objects.get()
    assert (got.method, got.path) == ("POST", "/hook")
    assert json.loads(got.body) == {
        "event": {"action": "update"}, "name": "ONE", "字": "✓", "webhook": {"id": f"{webhook.pk:024x}", "version": 3},
    }  # fmt: skip
    assert got.headers["Content-Type"] == "application/json; charset=utf-8"
    assert (got.headers["X-Webhook-Secret"], got.headers["X-Webhook-Delivery"]) == ("s3cret", str(row.pk))
    stamp, _, mac = got.headers["X-Webhook-Signature"].partition(",v1=")
    signed = stamp.removeprefix("t=").encode() + b"." + got.body
    assert mac == hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    assert (row.state, row.attempts, row.status, row.problem) == ("delivered", 1, 200, "")
    assert row.answer.endswith("\n\nthanks")
    assert row.milliseconds is not None
    assert row.milliseconds < 5000


@pytest.mark.parametrize(
    ("name", "domain"), [("two", "repo"), ("one", "discussion")], ids=["another thing", "another domain"]
)
def test_only_what_is_followed_is_written_down(webhook: Webhook, name: str, domain: str) -> None:
    emit(name, domain=domain)
    assert not Delivery.objects.exists()


def test_nothing_is_written_of_what_the_owner_may_not_see(webhook: Webhook, hidden: set[str]) -> None:
    hidden.add("thing:1")
    emit()
    assert not Delivery.objects.exists()


def test_what_was_hidden_since_is_not_sent_and_not_kept(webhook: Webhook, hidden: set[str], other: Receiver) -> None:
    emit()
    hidden.add("thing:1")
    send_due()
    assert other.requests == []
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("change", ["disabled", "inactive"])
def test_nothing_is_sent_for_those_who_are_out(webhook: Webhook, alice: User, other: Receiver, change: str) -> None:
    emit()
    if change == "disabled":
        set_enabled(webhook=webhook, enabled=False)
    else:
        User.objects.update(is_active=False)
    send_due()
    emit()
    assert other.requests == []
    assert not Delivery.objects.exists()


def test_a_rolled_back_change_tells_nobody(webhook: Webhook) -> None:
    with transaction.atomic():
        emit()
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("status", [301, 400, 404, 500])
def test_a_refusal_is_tried_again_later_under_the_same_id(webhook: Webhook, other: Receiver, status: int) -> None:
    other.answer = plain(status, b"no", Location="http://127.0.0.1:1/")
    emit()
    before = timezone.now()
    send_due()
    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.status, row.problem) == (
        "pending",
        1,
        status,
        f"It answered {status}, not 2xx.",
    )
    assert timedelta(seconds=29) < row.due_at - before < timedelta(seconds=40)
    send_due()
    assert len(other.requests) == 1  # not before it is due

    other.answer = plain(204)
    make_due()
    send_due()
    row.refresh_from_db()
    assert (row.state, row.attempts, row.status, row.problem) == ("delivered", 2, 204, "")
    assert {got.headers["X-Webhook-Delivery"] for got in other.requests} == {str(row.pk)}
    assert [got.headers["X-Webhook-Attempt"] for got in other.requests] == ["1", "2"]


def test_tries_come_to_an_end(webhook: Webhook, other: Receiver) -> None:
    other.answer = plain(500)
    emit()
    for _ in range(MAX_ATTEMPTS + 2):
        make_due()
        send_due()
    row = Delivery.objects.get()
    assert (row.state, row.attempts, len(other.requests)) == ("failed", MAX_ATTEMPTS, MAX_ATTEMPTS)


def test_a_private_address_is_a_problem_not_a_request(webhook: Webhook, other: Receiver, settings: Settings) -> None:
    settings.OUTBOUND_HOSTS = set()
    Webhook.objects.update(url=other.url.replace("127.0.0.1", "localhost"))
    emit()
    send_due()
    assert other.requests == []
    row = Delivery.objects.get()
    assert (row.state, row.status) == ("pending", None)
    assert row.problem.startswith("Only the ports")


def test_a_large_answer_is_cut(webhook: Webhook, other: Receiver) -> None:
    other.answer = plain(200, b"\0" + b"x" * 1_000_000)
    emit()
    send_due()
    row = Delivery.objects.get()
    assert row.state == "delivered"
    assert len(row.answer) < 10_000
    assert "\0" not in row.answer


def test_after_days_without_success_it_is_disabled_and_its_owner_told(
    webhook: Webhook, other: Receiver, django_capture_on_commit_callbacks: object
) -> None:
    other.answer = plain(500)
    emit()
    send_due()
    webhook.refresh_from_db()
    assert webhook.enabled
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=5, minutes=1))
    make_due()
    with django_capture_on_commit_callbacks(execute=True):
        send_due()
    webhook.refresh_from_db()
    assert (webhook.enabled, webhook.gave_up_at is not None) == (False, True)
    (message,) = mail.outbox
    assert message.to == ["alice@example.org"]
    assert f"{other.url}/hook" in message.body

    set_enabled(webhook=webhook, enabled=True)
    webhook.refresh_from_db()
    assert (webhook.failing_since, webhook.gave_up_at) == (None, None)


def test_one_success_wipes_the_slate(webhook: Webhook) -> None:
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=4))
    emit()
    send_due()
    webhook.refresh_from_db()
    assert webhook.failing_since is None


def test_replay(webhook: Webhook, other: Receiver) -> None:
    emit()
    send_due()
    replay(delivery=Delivery.objects.get())
    send_due()
    first, second = other.requests
    assert first.body == second.body
    assert first.headers["X-Webhook-Delivery"] == second.headers["X-Webhook-Delivery"]
    assert Delivery.objects.get().state == "delivered"


def test_a_worker_that_died_while_sending_is_followed_by_another(
    webhook: Webhook, other: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    emit()
    row = Delivery.objects.get()
    with monkeypatch.context() as patch:
        patch.setattr(sending, "_record", lambda *_arguments: None)  # killed after the request, before its row
        sending.deliver(str(row.pk))
    sending.deliver(str(row.pk))
    assert len(other.requests) == 1  # the first may be alive
    make_due()
    send_due()
    assert Delivery.objects.get().state == "delivered"
    assert [got.headers["X-Webhook-Delivery"] for got in other.requests] == [str(row.pk)] * 2


@pytest.mark.django_db(transaction=True)
def test_an_event_rings_and_what_is_due_rings_again(webhook: Webhook, valkey: str) -> None:
    broker = redis.Redis.from_url(settings.REDIS_URL)
    broker.delete("outbound")
    emit()
    sending.ring_due()
    rung = [json.loads(message)["headers"]["task"] for message in broker.lrange("outbound", 0, -1)]
    assert rung == ["webhooks.deliver"] * 2
    broker.delete("outbound")


def test_old_deliveries_are_forgotten(webhook: Webhook) -> None:
    emit()
    send_due()
    emit()
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=31))
    sending.ring_due()
    assert [row.state for row in Delivery.objects.all()] == ["pending"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_once(webhook: Webhook, other: Receiver) -> None:
    emit()
    pk = str(Delivery.objects.get().pk)
    ready = threading.Barrier(2)

    def work() -> None:
        ready.wait()
        sending.deliver(pk)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(other.requests) == 1
