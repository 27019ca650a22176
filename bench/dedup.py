"""What a fine-tune costs: somebody else uploads a public checkpoint with one percent of its bytes changed."""

import tempfile
from pathlib import Path

import numpy as np

from bench.hub import NAME, Client, new_hub, write_checkpoint
from bench.relay import relaying
from bench.table import Result

_PLACES = 4  # the changed percent lies in so many places, as in layers
_CHANGED = 0.01


def measure(folder: Path, mib: int) -> list[Result]:
    hub = new_hub(folder / "dedup-hub")
    with relaying(int(hub.url.rpartition(":")[2])) as relay:
        hub.env["HUB_PUBLIC_URL"] = relay.url  # every address that clients are given leads through the relay
        with hub, tempfile.TemporaryDirectory(dir=folder) as name:
            base, tuned = Path(name) / "base", Path(name) / "tuned"
            write_checkpoint(base, mib, seed=1)
            _change(base, tuned)
            Client(hub, "alice", folder, url=relay.url).hf("upload", "alice/base", base, NAME)
            sent, stored = relay.sent, _stored(hub.data_dir)
            Client(hub, "bob", folder, url=relay.url).hf("upload", "bob/tuned", tuned, NAME)
            size = tuned.stat().st_size
            return [
                Result("1 % changed, by another member: bytes sent", (relay.sent - sent) / size * 100, "%", most=3),
                Result("1 % changed: bytes more on disk", (_stored(hub.data_dir) - stored) / size * 100, "%", most=3),
            ]


def _change(base: Path, tuned: Path) -> None:
    content = bytearray(base.read_bytes())
    rng = np.random.default_rng(2)
    size = int(len(content) * _CHANGED / _PLACES)
    for place in range(_PLACES):
        start = (2 * place + 1) * len(content) // (2 * _PLACES)
        content[start : start + size] = rng.bytes(size)
    tuned.write_bytes(content)


def _stored(data_dir: Path) -> int:
    return sum(path.stat().st_size for path in (data_dir / "objects").rglob("*") if path.is_file())
