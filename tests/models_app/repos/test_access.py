"""Gated repos: who asks, who decides, who gets the files."""

from typing import Any

import pytest

from community.members.actors import ANONYMOUS, Actor, Capability
from community.members.models import Role, User
from hub.core.errors import DomainError, Unauthenticated
from models_app.repos.access import access_requests, ask_access, decide, grant_access, request_of, set_gate
from models_app.repos.errors import (
    AccessRequestNotFound,
    AccessUnchanged,
    GatedRepo,
    NotGated,
    RepoNotFound,
    WriteForbidden,
)
from models_app.repos.models import AccessRequest, Repo
from models_app.repos.queries import capability_subject, check_content, may_read_content, visible_repos
from tests.factories.checkpoints import RepoFactory
from tests.factories.members import AccessTokenFactory, MembershipFactory, OrganizationFactory


@pytest.fixture
def repo(alice: User) -> Repo:
    return RepoFactory(creator=alice, name="gated", gated="manual")


def rows() -> list[Any]:
    return list(AccessRequest.objects.order_by("pk").values())


def test_a_gate_keeps_the_files_but_not_the_repo(repo: Repo, alice: User, bob: User) -> None:
    for actor, may in ((ANONYMOUS, False), (Actor(user=bob), False), (Actor(user=alice), True)):
        assert may_read_content(actor, repo) is may
        assert visible_repos(actor).filter(pk=repo.pk).exists()
    with pytest.raises(GatedRepo, match="Access to model alice/gated is restricted and you are not in the authorized"):
        check_content(Actor(user=bob), repo)


def test_members_of_the_organization_pass(alice: User, bob: User, carol: User) -> None:
    lab = OrganizationFactory(name="lab", admin=alice)
    MembershipFactory(organization=lab, user=bob, role=Role.READ)
    repo = RepoFactory(namespace=lab.namespace, creator=alice, gated="manual")
    assert [may_read_content(Actor(user=user), repo) for user in (alice, bob, carol)] == [True, True, False]


def test_a_worker_passes_with_a_capability_for_this_repo(repo: Repo) -> None:
    subjects = {capability_subject(repo): True, "repo:999": False, f"xet:{repo.pk}": False, "workers": False}
    for subject, may in subjects.items():
        assert may_read_content(Actor(capability=Capability(subject=subject, right="read")), repo) is may


def test_manual(repo: Repo, alice: User, bob: User) -> None:
    asked = ask_access(actor=Actor(user=bob), repo=repo, answers={"Why": "Study"})
    assert (asked.status, asked.asked, asked.fields) == ("pending", True, {"Why": "Study"})
    assert not may_read_content(Actor(user=bob), repo)
    decide(actor=Actor(user=alice), repo=repo, which={"user": bob}, status="accepted")
    assert may_read_content(Actor(user=bob), repo)
    decide(actor=Actor(user=alice), repo=repo, which={"pk": asked.pk}, status="rejected", reason="No\0")
    assert not may_read_content(Actor(user=bob), repo)
    again = ask_access(actor=Actor(user=bob), repo=repo, answers={})
    assert (again.pk, again.status, again.rejection_reason) == (asked.pk, "rejected", "No�")
    decide(actor=Actor(user=alice), repo=repo, which={"user": bob}, status="pending")
    assert (request_of(Actor(user=bob), repo) or asked).rejection_reason == ""


def test_automatic(repo: Repo, alice: User, bob: User) -> None:
    set_gate(actor=Actor(user=alice), repo=repo, gate="auto")
    assert ask_access(actor=Actor(user=bob), repo=repo, answers={}).status == "accepted"
    assert may_read_content(Actor(user=bob), repo)


def test_an_open_gate_keeps_its_list(repo: Repo, alice: User, bob: User, carol: User) -> None:
    grant_access(actor=Actor(user=alice), repo=repo, user=bob)
    set_gate(actor=Actor(user=alice), repo=repo, gate="")
    assert may_read_content(Actor(user=carol), repo)
    set_gate(actor=Actor(user=alice), repo=repo, gate="auto")
    assert (may_read_content(Actor(user=bob), repo), may_read_content(Actor(user=carol), repo)) == (True, False)


def test_access_is_personal(repo: Repo, alice: User, bob: User) -> None:
    grant_access(actor=Actor(user=alice), repo=repo, user=bob)
    OrganizationFactory(name="lab", admin=bob)

    def token(kind: str, namespace: str = "") -> Actor:
        grants = [{"entity": {"type": "user", "name": namespace}, "permissions": ["repo.content.read"]}]
        scopes = {"scoped": grants} if namespace else {}
        return Actor(user=bob, token=AccessTokenFactory(user=bob, kind=kind, scopes=scopes))

    seen = [token("read"), token("write"), token("fineGrained", "bob"), token("fineGrained", "lab")]
    assert [may_read_content(actor, repo) for actor in seen] == [True, True, True, False]


def test_granting(repo: Repo, alice: User, bob: User, carol: User) -> None:
    granted = grant_access(actor=Actor(user=alice), repo=repo, user=bob)
    assert (granted.status, granted.asked) == ("accepted", False)
    before = rows()
    with pytest.raises(AccessUnchanged, match="bob is accepted already"):
        grant_access(actor=Actor(user=alice), repo=repo, user=bob)
    assert rows() == before
    ask_access(actor=Actor(user=carol), repo=repo, answers={})
    assert grant_access(actor=Actor(user=alice), repo=repo, user=carol).status == "accepted"
    assert may_read_content(Actor(user=carol), repo)


def test_what_cannot_be_decided(repo: Repo, alice: User, bob: User, carol: User) -> None:
    asked = ask_access(actor=Actor(user=bob), repo=repo, answers={})
    other = RepoFactory(creator=alice, gated="auto")
    before = rows()
    actor = Actor(user=alice)
    with pytest.raises(AccessUnchanged):
        decide(actor=actor, repo=repo, which={"user": bob}, status="pending")
    for wanted in ({"user": carol}, {"pk": asked.pk + 1}):
        with pytest.raises(AccessRequestNotFound):
            decide(actor=actor, repo=repo, status="accepted", which=wanted)
    with pytest.raises(AccessRequestNotFound):
        decide(actor=actor, repo=other, which={"pk": asked.pk}, status="accepted")
    assert rows() == before


@pytest.mark.parametrize(("private", "refusal"), [(False, WriteForbidden), (True, RepoNotFound)])
def test_others_decide_nothing(repo: Repo, bob: User, *, private: bool, refusal: type[DomainError]) -> None:
    if not private:
        ask_access(actor=Actor(user=bob), repo=repo, answers={})
    Repo.objects.update(private=private)
    repo.refresh_from_db()
    before = rows()
    for change in (
        lambda: access_requests(Actor(user=bob), repo),
        lambda: decide(actor=Actor(user=bob), repo=repo, which={"user": bob}, status="accepted"),
        lambda: grant_access(actor=Actor(user=bob), repo=repo, user=bob),
        lambda: set_gate(actor=Actor(user=bob), repo=repo, gate=""),
    ):
        with pytest.raises(refusal):
            change()
    assert rows() == before
    assert Repo.objects.get().gated == "manual"


def test_without_a_gate_or_a_name(repo: Repo, alice: User, bob: User) -> None:
    with pytest.raises(Unauthenticated):
        ask_access(actor=ANONYMOUS, repo=repo, answers={})
    open_repo = RepoFactory(creator=alice)
    for call in (
        lambda: ask_access(actor=Actor(user=bob), repo=open_repo, answers={}),
        lambda: access_requests(Actor(user=alice), open_repo),
        lambda: grant_access(actor=Actor(user=alice), repo=open_repo, user=bob),
    ):
        with pytest.raises(NotGated):
            call()
    assert rows() == []
