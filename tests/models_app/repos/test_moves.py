"""Rename and transfer: the old name leads to the repo until another takes it."""

import threading

import pytest
from django.db import connection

from community.members.actors import ANONYMOUS, Actor
from community.members.models import Role, User
from hub.core.errors import DomainError
from models_app.gitstore.repository import GitRepository
from models_app.repos import services
from models_app.repos.errors import NamespaceClosed, RepoNameInvalid, RepoNotFound, RepoTaken, WriteForbidden
from models_app.repos.models import Repo, RepoAlias
from models_app.repos.queries import get_repo, is_called
from tests.factories.members import AccessTokenFactory, MembershipFactory, OrganizationFactory
from tests.models_app.hub_state import hub_state


def create(user: User, name: str = "tiny", *, private: bool = False) -> Repo:
    return services.create_repo(
        actor=Actor(user=user), kind="model", namespace=user.username, name=name, private=private
    )


def move(user: User, repo: Repo, full_id: str) -> Repo:
    namespace, name = full_id.split("/")
    return services.move_repo(actor=Actor(user=user), repo=repo, namespace=namespace, name=name)


def found(name: str, actor: Actor = ANONYMOUS) -> str | None:
    try:
        return get_repo(actor, "model", name).full_id
    except RepoNotFound:
        return None


def test_the_old_name_leads_to_the_repo(alice: User) -> None:
    OrganizationFactory(name="lab", admin=alice)
    repo = create(alice)
    moved = move(alice, repo, "lab/Small")
    assert (moved.pk, moved.full_id, moved.storage_id) == (repo.pk, "lab/Small", repo.storage_id)
    for name in ("lab/small", "alice/tiny", "Alice/TINY"):
        assert found(name) == "lab/Small"
    assert is_called(moved, "LAB/small")
    assert not is_called(moved, "alice/tiny")
    assert GitRepository.open(moved.storage_id).resolve("main") == repo.head_sha


def test_many_moves_leave_many_names(alice: User) -> None:
    repo = create(alice)
    for name in ("b", "c", "d"):
        repo = move(alice, repo, f"alice/{name}")
    assert {name: found(f"alice/{name}") for name in ("tiny", "b", "c", "d")} == dict.fromkeys(
        ("tiny", "b", "c", "d"), "alice/d"
    )


def test_back_over_an_own_alias(alice: User) -> None:
    repo = move(alice, create(alice), "alice/other")
    assert move(alice, repo, "alice/tiny").full_id == "alice/tiny"
    assert (found("alice/tiny"), found("alice/other")) == ("alice/tiny", "alice/tiny")
    assert [str(alias) for alias in RepoAlias.objects.all()] == ["alice/other"]


def test_another_case_is_the_same_name(alice: User) -> None:
    assert move(alice, create(alice), "alice/TINY").full_id == "alice/TINY"
    assert not RepoAlias.objects.exists()


def test_a_repeated_move_changes_nothing(alice: User) -> None:
    repo = create(alice)
    move(alice, repo, "alice/other")
    before = hub_state()
    assert move(alice, get_repo(Actor(user=alice), "model", "alice/tiny"), "alice/other").full_id == "alice/other"
    assert hub_state() == before


def test_a_new_repo_takes_the_old_name(alice: User) -> None:
    move(alice, create(alice), "alice/other")
    new = create(alice, "Tiny")
    assert get_repo(ANONYMOUS, "model", "alice/tiny") == new
    assert not RepoAlias.objects.exists()


def test_a_move_takes_the_old_name_of_another(alice: User) -> None:
    move(alice, create(alice, "a"), "alice/b")
    third = move(alice, create(alice, "c"), "alice/a")
    assert get_repo(ANONYMOUS, "model", "alice/a") == third


def test_kinds_keep_apart(alice: User) -> None:
    move(alice, create(alice), "alice/other")
    with pytest.raises(RepoNotFound):
        get_repo(ANONYMOUS, "dataset", "alice/tiny")


def test_names_end_with_the_repo(alice: User) -> None:
    repo = move(alice, create(alice), "alice/other")
    services.delete_repo(actor=Actor(user=alice), repo=repo)
    assert found("alice/tiny") is None


def test_the_old_name_of_a_private_repo_tells_nothing(alice: User, bob: User) -> None:
    move(alice, create(alice, private=True), "alice/other")
    for actor in (ANONYMOUS, Actor(user=bob)):
        assert (found("alice/tiny", actor), found("alice/other", actor)) == (None, None)
    assert found("alice/tiny", Actor(user=alice)) == "alice/other"


@pytest.mark.parametrize(
    ("target", "refusal"),
    [
        ("alice/Taken", RepoTaken),
        ("bob/tiny", NamespaceClosed),
        ("reading/tiny", NamespaceClosed),
        ("nobody/tiny", NamespaceClosed),
        ("alice/a--b", RepoNameInvalid),
        ("alice/", RepoNameInvalid),
        ("nul\0/tiny", NamespaceClosed),
    ],
)
def test_refusals(alice: User, bob: User, target: str, refusal: type[DomainError]) -> None:
    reading = OrganizationFactory(name="reading", admin=bob)
    MembershipFactory(organization=reading, user=alice, role=Role.READ)
    create(alice, "taken")
    repo = create(alice)
    before = hub_state()
    with pytest.raises(refusal):
        move(alice, repo, target)
    assert hub_state() == before


def test_the_name_in_use_is_named(alice: User) -> None:
    create(alice, "Taken")
    with pytest.raises(RepoTaken, match="A model repository called alice/Taken already exists"):
        move(alice, create(alice), "alice/taken")


@pytest.mark.parametrize(("private", "refusal"), [(False, WriteForbidden), (True, RepoNotFound)])
def test_others_move_nothing(alice: User, bob: User, *, private: bool, refusal: type[DomainError]) -> None:
    repo = create(alice, private=private)
    before = hub_state()
    with pytest.raises(refusal):
        move(bob, repo, "bob/tiny")
    with pytest.raises(DomainError):
        services.move_repo(
            actor=Actor(user=alice, token=AccessTokenFactory(user=alice, kind="read")),
            repo=repo,
            namespace="alice",
            name="other",
        )
    assert hub_state() == before


@pytest.mark.django_db(transaction=True)
def test_of_two_moves_to_one_name_one_wins(alice: User) -> None:
    repos = [create(alice, "a"), create(alice, "b")]
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def attempt(repo: Repo) -> None:
        start.wait()
        try:
            move(alice, repo, "alice/target")
            outcomes.append("moved")
        except RepoTaken as refusal:
            outcomes.append(refusal.full_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=[repo]) for repo in repos]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["alice/target", "moved"]
    assert RepoAlias.objects.count() == 1
