"""Who sees which repos."""

from datetime import timedelta

import pytest
from django.utils import timezone

from community.governance.models import Office, Proposal
from community.members.actors import ANONYMOUS, Actor, Capability
from community.members.models import Role, User
from models_app.repos.errors import RepoNotFound
from models_app.repos.models import Repo
from models_app.repos.queries import capability_subject, count_repos, get_repo, may_write, readers_of, visible_repos
from tests.factories.checkpoints import RepoFactory
from tests.factories.members import AccessTokenFactory, MemberFactory, MembershipFactory, OrganizationFactory

DAY = timedelta(days=1)


@pytest.fixture
def public(alice: User) -> Repo:
    return RepoFactory(creator=alice, name="public")


@pytest.fixture
def private(alice: User) -> Repo:
    return RepoFactory(creator=alice, name="private", private=True)


def names(actor: Actor, kind: str | None = None) -> list[str]:
    return sorted(repo.full_id for repo in visible_repos(actor, kind))


def test_a_private_repo_is_seen_by_its_owner_alone(alice: User, bob: User, public: Repo, private: Repo) -> None:
    both, one = ["alice/private", "alice/public"], ["alice/public"]
    assert names(Actor(user=alice)) == both
    assert names(Actor(user=alice, token=AccessTokenFactory(user=alice, kind="read"))) == both
    assert names(Actor(user=bob)) == one
    assert names(ANONYMOUS) == one
    assert names(Actor(user=alice), "dataset") == []


def test_members_of_an_organization_see_its_private_repos(alice: User, bob: User, carol: User) -> None:
    lab = OrganizationFactory(name="lab", admin=alice)
    MembershipFactory(organization=lab, user=bob, role=Role.READ)
    repo = RepoFactory(namespace=lab.namespace, creator=alice, name="secret", private=True)
    assert names(Actor(user=bob)) == ["lab/secret"]
    assert names(Actor(user=carol)) == []
    assert not may_write(Actor(user=bob), repo)


def test_readers_are_those_who_see_it(alice: User, bob: User, carol: User) -> None:
    lab = OrganizationFactory(name="lab", admin=alice)
    MembershipFactory(organization=lab, user=bob, role=Role.READ)
    vote = Proposal.objects.create(kind="election", title="Before", author=alice, state="passed")
    now = timezone.now()
    elected = {}
    for role, until in (("moderator", None), ("maintainer", now + DAY), ("officer", None), ("moderator", now - DAY)):
        elected[f"{role} {until}"] = office = Office(user=MemberFactory(), role=role, until=until, proposal=vote)
        office.save()
    gone = MemberFactory(is_staff=True, is_active=False)
    people = [alice, bob, carol, MemberFactory(is_staff=True), *(office.user for office in elected.values())]
    seen = set()
    for space in (alice.namespace, lab.namespace):
        for private, hidden in ((True, False), (False, True), (True, True)):
            repo = RepoFactory(namespace=space, creator=alice, private=private, hidden=hidden)
            readers = set(User.objects.filter(readers_of(repo.pk)))
            assert readers == {one for one in people if visible_repos(Actor(user=one)).filter(pk=repo.pk).exists()}
            assert gone not in readers
            seen.add(len(readers))
    assert seen == {1, 2, 4, 5}


def test_a_fine_grained_token_opens_only_the_namespaces_it_names(alice: User, private: Repo) -> None:
    lab = OrganizationFactory(name="lab", admin=alice)
    RepoFactory(namespace=lab.namespace, creator=alice, name="secret", private=True)
    scopes = {"scoped": [{"entity": {"type": "org", "name": "lab"}, "permissions": ["repo.content.read"]}]}
    token = AccessTokenFactory(user=alice, kind="fineGrained", scopes=scopes)
    assert names(Actor(user=alice, token=token)) == ["lab/secret"]


def test_a_capability_opens_one_repo(private: Repo, alice: User) -> None:
    other = RepoFactory(creator=alice, name="other", private=True)
    read = Actor(capability=Capability(subject=capability_subject(private), right="read"))
    write = Actor(capability=Capability(subject=capability_subject(private), right="write"))
    assert names(read) == names(write) == ["alice/private"]
    assert (may_write(read, private), may_write(write, private), may_write(write, other)) == (False, True, False)


@pytest.mark.parametrize("subject", ["repo:", "repo:x", "workers", "repo:-1"])
def test_other_capabilities_open_nothing(private: Repo, subject: str) -> None:
    assert names(Actor(capability=Capability(subject=subject, right="write"))) == []


@pytest.mark.parametrize("full_id", ["alice/private", "ALICE/Private"])
def test_get_repo_in_any_case(alice: User, private: Repo, full_id: str) -> None:
    assert get_repo(Actor(user=alice), "model", full_id) == private


@pytest.mark.parametrize(
    "full_id",
    ["alice/nothing", "nobody/private", "alice", "", "/", "alice/", "alice/private/x", "alice/pri\0vate", "%/%"],
)
def test_missing_ids_and_odd_ones(alice: User, private: Repo, full_id: str) -> None:
    with pytest.raises(RepoNotFound):
        get_repo(Actor(user=alice), "model", full_id)


def test_hidden_is_missing(bob: User, private: Repo) -> None:
    for actor in (ANONYMOUS, Actor(user=bob)):
        with pytest.raises(RepoNotFound):
            get_repo(actor, "model", "alice/private")


def test_counts_are_of_visible_repos(alice: User, bob: User, public: Repo, private: Repo) -> None:
    assert count_repos(Actor(user=alice), "Alice") == {"model": 2, "dataset": 0, "space": 0}
    assert count_repos(Actor(user=bob), "alice") == {"model": 1, "dataset": 0, "space": 0}
