"""Likes, follows and the lists of people."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from community.members.models import Membership, User
from models_app.likes.models import Like
from models_app.repos.models import Repo
from tests.factories.checkpoints import RepoFactory
from tests.factories.members import MemberFactory, OrganizationFactory
from tests.models_app.hfapi.caller import Caller, refusal
from tests.models_app.hfapi.conftest import MakeRepo

LIKE = "/api/models/alice/tiny/like"


def test_like_and_unlike(owner: Caller, stranger: Caller, nobody: Caller, repo: Repo) -> None:
    for _ in range(2):
        assert stranger.post(LIKE).json() == {"likes": 1}
    assert owner.post(LIKE).json() == {"likes": 2}
    (row,) = nobody.get("/api/models").json()
    assert (row["likes"], row["trendingScore"]) == (2, 20)
    assert [person["user"] for person in nobody.get("/api/models/alice/tiny/likers").json()] == ["alice", "bob"]
    (liked,) = nobody.get("/api/users/BOB/likes").json()
    assert liked["repo"] == {"name": "alice/tiny", "type": "model"}
    assert stranger.call("DELETE", LIKE).json() == {"likes": 1}


def test_refusals(nobody: Caller, reader: Caller, repo: Repo) -> None:
    for method in ("POST", "DELETE"):
        assert refusal(nobody.call(method, LIKE))[0] == 401
        assert refusal(reader.call(method, LIKE))[0] == 403
    assert not Like.objects.exists()


def test_a_private_like_is_neither_listed_nor_counted(
    nobody: Caller, stranger: Caller, owner: Caller, make_repo: MakeRepo
) -> None:
    make_repo("secret", private=True)
    assert owner.post("/api/models/alice/secret/like").status_code == 200
    for caller, number in ((nobody, 0), (stranger, 0), (owner, 1)):
        assert len(caller.get("/api/users/alice/likes").json()) == number
        assert caller.get("/api/users/alice/overview").json()["numLikes"] == number
    for method, address in (("POST", "like"), ("DELETE", "like"), ("GET", "likers")):
        assert refusal(stranger.call(method, f"/api/models/alice/secret/{address}"))[:2] == (404, "RepoNotFound")
        assert refusal(nobody.call(method, f"/api/models/alice/secret/{address}"))[:2] == (401, "RepoNotFound")


def test_follows(owner: Caller, nobody: Caller, alice: User, bob: User) -> None:
    OrganizationFactory(name="lab", admin=bob)
    assert owner.post("/api/users/bob/follow").status_code == 200
    assert owner.post("/api/organizations/lab/follow").status_code == 200
    following = owner.get("/api/users/alice/following").json()
    assert [(row["user"], row["type"], row["isFollowing"]) for row in following] == [
        ("lab", "org", True),
        ("bob", "user", True),
    ]
    (follower,) = nobody.get("/api/users/bob/followers").json()
    assert (follower["user"], follower["fullname"], follower["isFollowing"]) == ("alice", "alice", False)
    assert [row["user"] for row in nobody.get("/api/organizations/lab/followers").json()] == ["alice"]
    assert [row["user"] for row in nobody.get("/api/organizations/lab/members").json()] == ["bob"]
    person = owner.get("/api/users/bob/overview").json()
    assert (person["isFollowing"], person["numFollowers"], person["numFollowing"]) == (True, 1, 0)
    lab = owner.get("/api/organizations/lab/overview").json()
    assert (lab["isFollowing"], lab["numFollowers"]) == (True, 1)
    assert owner.get("/api/users/alice/overview").json()["numFollowing"] == 2
    assert owner.call("DELETE", "/api/users/bob/follow").status_code == 200
    assert nobody.get("/api/users/bob/followers").json() == []


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("POST", "/api/users/alice/follow", 400),
        ("POST", "/api/users/lab/follow", 404),
        ("POST", "/api/organizations/bob/follow", 404),
        ("POST", "/api/users/nobody/follow", 404),
        ("GET", "/api/users/nobody/likes", 404),
        ("GET", "/api/users/lab/following", 404),
        ("GET", "/api/organizations/bob/members", 404),
        ("GET", "/api/users/alice/followers?limit=0", 400),
        ("GET", "/api/users/alice/followers?cursor=x", 400),
    ],
)
def test_odd_people(owner: Caller, bob: User, method: str, address: str, status: int) -> None:
    OrganizationFactory(name="lab", admin=bob)
    assert refusal(owner.call(method, address))[0] == status


def test_lists_of_people_go_on_by_link(nobody: Caller, alice: User, repo: Repo) -> None:
    Like.objects.bulk_create(Like(user=member, repo=repo) for member in MemberFactory.create_batch(5))
    seen, address = [], "/api/models/alice/tiny/likers?limit=2"
    while address:
        response = nobody.get(address)
        seen += [row["user"] for row in response.json()]
        address = response.get("Link", "").removeprefix("<http://127.0.0.1:8000").removesuffix('>; rel="next"')
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("number", [1, 12])
def test_lists_of_people_cost_the_same(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    repo = RepoFactory(creator=alice, name="many")
    lab = OrganizationFactory(name="lab")
    for member in MemberFactory.create_batch(number):
        Like.objects.create(user=member, repo=repo)
        Membership.objects.create(organization=lab, user=member, role="read")
    for address, queries in (("/api/models/alice/many/likers", 2), ("/api/organizations/lab/members", 2)):
        with django_assert_num_queries(queries):
            assert len(Client().get(address).json()) == number
