"""The processes of an embedded hub and their commands."""

import os
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hub.embedded import valkey
from hub.settings import env
from hub.settings.sockets import valkey_socket
from models_app.evaluation.worker.gpus import own_environment, visible_gpus
from models_app.evaluation.worker.settings import machine_memory

# Of the machine's memory; the rest is for everything else. A GPU has memory of its own, and weights only pass through.
_EVALUATION_SHARE, _GPU_EVALUATION_SHARE, _ATTENTION_SHARE = 0.5, 0.75, 0.25
# Celery fears pickled messages from strangers; ours are JSON, over a socket that only this user may open.
CELERY_ENV = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}


@dataclass(frozen=True)
class Service:
    """One process, started again when it ends, unless it ends well and is wanted `once`. `quiet`: its log file only."""

    name: str
    command: list[str]
    env: Mapping[str, str] = field(default_factory=dict)
    once: bool = False
    quiet: bool = False
    nice: int = 0


def valkey_service(data_dir: Path) -> Service:
    return Service("valkey", valkey.server_command(valkey_socket(data_dir)), quiet=True)


def web_service(host: str, port: int) -> Service:
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return Service("web", [sys.executable, "-m", "gunicorn", "-c", "python:hub.gunicorn", "--bind", bind, "hub.wsgi"])


def worker_service(data_dir: Path) -> Service:
    """The default queue, and beat inside the same worker: an embedded hub has exactly one."""
    schedule = str(data_dir / "run" / "beat")
    return Service(
        "worker",
        [*_celery("default", "WARNING"), "--concurrency", "2", "--beat", "--schedule", schedule],
        env=CELERY_ENV,
    )


def outbound_service() -> Service:
    """What waits for the servers of others, in threads of one process: they may be slow, and must keep nobody else."""
    return Service(
        "outbound", [*_celery("outbound", "WARNING"), "--pool", "threads", "--concurrency", "4"], env=CELERY_ENV
    )


def evaluation_services(token_file: Path, url: str) -> list[Service]:
    """One process for each GPU, which sees no other; without any, one on the processor.

    Each does one run at a time, at the lowest priority that still gets on: pages come first on a small machine.
    """
    gpus = visible_gpus(os.environ)
    share = _GPU_EVALUATION_SHARE if gpus else _EVALUATION_SHARE
    variables = _evaluation_env(token_file, url, memory_share=share)
    queues = evaluation_queues(gpu=bool(gpus))
    if len(gpus) < 2:  # noqa: PLR2004 (one GPU is what torch takes by itself)
        return [_evaluation("evaluation", queues, variables)]
    host, threads = socket.gethostname(), len(os.sched_getaffinity(0))
    return [
        _evaluation(f"evaluation-{gpu}", queues, variables | own_environment(gpu, gpus, name=host, threads=threads))
        for gpu in gpus
    ]


def attention_service(token_file: Path, url: str) -> Service:
    """Texts whose attention members wait for, on the processor: GPUs belong to the evaluations.

    It loads torch when the first one comes. The name is its own: the hub knows a worker by it.
    """
    own = {
        "CUDA_VISIBLE_DEVICES": "",
        "HUB_EVALUATION_NAME": f"{env.text('HUB_EVALUATION_NAME', socket.gethostname())}-attention",
        "HUB_EVALUATION_TEXTS_ONLY": "1",
    }
    variables = _evaluation_env(token_file, url, memory_share=_ATTENTION_SHARE)
    return _evaluation("attention", ["attention"], variables | own)


def _evaluation_env(token_file: Path, url: str, *, memory_share: float) -> dict[str, str]:
    memory = env.integer("HUB_EVALUATION_MEMORY_BYTES", int(memory_share * machine_memory()))
    return {
        **CELERY_ENV,
        "HUB_EVALUATION_TOKEN_FILE": str(token_file),
        "HUB_EVALUATION_URL": url,
        "HUB_EVALUATION_MEMORY_BYTES": str(memory),
    }


def _evaluation(name: str, queues: Sequence[str], variables: Mapping[str, str]) -> Service:
    command = [*_celery(",".join(queues), "INFO"), "--pool", "solo", "--hostname", f"{name}@%h"]
    return Service(name, command, env=variables, nice=10)


def demo_service() -> Service:
    return Service("demo", [sys.executable, "manage.py", "demo"], once=True, nice=10)


def evaluation_queues(*, gpu: bool) -> list[str]:
    """HUB_EVALUATION_QUEUES, or what this machine can serve."""
    return env.words("HUB_EVALUATION_QUEUES") or ["evaluate", *(["evaluate-gpu", "evaluate-big-gpu"] if gpu else [])]


def _celery(queues: str, log_level: str) -> list[str]:
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "hub", "worker", "-Q", queues]
    # One machine, one broker: workers have no peers to gossip with, and without it they start sooner.
    return [*command, "--loglevel", log_level, "--without-gossip", "--without-mingle"]
