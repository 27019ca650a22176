"""Bring one side's changes into the other, and say which files no machine can put together."""

import os
import subprocess

import pytest

from hub.core.errors import Stale
from models_app.gitstore.repository import AddFile, AddPointer, Change, DeleteFile, GitRepository, Merge, Pointer
from tests.models_app.gitstore.conftest import ALICE, Commit, assert_sound, files, git

POINTER = Pointer("a" * 64, 1000)
LINES = b"".join(b"line %d\n" % number for number in range(20))


def side(repo: GitRepository, commit: Commit, first: str, *changes: Change) -> str:
    """A commit beside main, on top of `first`."""
    repo.put_reference("refs/pr/1", first)
    return commit(*changes, branch="refs/pr/1", message="Proposal")


def carry_out(repo: GitRepository, merge: Merge) -> str:
    assert merge.conflicts == []
    return repo.commit(
        branch="main", parent=merge.ours, changes=merge.changes, author=ALICE, message="Merge", merged=merge.theirs
    )


def test_files_that_only_one_side_changed(repo: GitRepository, commit: Commit, first: str) -> None:
    theirs = side(repo, commit, first, AddFile("new/three.txt", b"3"), DeleteFile("a/one.txt"))
    ours = commit(AddFile("README.md", b"# Small\n"))
    merge = repo.plan_merge(ours, theirs)
    assert (merge.base, merge.fast_forward) == (first, False)
    sha = carry_out(repo, merge)
    assert files(repo, sha) == {"README.md": b"# Small\n", "a/b/two.txt": b"2", "new/three.txt": b"3"}
    assert git(repo, "rev-list", "--parents", "-n1", sha).split() == [sha, ours, theirs]
    assert_sound(repo)


def test_what_git_itself_would_merge(repo: GitRepository, commit: Commit, first: str) -> None:
    base = commit(AddFile("text.txt", LINES))
    theirs = side(repo, commit, base, AddFile("text.txt", LINES.replace(b"line 2\n", b"line two\n")))
    ours = commit(AddFile("text.txt", LINES.replace(b"line 17\n", b"line seventeen\n")))
    sha = carry_out(repo, repo.plan_merge(ours, theirs))
    expected = git(repo, "merge-tree", "--write-tree", ours, theirs).strip()
    assert git(repo, "rev-parse", f"{sha}^{{tree}}").strip() == expected


def test_modes_are_kept(repo: GitRepository, commit: Commit, first: str) -> None:
    tree = git(repo, "rev-parse", f"{first}:README.md").strip()
    git(repo, "update-ref", "refs/pr/1", first)
    index = {"GIT_INDEX_FILE": str(repo.path / "scratch-index")}
    for command in (
        ["read-tree", first],
        ["update-index", "--add", "--cacheinfo", f"100755,{tree},run.sh"],
        ["update-index", "--add", "--cacheinfo", f"120000,{tree},link"],
    ):
        _git_with(repo, index, *command)
    written = _git_with(repo, index, "write-tree").strip()
    theirs = _git_with(repo, {}, "commit-tree", written, "-p", first, "-m", "Modes").strip()
    ours = commit(AddFile("other.txt", b"x"))
    sha = carry_out(repo, repo.plan_merge(ours, theirs))
    listed = git(repo, "ls-tree", sha)
    assert "100755 blob" in listed.partition("run.sh")[0].splitlines()[-1]
    assert "120000 blob" in listed.partition("link")[0].splitlines()[-1]


def _git_with(repo: GitRepository, env: dict[str, str], *arguments: str) -> str:
    who = {f"GIT_{role}_{part}": "x" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    command = ["git", "-C", str(repo.path), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | who | env).stdout


CONFLICTS = [
    pytest.param([AddFile("README.md", b"# A\n")], [AddFile("README.md", b"# B\n")], ["README.md"], id="same line"),
    pytest.param([AddFile("README.md", b"# A\n")], [DeleteFile("README.md")], ["README.md"], id="deleted by us"),
    pytest.param([DeleteFile("README.md")], [AddFile("README.md", b"# B\n")], ["README.md"], id="deleted by them"),
    pytest.param([AddFile("new", b"a")], [AddFile("new", b"b")], ["new"], id="added twice"),
    pytest.param([AddFile("x", b"a")], [AddFile("x/y", b"b")], ["x"], id="file where we have a folder"),
    pytest.param([AddFile("x/y", b"a")], [AddFile("x", b"b")], ["x/y"], id="folder where we have a file"),
    pytest.param([AddFile("README.md", b"\0a")], [AddFile("README.md", b"\0b")], ["README.md"], id="binary"),
]


@pytest.mark.parametrize(("theirs", "ours", "paths"), CONFLICTS)
def test_conflicts(
    repo: GitRepository, commit: Commit, first: str, theirs: list[Change], ours: list[Change], paths: list[str]
) -> None:
    proposal = side(repo, commit, first, *theirs, AddFile("fine.txt", b"fine"))
    head = commit(*ours)
    before = sorted((repo.path / "objects").rglob("*"))
    assert repo.plan_merge(head, proposal).conflicts == paths
    assert sorted((repo.path / "objects").rglob("*")) == before  # a plan writes nothing


def test_two_versions_of_a_large_file_conflict(repo: GitRepository, commit: Commit, first: str) -> None:
    base = commit(AddPointer("w.bin", POINTER))
    theirs = side(repo, commit, base, AddPointer("w.bin", Pointer("b" * 64, 1000)))
    ours = commit(AddPointer("w.bin", Pointer("c" * 64, 1000)))
    assert repo.plan_merge(ours, theirs).conflicts == ["w.bin"]


def test_large_files_are_named(repo: GitRepository, commit: Commit, first: str) -> None:
    theirs = side(repo, commit, first, AddPointer("w.bin", POINTER), AddFile("small.txt", b"s"))
    merge = repo.plan_merge(commit(AddFile("o.txt", b"o")), theirs)
    assert merge.pointers == [AddPointer("w.bin", POINTER)]


def test_the_same_change_on_both_sides_is_nothing_to_do(repo: GitRepository, commit: Commit, first: str) -> None:
    theirs = side(repo, commit, first, AddFile("new", b"a"), DeleteFile("a/one.txt"))
    ours = commit(AddFile("new", b"a"), DeleteFile("a/one.txt"))
    merge = repo.plan_merge(ours, theirs)
    assert (merge.changes, merge.conflicts) == ([], [])


def test_a_file_becomes_a_folder(repo: GitRepository, commit: Commit, first: str) -> None:
    theirs = side(repo, commit, first, DeleteFile("README.md"), AddFile("README.md/x", b"x"))
    sha = carry_out(repo, repo.plan_merge(commit(AddFile("o.txt", b"o")), theirs))
    assert files(repo, sha)["README.md/x"] == b"x"


def test_histories_without_a_common_commit(repo: GitRepository, commit: Commit, first: str) -> None:
    tree = git(repo, "rev-parse", f"{first}^{{tree}}").strip()
    theirs = _git_with(repo, {}, "commit-tree", tree, "-m", "Squashed").strip()
    ours = commit(AddFile("README.md", b"# Small\n"))
    merge = repo.plan_merge(ours, theirs)
    assert (merge.base, merge.conflicts) == (None, ["README.md"])


def test_moving_on(repo: GitRepository, commit: Commit, first: str) -> None:
    theirs = side(repo, commit, first, AddFile("new", b"a"))
    assert repo.plan_merge(first, theirs).fast_forward
    repo.advance(branch="main", parent=first, target=theirs)
    assert repo.resolve("main") == theirs
    with pytest.raises(Stale):
        repo.advance(branch="main", parent=first, target=theirs)


def test_comparing_two_commits(repo: GitRepository, commit: Commit, first: str) -> None:
    commit(AddFile("README.md", b"# Small\n"))
    sha = commit(AddFile("big.txt", b"x\n" * 2000))
    count, found = repo.compare(first, sha, max_files=10, max_bytes=1000)
    assert (count, {file.path: bool(file.hunks) for file in found}) == (2, {"README.md": True, "big.txt": False})
    text = repo.patch(first, sha, max_bytes=1000)
    assert "-# Tiny\n+# Small\n" in text
    assert "big.txt" not in text
    assert "+# Tiny" in repo.patch(None, first, max_bytes=1000)
