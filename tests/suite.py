"""The whole suite, as `make test` runs it: everything on SQLite, then what touches the database on PostgreSQL."""

import os
import subprocess
import sys

from tests.postgres import private_postgres


def main(arguments: list[str]) -> int:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the suite starts a few hundred Pythons
    processes = str(max(2, min(4, os.cpu_count() or 2)))
    pytest = [sys.executable, "-m", "pytest", "-q", "--numprocesses", processes, "--dist", "worksteal"]
    pytest += ["--hypothesis-profile", "gate", *arguments]
    print("== On SQLite", flush=True)
    on_sqlite = subprocess.run(pytest, check=False).returncode
    print("== On PostgreSQL", flush=True)
    with private_postgres() as url:
        environment = os.environ | {"HUB_TEST_DATABASE": url}
        on_postgres = subprocess.run([*pytest, "--database-only"], check=False, env=environment).returncode
    return on_sqlite or on_postgres


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
