"""What counts against a quota, and whom it stops."""

import hashlib
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from community.members.actors import Actor
from community.members.models import User
from models_app.blobs.services import store_lfs
from models_app.gitstore.objects import AddFile
from models_app.repos.models import Repo
from models_app.repos.services import create_repo, delete_repo, set_visibility
from models_app.uploads.grants import Destination, grant
from models_app.uploads.quotas import QuotaExceeded, allowed_bytes, check_quota, check_room, used_bytes
from models_app.uploads.services import write_commit
from tests.factories.members import OrganizationFactory
from tests.models_app.hub_state import hub_state
from tests.models_app.uploads.conftest import Commit, StoreLarge

CONTENT = b"x" * 4000


@pytest.fixture
def start(repo: Repo) -> int:
    """What an empty repo uses: its `.gitattributes`."""
    return used_bytes(repo.namespace)


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("quota", *arguments, stdout=output)
    return output.getvalue().strip()


def test_each_large_file_counts_once(
    repo: Repo, alice: User, commit: Commit, store_large: StoreLarge, start: int
) -> None:
    commit(store_large("a.bin", CONTENT), store_large("b.bin", CONTENT), {"small.txt": b"12345"})
    assert used_bytes(repo.namespace) == start + 4000 + 5
    other = create_repo(actor=Actor(user=alice), kind="dataset", namespace="alice", name="tiny", private=True)
    grant(other, store_lfs(sha256=hashlib.sha256(CONTENT).hexdigest(), size=4000, chunks=[CONTENT]))
    assert used_bytes(repo.namespace) == 2 * start + 4000 + 5
    set_visibility(actor=Actor(user=alice), repo=repo, private=True)
    assert used_bytes(repo.namespace) == 2 * start + 4000 + 5
    delete_repo(actor=Actor(user=alice), repo=other)
    delete_repo(actor=Actor(user=alice), repo=repo)
    assert used_bytes(repo.namespace) == 0


def test_old_revisions_count_for_large_files(repo: Repo, commit: Commit, store_large: StoreLarge, start: int) -> None:
    commit(store_large("a.bin", CONTENT), {"small.txt": b"12345"})
    commit(store_large("a.bin", CONTENT + b"y"), {"small.txt": b"123"})
    assert used_bytes(repo.namespace) == start + 4000 + 4001 + 3


def test_a_commit_that_does_not_fit_changes_nothing(
    repo: Repo, commit: Commit, store_large: StoreLarge, start: int, settings: Settings
) -> None:
    settings.MEMBER_QUOTA_BYTES = start + 4003
    before = hub_state()
    with pytest.raises(QuotaExceeded, match=r"alice uses 1\.5 kB of the 5\.5 kB it may use, and 4\.0 kB more do not"):
        commit({"small.txt": CONTENT + b"1234"})
    assert hub_state() == before
    commit(store_large("a.bin", CONTENT), {"small.txt": b"123"})
    check_quota(repo.namespace, {hashlib.sha256(CONTENT).hexdigest(): 4000})  # here already: it costs nothing
    with pytest.raises(QuotaExceeded, match=r"1 B more do not fit"):
        commit({"other.txt": b"1"})
    with pytest.raises(QuotaExceeded, match=r"uses 5\.5 kB of the 5\.5 kB it may use: nothing more fits"):
        check_room(repo.namespace)


def test_proposals_take_the_space_of_who_sends_them(repo: Repo, alice: User, bob: User, settings: Settings) -> None:
    to_alice = Destination(repo, bob.pk)
    assert to_alice.namespace == bob.namespace
    to_alice.receive(store_lfs(sha256=hashlib.sha256(CONTENT).hexdigest(), size=4000, chunks=[CONTENT]))
    assert used_bytes(bob.namespace) == 4000
    settings.MEMBER_QUOTA_BYTES = 1
    with pytest.raises(QuotaExceeded, match=r"^alice has no space left for this upload\.$"):
        write_commit(
            actor=Actor(user=bob),
            repo=repo,
            revision="refs/pr/1",
            parent=None,
            message="Propose",
            changes=[AddFile("a.txt", b"12")],
        )


def test_members_and_organisations(repo: Repo, alice: User, settings: Settings) -> None:
    lab = OrganizationFactory(name="lab", admin=alice).namespace
    assert (allowed_bytes(repo.namespace), allowed_bytes(lab)) == (None, None)
    settings.MEMBER_QUOTA_BYTES, settings.ORGANIZATION_QUOTA_BYTES = 10, 20
    assert (allowed_bytes(repo.namespace), allowed_bytes(lab)) == (10, 20)
    with pytest.raises(QuotaExceeded):
        check_quota(repo.namespace, {}, regular=11)
    check_quota(lab, {}, regular=20)


def test_the_command_makes_exceptions(repo: Repo, settings: Settings, start: int) -> None:
    settings.MEMBER_QUOTA_BYTES = 10_000
    assert run("alice") == "alice uses 1.5 kB of 10.0 kB"
    assert run("ALICE", "1.5GB") == "alice uses 1.5 kB of 1.5 GB"
    assert allowed_bytes(repo.namespace) == 1_500_000_000
    assert run("alice", "unlimited") == "alice uses 1.5 kB without limit"
    assert run("alice", "0") == "alice uses 1.5 kB of 0 B"
    assert run("alice", "default") == "alice uses 1.5 kB of 10.0 kB"


@pytest.mark.parametrize("size", ["", "many", "-1", "nan", "inf", "1e30", "12XB"])
def test_a_size_that_is_none(repo: Repo, size: str) -> None:
    with pytest.raises(CommandError, match="is no size"):
        run("alice", size)
    with pytest.raises(CommandError):
        run("nobody", "1GB")
    assert allowed_bytes(repo.namespace) is None
