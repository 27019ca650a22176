"""Take a run or a text, fetch its checkpoint, work in the sandbox, hand in what came out; until nothing is queued."""

import logging
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any

from models_app.evaluation.engine.errors import EvaluationFailure, Internal
from models_app.evaluation.engine.sandbox.client import Sandbox, Stopped
from models_app.evaluation.worker.client import HubClient, Lease, RunLease, TextLease
from models_app.evaluation.worker.errors import LeaseLost, RecordRefused, WorkerError
from models_app.evaluation.worker.folders import remove_left_over, run_folder
from models_app.evaluation.worker.heartbeat import Heartbeat
from models_app.evaluation.worker.settings import WorkerSettings, machine_memory
from models_app.evaluation.worker.snapshot import fetch
from models_app.evaluation.worker.suites import fetch_data, fetch_suite, is_carried

JOB = "models_app.evaluation.engine.run"
_PROBE_SECONDS = 120
Work = Callable[[Path, Heartbeat], dict[str, Any]]  # in a run's folder; gives what `HubClient.finish` hands in
log = logging.getLogger(__name__)


def work_until_idle() -> int:
    """Work off the queue of the hub that the environment names; gives the number of runs.

    The sandbox stays warm for the next call in this process. Raises `WorkerError` where the hub or the machine refuses.
    """
    return _until_idle(this_worker().work_once)


def attend_until_idle() -> int:
    """As `work_until_idle`, of the texts whose attention is asked for."""
    return _until_idle(this_worker().attend_once)


def _until_idle(once: Callable[[], bool]) -> int:
    done = 0
    while once():
        done += 1
    return done


@cache
def this_worker() -> "EvaluationWorker":
    """The one worker of this process."""
    return EvaluationWorker(WorkerSettings.from_environment())


class EvaluationWorker:
    """One warm sandbox and one hub. Not thread-safe."""

    def __init__(self, settings: WorkerSettings, sandbox: Sandbox | None = None) -> None:
        self.settings = settings
        self.client = HubClient(settings.hub_url, settings.token)
        self.sandbox = sandbox or Sandbox(JOB)
        self._machine: dict[str, Any] | None = None
        self._giving_back = Event()
        self._present: Heartbeat | None = None
        remove_left_over(settings.folder)

    def work_once(self) -> bool:
        """Take one run and bring it to its end; False when nothing is queued."""
        lease = self.client.lease_run({"worker": self.settings.name, **self.machine()})
        if lease is None:
            return False
        self._carry_out(lease, lambda folder, heartbeat: {"record": self.evaluate(lease, folder, heartbeat)})
        return True

    def attend_once(self, *, examples: bool = True) -> bool:
        """As `work_once`, of a text whose attention is asked for."""
        lease = self.client.lease_text({"worker": self.settings.name, **self.machine()}, examples=examples)
        if lease is None:
            return False
        self._carry_out(lease, lambda folder, heartbeat: {"result": self._attend(lease, folder, heartbeat)})
        return True

    def serve_once(self) -> bool:
        """Take a text that a member waits for, a matter of seconds; else a run; else an example."""
        return self.attend_once(examples=False) or self.work_once() or self.attend_once()

    def machine(self) -> dict[str, Any]:
        """Hardware and versions, as a confined process sees them; so no run is taken that could not be confined."""
        if self._machine is None:
            with run_folder(self.settings.folder) as folder:
                try:
                    found = self._run_confined(folder, {}, _PROBE_SECONDS, Event(), lambda *_: None)
                except EvaluationFailure as failure:
                    raise WorkerError(failure.reason) from failure
            gpu_memory = found["gpu_memory_bytes"]
            hardware = {
                "device": found["device"],
                "gpu": found["gpu"],
                "gpu_memory_bytes": gpu_memory,
                "cores": os.cpu_count() or 1,
                "memory_bytes": machine_memory(),
                "run_memory_bytes": min(self.settings.memory_bytes, gpu_memory or self.settings.memory_bytes),
                "texts_only": self.settings.texts_only,
            }
            self._machine = {"hardware": hardware, "versions": found["versions"]}
        return self._machine

    def give_back(self) -> None:
        """End the present run and queue it again, for others. From any thread; this worker then takes no other one."""
        self._giving_back.set()
        if self._present is not None:
            self._present.stop.set()

    def close(self) -> None:
        self.sandbox.close()
        self.client.close()

    def _carry_out(self, lease: Lease, work: Work) -> None:
        log.info("%s, attempt %d: %s at %s", lease.path, lease.attempt, lease.repo, lease.commit)
        try:
            self._work(lease, work)
        except LeaseLost:
            log.warning("%s: the lease is lost, dropped", lease.path)

    def _work(self, lease: Lease, work: Work) -> None:
        with Heartbeat(self.client, lease) as heartbeat:
            self._present = heartbeat
            if self._giving_back.is_set():
                heartbeat.stop.set()
            try:
                with run_folder(self.settings.folder) as folder:
                    result = work(folder, heartbeat)
                self.client.finish(lease, **result)
                log.info("%s: done", lease.path)
            except Stopped:
                self._stopped(lease)
            except RecordRefused as refusal:
                self._fail(lease, Internal(f"The hub refused the result: {refusal}"))
            except EvaluationFailure as failure:
                self._fail(lease, failure)
            except (LeaseLost, WorkerError):
                raise
            except Exception as error:
                log.exception("%s", lease.path)
                self._fail(lease, Internal(f"The worker could not do its work: {error}."))

    def _stopped(self, lease: Lease) -> None:
        if self._giving_back.is_set():
            self.client.give_back(lease)
            log.info("%s: given back", lease.path)
        else:
            log.info("%s: stopped, nobody wants it any more", lease.path)

    def _fail(self, lease: Lease, failure: EvaluationFailure) -> None:
        log.warning("%s: %s: %s", lease.path, failure.failure_class, failure.reason)
        self.client.fail(lease, failure_class=failure.failure_class, reason=failure.reason, log_tail=failure.log_tail)

    def evaluate(self, lease: RunLease, folder: Path, heartbeat: Heartbeat) -> dict[str, Any]:
        """The finished record: what the sandbox found, under the identity that it cannot choose."""
        suite = self._suite(lease, folder, heartbeat)
        files = self._fetch(lease, folder, heartbeat)
        request = {"suite": suite, "precision": lease.precision}
        found = self._run_confined(folder, request, lease.run_seconds, heartbeat.stop, heartbeat.tell)
        return found | {
            "format": 1,
            "repo": lease.repo,
            "commit": lease.commit,
            "suite": dict(lease.suite),
            "files": files,
        }

    def _attend(self, lease: TextLease, folder: Path, heartbeat: Heartbeat) -> dict[str, Any]:
        """The weights, as the sandbox found them."""
        self._fetch(lease, folder, heartbeat)
        request = {"attention": {"text": lease.text, "target": lease.target}}
        return self._run_confined(folder, request, lease.run_seconds, heartbeat.stop, heartbeat.tell)

    def _fetch(self, lease: Lease, folder: Path, heartbeat: Heartbeat) -> list[dict[str, Any]]:
        return fetch(
            lease,
            self.settings.hub_url,
            folder / "snapshot",
            max_bytes=self.settings.download_bytes,
            heartbeat=heartbeat,
        )

    def _suite(self, lease: RunLease, folder: Path, heartbeat: Heartbeat) -> dict[str, Any]:
        """What the sandbox is told of the suite. One that this installation does not bring is copied to the run."""
        suite = {"name": lease.suite["name"], "version": lease.suite["version"]}
        if is_carried(lease):
            return suite
        fetched = fetch_suite(self.client, lease, self.settings.folder / "suites")
        fetch_data(lease, self.settings.hub_url, fetched, max_bytes=self.settings.download_bytes, heartbeat=heartbeat)
        shutil.copytree(fetched, folder / "suites" / suite["name"] / str(suite["version"]))
        return suite | {"root": str(folder / "suites")}

    def _run_confined(
        self, folder: Path, request: dict[str, Any], seconds: float, stop: Event, tell: Any
    ) -> dict[str, Any]:
        limits = {
            "memory_bytes": self.settings.memory_bytes,
            "cpu_seconds": int(seconds) * self.settings.threads + 1,
            "gpu": Path("/dev/nvidiactl").exists(),
        }
        request |= {
            "snapshot": str(folder / "snapshot"),
            "readable": [str(folder / "suites")],
            "scratch": str(folder / "scratch"),
            "limits": limits,
            "threads": self.settings.threads,
        }
        return self.sandbox.run(request, seconds=seconds, stop=stop, on_progress=tell)
