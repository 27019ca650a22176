"""A whole hub from one command: Valkey, web, worker with beat, evaluation workers, and the demo when asked for."""

import asyncio
import os
import signal
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from hub.embedded import services
from hub.embedded.addresses import Address
from hub.embedded.demo.state import DemoState
from hub.embedded.logs import Logs
from hub.embedded.preparation import prepare
from hub.embedded.supervisor import Supervisor
from hub.embedded.welcome import welcome
from hub.settings.sockets import valkey_socket

START_SECONDS = 60
POLL_SECONDS = 0.1


class StartFailed(Exception):
    """The hub did not come up; the sentence says what did not."""


@dataclass(frozen=True)
class Options:
    """`embedded_valkey` is off where HUB_REDIS_URL names a server; `demo` fills an empty hub."""

    project: Path
    data_dir: Path
    address: Address
    embedded_valkey: bool
    demo: bool


async def run_hub(options: Options) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP. Raises `StartFailed`."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    logs = Logs(options.data_dir / "log")
    environment = os.environ | {"HUB_PUBLIC_URL": options.address.public_url, "PYTHONUNBUFFERED": "1"}
    supervisor = Supervisor(options.project, environment, logs)
    starting = asyncio.create_task(_start(options, supervisor, logs))
    stopping = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            await starting
            await stopping
        logs.say("hub", "Stopping.")
    finally:
        starting.cancel()
        stopping.cancel()
        # Work goes first, the broker last: a worker that is told to stop still gives its message back.
        await supervisor.stop("demo", "evaluation", "attention", "outbound", "worker", "web")
        await supervisor.stop("valkey")
        logs.close()


async def _start(options: Options, supervisor: Supervisor, logs: Logs) -> None:
    began = time.monotonic()
    if options.embedded_valkey:
        await _start_valkey(options.data_dir, supervisor)
    token_file = options.data_dir / "run" / "evaluator.token"
    prepared = await asyncio.to_thread(prepare, lambda text: logs.say("hub", text), token_file)
    address = options.address
    supervisor.start(services.web_service(address.host, address.port))
    await _wait(lambda: _answers(address.local_url), "The web server does not answer: see log/web.log.")
    # Only now, so that pages are there as soon as a small machine can have them.
    supervisor.start(services.worker_service(options.data_dir))
    supervisor.start(services.outbound_service())
    for service in services.evaluation_services(token_file, address.local_url):
        supervisor.start(service)
    supervisor.start(services.attention_service(token_file, address.local_url))
    demo = options.demo and DemoState(options.data_dir).wanted(empty=prepared.empty)
    for line in welcome(address.public_url, options.data_dir, seconds=time.monotonic() - began, demo=demo):
        logs.say("hub", line)
    if demo:
        supervisor.start(services.demo_service())


async def _start_valkey(data_dir: Path, supervisor: Supervisor) -> None:
    path = valkey_socket(data_dir)
    # Whoever may enter the folder may run tasks on this hub: it must be ours alone, also below /tmp.
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent.stat().st_uid != os.getuid():
        raise StartFailed(f"{path.parent} belongs to another user: remove it, or choose a shorter HUB_DATA_DIR.")
    path.parent.chmod(0o700)
    path.unlink(missing_ok=True)  # left by a kill -9; the folder's lock says that nobody listens there
    supervisor.start(services.valkey_service(data_dir))
    await _wait(path.exists, "Valkey does not start: see log/valkey.log.")


async def _wait(ready: Callable[[], bool], failure: str) -> None:
    """Poll `ready` in a thread. Raises `StartFailed` with `failure` after START_SECONDS."""
    deadline = time.monotonic() + START_SECONDS
    while not await asyncio.to_thread(ready):
        if time.monotonic() > deadline:
            raise StartFailed(failure)
        await asyncio.sleep(POLL_SECONDS)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:  # noqa: S310 (our own http address)
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False
