"""How files should travel, as `git check-attr` and `git check-ignore` would have it."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_app.gitstore.errors import PathRefused
from models_app.gitstore.repository import GitRepository
from models_app.uploads.queries import Candidate, UploadPlan, ignore_rules, plan_uploads
from models_app.uploads.rules import MAX_REGULAR_BYTES
from tests.models_app.uploads.conftest import Commit, StoreLarge

ATTRIBUTES = b"""\
*.bin filter=lfs -text
saved_model/**/* filter=lfs
/top.txt filter=lfs
[attr]big filter=lfs
*.huge big
*.not filter=lfs
*.not -filter
*tfevents* filter=lfs
"""
PATHS = [
    "a.bin", "x/y/a.bin", "a.bin.txt", "top.txt", "x/top.txt", "saved_model/a", "saved_model/b/c", "x/saved_model/a",
    "a.huge", "a.not", "events.out.tfevents.1", "sub/a.bin", "sub/a.other",
    "other/a.other", "A.BIN", "名.bin",
]  # fmt: skip


def plan(
    git: GitRepository, path: str, size: int = 10, sample: bytes = b"text", ignore: str | None = None
) -> UploadPlan:
    return next(plan_uploads(git, git.resolve("main"), [Candidate(path, size, sample)], ignore=ignore))


def git_says(folder: Path, path: str) -> bool:
    """Whether git itself would store `path` by LFS, in a working tree with the same attributes."""
    command = ["git", "-C", str(folder), "-c", "core.quotePath=false", "check-attr", "filter", "--", path]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.rstrip().endswith(": lfs")


def test_attributes_mean_what_they_mean_to_git(git: GitRepository, commit: Commit, tmp_path: Path) -> None:
    nested = b"*.bin !filter\n*.other filter=lfs\n"
    commit({".gitattributes": ATTRIBUTES, "sub/.gitattributes": nested})
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", tree], check=True)
    (tree / ".gitattributes").write_bytes(ATTRIBUTES)
    (tree / "sub" / ".gitattributes").write_bytes(nested)
    plans = {path: plan(git, path).large for path in PATHS}
    assert plans == {path: git_says(tree, path) for path in PATHS}
    assert [path for path, large in plans.items() if large] == [
        "a.bin", "x/y/a.bin", "top.txt", "saved_model/a", "saved_model/b/c", "a.huge",
        "events.out.tfevents.1", "sub/a.other", "名.bin",
    ]  # fmt: skip


def test_the_default_attributes_decide_at_first(git: GitRepository) -> None:
    assert plan(git, "model.safetensors").large
    assert not plan(git, "config.json").large


def test_size_and_bytes_decide_where_attributes_do_not(git: GitRepository) -> None:
    assert plan(git, "a.txt", size=MAX_REGULAR_BYTES + 1).large
    assert plan(git, "a.txt", sample=b"\0").large
    assert not plan(git, "empty.bin", size=0, sample=b"").large


def test_the_present_content_is_named(git: GitRepository, commit: Commit, store_large: StoreLarge) -> None:
    pointer = store_large("w.bin", b"weights")
    commit({"a.txt": b"text", "folder/b.txt": b"text"}, pointer)
    assert plan(git, "a.txt").oid == "f3a34851d44d6b97c90fbb99dd3d18c261b9a237"  # git hash-object
    assert plan(git, "w.bin").oid == pointer.pointer.sha256
    assert plan(git, "new.txt").oid is None
    assert plan(git, "folder").oid is None


def test_the_ignore_file_of_the_commit_stands_in_for_the_repos(git: GitRepository, commit: Commit) -> None:
    commit({".gitignore": b"*.log\n!keep.log\n!\n\n# comment\n"})
    assert [plan(git, path).ignored for path in ("a.log", "keep.log", "a.txt")] == [True, False, False]
    assert [plan(git, path, ignore="*.txt").ignored for path in ("a.log", "a.txt")] == [False, True]


@pytest.mark.parametrize(
    "path", ["", "/abs", "../up", "a/../../b", "..\\up", "nul\0", "x" * 4097, ".git/config", "a//b"]
)
def test_paths_that_could_not_be_committed_are_refused(git: GitRepository, path: str) -> None:
    with pytest.raises(PathRefused):
        plan(git, path)


def test_a_hostile_ignore_pattern_ends() -> None:
    assert not ignore_rules("*a" * 60 + "*b\n").match_file("a" * 255 + "/" + "a" * 255)


@given(st.text(max_size=60), st.text(min_size=1, max_size=20))
def test_any_ignore_file_can_be_read(text: str, path: str) -> None:
    assert ignore_rules(text).match_file(path) in {True, False}
