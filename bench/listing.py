"""Whether a full hub is as quick as a small one: info, tree, HEAD and lists at 100 and at 100,000 repos.

    python -m bench.listing [--small 100] [--large 100000] [--repeat 200]

Starts one hub for each size, on SQLite or on the server that HUB_TEST_DATABASE names, with rows in bulk and one real
repository among them, and asks each address `repeat` times, the two hubs in turn. Milliseconds are medians over plain
HTTP with one connection each; the goal is that the large hub takes at most 1.3 times as long.
"""

import argparse
import contextlib
import http.client
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.running_hub import RunningHub

GOAL = 1.3
OWNER, REPO = "bench", "bench/model-real"
# What is asked: title, method, address.
ADDRESSES = [
    ("model info", "GET", f"/api/models/{REPO}"),
    ("tree", "GET", f"/api/models/{REPO}/tree/main?recursive=true"),
    ("HEAD resolve", "HEAD", f"/{REPO}/resolve/main/config.json"),
    ("list, trending", "GET", "/api/models?limit=20"),
    ("list, lastModified", "GET", "/api/models?limit=20&sort=lastModified"),
    ("list, downloads", "GET", "/api/models?limit=20&sort=downloads"),
    ("list of a tag", "GET", "/api/models?limit=20&filter=license:mit"),
    ("list of a rare tag", "GET", "/api/models?limit=20&filter=rare"),
    ("list of an owner", "GET", f"/api/models?limit=20&author={OWNER}-0"),
    ("list by name", "GET", "/api/models?limit=20&search=model-77"),
]


@dataclass
class Site:
    """One hub, a connection to it that stays open, and what was measured: seconds by title."""

    hub: RunningHub
    repos: int
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(self.hub.url).netloc)

    def ask(self, title: str, method: str, address: str) -> None:
        start = time.perf_counter()
        self.connection.request(method, address)
        response = self.connection.getresponse()
        response.read()
        self.seconds.setdefault(title, []).append(time.perf_counter() - start)
        if response.status != http.client.OK:
            sys.exit(f"{method} {address}: {response.status}")

    def median(self, title: str) -> float:
        """Milliseconds."""
        return 1000 * statistics.median(self.seconds[title])


@contextlib.contextmanager
def site(folder: Path, repos: int) -> Iterator[Site]:
    """A hub with `repos` models and datasets in rows, and one model with files."""
    folder.mkdir()
    with RunningHub(folder) as hub:
        token = hub.make_member(OWNER)
        subprocess.run([sys.executable, "-m", "bench.many_repos", str(repos)], env=hub.env, check=True)
        upload(hub, token, folder)
        yield Site(hub, repos)


def upload(hub: RunningHub, token: str, folder: Path) -> None:
    """One real repository, through the stock client."""
    source = folder / "model"
    source.mkdir()
    (source / "README.md").write_text("---\nlicense: mit\ntags: [rare]\n---\n# Real\n")
    (source / "config.json").write_text('{"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}')
    for number in range(30):
        (source / f"part-{number}.txt").write_text(str(number))
    env = os.environ | {"HF_ENDPOINT": hub.url, "HF_TOKEN": token, "HF_HOME": str(folder / "home")}
    command = [Path(sys.executable).parent / "hf", "upload", REPO, source]
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def report(small: Site, large: Site, load: float) -> None:
    database = "PostgreSQL" if os.environ.get("HUB_TEST_DATABASE") else "SQLite"
    print(f"{database}; {platform.machine()}, {os.cpu_count()} cores, load {load:.1f} before; milliseconds\n")
    print(f"{'':22}{small.repos:>12,}{large.repos:>12,}{'ratio':>8}")
    for title, _method, _address in ADDRESSES:
        mine, other = small.median(title), large.median(title)
        note = "" if other / mine <= GOAL else f"  above {GOAL}"
        print(f"{title:22}{mine:12.1f}{other:12.1f}{other / mine:8.2f}{note}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", type=int, default=100)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=200)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with (
        tempfile.TemporaryDirectory(prefix="leyuan-bench-") as name,
        site(Path(name) / "small", options.small) as small,
        site(Path(name) / "large", options.large) as large,
    ):
        for title, method, address in ADDRESSES:
            for _ in range(options.repeat):
                for hub in (small, large):
                    hub.ask(title, method, address)
        report(small, large, load)


if __name__ == "__main__":
    main()
