"""Count requests in Valkey, which all web processes share. Counting never fails a request."""

import logging
import time
from functools import lru_cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)
_TIMEOUT = 0.5  # seconds that a request waits for Valkey
_REST = 10.0  # seconds without counting after it did not answer


class Counter:
    """Counts on one Valkey server."""

    def __init__(self, url: str) -> None:
        once_more = Retry(NoBackoff(), 1)  # a server that was restarted has closed our connection
        self._client = redis.Redis.from_url(
            url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=once_more
        )
        self._resting_until = 0.0

    def add(self, key: str, *, seconds: int) -> int | None:
        """One more under `key`, which is forgotten after `seconds`; gives the number, None while Valkey is away."""
        if time.monotonic() < self._resting_until:
            return None
        try:
            pipe = self._client.pipeline(transaction=False)
            pipe.incr(key)
            pipe.expire(key, seconds)
            return int(pipe.execute()[0])
        except redis.RedisError as error:
            self._resting_until = time.monotonic() + _REST
            log.warning("Requests are not counted: Valkey does not answer (%s)", type(error).__name__)
            return None


@lru_cache(maxsize=1)
def _counter_at(url: str) -> Counter:
    return Counter(url)


def counter() -> Counter:
    """The counter of this process."""
    return _counter_at(settings.REDIS_URL)
