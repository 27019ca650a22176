"""The hub's worker API as methods. Lost connections are tried again; refusals become exceptions."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

import httpx2

from models_app.evaluation.worker.errors import HubAway, LeaseLost, RecordRefused, WorkerError

_TIMEOUT_SECONDS = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
REPORT_SECONDS = 300.0  # how long a finished run is offered to a hub that does not answer
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Lease:
    """One attempt at something: a commit of a repo, and a token that reads it."""

    attempt: int
    repo: str
    kind: str
    commit: str
    token: str | Literal[False]  # False: read as nobody
    lease_seconds: int
    run_seconds: int


@dataclass(frozen=True, kw_only=True)
class RunLease(_Lease):
    """What to evaluate, and with what."""

    run: int
    suite: Mapping[str, Any]  # {"name", "version", "sha256"}
    precision: str

    @property
    def path(self) -> str:
        """Where the API has it; also its name in the log."""
        return f"runs/{self.run}"


@dataclass(frozen=True, kw_only=True)
class TextLease(_Lease):
    """A text whose attention is to be computed, and the target of an encoder–decoder (blank: what it writes)."""

    request: str
    text: str
    target: str

    @property
    def path(self) -> str:
        return f"attention/{self.request}"


Lease = RunLease | TextLease


class HubClient:
    """Speaks as the service account of `token`. Safe to use from two threads."""

    def __init__(self, hub_url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "User-Agent": "leyuan-evaluation-worker"}
        self._http = httpx2.Client(base_url=f"{hub_url}/api/evaluation/", headers=headers, timeout=_TIMEOUT_SECONDS)

    def lease_run(self, machine: Mapping[str, Any]) -> RunLease | None:
        """The next run for this `machine` ({"worker", "hardware", "versions"}), or None when there is none.

        Raises `WorkerError` when the hub refuses, `HubAway`.
        """
        found = self._lease("lease", machine)
        return None if found is None else RunLease(**found)

    def lease_text(self, machine: Mapping[str, Any], *, examples: bool) -> TextLease | None:
        """The next text, as `lease_run`: of members only, or also `examples`, for which nobody waits."""
        found = self._lease("attention/lease", {**machine, "examples": examples})
        return None if found is None else TextLease(**found)

    def heartbeat(self, lease: Lease, *, progress: Mapping[str, Any], log_tail: str) -> bool:
        """Renew the lease once. True: the run was cancelled. Raises `LeaseLost`; a hub that is away is not an error."""
        body = {"attempt": lease.attempt, "progress": progress, "log_tail": log_tail}
        try:
            return bool(self._post(f"{lease.path}/heartbeat", body, seconds=0).json()["cancel"])
        except WorkerError as error:
            log.warning("no heartbeat: %s", error)
            return False

    def finish(self, lease: Lease, **result: Mapping[str, Any]) -> None:
        """Hand in the ``record`` of a run or the ``result`` of a text.

        Raises `LeaseLost`, `RecordRefused` or, after `REPORT_SECONDS`, `HubAway`.
        """
        self._post(f"{lease.path}/finish", {"attempt": lease.attempt, **result}, seconds=REPORT_SECONDS)

    def fail(self, lease: Lease, *, failure_class: str, reason: str, log_tail: str) -> None:
        """Close it with a failure. Raises as `finish` does."""
        body = {"attempt": lease.attempt, "class": failure_class, "reason": reason[:1000], "log_tail": log_tail}
        self._post(f"{lease.path}/fail", body, seconds=REPORT_SECONDS)

    def give_back(self, lease: Lease) -> None:
        """Queue it again, for others to take. Raises `LeaseLost` or `WorkerError`."""
        self._post(f"{lease.path}/give-back", {"attempt": lease.attempt}, seconds=_TIMEOUT_SECONDS)

    def suite_files(self, sha256: str) -> dict[str, str]:
        """Path → SHA-256 of each file of a suite version. Raises `WorkerError` when the hub is away."""
        files: dict[str, str] = self._get(f"suites/{sha256}").json()["files"]
        return files

    def suite_file(self, sha256: str) -> bytes:
        """Raises as `suite_files` does."""
        return self._get(f"suites/files/{sha256}").content

    def close(self) -> None:
        self._http.close()

    def _lease(self, path: str, machine: Mapping[str, Any]) -> dict[str, Any] | None:
        try:
            answer = self._post(path, machine, seconds=_TIMEOUT_SECONDS)
        except RecordRefused as refusal:  # of what this machine says of itself: no record is sent here
            raise WorkerError(f"The hub does not take this worker's description: {refusal}") from refusal
        return None if answer.status_code == HTTPStatus.NO_CONTENT else dict(answer.json())

    def _get(self, path: str) -> httpx2.Response:
        try:
            return _accepted(self._http.get(path))
        except httpx2.TransportError as error:
            raise WorkerError(f"The hub at {self._http.base_url} went away: {error}") from error

    def _post(self, path: str, body: Mapping[str, Any], *, seconds: float) -> httpx2.Response:
        """Post until the hub answers, for at most `seconds`. Every call of this API may be sent twice."""
        deadline, pause = time.monotonic() + seconds, _FIRST_PAUSE
        while True:
            try:
                answer = self._http.post(path, json=body)
                busy = answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
                if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR and not busy:
                    return _accepted(answer)
                trouble = f"it answers {answer.status_code}"
            except httpx2.TransportError as error:
                trouble = str(error) or type(error).__name__
            if time.monotonic() + pause > deadline:
                raise HubAway(f"The hub at {self._http.base_url} cannot be used: {trouble}.")
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


def _accepted(answer: httpx2.Response) -> httpx2.Response:
    if answer.is_success:
        return answer
    if answer.status_code == HTTPStatus.CONFLICT:
        raise LeaseLost(_sentence(answer))
    if answer.status_code == HTTPStatus.BAD_REQUEST:
        raise RecordRefused(_sentence(answer))
    raise WorkerError(f"The hub refuses this worker ({answer.status_code}): {_sentence(answer)}")


def _sentence(answer: httpx2.Response) -> str:
    try:
        content = answer.json()
    except ValueError:
        return answer.text[:300]
    return str(content.get("error", content) if isinstance(content, dict) else content)[:800]
