"""Repos with the space they take, for their owners."""

import pytest

from community.members.actors import Actor
from community.members.models import Role, User
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from tests.factories.members import MembershipFactory, OrganizationFactory
from tests.models_app.hfapi.caller import Caller, refusal
from tests.models_app.hfapi.conftest import WEIGHTS, MakeRepo, caller_for

OWN = "/api/settings/repositories"
LAB = "/api/organizations/lab/settings/repositories"


def test_own_repositories(make_repo: MakeRepo, owner: Caller) -> None:
    tiny = make_repo()
    secret = make_repo("secret", private=True, kind="dataset", files={})
    rows = owner.get(OWN).json()
    assert [row["id"] for row in rows] == ["alice/tiny", "alice/secret"]
    assert rows[1] == {
        "id": "alice/secret",
        "type": "dataset",
        "updatedAt": rows[1]["updatedAt"],
        "visibility": "private",
        "storage": len(WEIGHTS) + secret.regular_bytes,
        "storagePercent": rows[1]["storagePercent"],
    }
    assert rows[0]["storage"] == len(WEIGHTS) + tiny.regular_bytes
    assert rows[0]["updatedAt"].endswith("Z")
    assert sum(row["storagePercent"] for row in rows) == pytest.approx(100, abs=0.02)


def test_pages(make_repo: MakeRepo, owner: Caller) -> None:
    for number in range(3):
        make_repo(f"tiny-{number}")
    first = owner.get(f"{OWN}?limit=2")
    assert len(first.json()) == 2
    address = first.headers["Link"].removeprefix("<").partition(">")[0]
    second = owner.get(address[address.index("/api/") :])
    assert len(second.json()) == 1
    assert "Link" not in second.headers
    assert len({row["id"] for row in first.json() + second.json()}) == 3


@pytest.mark.usefixtures("repo")
def test_for_nobody_else(nobody: Caller, expired: Caller, stranger: Caller) -> None:
    assert refusal(nobody.get(OWN))[0] == 401
    assert expired.get(OWN).status_code == 401
    assert stranger.get(OWN).json() == []


def test_a_token_for_other_repos_shows_no_private_one(make_repo: MakeRepo, alice: User, repo: Repo) -> None:
    make_repo("secret", private=True)
    narrow = caller_for(alice, kind="fineGrained", scopes={"global": [], "scoped": []})
    rows = narrow.get(OWN).json()
    assert [(row["id"], row["storagePercent"]) for row in rows] == [("alice/tiny", 100.0)]


def test_an_organization(alice: User, bob: User, owner: Caller, stranger: Caller, nobody: Caller) -> None:
    lab = OrganizationFactory(name="lab", admin=alice)
    create_repo(actor=Actor(user=alice), kind="model", namespace="lab", name="hidden", private=True)
    assert [row["id"] for row in owner.get(LAB).json()] == ["lab/hidden"]
    assert refusal(stranger.get(LAB))[0] == 403
    assert refusal(nobody.get(LAB))[0] == 401
    assert refusal(stranger.get(LAB.replace("lab", "none")))[0] == 404
    MembershipFactory(organization=lab, user=bob, role=Role.READ)
    assert [row["id"] for row in stranger.get(LAB).json()] == ["lab/hidden"]
