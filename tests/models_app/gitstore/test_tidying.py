"""Repacking, beside whoever reads and writes."""

import fcntl
import os
import time

import pytest

from models_app.gitstore import tidying
from models_app.gitstore.inventory import remove_leftovers
from models_app.gitstore.repository import AddFile, GitRepository
from models_app.gitstore.tidying import tidy
from tests.models_app.gitstore.conftest import Commit, assert_sound, files, git


@pytest.fixture
def scattered(repo: GitRepository, commit: Commit, monkeypatch: pytest.MonkeyPatch) -> str:
    """The head of a history of loose objects that is worth a repack."""
    monkeypatch.setattr(tidying, "_MANY_LOOSE", -1)
    for number in range(5):
        sha = commit(AddFile(f"{number}.txt", b"%d" % number))
    return sha


def loose(repo: GitRepository) -> int:
    return int(git(repo, "count-objects").split()[0])


def test_what_is_tidy_is_left_alone(repo: GitRepository, first: str) -> None:
    before = loose(repo)
    assert not tidy(repo.path)
    assert loose(repo) == before > 0


def test_one_pack_with_everything(repo: GitRepository, scattered: str) -> None:
    before = files(repo, scattered)
    repo.create_tag("v1", scattered)
    open_one = GitRepository(repo.path)  # has read nothing yet
    assert repo.resolve("main") == scattered
    assert tidy(repo.path)
    assert loose(repo) == 0
    for reader in (repo, open_one, GitRepository(repo.path)):
        assert reader.resolve("v1") == reader.resolve("main") == scattered
        assert files(reader, scattered) == before
    assert_sound(repo)


def test_packs_may_go_while_somebody_reads(repo: GitRepository, scattered: str, commit: Commit) -> None:
    assert tidy(repo.path)
    reader = GitRepository(repo.path)
    assert reader.entry(scattered, "0.txt").size == 1
    head = commit(AddFile("more.txt", b"more"))
    assert tidy(repo.path)
    assert files(reader, scattered) == files(repo, scattered)
    assert reader.resolve("main") == head


def test_what_nothing_leads_to_has_weeks(repo: GitRepository, scattered: str, commit: Commit) -> None:
    """A small file that was sent, and whose commit is still to come."""
    oid = repo.write_blob(b"sent before its commit")
    assert tidy(repo.path)
    assert GitRepository(repo.path).read(oid) == b"sent before its commit"
    months_ago = time.time() - 90 * 24 * 3600
    for mtimes in (repo.path / "objects" / "pack").glob("*.mtimes"):
        content = bytearray(mtimes.read_bytes())
        content[12:16] = int(months_ago).to_bytes(4, "big")  # of the one object in this pack
        mtimes.chmod(0o600)
        mtimes.write_bytes(content)
    assert repo.write_blob(b"sent before its commit") == oid  # sent once more, just in time
    assert tidy(repo.path)
    assert GitRepository(repo.path).read(oid) == b"sent before its commit"
    assert_sound(repo)


def test_only_one_tidies(repo: GitRepository, scattered: str) -> None:
    with (repo.path / "hub.tidy.lock").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert not tidy(repo.path)
    assert tidy(repo.path)


def test_leftovers_of_killed_pushes_go(repo: GitRepository, first: str) -> None:
    objects = repo.path / "objects"
    old, new = objects / "tmp_objdir-incoming-old", objects / "tmp_objdir-incoming-new"
    for quarantine in (old, new):
        (quarantine / "pack").mkdir(parents=True)
        (quarantine / "pack" / "tmp_pack_x").write_bytes(b"x")
    pack = objects / "pack" / "tmp_pack_y"
    pack.parent.mkdir(exist_ok=True)
    pack.write_bytes(b"y")
    for path in (old, pack):
        os.utime(path, (0, 0))
    remove_leftovers(seconds=3600)
    assert (old.exists(), new.exists(), pack.exists()) == (False, True, False)
    assert_sound(repo)
