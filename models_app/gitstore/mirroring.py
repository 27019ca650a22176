"""Fetch the history of another hub's repository with git itself."""

import resource
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from models_app.gitstore.processes import GitProcess

MAX_BYTES = 2 * 1024**3  # of one pack: large files are not in it
_CONFIG = {
    "protocol.allow": "never",
    "protocol.http.allow": "always",
    "protocol.https.allow": "always",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",  # bytes a second …
    "http.lowSpeedTime": "60",  # … for so long, and the source counts as gone
    "fetch.fsckObjects": "true",
    "fetch.unpackLimit": "1",
    "core.askPass": "true",
}


@dataclass(frozen=True)
class Remote:
    """`resolved` is ``host:port:address``: git connects there and asks for no name."""

    url: str
    resolved: str
    token: str = ""


class FetchFailed(Exception):
    """git could not fetch, or refused what it got."""


def fetch(path: Path, remote: Remote, *, into: str, seconds: float) -> None:
    """Bring all branches and tags of `remote` into the repository at `path`, as references below `into`.

    Raises `FetchFailed`.
    """
    config = _CONFIG | {"http.curloptResolve": remote.resolved}
    if remote.token:
        config["http.extraHeader"] = f"Authorization: Bearer {remote.token}"  # by the environment: others see arguments
    refspecs = [f"+refs/{kind}/*:{into}{kind}/*" for kind in ("heads", "tags")]
    options = ["--quiet", "--no-tags", "--prune", "--no-write-fetch-head", "--no-recurse-submodules"]
    with GitProcess(f"--git-dir={path}", "fetch", *options, remote.url, *refspecs, config=config) as git:
        with suppress(ProcessLookupError):
            resource.prlimit(git.process.pid, resource.RLIMIT_FSIZE, (MAX_BYTES, MAX_BYTES))
        if git.wait(seconds) != 0:
            raise FetchFailed
