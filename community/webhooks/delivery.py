"""One attempt to deliver: claim the row, send, write down what was answered."""

import http.client
import json
import logging
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from community.webhooks import tasks
from community.webhooks.events import may_see
from community.webhooks.models import Delivery, DeliveryState, Webhook
from community.webhooks.notices import tell_disabled
from community.webhooks.rules import (
    ANSWER_BYTES,
    ATTEMPT_SECONDS,
    CLAIM,
    GIVE_UP_AFTER,
    KEEP,
    MAX_ATTEMPTS,
    delay,
    is_success,
    signature,
)
from hub.core.errors import DomainError
from hub.core.outbound import NETWORK_ERRORS, failure, request
from hub.core.tasks import ring

log = logging.getLogger(__name__)
_RING_AT_ONCE = 200


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt: a status and an answer, or a problem in words."""

    milliseconds: int
    status: int | None = None
    answer: str = ""
    problem: str = ""


def deliver(delivery_id: str) -> None:
    """Send a delivery that is due; do nothing if it is not, was sent, or is another worker's."""
    delivery = Delivery.objects.select_related("webhook__owner").filter(pk=delivery_id).first()
    if delivery is None:
        return
    if not delivery.webhook.enabled or not may_see(delivery.webhook, delivery.subject):
        # Its owner may not, or no longer, learn what it says: nothing of it stays.
        delivery.delete()
    elif _claim(delivery):
        _record(delivery, send(delivery))


def _claim(delivery: Delivery) -> bool:
    """Take the delivery for `CLAIM`: of two workers one changes the row. If it dies, the delivery is due again then."""
    now = timezone.now()
    due = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.PENDING, due_at__lte=now)
    if not due.update(due_at=now + CLAIM, attempted_at=now, attempts=F("attempts") + 1):
        return False
    delivery.refresh_from_db(fields=["attempts"])
    return True


def send(delivery: Delivery) -> Outcome:
    """POST the payload; every failure is an outcome."""
    body = body_of(delivery)
    began = time.monotonic()
    try:
        with request(
            "POST",
            delivery.webhook.url,
            headers=headers_of(delivery, body, int(time.time())),
            body=body,
            seconds=ATTEMPT_SECONDS,
        ) as response:
            answer, status = _answer(response), response.status
    except DomainError as error:
        return Outcome(_milliseconds(began), problem=error.message[:300])
    except NETWORK_ERRORS as error:
        late = time.monotonic() - began >= ATTEMPT_SECONDS
        return Outcome(_milliseconds(began), problem=failure(TimeoutError() if late else error)[:300])
    problem = "" if is_success(status) else f"It answered {status}, not 2xx."
    return Outcome(_milliseconds(began), status=status, answer=answer, problem=problem)


def body_of(delivery: Delivery) -> bytes:
    """The JSON that is sent: the event and which webhook it is for."""
    return json.dumps(payload_of(delivery), ensure_ascii=False, separators=(",", ":")).encode()


def payload_of(delivery: Delivery) -> dict[str, Any]:
    return {**delivery.payload, "webhook": {"id": f"{delivery.webhook_id:024x}", "version": 3}}


def headers_of(delivery: Delivery, body: bytes, timestamp: int) -> dict[str, str]:
    """`X-Webhook-Delivery` stays the same over all attempts: a receiver may skip what it has seen."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"{settings.HUB_NAME} webhooks ({settings.PUBLIC_URL})".encode("ascii", "replace").decode(),
        "X-Webhook-Delivery": str(delivery.pk),
        "X-Webhook-Attempt": str(delivery.attempts),
    }
    secret = delivery.webhook.secret
    if secret:
        headers["X-Webhook-Secret"] = secret
        headers["X-Webhook-Signature"] = signature(secret, timestamp, body)
    return headers


def _answer(response: http.client.HTTPResponse) -> str:
    lines = [f"{name}: {value}" for name, value in response.getheaders()]
    text = "\n".join([*lines, "", response.read(ANSWER_BYTES).decode(errors="replace")])
    return text.replace("\0", "\ufffd")[: 2 * ANSWER_BYTES]


def _milliseconds(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


@transaction.atomic
def _record(delivery: Delivery, outcome: Outcome) -> None:
    now = timezone.now()
    delivery.milliseconds, delivery.status = outcome.milliseconds, outcome.status
    delivery.answer, delivery.problem = outcome.answer, outcome.problem
    if not outcome.problem:
        delivery.state = DeliveryState.DELIVERED
        Webhook.objects.filter(pk=delivery.webhook_id, failing_since__isnull=False).update(failing_since=None)
    else:
        delivery.due_at = now + delay(delivery.attempts)
        if delivery.attempts >= MAX_ATTEMPTS:
            delivery.state = DeliveryState.FAILED
        _note_failure(delivery.webhook, now)
    delivery.save(update_fields=["milliseconds", "status", "answer", "problem", "state", "due_at"])


def _note_failure(webhook: Webhook, now: datetime) -> None:
    """Remember since when nothing arrives, and disable what has not worked for days."""
    Webhook.objects.filter(pk=webhook.pk, failing_since=None).update(failing_since=now)
    hopeless = Webhook.objects.filter(pk=webhook.pk, enabled=True, failing_since__lte=now - GIVE_UP_AFTER)
    if hopeless.update(enabled=False, gave_up_at=now):
        transaction.on_commit(lambda: tell_disabled(webhook), robust=True)


def ring_due() -> None:
    """Ring for every delivery that is due, oldest first, and remove those that ended long ago."""
    now = timezone.now()
    due = Delivery.objects.filter(state=DeliveryState.PENDING, due_at__lte=now).order_by("due_at")
    for pk in due.values_list("pk", flat=True)[:_RING_AT_ONCE]:
        ring(tasks.deliver, str(pk), queue=tasks.QUEUE)
    Delivery.objects.filter(created_at__lt=now - KEEP).exclude(state=DeliveryState.PENDING).delete()
