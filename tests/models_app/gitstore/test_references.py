"""Branches and tags."""

import pytest

from hub.core.errors import Conflict, Invalid
from models_app.gitstore.errors import ReferenceExists, RevisionNotFound
from models_app.gitstore.repository import AddFile, GitRepository, Ref
from tests.models_app.gitstore.conftest import ALICE, Commit, git


def test_branches(repo: GitRepository, commit: Commit, first: str) -> None:
    repo.create_branch("dev/x", first[:7])
    second = commit(AddFile("x", b"1"))
    assert repo.branches() == [
        Ref("dev/x", "refs/heads/dev/x", first),
        Ref("main", "refs/heads/main", second),
    ]
    git(repo, "pack-refs", "--all")
    repo.delete_branch("dev/x")
    assert [ref.name for ref in repo.branches()] == ["main"]


def test_tags(repo: GitRepository, commit: Commit, first: str) -> None:
    repo.create_tag("main", "main")  # a tag may be called like a branch
    repo.create_tag("v1", "main", message="First release", author=ALICE)
    commit(AddFile("x", b"1"))
    assert repo.tags() == [Ref("main", "refs/tags/main", first), Ref("v1", "refs/tags/v1", first)]
    assert git(repo, "for-each-ref", "--format=%(objecttype) %(contents:subject)", "refs/tags/v1") == (
        "tag First release\n"
    )
    repo.delete_tag("v1")
    assert [ref.name for ref in repo.tags()] == ["main"]


def test_existing_names(repo: GitRepository, first: str) -> None:
    repo.create_tag("v1", "main")
    with pytest.raises(ReferenceExists, match="Reference refs/heads/main already exists"):
        repo.create_branch("main", first)
    with pytest.raises(ReferenceExists, match="Reference refs/tags/v1 already exists"):
        repo.create_tag("v1", first)
    with pytest.raises(Conflict, match="a part of its name"):
        repo.create_branch("main/x", first)


@pytest.mark.parametrize(
    "name", ["", "a b", "a..b", "a~b", "a/", "/a", "a.lock", "-a", "a@{b", "../x", "a\0b", "\ud800"]
)
def test_bad_names(repo: GitRepository, first: str, name: str) -> None:
    for create in (repo.create_branch, repo.create_tag):
        with pytest.raises(Invalid):
            create(name, "main")
    assert [ref.ref for ref in repo.refs("refs/")] == ["refs/heads/main"]


def test_missing(repo: GitRepository, first: str) -> None:
    with pytest.raises(RevisionNotFound):
        repo.create_branch("dev", "missing")
    with pytest.raises(RevisionNotFound, match="Invalid rev id: dev"):
        repo.delete_branch("dev")
    with pytest.raises(RevisionNotFound):
        repo.delete_tag("v1")
    with pytest.raises(Invalid, match="Cannot delete refs/heads/main"):
        repo.delete_branch("main")
