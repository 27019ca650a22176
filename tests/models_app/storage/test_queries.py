"""The numbers of storage, and whom they tell about."""

from io import StringIO

import pytest
from django.core.management import call_command

from community.members.actors import ANONYMOUS, Actor
from community.members.models import Role, User
from models_app.blobs.models import BlobSegment, Xorb
from models_app.repos.models import Repo
from models_app.storage.queries import Usage, hub_usage, largest_namespaces, repos_of, usage_of
from tests.factories.members import MembershipFactory, OrganizationFactory
from tests.models_app.blobs.conftest import CONTENTS
from tests.models_app.blobs.recording_store import Recording
from tests.models_app.storage.conftest import WEIGHTS, commit, make_repo, point, send, send_by_xet

pytestmark = pytest.mark.django_db


@pytest.fixture
def start(repo: Repo) -> int:
    """Bytes of a new repo."""
    return repo.regular_bytes


def test_nothing(bob: User) -> None:
    usage = usage_of(bob.namespace)
    assert (usage, usage.ratio) == (Usage(0, 0, 0), 1.0)


def test_a_file_in_two_repos_is_stored_once(repo: Repo, alice: User, start: int) -> None:
    for target in (repo, make_repo(alice, "secret", private=True)):
        commit(target, point("weights.bin", send(target, WEIGHTS)))
    usage = usage_of(alice.namespace)
    regular = 2 * start
    assert usage == Usage(files=16_000 + regular, counted=8000 + regular, stored=8000 + regular)
    assert round(usage.ratio, 2) == round((16_000 + regular) / (8000 + regular), 2)


def test_chunks_are_stored_once_and_compressed(repo: Repo, recording: Recording, start: int) -> None:
    send_by_xet(repo, recording)
    size, xorb = sum(map(len, CONTENTS)), Xorb.objects.get()
    usage = usage_of(repo.namespace)
    assert (usage.files, usage.counted) == (size + start, size + start)
    assert usage.stored == xorb.stored_bytes + start


def test_what_others_store_changes_no_number(repo: Repo, bob: User, recording: Recording, start: int) -> None:
    blobs = send_by_xet(repo, recording)
    before = usage_of(repo.namespace)
    theirs = make_repo(bob, "theirs", private=True)
    send(theirs, WEIGHTS)
    send_by_xet(theirs, recording)
    assert usage_of(repo.namespace) == before
    ranges = BlobSegment.objects.filter(blob__in=blobs).count()
    assert usage_of(bob.namespace).stored == before.stored + 8000 + theirs.regular_bytes - start
    assert ranges


def test_repos_by_size_for_those_who_see_them(repo: Repo, alice: User, bob: User, start: int) -> None:
    secret = make_repo(alice, "secret", private=True)
    send(secret, WEIGHTS)
    found = {repo.full_id: repo.storage for repo in repos_of(Actor(user=alice), alice.namespace)}
    assert found == {"alice/tiny": start, "alice/secret": start + 8000}
    for other in (Actor(user=bob), ANONYMOUS):
        assert [repo.full_id for repo in repos_of(other, alice.namespace)] == ["alice/tiny"]


def test_the_whole_hub(repo: Repo, alice: User, bob: User, recording: Recording) -> None:
    secret = make_repo(bob, "secret", private=True)
    for target in (repo, secret):
        send(target, WEIGHTS)
    send_by_xet(repo, recording)
    usage = hub_usage()
    size = sum(map(len, CONTENTS))
    assert (usage.repos, usage.private_repos, usage.large_files) == (2, 1, 4)
    assert (usage.files, usage.large_bytes) == (16_000 + size, 8000 + size)
    assert (usage.flat_objects, usage.flat_bytes) == (1, 8000)
    assert usage.stored == 8000 + Xorb.objects.get().stored_bytes
    assert [name for name, _ in largest_namespaces(5)] == ["alice", "bob"]
    output = StringIO()
    call_command("storage", "--top", "1", stdout=output)
    assert "repositories: 2, 1 of them private" in output.getvalue()
    assert output.getvalue().splitlines()[-1].split()[0] == "alice"


def test_an_organisation_has_its_own(alice: User, bob: User) -> None:
    lab = OrganizationFactory(name="lab", admin=alice)
    MembershipFactory(organization=lab, user=bob, role=Role.READ)
    assert usage_of(lab.namespace) == Usage(0, 0, 0)
