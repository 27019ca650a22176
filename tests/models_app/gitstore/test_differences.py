"""What a commit changed."""

from models_app.gitstore.repository import AddFile, AddPointer, CopyFile, DeleteFile, FileDiff, GitRepository, Pointer
from tests.models_app.gitstore.conftest import Commit


def changes(repo: GitRepository, sha: str, *, max_files: int = 10, max_bytes: int = 1000) -> dict[str, FileDiff]:
    count, files = repo.diff(sha, max_files=max_files, max_bytes=max_bytes)
    assert count >= len(files)
    return {file.path: file for file in files}


def test_the_first_commit_adds_everything(repo: GitRepository, first: str) -> None:
    found = changes(repo, first)
    assert set(found) == {"README.md", "a/one.txt", "a/b/two.txt"}
    assert {file.status for file in found.values()} == {"added"}
    [[line]] = found["README.md"].hunks
    assert (line.origin, line.old_number, line.new_number, line.content) == ("+", None, 1, "# Tiny")


def test_added_changed_and_deleted(repo: GitRepository, commit: Commit, first: str) -> None:
    sha = commit(AddFile("new.txt", b"new"), AddFile("README.md", b"# Small\n"), DeleteFile("a/one.txt"))
    found = changes(repo, sha)
    assert {path: file.status for path, file in found.items()} == {
        "new.txt": "added",
        "README.md": "modified",
        "a/one.txt": "deleted",
    }
    assert [line.origin for line in found["README.md"].hunks[0]] == ["-", "+"]
    assert found["new.txt"].before is None
    assert found["a/one.txt"].after is None


def test_a_moved_file_is_one_change(repo: GitRepository, commit: Commit, first: str) -> None:
    commit(AddFile("long.txt", b"line\n" * 50))
    sha = commit(CopyFile("moved.txt", "long.txt", repo.resolve("main")), DeleteFile("long.txt"))
    [moved] = changes(repo, sha).values()
    assert (moved.status, moved.old_path, moved.path) == ("renamed", "long.txt", "moved.txt")


def test_large_and_binary_files_have_no_lines(repo: GitRepository, commit: Commit, first: str) -> None:
    pointer = Pointer("0" * 64, 5000)
    sha = commit(AddPointer("model.bin", pointer), AddFile("nul", b"\0\1"), AddFile("long.txt", b"a" * 1001))
    found = changes(repo, sha)
    assert [file.hunks for file in found.values()] == [[], [], []]
    assert found["model.bin"].after is not None
    assert (found["model.bin"].after.lfs, found["model.bin"].after.size) == (pointer, 5000)


def test_only_the_first_files_are_compared(repo: GitRepository, commit: Commit, first: str) -> None:
    sha = commit(*(AddFile(f"{number}.txt", b"text") for number in range(5)))
    count, files = repo.diff(sha, max_files=2, max_bytes=1000)
    assert (count, len(files)) == (5, 2)
