"""Carry out the evaluation behind a record once more, on this machine, by the same steps as a worker does."""

from collections.abc import Mapping
from typing import Any, Literal

from models_app.evaluation.engine.sandbox.client import Sandbox
from models_app.evaluation.worker.client import RunLease
from models_app.evaluation.worker.folders import run_folder
from models_app.evaluation.worker.heartbeat import Heartbeat
from models_app.evaluation.worker.loop import EvaluationWorker
from models_app.evaluation.worker.settings import WorkerSettings


def reproduce(
    document: Mapping[str, Any],
    *,
    settings: WorkerSettings,
    token: str | Literal[False],
    seconds: int,
    sandbox: Sandbox | None = None,
) -> dict[str, Any]:
    """The record of the evaluation that `document` is the record of, measured now, within `seconds`.

    The snapshot is fetched from the hub that `settings` name, with `token` (False: as nobody). Nothing is handed in.
    Raises `EvaluationFailure` where a run would fail, so too when this release carries another content of the suite;
    `WorkerError` where hub or machine refuse.
    """
    lease = RunLease(
        run=0,
        attempt=0,
        repo=document["repo"],
        kind="model",
        commit=document["commit"],
        suite=document["suite"],
        precision=document["precision"],
        token=token,
        lease_seconds=seconds,
        run_seconds=seconds,
    )
    worker = EvaluationWorker(settings, sandbox)
    try:
        worker.machine()  # a machine that cannot confine must not load a stranger's file
        with run_folder(settings.folder) as folder:
            return worker.evaluate(lease, folder, Heartbeat(worker.client, lease))
    finally:
        worker.close()
