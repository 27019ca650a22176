"""Squash, take large files away, duplicate: what is left, and who may."""

from collections.abc import Callable
from typing import Any

import pytest

from community.members.actors import ANONYMOUS, Actor
from community.members.models import User
from hub.core.errors import DomainError
from models_app.blobs.models import Blob
from models_app.evaluation.models import Run
from models_app.gitstore.errors import RevisionNotFound
from models_app.gitstore.objects import DeleteFile
from models_app.gitstore.repository import GitRepository
from models_app.repos.access import grant_access, set_gate
from models_app.repos.errors import GatedRepo, NamespaceClosed, RepoNotFound, RepoTaken, WriteForbidden
from models_app.repos.models import Repo
from models_app.repos.services import create_repo, create_tag, delete_repo, move_repo
from models_app.uploads import history
from models_app.uploads.errors import BlobMissing
from models_app.uploads.grants import granted
from models_app.uploads.models import StorageQuota
from models_app.uploads.queries import blob_of
from models_app.uploads.quotas import QuotaExceeded, used_bytes
from tests.factories.members import OrganizationFactory
from tests.models_app.hub_state import hub_state
from tests.models_app.uploads.conftest import Commit, StoreLarge

CARD = {"README.md": b"---\nlicense: mit\nlanguage: en\n---\n# Tiny\n"}


@pytest.fixture
def filled(repo: Repo, commit: Commit, store_large: StoreLarge, alice: User) -> Repo:
    """weights.bin at the head, old.bin in the past (tag v1), draft.bin sent and never committed."""
    commit(CARD, store_large("old.bin", b"old"), summary="First")
    create_tag(actor=Actor(user=alice), repo=repo, name="v1", target="main", message="One")
    commit(DeleteFile("old.bin"), store_large("weights.bin", b"weights"), summary="Second")
    store_large("draft.bin", b"draft")
    repo.refresh_from_db()
    return repo


def sha256_of(repo: Repo, content: bytes) -> str:
    return Blob.objects.get(grants__repo=repo, size=len(content)).pk


def test_super_squash(filled: Repo, alice: User, git: GitRepository) -> None:
    sha = history.super_squash(actor=Actor(user=alice), repo=filled, branch="main", message="All in one")
    filled.refresh_from_db()
    assert filled.head_sha == sha
    assert [commit.title for commit in git.history(sha)] == ["All in one"]
    assert [entry.path for entry in git.entries(sha)] == [".gitattributes", "README.md", "weights.bin"]
    assert filled.licence == "MIT"


@pytest.mark.parametrize("branch", ["none", "v1", "refs/tags/v1", "refs/heads/none", "refs/x"])
def test_what_cannot_be_squashed(filled: Repo, alice: User, branch: str) -> None:
    before = hub_state()
    with pytest.raises(RevisionNotFound):
        history.super_squash(actor=Actor(user=alice), repo=filled, branch=branch, message="x")
    assert hub_state() == before


def test_large_files_are_listed(filled: Repo, alice: User) -> None:
    grants, places = history.large_files_of(Actor(user=alice), filled)
    assert {grant.blob.size: (places[grant.blob_id].path if grant.blob_id in places else None) for grant in grants} == {
        3: "old.bin",
        7: "weights.bin",
        5: None,
    }
    assert places[sha256_of(filled, b"old")].ref == "refs/heads/main"


def test_deletion_with_history(filled: Repo, alice: User, git: GitRepository) -> None:
    doomed = [sha256_of(filled, b"old"), sha256_of(filled, b"weights"), "0" * 64]
    for _ in range(2):
        history.delete_large_files(actor=Actor(user=alice), repo=filled, sha256s=doomed, rewrite=True)
        filled.refresh_from_db()
        assert filled.head_sha == git.resolve("main")
        assert [commit.title for commit in git.history(filled.head_sha)] == ["Second", "First", "initial commit"]
        for revision in ("main", "v1"):
            assert [entry.path for entry in git.entries(git.resolve(revision))] == [".gitattributes", "README.md"]
        assert [blob.size for blob in Blob.objects.filter(grants__repo=filled)] == [5]
        assert filled.used_bytes == sum(entry.size for entry in git.entries(filled.head_sha))


def test_deletion_without_history(filled: Repo, alice: User, git: GitRepository) -> None:
    head = filled.head_sha
    doomed = [sha256_of(filled, b"weights")]
    history.delete_large_files(actor=Actor(user=alice), repo=filled, sha256s=doomed, rewrite=False)
    assert git.resolve("main") == head
    with pytest.raises(BlobMissing):
        blob_of(filled, git.entry(head, "weights.bin"))


def test_another_repo_keeps_the_bytes(filled: Repo, alice: User, bob: User) -> None:
    copy = history.duplicate_repo(actor=Actor(user=bob), source=filled, namespace="bob", name="copy")
    doomed = [sha256_of(filled, b"weights")]
    history.delete_large_files(actor=Actor(user=alice), repo=filled, sha256s=doomed, rewrite=True)
    git = GitRepository.open(copy.storage_id)
    assert blob_of(copy, git.entry(git.resolve("main"), "weights.bin")).pk == doomed[0]


def test_duplicate(filled: Repo, bob: User, alice: User, django_capture_on_commit_callbacks: Any) -> None:
    copy = history.duplicate_repo(actor=Actor(user=bob), source=filled, namespace="bob", name="copy")
    copy.refresh_from_db()
    assert (copy.full_id, copy.kind, copy.private, copy.creator) == ("bob/copy", "model", False, bob)
    assert (copy.head_sha, copy.licence, copy.used_bytes) == (filled.head_sha, "MIT", filled.used_bytes)
    assert (copy.downloads, copy.storage_id == filled.storage_id) == (0, False)
    assert sorted(blob.size for blob in Blob.objects.filter(grants__repo=copy)) == [3, 7]  # not the draft
    with django_capture_on_commit_callbacks(execute=True):
        delete_repo(actor=Actor(user=alice), repo=filled)
    git = GitRepository.open(copy.storage_id)
    assert [ref.ref for ref in git.refs("refs/")] == ["refs/heads/main", "refs/tags/v1"]
    assert [commit.title for commit in git.history(git.resolve("main"))] == ["Second", "First", "initial commit"]
    assert blob_of(copy, git.entry(git.resolve("main"), "weights.bin")).size == 7


@pytest.mark.parametrize(("chosen", "private"), [(None, True), (False, False)])
def test_a_copy_is_as_private_as_its_source(filled: Repo, alice: User, *, chosen: bool | None, private: bool) -> None:
    Repo.objects.update(private=True)
    filled.refresh_from_db()
    copy = history.duplicate_repo(
        actor=Actor(user=alice), source=filled, namespace="alice", name="copy", private=chosen
    )
    assert copy.private is private


def test_a_gate_is_copied(filled: Repo, alice: User, bob: User) -> None:
    set_gate(actor=Actor(user=alice), repo=filled, gate="manual")
    before = hub_state()
    with pytest.raises(GatedRepo):
        history.duplicate_repo(actor=Actor(user=bob), source=filled, namespace="bob", name="copy")
    assert hub_state() == before
    grant_access(actor=Actor(user=alice), repo=filled, user=bob)
    copy = history.duplicate_repo(actor=Actor(user=bob), source=filled, namespace="bob", name="copy")
    assert Repo.objects.get(pk=copy.pk).gated == "manual"


@pytest.mark.parametrize(
    ("namespace", "name", "refusal"), [("bob", "copy", NamespaceClosed), ("alice", "TINY", RepoTaken)]
)
def test_a_copy_needs_a_free_place(
    filled: Repo, alice: User, bob: User, namespace: str, name: str, refusal: type[DomainError]
) -> None:
    before = hub_state()
    with pytest.raises(refusal):
        history.duplicate_repo(actor=Actor(user=alice), source=filled, namespace=namespace, name=name)
    assert hub_state() == before


def test_a_copy_that_fails_leaves_nothing(filled: Repo, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    before = hub_state()

    def fail(_repo: Repo) -> None:
        raise OSError("the disk went away")

    monkeypatch.setattr(history, "refresh_head", fail)
    with pytest.raises(OSError, match="went away"):
        history.duplicate_repo(actor=Actor(user=alice), source=filled, namespace="alice", name="copy")
    assert hub_state() == before
    assert Run.objects.count() == 0


def test_sharing_files(filled: Repo, alice: User, bob: User) -> None:
    target = create_repo(actor=Actor(user=bob), kind="dataset", namespace="bob", name="data", private=False)
    wanted = [sha256_of(filled, content) for content in (b"old", b"draft")] + ["0" * 64]
    shared = history.share_large_files(actor=Actor(user=bob), source=filled, target=target, sha256s=wanted)
    assert shared == {wanted[0]} == set(granted(target, wanted))
    before = hub_state()
    with pytest.raises(WriteForbidden):
        history.share_large_files(actor=Actor(user=alice), source=filled, target=target, sha256s=wanted)
    set_gate(actor=Actor(user=alice), repo=filled, gate="auto")
    with pytest.raises(GatedRepo):
        history.share_large_files(actor=Actor(user=bob), source=filled, target=target, sha256s=wanted)
    assert hub_state()["grants"] == before["grants"]


@pytest.mark.parametrize(("private", "refusal"), [(False, WriteForbidden), (True, RepoNotFound)])
def test_others_change_nothing(filled: Repo, bob: User, *, private: bool, refusal: type[DomainError]) -> None:
    Repo.objects.update(private=private)
    filled.refresh_from_db()
    doomed = [sha256_of(filled, b"weights")]
    before = hub_state()
    for actor in (ANONYMOUS, Actor(user=bob)):
        changes: list[Callable[[], Any]] = [
            lambda actor=actor: history.super_squash(actor=actor, repo=filled, branch="main", message="x"),
            lambda actor=actor: history.large_files_of(actor, filled),
            lambda actor=actor: history.delete_large_files(actor=actor, repo=filled, sha256s=doomed, rewrite=True),
        ]
        for change in changes:
            with pytest.raises(refusal):
                change()
    assert hub_state() == before


def test_copies_and_transfers_need_room(filled: Repo, alice: User, bob: User) -> None:
    lab = OrganizationFactory(name="lab", admin=alice)
    target = create_repo(actor=Actor(user=alice), kind="dataset", namespace="lab", name="data", private=False)
    StorageQuota.objects.create(namespace=lab.namespace, allowed_bytes=used_bytes(lab.namespace))
    before = hub_state()
    actor, weights = Actor(user=alice), sha256_of(filled, b"weights")
    for change in (
        lambda: history.duplicate_repo(actor=actor, source=filled, namespace="lab", name="copy"),
        lambda: history.share_large_files(actor=actor, source=filled, target=target, sha256s=[weights]),
        lambda: move_repo(actor=actor, repo=filled, namespace="lab", name="tiny"),
    ):
        with pytest.raises(QuotaExceeded):
            change()
    assert hub_state() == before
    filled.refresh_from_db()
    assert move_repo(actor=actor, repo=filled, namespace="alice", name="other").full_id == "alice/other"
