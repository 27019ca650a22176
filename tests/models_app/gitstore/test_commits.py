"""Commits: all of their changes or none."""

import pytest

from hub.core.errors import Invalid, Stale
from models_app.gitstore.errors import EntryNotFound, PathRefused, RevisionNotFound
from models_app.gitstore.repository import (
    AddBlob,
    AddFile,
    AddPointer,
    Author,
    Change,
    CopyFile,
    DeleteFile,
    DeleteFolder,
    GitRepository,
    Pointer,
)
from tests.models_app.gitstore.conftest import ALICE, Commit, assert_sound, files, git

POINTER = Pointer("a" * 64, 12_345)


def test_first_commit(repo: GitRepository, first: str) -> None:
    assert git(repo, "rev-parse", "HEAD").strip() == first == repo.resolve("main")
    assert files(repo, first) == {"README.md": b"# Tiny\n", "a/one.txt": b"1", "a/b/two.txt": b"2"}
    assert git(repo, "log", "--format=%an <%ae>|%cn|%s").strip() == "Alice <alice@example.org>|Alice|initial commit"
    assert_sound(repo)


def test_every_kind_of_change(repo: GitRepository, commit: Commit, first: str) -> None:
    oid = repo.write_blob(b"written before")
    second = commit(
        AddFile("README.md", b"new"),
        AddBlob("sent.txt", oid),
        AddPointer("model.safetensors", POINTER),
        CopyFile("copy/two.txt", "a/b/two.txt", first),
        DeleteFile("a/one.txt"),
        message="Second\n\nWith a body.",
    )
    assert files(repo, second) == {
        "README.md": b"new",
        "sent.txt": b"written before",
        "model.safetensors": b"version https://git-lfs.github.com/spec/v1\noid sha256:%b\nsize 12345\n" % (b"a" * 64),
        "copy/two.txt": b"2",
        "a/b/two.txt": b"2",
    }
    assert_sound(repo)


@pytest.mark.parametrize("change", [DeleteFolder("a"), DeleteFolder("a/"), DeleteFile("a"), DeleteFile("a/")])
def test_delete_a_folder(repo: GitRepository, commit: Commit, first: str, change: Change) -> None:
    assert files(repo, commit(change)) == {"README.md": b"# Tiny\n"}


def test_the_last_file_takes_its_folders_with_it(repo: GitRepository, commit: Commit, first: str) -> None:
    sha = commit(DeleteFile("a/b/two.txt"), DeleteFile("a/one.txt"))
    assert [entry.path for entry in repo.entries(sha, recursive=True)] == ["README.md"]


def test_changes_apply_in_order(repo: GitRepository, commit: Commit, first: str) -> None:
    sha = commit(DeleteFolder("a"), AddFile("a", b"now a file"), AddFile("README.md", b"1"), AddFile("README.md", b"2"))
    assert files(repo, sha) == {"README.md": b"2", "a": b"now a file"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (DeleteFile("missing"), EntryNotFound),
        (DeleteFile("a/missing"), EntryNotFound),
        (DeleteFile("README.md/x"), EntryNotFound),
        (DeleteFile("../a"), EntryNotFound),
        (DeleteFolder("README.md"), EntryNotFound),
        (DeleteFolder("missing"), EntryNotFound),
        (AddFile("a", b"a folder"), PathRefused),
        (AddFile("README.md/x", b"below a file"), PathRefused),
        (AddFile(".git/config", b""), PathRefused),
        (AddPointer("../x", POINTER), PathRefused),
        (AddBlob("x", "0" * 40), Invalid),
        (CopyFile("x", "missing", "main"), RevisionNotFound),
    ],
)
def test_refused_changes_change_nothing(
    repo: GitRepository, commit: Commit, first: str, change: Change, error: type[Exception]
) -> None:
    with pytest.raises(error):
        commit(AddFile("good", b"x"), change)
    assert repo.resolve("main") == first
    assert git(repo, "count-objects", "-v").splitlines()[0] == "count: 7"


def test_missing_delete_target_has_the_sentence_that_clients_know(commit: Commit, first: str) -> None:
    with pytest.raises(EntryNotFound, match="A file with this name doesn't exist"):
        commit(DeleteFile("nope"))


@pytest.mark.parametrize("digits", [7, 40])
def test_parent(repo: GitRepository, commit: Commit, first: str, digits: int) -> None:
    second = commit(AddFile("x", b"1"), parent=first[:digits].upper())
    with pytest.raises(Stale, match="The branch was updated since you opened this page"):
        commit(AddFile("x", b"2"), parent=first[:digits])
    assert repo.resolve("main") == second


@pytest.mark.parametrize("parent", ["", "abc", "0" * 40, "main"])
def test_what_is_no_parent_is_stale(commit: Commit, first: str, parent: str) -> None:
    with pytest.raises(Stale):
        commit(AddFile("x", b"2"), parent=parent or first[:6])


def test_a_parent_in_an_empty_repository_is_stale(commit: Commit) -> None:
    with pytest.raises(Stale):
        commit(AddFile("x", b"2"), parent="0" * 40)


def test_a_commit_that_changes_nothing_is_the_head(repo: GitRepository, commit: Commit, first: str) -> None:
    assert commit(AddFile("README.md", b"# Tiny\n"), message="Again") == first
    assert commit(message="Nothing at all") == first


@pytest.mark.parametrize("with_parent", [True, False])
def test_a_repeated_request_makes_no_second_commit(
    repo: GitRepository,
    commit: Commit,
    first: str,
    with_parent: bool,  # noqa: FBT001
) -> None:
    changes = (DeleteFile("a/one.txt"), AddFile("x", b"1"))
    parent = first if with_parent else None
    second = commit(*changes, parent=parent)
    assert commit(*changes, parent=parent) == second
    with pytest.raises((Stale, EntryNotFound)):
        commit(*changes, parent=parent, message="Another one")
    assert len(repo.history(second)) == 2


def test_executable_bits_survive(repo: GitRepository, commit: Commit, first: str) -> None:
    blob = git(repo, "hash-object", "-t", "blob", "/dev/null", "-w").strip()
    git(repo, "read-tree", "main")
    git(repo, "update-index", "--add", "--cacheinfo", f"100755,{blob},run.sh")
    tree = git(repo, "write-tree").strip()
    git(repo, "-c", "user.name=x", "-c", "user.email=x", "update-ref", "refs/heads/main", first)
    sha = git(repo, "-c", "user.name=x", "-c", "user.email=x", "commit-tree", tree, "-p", first, "-m", "x").strip()
    git(repo, "update-ref", "refs/heads/main", sha)
    head = commit(AddFile("run.sh", b"#!/bin/sh\n"), AddFile("README.md", b"x"))
    assert git(repo, "ls-tree", head, "run.sh").startswith("100755 ")
    assert git(repo, "ls-tree", head, "README.md").startswith("100644 ")


def test_branches_are_independent(repo: GitRepository, commit: Commit, first: str) -> None:
    repo.create_branch("dev", "main")
    dev = commit(AddFile("x", b"1"), branch="dev")
    pull = commit(AddFile("y", b"1"), branch="refs/heads/dev")
    assert repo.history(pull)[1].sha == dev
    assert repo.resolve("main") == first
    with pytest.raises(RevisionNotFound):
        commit(AddFile("x", b"1"), branch="missing")


def test_names_that_git_could_not_write(repo: GitRepository) -> None:
    author = Author("A <b>\n", "")
    sha = repo.commit(branch="main", parent=None, changes=[AddFile("x", b"")], author=author, message="\0 \n")
    (only,) = repo.history(sha)
    assert (only.author_name, only.author_email, only.title) == ("A b", "unknown", "Update")
    assert_sound(repo)


def test_unicode(repo: GitRepository, commit: Commit) -> None:
    sha = commit(AddFile("模型/卡.md", "你好".encode()), message="说明\n\n正文")
    assert files(repo, sha) == {"模型/卡.md": "你好".encode()}
    assert repo.entry(sha, "模型/卡.md").size == 6
    assert (repo.history(sha)[0].title, repo.history(sha)[0].message) == ("说明", "正文")
    assert repo.last_commits(sha, ["模型/卡.md"])["模型/卡.md"].sha == sha
    assert_sound(repo)


def test_thousand_files_at_once(repo: GitRepository, commit: Commit) -> None:
    sha = commit(*(AddFile(f"{number % 30}/{number}.txt", b"%d" % number) for number in range(1000)))
    assert len(files(repo, sha)) == 1000
    assert_sound(repo)
    assert repo.commit(branch="main", parent=sha, changes=[DeleteFolder("0")], author=ALICE, message="x") != sha
