"""Squash a branch, forget large files, copy a repository."""

import hashlib
import subprocess
import uuid

import pytest

from models_app.gitstore.errors import RevisionNotFound
from models_app.gitstore.repository import AddFile, AddPointer, DeleteFile, GitRepository, Pointer
from tests.models_app.gitstore.conftest import ALICE, Commit, assert_sound, files, git


def pointer(text: str) -> Pointer:
    return Pointer(hashlib.sha256(text.encode()).hexdigest(), len(text))


def paths(repo: GitRepository, revision: str) -> list[str]:
    return sorted(files(repo, repo.resolve(revision)))


@pytest.fixture
def long(commit: Commit, repo: GitRepository) -> str:
    """Three commits on main with large files a (twice) and b; tag v1, branch old and refs/pr/1 lie on the way."""
    commit(AddFile("README.md", b"# Tiny\n"), message="initial commit")
    second = commit(AddPointer("big/a.bin", pointer("a")), AddPointer("b.bin", pointer("b")), message="Add\n\nBoth.")
    repo.create_tag("v1", second, message="First", author=ALICE)
    repo.create_branch("old", second)
    git(repo, "update-ref", "refs/pr/1", second)
    return commit(AddPointer("again.bin", pointer("a")), DeleteFile("b.bin"), AddFile("x.txt", b"x"), message="More")


def test_squash(repo: GitRepository, long: str) -> None:
    before = files(repo, long)
    sha = repo.squash(branch="main", author=ALICE, message="One\n\nonly")
    (only,) = repo.history(repo.resolve("main"))
    assert (only.sha, only.title, only.message, only.parents, only.author_name) == (sha, "One", "only", (), "Alice")
    assert files(repo, sha) == before
    assert len(repo.history(repo.resolve("old"))) == 2
    assert repo.squash(branch="main", author=ALICE, message="One\n\nonly") == sha
    assert_sound(repo)


def test_squash_another_reference(repo: GitRepository, long: str) -> None:
    repo.squash(branch="refs/pr/1", author=ALICE, message="PR")
    assert [commit.title for commit in repo.history(repo.resolve("refs/pr/1"))] == ["PR"]
    assert repo.resolve("main") == long
    for missing in ("none", "v1", "refs/pr/2", "a\0"):
        with pytest.raises(RevisionNotFound):
            repo.squash(branch=missing, author=ALICE, message="x")


def test_large_files_of_all_times(repo: GitRepository, long: str) -> None:
    found = {(file.pointer, file.path, file.ref) for file in repo.large_files()}
    assert found == {(pointer("a"), "again.bin", "refs/heads/main"), (pointer("b"), "b.bin", "refs/heads/main")}
    assert list(repo.large_files("refs/convert/")) == []
    git(repo, "update-ref", "-d", "refs/heads/main")
    assert {file.ref for file in repo.large_files("refs/tags/")} == {"refs/tags/v1"}


def test_forget(repo: GitRepository, long: str) -> None:
    doomed = {file.oid for file in repo.large_files() if file.pointer == pointer("a")}
    repo.forget(doomed)
    assert paths(repo, "main") == ["README.md", "x.txt"]
    for revision in ("v1", "old", "refs/pr/1"):
        assert paths(repo, revision) == ["README.md", "b.bin"]
    history = repo.history(repo.resolve("main"))
    assert [(commit.title, commit.message) for commit in history] == [
        ("More", ""),
        ("Add", "Both."),
        ("initial commit", ""),
    ]
    assert history[1].sha == repo.resolve("old") == repo.resolve("v1") == repo.resolve("refs/pr/1")
    assert "First" in git(repo, "cat-file", "-p", "refs/tags/v1")
    assert [file.pointer for file in repo.large_files()] == [pointer("b")]
    assert_sound(repo)
    refs = repo.refs("refs/")
    repo.forget(doomed)
    assert repo.refs("refs/") == refs


def test_forget_everything(repo: GitRepository, commit: Commit) -> None:
    commit(AddPointer("big/deep/a.bin", pointer("a")))
    repo.forget({file.oid for file in repo.large_files()})
    assert paths(repo, "main") == []
    assert_sound(repo)


def test_forget_leaves_commits_before_alone(repo: GitRepository, long: str) -> None:
    first = repo.history(long)[-1].sha
    repo.forget({file.oid for file in repo.large_files()})
    assert repo.history(repo.resolve("main"))[-1].sha == first


def test_a_signature_goes_with_what_it_signed(repo: GitRepository, long: str) -> None:
    body = git(repo, "cat-file", "commit", long)
    header, _, message = body.partition("\n\n")
    signed = f"{header}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n made-up\n -----END PGP SIGNATURE-----\n\n{message}"
    made = subprocess.run(
        ["git", "-C", str(repo.path), "hash-object", "-t", "commit", "-w", "--stdin"],
        input=signed,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    git(repo, "update-ref", "refs/heads/main", made)
    repo.forget({file.oid for file in repo.large_files()})
    rewritten = git(repo, "cat-file", "commit", "main")
    assert "gpgsig" not in rewritten
    assert rewritten.endswith("\n\nMore")
    assert_sound(repo)


def test_copy(repo: GitRepository, long: str) -> None:
    secret = repo.commit(branch="main", parent=None, changes=[AddFile("s", b"s")], author=ALICE, message="Gone later")
    git(repo, "update-ref", "refs/heads/main", long)
    git(repo, "update-ref", "refs/pr/2", secret)
    copy = GitRepository.create(uuid.uuid4())
    copy.copy_from(repo)
    wanted = [ref for ref in repo.refs("refs/") if not ref.ref.startswith("refs/pr/")]
    assert copy.refs("refs/") == wanted
    with pytest.raises(RevisionNotFound):
        copy.resolve(secret)
    assert not (copy.path / "objects" / "info" / "alternates").exists()
    GitRepository.delete(uuid.UUID(repo.path.stem))
    assert_sound(copy)
    assert copy.resolve("main") == long


def test_history_of_a_path(repo: GitRepository, long: str) -> None:
    def titles(path: str) -> list[str]:
        return [commit.title for commit in repo.history(long, path=path)]

    assert titles("b.bin") == ["More", "Add"]
    assert titles("big") == titles("big/a.bin") == ["Add"]
    assert titles("README.md") == ["initial commit"]
    assert titles("none") == []
    assert [commit.title for commit in repo.history(long, skip=1, limit=1, path="b.bin")] == ["Add"]
