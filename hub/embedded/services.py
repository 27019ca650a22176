"""The processes of an embedded hub and their commands."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from hub.embedded import valkey
from hub.settings import env
from hub.settings.sockets import valkey_socket

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


def evaluation_service(token_file: Path, url: str) -> Service:
    """One run at a time, at the lowest priority that still gets on: pages come first on a small machine."""
    return Service(
        "evaluation",
        [*_celery(",".join(evaluation_queues()), "INFO"), "--pool", "solo", "--hostname", "evaluation@%h"],
        env={**CELERY_ENV, "HUB_EVALUATION_TOKEN_FILE": str(token_file), "HUB_EVALUATION_URL": url},
        nice=10,
    )


def demo_service() -> Service:
    return Service("demo", [sys.executable, "manage.py", "demo"], once=True, nice=10)


def evaluation_queues() -> list[str]:
    """HUB_EVALUATION_QUEUES, or what this machine can serve, found without loading torch."""
    named = env.words("HUB_EVALUATION_QUEUES")
    if named:
        return named
    gpu = any(Path("/dev").glob("nvidia[0-9]*")) and not metadata.version("torch").endswith("+cpu")
    return ["evaluate", "evaluate-gpu", "evaluate-big-gpu"] if gpu else ["evaluate"]


def _celery(queues: str, log_level: str) -> list[str]:
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "hub", "worker", "-Q", queues]
    # One machine, one broker: workers have no peers to gossip with, and without it they start sooner.
    return [*command, "--loglevel", log_level, "--without-gossip", "--without-mingle"]
