"""A push ends like a commit by the API, or with a sentence and without a trace."""

import hashlib
import tempfile
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command

from community.members.actors import Actor
from community.members.models import User
from hub.core.errors import StorageFull
from models_app.blobs.models import Blob
from models_app.blobs.services import store_lfs
from models_app.gitstore import history
from models_app.gitstore.objects import Pointer
from models_app.gitstore.pointers import pointer_text
from models_app.gitstore.repository import GitRepository
from models_app.licences.models import LicenceDecision
from models_app.pushes import services
from models_app.repos import hooks
from models_app.repos.errors import WriteForbidden
from models_app.repos.hooks import RefUpdate, RepoChange
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from models_app.scanning.models import Scan, ScannedFile
from models_app.scanning.queries import scans_of
from models_app.scanning.services import scan_waiting
from models_app.uploads.grants import grant
from models_app.uploads.models import StorageQuota, UploadGrant
from models_app.uploads.services import reconcile_heads
from tests.enacting import passed
from tests.models_app.gitstore.sender import Sender
from tests.models_app.hub_state import hub_state
from tests.models_app.pushes.conftest import Push
from tests.models_app.scanning.samples import EVIL_TEXT as PICKLE

MAIN = "refs/heads/main"
CARD = b"---\nlicense: mit\npipeline_tag: text-generation\n---\n# Tiny\n"
WEIGHTS = b"weights " * 100
POINTER = Pointer(hashlib.sha256(WEIGHTS).hexdigest(), len(WEIGHTS))


@pytest.fixture
def stored(db: None) -> Blob:
    return store_lfs(sha256=POINTER.sha256, size=POINTER.size, chunks=[WEIGHTS])


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[RepoChange]:
    """What the handlers of `repos.hooks` hear."""
    changes: list[RepoChange] = []
    monkeypatch.setattr(hooks, "_handlers", [changes.append])
    return changes


def test_it_writes_the_row_and_tells_of_every_reference(
    repo: Repo, git: GitRepository, sender: Sender, push: Push, stored: Blob, told: list[RepoChange]
) -> None:
    first = repo.head_sha
    grant(repo, stored)
    sha = sender.commit({"README.md": CARD, "model.bin": pointer_text(POINTER)})
    answer = push((MAIN, first, sha), ("refs/heads/dev", None, sha), ("refs/tags/v1", None, sha))
    assert "unpack ok" in answer
    repo.refresh_from_db()
    assert (repo.head_sha, repo.licence, repo.pipeline_tag) == (sha, "MIT", "text-generation")
    assert UploadGrant.objects.get(repo=repo, blob=stored).committed
    assert [change.refs for change in told] == [
        (RefUpdate("refs/heads/dev", None, sha), RefUpdate("refs/tags/v1", None, sha)),
        (RefUpdate(MAIN, first, sha),),
    ]
    push(("refs/heads/dev", sha, None))
    assert told[-1].refs == (RefUpdate("refs/heads/dev", sha, None),)
    assert [ref.name for ref in git.branches()] == ["main"]


def test_a_stale_push_tells_nobody(repo: Repo, sender: Sender, push: Push, told: list[RepoChange]) -> None:
    first, base = repo.head_sha, sender.git("rev-parse", "HEAD").decode().strip()
    assert "unpack ok" in push((MAIN, first, sender.commit({"a.txt": b"1"})))
    sender.git("reset", "--quiet", "--hard", base)
    late = sender.body((MAIN, first, sender.commit({"b.txt": b"2"})))
    before, heard = hub_state(), len(told)
    with tempfile.TemporaryFile() as report:
        services.receive_push(actor=Actor(user=repo.creator), repo=repo, body=[late], report=report, protocol="")
        assert b"ng refs/heads/main" in report.read()
    assert (hub_state(), len(told)) == (before, heard)


def test_killed_after_the_reference_moved(
    repo: Repo, git: GitRepository, sender: Sender, push: Push, stored: Blob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are healed later; the large files are granted already."""
    grant(repo, stored)
    first, sha = repo.head_sha, sender.commit({"README.md": CARD, "model.bin": pointer_text(POINTER)})

    def die(_repo: Repo) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(services, "catch_up", die)
        with pytest.raises(KeyboardInterrupt):
            push((MAIN, first, sha))
    repo.refresh_from_db()
    assert (git.resolve("main"), repo.head_sha) == (sha, first)
    assert UploadGrant.objects.get(repo=repo, blob=stored).committed
    reconcile_heads()
    repo.refresh_from_db()
    assert (repo.head_sha, repo.licence) == (sha, "MIT")


def test_bytes_of_another_own_repo(alice: User, repo: Repo, sender: Sender, push: Push, stored: Blob) -> None:
    other = create_repo(actor=Actor(user=alice), kind="model", namespace="alice", name="other", private=True)
    grant(other, stored)
    assert "unpack ok" in push((MAIN, repo.head_sha, sender.commit({"model.bin": pointer_text(POINTER)})))
    assert UploadGrant.objects.filter(repo=repo, blob=stored).exists()


def test_bytes_of_somebody_else(bob: User, repo: Repo, sender: Sender, push: Push, stored: Blob) -> None:
    """Stored, but nothing of Alice's: the answer is that of bytes which nobody ever sent."""
    other = create_repo(actor=Actor(user=bob), kind="model", namespace="bob", name="other", private=False)
    grant(other, stored)
    sha = sender.commit({"model.bin": pointer_text(POINTER)})
    before = hub_state()
    assert "points to a large object" in push((MAIN, repo.head_sha, sha))
    assert hub_state() == before


def test_a_wrong_size(repo: Repo, sender: Sender, push: Push, stored: Blob) -> None:
    grant(repo, stored)
    sha = sender.commit({"model.bin": pointer_text(Pointer(POINTER.sha256, 1))})
    before = hub_state()
    assert "claims 1 bytes, but the object uploaded for it has 800" in push((MAIN, repo.head_sha, sha))
    assert hub_state() == before


def test_a_quota(repo: Repo, sender: Sender, push: Push) -> None:
    StorageQuota.objects.create(namespace=repo.namespace, allowed_bytes=repo.regular_bytes + 10)
    sha = sender.commit({"a.txt": b"x" * 11})
    before = hub_state()
    assert "alice" in (answer := push((MAIN, repo.head_sha, sha)))
    assert "ng refs/heads/main" in answer
    assert hub_state() == before


def test_a_card_that_is_here_already_is_in_nobodys_way(
    repo: Repo, git: GitRepository, sender: Sender, push: Push, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = sender.commit({"README.md": b"---\nlicense: nonsense\n---\n"})
    first = repo.head_sha
    assert "is not a known licence" in push((MAIN, first, bad))
    with monkeypatch.context() as patched:
        patched.setattr(services, "check_card_text", lambda *_: None)  # as before this rule was made
        assert "unpack ok" in push((MAIN, first, bad))
    better = sender.commit({"a.txt": b"1"})
    assert "unpack ok" in push((MAIN, bad, better))
    assert git.resolve("main") == better


def test_a_card_that_names_a_licence_which_a_vote_retired(
    alice: User, repo: Repo, git: GitRepository, sender: Sender, push: Push
) -> None:
    first = repo.head_sha
    sha = sender.commit({"README.md": CARD})
    LicenceDecision.objects.create(licence="MIT", accepted=False, proposal=passed(alice))
    before = hub_state()
    answer = push((MAIN, first, sha))
    assert "ng refs/heads/main" in answer
    assert "MIT is not accepted for new uploads" in answer
    assert hub_state() == before
    LicenceDecision.objects.update(accepted=True)
    assert "unpack ok" in push((MAIN, first, sha))
    LicenceDecision.objects.update(accepted=False)
    other = sender.commit({"README.md": CARD + b"More words"})
    assert "unpack ok" in push((MAIN, sha, other))  # the repo names it already
    assert git.resolve("main") == other


def test_who_may_not_even_propose(bob: User, repo: Repo, sender: Sender) -> None:
    Repo.objects.filter(pk=repo.pk).update(gated="manual")
    repo.refresh_from_db()
    body = sender.body((MAIN, repo.head_sha, sender.commit({"a.txt": b"1"})))
    before = hub_state()
    with tempfile.TemporaryFile() as report, pytest.raises(WriteForbidden):
        services.receive_push(actor=Actor(user=bob), repo=repo, body=[body], report=report, protocol="")
    assert hub_state() == before


def test_the_right_goes_while_the_push_comes(alice: User, repo: Repo, git: GitRepository, sender: Sender) -> None:
    """What counts is who may write when it lands: here the repo is deleted meanwhile."""
    first = repo.head_sha
    body = sender.body((MAIN, first, sender.commit({"a.txt": b"1"})))

    def pieces() -> Iterator[bytes]:
        yield body
        Repo.objects.filter(pk=repo.pk).delete()

    with tempfile.TemporaryFile() as report:
        services.receive_push(actor=Actor(user=alice), repo=repo, body=pieces(), report=report, protocol="")
        assert b"Repository not found." in report.read()
    assert git.resolve("main") == first


def test_a_disk_that_is_full_while_the_push_comes(alice: User, repo: Repo, sender: Sender) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"00"
        raise StorageFull("full")

    before = hub_state()
    with tempfile.TemporaryFile() as report, pytest.raises(StorageFull):
        services.receive_push(actor=Actor(user=alice), repo=repo, body=pieces(), report=report, protocol="")
    assert hub_state() == before


@pytest.mark.parametrize("branch", ["main", "dev"])
def test_every_commit_of_a_push_is_scanned(
    repo: Repo, git: GitRepository, sender: Sender, push: Push, branch: str
) -> None:
    """What only a commit in the middle holds is somebody's to fetch by that commit's id."""
    middle = sender.commit({"sub/code.py": PICKLE, "sub/code.dat": PICKLE})
    sender.git("rm", "--quiet", "-r", "sub")
    last = sender.commit({"README.md": CARD})
    push((f"refs/heads/{branch}", repo.head_sha if branch == "main" else None, last))
    assert scan_waiting(seconds=30) is False
    found = scans_of(repo, git.entries(middle, recursive=True))
    assert {path: found[path].status for path in ("sub/code.py", "sub/code.dat")} == {
        "sub/code.py": "safe",
        "sub/code.dat": "unsafe",
    }


def test_old_commits_are_looked_at_once(
    repo: Repo, sender: Sender, push: Push, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A branch or tag at a known commit costs nothing, however long its history is."""
    sha = sender.commit({"README.md": CARD})
    push((MAIN, repo.head_sha, sha))
    repo.refresh_from_db()
    monkeypatch.setattr(history, "_changed_files", None)
    push(("refs/heads/dev", None, sha), ("refs/tags/v1", None, sha))
    assert Scan.objects.filter(source=repo).count() == len(ScannedFile.objects.filter(repo=repo))


def test_what_was_missed_is_queued_by_a_command(
    repo: Repo, git: GitRepository, sender: Sender, push: Push, monkeypatch: pytest.MonkeyPatch
) -> None:
    middle = sender.commit({"code.dat": PICKLE})
    sender.git("rm", "--quiet", "code.dat")
    last = sender.commit({"README.md": CARD})
    monkeypatch.setattr(hooks, "_handlers", [])
    push((MAIN, repo.head_sha, last))
    assert "code.dat" not in scans_of(repo, git.entries(middle, recursive=True))
    call_command("rescan", repo.full_id, stdout=StringIO())
    assert scans_of(repo, git.entries(middle, recursive=True))["code.dat"].status == "queued"
