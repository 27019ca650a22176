"""A member's machine with the real git and git-lfs."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_CONFIG = """\
[user]
    name = Alice
    email = alice@example.org
[init]
    defaultBranch = main
"""


@dataclass(frozen=True)
class GitClient:
    """`home` holds the configuration and every clone; `secret` is the password given to the hub, "" for none."""

    endpoint: str
    home: Path
    secret: str = ""
    name: str = "alice"

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / ".gitconfig").write_text(_CONFIG)
        self.git("lfs", "install", "--skip-repo")

    def url(self, repo: str) -> str:
        url = urlsplit(self.endpoint)
        host = f"{self.name}:{self.secret}@{url.netloc}" if self.secret else url.netloc
        return f"{url.scheme}://{host}/{repo}"

    def run(self, *arguments: str | Path, folder: str | Path = "") -> subprocess.CompletedProcess[str]:
        """``git ARGUMENT…`` in `folder` of the home; standard output and error together."""
        env = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "HUB_"))}
        return subprocess.run(
            ["git", *arguments],
            cwd=self.home / folder,
            env=env | {"HOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )

    def git(self, *arguments: str | Path, folder: str | Path = "") -> str:
        """What git prints; it must succeed."""
        done = self.run(*arguments, folder=folder)
        assert done.returncode == 0, f"git {arguments}: {done.stdout}"
        return done.stdout.strip()

    def refused(self, *arguments: str | Path, folder: str | Path = "") -> str:
        """What git prints; it must fail. The lines that the hub said go without ``remote:``."""
        done = self.run(*arguments, folder=folder)
        assert done.returncode != 0, done.stdout
        return done.stdout

    def clone(self, repo: str, *arguments: str) -> Path:
        """A clone of `repo`, in a new folder."""
        folder = self.home / f"clone-{len(list(self.home.iterdir()))}"
        self.git("clone", "--quiet", *arguments, self.url(repo), folder)
        self.git("lfs", "install", "--local", folder=folder)
        return folder

    def commit(self, folder: Path, files: dict[str, str | bytes], message: str = "Change") -> str:
        """Commit `files` in the clone `folder`; gives the sha."""
        for path, content in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all", folder=folder)
        self.git("commit", "--quiet", "--message", message, folder=folder)
        return self.git("rev-parse", "HEAD", folder=folder)

    def references(self, repo: str) -> dict[str, str]:
        """{full name: object id} at the hub."""
        lines = self.git("ls-remote", self.url(repo)).splitlines()
        return {name: oid for oid, name in (line.split("\t") for line in lines)}
