"""What many large transfers at once cost the web processes in memory."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.hub import NAME, Client, get, new_hub, web_memory, write_checkpoint
from bench.table import Result
from tests.running_hub import RunningHub

STREAMS = 8


def measure(folder: Path, mib: int) -> list[Result]:
    hub = new_hub(folder / "streams-hub")
    with hub:
        client = Client(hub, "alice", folder)
        file = folder / "stream"
        write_checkpoint(file, mib, seed=3)
        client.hf("upload", "alice/warm-up", file, NAME)
        address = f"{hub.url}/alice/warm-up/resolve/main/{NAME}"
        get(address)
        uploads = _added(hub, lambda number: client.hf("upload", f"alice/stream-{number}", file, NAME))
        downloads = _added(hub, lambda _: get(address))
        file.unlink()
    what = f"{STREAMS} x {mib} MiB at once: web memory added"
    return [
        Result(f"{what}, uploads", uploads, "MiB", most=100),
        Result(f"{what}, downloads", downloads, "MiB", most=100),
    ]


def _added(hub: RunningHub, action: Callable[[int], None]) -> float:
    """MiB by which the web processes together grow while `action` runs for each stream."""
    before = web_memory(hub)
    with _watching(hub) as seen, ThreadPoolExecutor(STREAMS) as pool:
        list(pool.map(action, range(STREAMS)))
    return max(seen) - before


@contextlib.contextmanager
def _watching(hub: RunningHub) -> Iterator[list[float]]:
    seen, over = [web_memory(hub)], threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            seen.append(web_memory(hub))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
