"""What an operator can miss: git itself."""

import re
import subprocess
from collections.abc import Iterator

from django.core.checks import CheckMessage, Error

from hub.core.checks import hub_check

_OLDEST = (2, 37)  # packs with what nothing leads to (`tidying`)


@hub_check()
def git_version() -> Iterator[CheckMessage]:
    found = _version()
    if found < _OLDEST:
        yield Error(
            f"git {found[0]}.{found[1]} is too old." if found > (0, 0) else "There is no git.",
            hint=f"Install git {_OLDEST[0]}.{_OLDEST[1]} or later: clone, push and repacking are its work.",
            id="gitstore.E001",
        )


def _version() -> tuple[int, int]:
    """(0, 0) without git."""
    try:
        said = subprocess.run(["git", "version"], capture_output=True, text=True, check=True).stdout  # noqa: S607
    except (OSError, subprocess.CalledProcessError):
        return 0, 0
    match = re.search(r"(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else (0, 0)
