"""What `manage.py fsck` finds and how it names it."""

import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from community.members.models import User
from models_app.blobs.models import Blob, Xorb
from models_app.blobs.store import LocalStore
from models_app.gitstore.objects import AddFile
from models_app.gitstore.repository import GitRepository
from models_app.repos.models import Repo
from models_app.storage.integrity import Checked, Scope, check_all
from tests.models_app.blobs.recording_store import Recording
from tests.models_app.storage.conftest import WEIGHTS, commit, make_repo, point, send, send_by_xet

pytestmark = pytest.mark.django_db(transaction=True)
Damage = Callable[[Path], None]


def fsck(*arguments: str) -> tuple[int, list[str]]:
    """Its status and what it prints."""
    output, status = StringIO(), 0
    try:
        call_command("fsck", *arguments, stdout=output, stderr=StringIO())
    except CommandError as error:
        status = error.returncode
    return status, output.getvalue().splitlines()


def damaged() -> list[Checked]:
    return [item for item in check_all(Scope()) if item.faults]


def path_of(key: str, settings: Settings) -> Path:
    kind, name = key.split("/")
    return Path(settings.OBJECT_STORE.removeprefix("file://"), kind, name[:2], name[2:4], name)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


DAMAGES = pytest.mark.parametrize("damage", [flip, cut, Path.unlink], ids=["a flipped bit", "cut off", "missing"])


@pytest.fixture
def files(repo: Repo, recording: Recording) -> list[Blob]:
    """A flat file and two by Xet, in two commits."""
    flat, *by_xet = send(repo, WEIGHTS), *send_by_xet(repo, recording)
    commit(repo, point("flat.bin", flat))
    commit(repo, point("by xet/1.bin", by_xet[0]), point("by xet/2.bin", by_xet[1]))
    return [flat, *by_xet]


def test_all_is_well(files: list[Blob], repo: Repo) -> None:
    size = len(WEIGHTS) + sum(blob.size for blob in files[1:]) + sum(xorb.stored_bytes for xorb in Xorb.objects.all())
    status, lines = fsck()
    assert (status, len(lines)) == (0, 1)
    assert re.fullmatch(r"6 checked, \d\.\d MB, 0 damaged\.", lines[0])
    assert sum(item.size for item in check_all(Scope())) == size


@DAMAGES
def test_a_flat_file(files: list[Blob], repo: Repo, settings: Settings, damage: Damage) -> None:
    damage(path_of(f"lfs/{files[0].pk}", settings))
    (found,) = damaged()
    assert found.key == f"lfs/{files[0].pk}"
    assert len(found.faults) == 1
    head = GitRepository.open(repo.storage_id).resolve("main")
    assert found.places == (f"alice/tiny: flat.bin at {head[:12]}",)
    status, lines = fsck()
    assert status == 1
    assert lines[0].startswith(f"DAMAGED large file {files[0].pk}: ")
    assert lines[1] == f"    in alice/tiny: flat.bin at {head[:12]}"


@DAMAGES
def test_a_xorb_and_the_files_in_it(files: list[Blob], repo: Repo, settings: Settings, damage: Damage) -> None:
    (xorb,) = Xorb.objects.values_list("pk", flat=True)
    damage(path_of(f"xorbs/{xorb}", settings))
    found = damaged()
    head = GitRepository.open(repo.storage_id).resolve("main")[:12]
    assert found[0].key == f"xorbs/{xorb}"
    assert set(found[0].places) == {f"alice/tiny: by xet/{number}.bin at {head}" for number in (1, 2)}
    assert len(found) > 1
    assert {item.key for item in found[1:]} <= {f"lfs/{blob.pk}" for blob in files[1:]}


def test_what_no_commit_points_to(repo: Repo, settings: Settings) -> None:
    blob = send(repo, WEIGHTS)
    path_of(f"lfs/{blob.pk}", settings).unlink()
    assert [item.places for item in damaged()] == [("no commit points to it",)]


def test_rows_that_do_not_fit_their_objects(files: list[Blob]) -> None:
    Xorb.objects.update(raw_bytes=1)
    files[1].segments.all().delete()
    assert {item.key.split("/")[0] for item in damaged()} == {"xorbs", "lfs"}


def test_a_git_object(repo: Repo) -> None:
    sha = commit(repo, AddFile("folder/notes.txt", b"some notes"))
    git = GitRepository.open(repo.storage_id)
    oid = git.entry(sha, "folder/notes.txt").oid
    path = git.path / "objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    path.write_bytes(b"")
    (found,) = damaged()
    assert found.key == f"git/{repo.pk}"
    assert oid in " ".join(found.faults)
    assert found.places == (f"alice/tiny: folder/notes.txt at {sha[:12]}",)
    path.unlink()
    assert [found.places[0] in item.places for item in damaged()] == [True]


def test_a_git_repository_that_is_gone(repo: Repo) -> None:
    GitRepository.delete(repo.storage_id)
    assert [item.faults for item in damaged()] == [("git repository of alice/tiny: its folder is missing",)]


def test_one_repo_only(files: list[Blob], alice: User, settings: Settings) -> None:
    other = make_repo(alice, "other")
    blob = send(other, b"other")
    path_of(f"lfs/{blob.pk}", settings).unlink()
    assert fsck("--repo", "Alice/Tiny")[0] == 0
    assert fsck("--repo", "alice/other") == (
        1,
        [
            f"DAMAGED large file {blob.pk}: lfs/{blob.pk} is not stored.",
            "    in no commit points to it",
            "2 checked, 5 B, 1 damaged.",
        ],
    )
    with pytest.raises(CommandError, match="There is no repository"):
        call_command("fsck", "--repo", "datasets/alice/tiny")


def test_it_goes_on_where_it_stopped(files: list[Blob]) -> None:
    keys, after = [], ()
    for _ in range(10):
        status, lines = fsck("--limit", "1", *after)
        assert status == 0
        if lines[-1] == "0 checked, 0 B, 0 damaged.":
            break
        assert lines[0].startswith("1 checked")
        keys.append(lines[1].split()[-1])
        after = ("--after", keys[-1])
    assert keys == [item.key for item in check_all(Scope())]
    assert len(keys) == 6


@pytest.mark.parametrize("key", ["tiny", "git/x", "lfs/0", "files/1"])
def test_a_key_that_is_none(key: str) -> None:
    with pytest.raises(CommandError, match="--after takes a key"):
        call_command("fsck", "--after", key)


def test_what_is_deleted_meanwhile_is_no_damage(files: list[Blob], monkeypatch: pytest.MonkeyPatch) -> None:
    def delete_then_read(self: LocalStore, key: str, start: int, end: int) -> None:
        Blob.objects.all().delete()
        Xorb.objects.all().delete()
        raise FileNotFoundError(key)

    monkeypatch.setattr(LocalStore, "open_range", delete_then_read)
    assert damaged() == []


@pytest.mark.usefixtures("files", "_credentials")
def test_a_store_that_is_away_is_no_damage(settings: Settings) -> None:
    settings.OBJECT_STORE = "s3://bucket?endpoint_url=http://localhost:1"
    assert fsck()[0] == 2
