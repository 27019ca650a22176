"""What time it is in a bucket: what is signed for it is judged by its own clock, whatever this machine's says."""

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore import auth

SIGNATURE_VERSION = "s3v4-bucket"  # botocore takes what stands before the dash for the name of the scheme
# A stock Xet client whose address is refused asks for another at once, but may sleep for hours if that is refused too
# (its delays are 3 s, then the square of 3000 ms): so old knowledge is no good, and asking costs one HEAD.
_FRESH_SECONDS = 2
_NOTEWORTHY_SECONDS = 60
_FORBIDDEN = 403
log = logging.getLogger(__name__)


class BucketClock:
    """The time that a bucket tells with each of its answers; this machine's own until the first. Threads may share it.

    It goes on by the time since the machine was started, so that a leap of the machine's clock changes nothing. The
    bucket's tells whole seconds that have begun: what is signed by it is never from the future.
    """

    def __init__(self) -> None:
        self._started = time.time() - _uptime()  # the machine, by the bucket's clock
        self._heard_at = float("-inf")
        self._off = False

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._started + _uptime(), UTC)

    def is_fresh(self) -> bool:
        """Whether the bucket has told the time lately: its clock may leap too."""
        return _uptime() - self._heard_at < _FRESH_SECONDS

    def as_here(self, moment: datetime) -> float:
        """A time that the bucket has noted, by this machine's clock: in seconds since 1970."""
        return moment.timestamp() + time.time() - self.now().timestamp()

    def sign_by(self, client: Any) -> None:
        """Let `client`, made with `SIGNATURE_VERSION`, sign by this clock."""
        client.meta.events.register("before-sign.s3", self._stamp)

    def learn_from(self, client: Any) -> None:
        """Hear the time with each answer to `client`. What was signed by a wrong one is signed and sent again."""
        client.meta.events.register("response-received.s3", self._hear)
        client.meta.events.register("needs-retry.s3", self._signed_wrongly)

    def _stamp(self, *, request: Any, **_rest: Any) -> None:
        request.context["bucket_time"] = self.now()

    def _hear(self, *, response_dict: Mapping[str, Any] | None, **_rest: Any) -> None:
        try:
            told = parsedate_to_datetime(response_dict["headers"]["date"]) if response_dict else None
        except (KeyError, ValueError):
            return
        if told is None:
            return
        self._heard_at = _uptime()
        self._started = told.timestamp() - self._heard_at
        self._warn(told.timestamp() - time.time())

    def _signed_wrongly(self, *, response: tuple[Any, Any] | None, request_dict: Any, **_rest: Any) -> int | None:
        """How many seconds to wait before the next attempt; None: no attempt is needed.

        By the times alone: an answer to HEAD has no body that could say so.
        """
        if response is None or response[0].status_code != _FORBIDDEN:
            return None
        off = abs((self.now() - request_dict["context"]["bucket_time"]).total_seconds())
        return 0 if off > _NOTEWORTHY_SECONDS else None

    def _warn(self, ahead: float) -> None:
        off = abs(ahead) > _NOTEWORTHY_SECONDS
        if off and not self._off:
            log.warning(
                "The object store's clock is %d seconds %s this machine's. Signed by the store's; set both by NTP.",
                abs(ahead),
                "ahead of" if ahead > 0 else "behind",
            )
        self._off = off


def _uptime() -> float:
    """Seconds since the machine was started, those asleep among them: no clock that anybody sets."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class _ByBucketClock(auth.SigV4Auth):  # type: ignore[misc]  # botocore tells no types
    def _modify_request_before_signing(self, request: Any) -> None:
        """Called when `request` has got the machine's time, and before anything is made of it."""
        request.context["timestamp"] = request.context["bucket_time"].strftime(auth.SIGV4_TIMESTAMP)
        super()._modify_request_before_signing(request)


class _Headers(_ByBucketClock, auth.S3SigV4Auth):  # type: ignore[misc]
    pass


class _Query(_ByBucketClock, auth.S3SigV4QueryAuth):  # type: ignore[misc]
    pass


auth.AUTH_TYPE_MAPS |= {SIGNATURE_VERSION: _Headers, f"{SIGNATURE_VERSION}-query": _Query}
