"""Who may point to which bytes."""

import hashlib

import pytest

from community.members.actors import ANONYMOUS, Actor
from community.members.models import User
from models_app.blobs.models import Blob
from models_app.blobs.services import store_lfs
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from models_app.uploads.grants import grant, granted, may_use, usable

CONTENT = b"secret weights"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def blob(repo: Repo) -> Blob:
    """Sent to Alice's repo."""
    blob = store_lfs(sha256=SHA256, size=len(CONTENT), chunks=[CONTENT])
    grant(repo, blob)
    grant(repo, blob)  # again is nothing new
    return blob


def repo_of(member: User, name: str = "other") -> Repo:
    return create_repo(actor=Actor(user=member), kind="model", namespace=member.username, name=name, private=True)


def test_in_the_repo_it_was_sent_to(alice: User, repo: Repo, blob: Blob) -> None:
    assert may_use(Actor(user=alice), repo, SHA256)
    assert granted(repo, [SHA256, "0" * 64]) == {SHA256: blob}


def test_in_another_repo_of_somebody_who_may_write_to_both(alice: User, blob: Blob) -> None:
    other = repo_of(alice)
    assert usable(Actor(user=alice), other, [SHA256, "0" * 64]) == {SHA256: blob}
    assert granted(other, [SHA256]) == {}


def test_not_in_a_repo_of_somebody_who_may_only_read(bob: User, repo: Repo, blob: Blob) -> None:
    """Alice's repo is public, but what was sent to it need not have been committed."""
    assert not may_use(Actor(user=bob), repo_of(bob), SHA256)
    assert not may_use(ANONYMOUS, repo_of(bob, "third"), SHA256)


def test_queries_do_not_grow_with_the_objects(
    alice: User, repo: Repo, blob: Blob, django_assert_max_num_queries: object
) -> None:
    other = repo_of(alice)
    few = [SHA256]
    many = [SHA256, *(f"{number:064x}" for number in range(200))]
    for wanted in (few, many):
        with django_assert_max_num_queries(4):  # type: ignore[operator]
            assert usable(Actor(user=alice), other, wanted) == {SHA256: blob}
