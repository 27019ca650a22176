"""How long a large vote takes: ``python -m bench.governance [--voters 100000] [--casts 2000]``.

A roll of `--voters` members ranks 12 options. Each method counts as many ballots, nearly all different; then a vote is
opened, cast in, closed and verified, on SQLite and on a PostgreSQL of its own that writes as safely as in production.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from bench.table import Result, print_table
from community.governance.counting.choices import ANSWERS, MAX_SCORE, canonical
from community.governance.counting.count import count
from community.governance.counting.terms import METHODS, Terms, approvals_needed_squared
from tests.postgres import private_postgres

CONTENDERS = "abcdefghijk"
TERMS = Terms("schulze", (*CONTENDERS, "none"), "none", approvals_needed_squared(100_000))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voters", type=int, default=100_000)
    parser.add_argument("--casts", type=int, default=2_000, help="votes that are cast by the service")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before\n")
    results = list(counts(options.voters))
    with tempfile.TemporaryDirectory(prefix="leyuan-bench-") as folder:
        results += votes(options, Path(folder), "SQLite", f"sqlite:///{folder}/hub.sqlite3")
    with tempfile.TemporaryDirectory(prefix="leyuan-bench-") as folder, private_postgres(durable=True) as url:
        results += votes(options, Path(folder), "PostgreSQL", url.replace("/leyuan?", "/postgres?"))  # which is there
    print_table(results)


def counts(ballots: int) -> Iterator[Result]:
    """The count alone, by each method."""
    for method in METHODS:
        chance = Random(1)  # noqa: S311 (the same ballots each time)
        terms = replace(TERMS, method=method, seats=3 if method == "stv" else 1)
        tally = Counter(canonical(choice_of(method, chance), terms) for _ in range(ballots))
        start = time.perf_counter()
        count(tally, terms, draw="a")
        note = f"{len(tally):,} different"
        yield Result(f"{ballots:,} ballots counted, {method}", time.perf_counter() - start, "s", most=1, note=note)


def ranking(chance: Random, options: Sequence[str] = TERMS.options) -> list[list[str]]:
    """One to all of `options`, one behind the other."""
    return [[option] for option in chance.sample(options, chance.randint(1, len(options)))]


def choice_of(method: str, chance: Random) -> Any:
    # An election without “none” drops nobody: every stage is counted.
    ranked = ranking(chance, CONTENDERS if method == "stv" else TERMS.options)
    options = [tier[0] for tier in ranked]
    return {
        "yesno": chance.choice(ANSWERS),
        "approval": options,
        "star": {option: chance.randint(1, MAX_SCORE) for option in options},
    }.get(method, ranked)


def votes(options: argparse.Namespace, folder: Path, name: str, url: str) -> list[Result]:
    """A whole vote in a process of its own, on the database at `url`."""
    environment = os.environ | {"HUB_DATABASE_URL": url, "HUB_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "bench.full_vote", str(options.voters), str(options.casts)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    seconds = json.loads(done.stdout)
    voters = f"{options.voters:,}"
    return [
        Result(f"{name}: a roll of {voters} taken, vote opened", seconds["open"], "s"),
        Result(f"{name}: votes cast, 16 threads", options.casts / seconds["cast"], "/s", least=100),
        Result(f"{name}: {voters} ballots closed and published", seconds["close"], "s", most=5),
        Result(f"{name}: all of it verified", seconds["verify"], "s"),
    ]


if __name__ == "__main__":
    main()
