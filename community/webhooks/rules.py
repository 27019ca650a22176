"""Numbers and signatures of webhooks: pure functions."""

import hashlib
import hmac
import random
from datetime import timedelta

URL_MAX_LENGTH = 500
SECRET_MAX_LENGTH = 200
MAX_WEBHOOKS = 20  # of one member
MAX_WATCHED = 50  # by one webhook

MAX_ATTEMPTS = 10
_FIRST_DELAY = timedelta(seconds=30)
_LONGEST_DELAY = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(days=5)  # without one success: the webhook is disabled
KEEP = timedelta(days=30)  # finished deliveries

ATTEMPT_SECONDS = 10.0
CLAIM = timedelta(seconds=60)  # how long a worker that fell silent keeps a delivery
ANSWER_BYTES = 4096


def delay(attempts: int) -> timedelta:
    """How long to wait after `attempts` failures: 30 s, doubled each time up to 6 h, and up to a tenth more.

    The extra part keeps what failed together from coming back together.
    """
    exact: timedelta = min(_FIRST_DELAY * 2 ** (attempts - 1), _LONGEST_DELAY)
    return exact * (1 + random.random() / 10)  # noqa: S311 (no secret)


def is_success(status: int) -> bool:
    """A redirect is none: it is not followed, since it could lead anywhere."""
    return 200 <= status < 300  # noqa: PLR2004 (HTTP's own numbers)


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """``t=<timestamp>,v1=<hex>``: HMAC-SHA256 of ``<timestamp>.<body>`` under the secret.

    With the time in it, a request that somebody recorded cannot be sent again later unnoticed.
    """
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"
