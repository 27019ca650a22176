"""Trees, history and revisions, beside what git says."""

import random
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_app.gitstore.errors import EntryNotFound, RevisionNotFound
from models_app.gitstore.pointers import parse_pointer, pointer_text
from models_app.gitstore.repository import AddFile, AddPointer, DeleteFile, Entry, GitRepository, Pointer
from tests.models_app.gitstore.conftest import Commit, git


def test_entries(repo: GitRepository, commit: Commit, first: str) -> None:
    sha = commit(AddPointer("a/model.bin", Pointer("b" * 64, 7_000_000_000)))
    listed = list(repo.entries(sha, recursive=True))
    assert [(entry.path, entry.kind, entry.size) for entry in listed] == [
        ("README.md", "file", 7),
        ("a", "directory", 0),
        ("a/b", "directory", 0),
        ("a/b/two.txt", "file", 1),
        ("a/model.bin", "file", 7_000_000_000),
        ("a/one.txt", "file", 1),
    ]
    assert listed[4].lfs == Pointer("b" * 64, 7_000_000_000)
    for entry in listed:
        assert git(repo, "rev-parse", f"{sha}:{entry.path}").strip() == entry.oid
        assert repo.entry(sha, entry.path) == entry
    assert [entry.path for entry in repo.entries(sha)] == ["README.md", "a"]
    assert [entry.path for entry in repo.entries(sha, "a")] == ["a/b", "a/model.bin", "a/one.txt"]
    assert list(repo.entries(first, "a/b")) == [Entry("a/b/two.txt", "file", repo.entry(first, "a/b/two.txt").oid, 1)]


@pytest.mark.parametrize(
    "path", ["missing", "a/missing", "README.md/x", "/a", "../a", "a/../README.md", "\0", "\ud800"]
)
def test_missing_entries(repo: GitRepository, first: str, path: str) -> None:
    with pytest.raises(EntryNotFound):
        repo.entry(first, path)
    with pytest.raises(EntryNotFound):
        repo.entries(first, path)


def test_a_file_is_no_folder(repo: GitRepository, first: str) -> None:
    with pytest.raises(EntryNotFound):
        repo.entries(first, "README.md")


def test_submodules_are_not_there(repo: GitRepository, first: str) -> None:
    tree = git(repo, "ls-tree", first) + f"160000 commit {first}\tvendored\n"
    made = subprocess.run(
        ["git", "-C", str(repo.path), "mktree", "--missing"], input=tree, text=True, capture_output=True, check=True
    ).stdout.strip()
    sha = git(repo, "-c", "user.name=x", "-c", "user.email=x", "commit-tree", made, "-m", "x").strip()
    assert [entry.path for entry in repo.entries(sha)] == ["README.md", "a"]
    with pytest.raises(EntryNotFound):
        repo.entry(sha, "vendored")


def test_revisions(repo: GitRepository, commit: Commit, first: str) -> None:
    repo.create_tag("v1", "main")
    second = commit(AddFile("x", b"1"))
    git(repo, "update-ref", "refs/pr/1", first)
    assert {name: repo.resolve(name) for name in ("main", "refs/heads/main", second, second[:7], second[:4])} == (
        dict.fromkeys(("main", "refs/heads/main", second, second[:7], second[:4]), second)
    )
    assert {repo.resolve(name) for name in ("v1", "refs/tags/v1", "refs/pr/1", first, first[:8].upper())} == {first}


@pytest.mark.parametrize(
    "revision",
    [
        *("missing", "", "main~0", "main^", "main@{0}", ":/initial", "HEAD~0", "refs/heads/", "refs/../x", "../main"),
        *("abc", "0" * 40, "ffff", "a b", "main\0", "\ud800", "x" * 5000),
    ],
)
def test_no_other_revision_language(repo: GitRepository, first: str, revision: str) -> None:
    with pytest.raises(RevisionNotFound):
        repo.resolve(revision)


def test_the_id_of_a_tree_or_blob_is_no_revision(repo: GitRepository, first: str) -> None:
    for entry in repo.entries(first):
        with pytest.raises(RevisionNotFound):
            repo.resolve(entry.oid)


def test_history(repo: GitRepository, commit: Commit, first: str) -> None:
    shas = [first, *(commit(AddFile("x", b"%d" % number), message=f"Set {number}") for number in range(5))]
    assert [one.sha for one in repo.history(shas[-1])] == shas[::-1]
    assert [one.title for one in repo.history(shas[-1], skip=1, limit=2)] == ["Set 3", "Set 2"]
    assert repo.history(shas[1])[0].parents == (first,)
    assert repo.count_history(shas[-1]) == 6


def test_last_commits_agree_with_git(repo: GitRepository, commit: Commit, first: str) -> None:
    rng = random.Random(5)  # noqa: S311 (the same history each time)
    names = ["README.md", "a/one.txt", "a/b/two.txt", "a/b/three.txt", "c/four.txt"]
    for number in range(25):
        head = commit(AddFile(rng.choice(names), b"%d" % number), message=str(number))
    paths = [*names, "a", "a/b", "c", "missing", "a/missing/deep"]
    found = repo.last_commits(head, paths)
    expected = {path: git(repo, "log", "-1", "--format=%H", head, "--", path).strip() for path in paths[:-2]}
    assert {path: one.sha for path, one in found.items()} == expected


def test_last_commits_follow_merges(repo: GitRepository, commit: Commit, first: str) -> None:
    repo.create_branch("dev", "main")
    changed = commit(AddFile("a/one.txt", b"new"), branch="dev")
    other = commit(AddFile("README.md", b"new"))
    tree = git(repo, "merge-tree", "--write-tree", other, changed).strip()
    merge = git(
        repo, "-c", "user.name=x", "-c", "user.email=x", "commit-tree", tree, "-p", other, "-p", changed, "-m", "Merge"
    ).strip()
    found = repo.last_commits(merge, ["a/one.txt", "README.md", "a/b"])
    assert {path: one.sha for path, one in found.items()} == {"a/one.txt": changed, "README.md": other, "a/b": first}


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**62))
def test_pointer_round_trip(digest: bytes, size: int) -> None:
    pointer = Pointer(digest.hex(), size)
    assert parse_pointer(pointer_text(pointer)) == pointer


@pytest.mark.parametrize(
    "text",
    [
        b"",
        pointer_text(Pointer("a" * 64, 1)) + b"more",
        pointer_text(Pointer("a" * 64, 1)).replace(b"v1", b"v2"),
        pointer_text(Pointer("A" * 64, 1)),
        pointer_text(Pointer("a" * 63, 1)),
        pointer_text(Pointer("a" * 64, -1)),
        b"x" * 2000,
    ],
)
def test_what_is_no_pointer(text: bytes) -> None:
    assert parse_pointer(text) is None


def test_create_twice_and_delete(repo: GitRepository, commit: Commit, first: str, storage_id: uuid.UUID) -> None:
    assert GitRepository.create(storage_id).resolve("main") == first
    path = GitRepository.path_of(storage_id)
    shutil.copytree(path, path.with_suffix(".deleted-by-a-dead-process"))
    GitRepository.delete(storage_id)
    assert list(path.parent.iterdir()) == []
    GitRepository.delete(storage_id)


def test_the_users_own_git_configuration_is_not_read(
    repo: GitRepository, commit: Commit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text("[core]\n\tautocrlf = true\n[init]\n\tdefaultBranch = other\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    other = GitRepository.create(uuid.uuid4())
    assert (other.path / "HEAD").read_text() == "ref: refs/heads/main\n"


def test_the_files_that_commits_brought(repo: GitRepository, commit: Commit, first: str) -> None:
    second = commit(AddFile("a/one.txt", b"11"), AddFile("c/copy.txt", b"2"), AddFile("gone.txt", b"gone"))
    third = commit(DeleteFile("gone.txt"), AddFile("a/one.txt", b"1"))

    def brought(tip: str, *known: str) -> list[str]:
        return sorted(f"{file.path} {repo.read(file.oid).decode()}" for file in repo.files_brought(tip, known))

    assert brought(third, first) == ["a/one.txt 1", "a/one.txt 11", "c/copy.txt 2", "gone.txt gone"]
    assert brought(third, second, "0" * 40) == ["a/one.txt 1"]
    assert brought(third, third) == []
    assert brought(first) == ["README.md # Tiny\n", "a/b/two.txt 2", "a/one.txt 1"]
