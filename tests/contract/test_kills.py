"""Web processes and gits die all the time under stock clients: what was said to be done is done, the rest can be done
again, and nothing is damaged.
"""

import contextlib
import os
import random
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.clients import CURRENT, LFS, Client
from tests.contract.git_client import GitClient
from tests.contract.test_storage import web_processes
from tests.running_hub import RunningHub

pytestmark = [pytest.mark.contract, pytest.mark.slow]

TRIES = 20
UPLOAD = "api.create_repo(repo_id, exist_ok=True); api.upload_file(path_or_fileobj=path, path_in_repo='w.bin', "
UPLOAD += "repo_id=repo_id); result = None"
CHANGE = """
api.create_repo(repo_id, exist_ok=True)
api.create_commit(repo_id, [CommitOperationAdd("w.bin", path), CommitOperationAdd("x.txt", b"x")], commit_message="Add")
api.duplicate_repo(repo_id, repo_id + "-copy", exist_ok=True)
api.super_squash_history(repo_id)
api.create_branch(repo_id, branch="side", exist_ok=True)
api.create_tag(repo_id, tag="v1", exist_ok=True)
result = None
"""
FETCH = "result = open(hf_hub_download(repo_id, 'w.bin'), 'rb').read() == open(path, 'rb').read()"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with RunningHub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@contextlib.contextmanager
def dying(hub: RunningHub) -> Iterator[list[int]]:
    """Every second or so a web process, and any git at work, is killed; gives the ids of the dead."""
    dead: list[int] = []
    over, chance = threading.Event(), random.Random(1)  # noqa: S311

    def kill() -> None:
        while not over.wait(chance.uniform(0.3, 1.5)):
            for pid in [*_gits(hub), chance.choice(web_processes(hub)[1:] or [0])]:
                if pid:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                        dead.append(pid)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield dead
    finally:
        over.set()
        thread.join()


def _gits(hub: RunningHub) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{hub.data_dir}/git/".encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def until_done(work: Callable[[], object]) -> None:
    """What a person does: the same command again."""
    for _ in range(TRIES - 1):
        with contextlib.suppress(AssertionError):
            work()
            return
    work()


def test_nothing_is_lost(hub: RunningHub, tmp_path: Path) -> None:
    token = hub.make_member("alice")
    git = GitClient(hub.url, tmp_path / "git", token)

    def machine(**extra: str) -> Client:
        home = tmp_path / secrets.token_hex(4)
        home.mkdir()
        return Client(CURRENT, hub.url, token, home, extra)

    def file(name: str) -> str:
        path = tmp_path / name
        path.write_bytes(secrets.token_bytes(5_000_000))
        return str(path)

    def push(path: str) -> None:
        clones: list[Path] = []
        until_done(lambda: machine().python("api.create_repo(r, exist_ok=True); result = None", r="alice/by-git"))
        until_done(lambda: clones.append(git.clone("alice/by-git")))
        git.commit(clones[-1], {"w.bin": Path(path).read_bytes(), "text.txt": secrets.token_hex(50_000)})
        until_done(lambda: git.git("push", "origin", "main", folder=clones[-1]))

    sent = {f"alice/{name}": file(name) for name in ("by-xet", "by-lfs", "changed", "by-git")}
    with dying(hub) as dead:
        until_done(lambda: machine().python(UPLOAD, repo_id="alice/by-xet", path=sent["alice/by-xet"]))
        until_done(lambda: machine(**LFS).python(UPLOAD, repo_id="alice/by-lfs", path=sent["alice/by-lfs"]))
        until_done(lambda: machine().python(CHANGE, repo_id="alice/changed", path=sent["alice/changed"]))
        push(sent["alice/by-git"])
    assert dead
    for repo_id, path in [*sent.items(), ("alice/changed-copy", sent["alice/changed"])]:
        for extra in ({}, LFS):
            assert machine(**extra).python(FETCH, repo_id=repo_id, path=path) is True
    assert "0 damaged" in hub.manage("fsck")
