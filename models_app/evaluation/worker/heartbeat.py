"""Renews a lease from a thread of its own while the run goes on, and notices when nobody wants the run any more."""

import logging
import threading
from types import TracebackType
from typing import Any, Self

from models_app.evaluation.worker.client import HubClient, Lease
from models_app.evaluation.worker.errors import LeaseLost

_OFTEN_SECONDS = 3.0  # people watch the progress
log = logging.getLogger(__name__)


class Heartbeat:
    """A context manager. `stop` is set when the run was cancelled or its lease was lost."""

    def __init__(self, client: HubClient, lease: Lease) -> None:
        self.stop = threading.Event()
        self._client, self._lease = client, lease
        self._progress: dict[str, Any] = {"stage": "download", "task": "", "done": 0, "total": 0}
        self._log_tail = ""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def tell(self, progress: dict[str, Any], log_tail: str = "") -> None:
        """What the next heartbeat will say."""
        before = self._progress["stage"]
        self._progress = {
            "stage": str(progress.get("stage", ""))[:40],
            "task": str(progress.get("task", ""))[:80],
            "done": _count(progress.get("done")),
            "total": _count(progress.get("total")),
        }
        self._log_tail = log_tail
        if self._progress["stage"] != before:
            log.info("%s: %s", self._lease.path, self._progress["stage"])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        pause = min(_OFTEN_SECONDS, self._lease.lease_seconds / 4)
        while not self._over.wait(pause):
            try:
                cancelled = self._client.heartbeat(self._lease, progress=self._progress, log_tail=self._log_tail)
            except LeaseLost:
                cancelled = True
            if cancelled:
                self.stop.set()
                return


def _count(value: Any) -> int:
    """The sandbox reports these: anything may be in them."""
    return min(max(value, 0), 2**53 - 1) if isinstance(value, int) else 0
