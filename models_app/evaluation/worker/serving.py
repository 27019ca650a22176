"""A worker that asks its hub for runs until it is told to stop: polling, back-off, signals."""

import logging
import os
import random
import signal
import threading
from types import FrameType

from models_app.evaluation.worker.errors import HubAway
from models_app.evaluation.worker.loop import EvaluationWorker

_LONGEST_PAUSE = 60.0
log = logging.getLogger(__name__)


class Serving:
    """The loop of one worker.

    The first SIGTERM or SIGINT drains it: no further run, and the one at hand is finished within `grace_seconds`, else
    given back to the hub. The second ends the process at once; the hub then misses it within a minute.
    """

    def __init__(self, worker: EvaluationWorker, *, poll_seconds: float, grace_seconds: float) -> None:
        self._worker, self._poll, self._grace = worker, poll_seconds, grace_seconds
        self._once = worker.attend_once if worker.settings.texts_only else worker.serve_once
        self._stopping, self._over = threading.Event(), threading.Event()

    def run(self, *, until_idle: bool = False) -> None:
        """Work until a signal comes; with `until_idle` until there is nothing to do. Raises `WorkerError`."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        try:
            self._loop(until_idle=until_idle)
        finally:
            self._over.set()
            self._worker.close()

    def _loop(self, *, until_idle: bool) -> None:
        pause, idle = self._poll, False
        while not self._stopping.is_set():
            try:
                worked = self._once()
            except HubAway as error:
                log.warning("%s Asking again in %.0f s.", error, pause)
                self._stopping.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            pause = self._poll
            if worked:
                idle = False
                continue
            if until_idle:
                log.info("nothing to do: the end")
                return
            if not idle:
                log.info("nothing to do: asking every %.0f s", self._poll)
                idle = True
            self._stopping.wait(self._poll * random.uniform(0.75, 1.25))  # noqa: S311 (workers should not march in step)
        log.info("stopped")

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._stopping.is_set():
            os._exit(1)  # the sandbox ends with this process
        self._stopping.set()
        # A handler may interrupt the very logging call that it would want to use.
        threading.Thread(target=self._drain, name="drain", daemon=True).start()

    def _drain(self) -> None:
        log.info("stopping: no further run; the present one has %.0f s, then it is given back", self._grace)
        if not self._over.wait(self._grace):
            self._worker.give_back()
