"""How fast the leaderboard opens: ``python -m bench.leaderboard [--models 100 1000 10000] [--repeat 20]``.

A hub for each number of models, on SQLite or on the server that HUB_TEST_DATABASE names; each has records of three
commits. Milliseconds are medians over plain HTTP with one connection.
"""

import argparse
import http.client
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from bench.threads import seconds
from tests.running_hub import RunningHub

ADDRESSES = [
    ("page", "/leaderboard"),
    ("page by a task", "/leaderboard?sort=addition"),
    ("page, filtered", "/leaderboard?licence=mit"),
    ("API", "/api/leaderboard"),
]


def measure(models: int, repeat: int) -> list[float]:
    """Milliseconds for each of `ADDRESSES`."""
    with tempfile.TemporaryDirectory(prefix="leyuan-bench-") as folder, RunningHub(Path(folder)) as hub:
        subprocess.run([sys.executable, "-m", "bench.many_records", str(models)], env=hub.env, check=True)
        connection = http.client.HTTPConnection(urlsplit(hub.url).netloc)
        for _title, address in ADDRESSES:
            seconds(connection, address)  # the process has loaded what it needs
        return [
            1000 * statistics.median(seconds(connection, address) for _ in range(repeat))
            for _title, address in ADDRESSES
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--repeat", type=int, default=20)
    options = parser.parse_args()
    database = "PostgreSQL" if os.environ.get("HUB_TEST_DATABASE") else "SQLite"
    print(f"{database}; {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; milliseconds")
    print(f"{'models':16}" + "".join(f"{models:>10,}" for models in options.models))
    found = [measure(models, options.repeat) for models in options.models]
    for (title, _address), times in zip(ADDRESSES, zip(*found, strict=True), strict=True):
        print(f"{title:16}" + "".join(f"{time:10.1f}" for time in times))


if __name__ == "__main__":
    main()
