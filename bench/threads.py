"""How fast a long thread opens at any page: ``python -m bench.threads [--posts 10000] [--repeat 30]``.

One hub on SQLite, or on the server that HUB_TEST_DATABASE names, with one thread of the forum. “cold” is the first look
at a page, when its comments still have to become HTML; “warm” the median of the looks after it. Goal: both < 100 ms.
The very first look is at page 2: the process loads then what threads need, which is shown and has no goal.
"""

import argparse
import http.client
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.running_hub import RunningHub

GOAL = 100  # milliseconds
PER_PAGE = 50


def seconds(connection: http.client.HTTPConnection, address: str) -> float:
    start = time.perf_counter()
    connection.request("GET", address)
    response = connection.getresponse()
    response.read()
    if response.status != http.client.OK:
        sys.exit(f"{address}: {response.status}")
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=30)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leyuan-bench-") as folder, RunningHub(Path(folder)) as hub:
        fill = [sys.executable, "-m", "bench.long_thread", str(options.posts)]
        address = subprocess.run(fill, env=hub.env, check=True, capture_output=True, text=True).stdout.strip()
        connection = http.client.HTTPConnection(urlsplit(hub.url).netloc)
        seconds(connection, "/forum")  # the process has loaded what every page needs
        first = 1000 * seconds(connection, f"{address}?page=2")
        database = "PostgreSQL" if os.environ.get("HUB_TEST_DATABASE") else "SQLite"
        cores, load = os.cpu_count(), os.getloadavg()[0]
        print(f"{options.posts:,} posts; {database}; {platform.machine()}, {cores} cores, load {load:.1f}")
        print(f"{'page':>8}{'cold ms':>10}{'warm ms':>10}")
        print(f"{'first':>8}{first:10.1f}")
        last = -(-options.posts // PER_PAGE)
        for page in dict.fromkeys((1, last // 4, last // 2, last)):
            cold, *warm = [1000 * seconds(connection, f"{address}?page={page}") for _ in range(1 + options.repeat)]
            note = "" if max(cold, statistics.median(warm)) < GOAL else f"  above {GOAL}"
            print(f"{page:8}{cold:10.1f}{statistics.median(warm):10.1f}{note}")


if __name__ == "__main__":
    main()
