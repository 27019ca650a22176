"""The collection routes as clients call them."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from community.members.actors import Actor
from community.members.models import User
from models_app.collections.models import Collection, CollectionItem
from models_app.collections.services import Changes, add_item, create_collection
from models_app.collections.upvotes import upvote
from models_app.repos.models import Repo
from tests.factories.checkpoints import RepoFactory
from tests.models_app.hfapi.caller import Caller, refusal

API = "/api/collections"


@pytest.fixture
def slug(owner: Caller) -> str:
    return str(owner.post(API, {"title": "Good ones", "namespace": "alice", "private": False}).json()["slug"])


@pytest.fixture
def repos(alice: User) -> list[Repo]:
    return [RepoFactory(creator=alice, name=name, private=name == "b") for name in "abc"]


def fill(owner: Caller, slug: str) -> list[Any]:
    for name in "abc":
        answer = owner.post(f"{API}/{slug}/items", {"item": {"id": f"alice/{name}", "type": "model"}, "note": name})
    return list(answer.json()["items"])


def test_a_whole_life(owner: Caller, nobody: Caller, repos: list[Repo], slug: str) -> None:
    made = nobody.get(f"{API}/{slug}").json()
    assert made | {"lastUpdated": ""} == {
        "slug": slug, "title": "Good ones", "description": "", "owner": "alice", "items": [], "position": 0,
        "private": False, "theme": "green", "upvotes": 0, "isUpvotedByUser": False, "lastUpdated": "",
    }  # fmt: skip
    items = fill(owner, slug)
    assert [(item["id"], item["type"], item["position"], item["note"]) for item in items] == [
        (f"alice/{name}", "model", place, {"text": name}) for place, name in enumerate("abc")
    ]
    again = owner.post(f"{API}/{slug}/items", {"item": {"id": "alice/a", "type": "model"}})
    assert refusal(again)[0] == 409
    moved = owner.call("PATCH", f"{API}/{slug}/items/{items[2]['_id']}", {"position": 0, "note": "first"}).json()[
        "data"
    ]
    assert [item["id"] for item in moved["items"]] == ["alice/c", "alice/a", "alice/b"]
    assert owner.call("DELETE", f"{API}/{slug}/items/{items[1]['_id']}").status_code == 200
    renamed = owner.call("PATCH", f"{API}/{slug}", {"title": "Better ones", "theme": "pink", "private": True}).json()[
        "data"
    ]
    assert renamed["slug"] == slug.replace("good-ones", "better-ones")
    assert [item["id"] for item in owner.get(f"{API}/{slug}").json()["items"]] == ["alice/c", "alice/a"]
    assert refusal(nobody.get(f"{API}/{slug}"))[0] == 404
    assert owner.call("DELETE", f"{API}/{slug}").status_code == 200
    assert refusal(owner.get(f"{API}/{slug}"))[0] == 404


def test_a_title_that_is_taken_names_the_collection(owner: Caller, slug: str) -> None:
    response = owner.post(API, {"title": "good ones", "namespace": "alice"})
    assert (response.status_code, response.json()["slug"]) == (409, slug)


def test_what_others_see(owner: Caller, stranger: Caller, nobody: Caller, repos: list[Repo], slug: str) -> None:
    fill(owner, slug)
    private = owner.post(API, {"title": "Mine", "private": True}).json()["slug"]
    owner.post(f"{API}/{slug}/items", {"item": {"id": private, "type": "collection"}})
    for caller in (stranger, nobody):
        seen = caller.get(f"{API}/{slug}").json()["items"]
        assert [(item["id"], item["position"]) for item in seen] == [("alice/a", 0), ("alice/c", 1)]
        assert [row["slug"] for row in caller.get(API).json()] == [slug]
        assert caller.get(f"{API}?item=models/alice/b").json() == []
    assert [row["slug"] for row in owner.get(f"{API}?item=models/alice/b").json()] == [slug]
    assert [item["type"] for item in owner.get(f"{API}/{slug}").json()["items"]] == [
        "model",
        "model",
        "model",
        "collection",
    ]
    for method, address, body in (
        ("PATCH", f"{API}/{slug}", {"title": "x"}),
        ("DELETE", f"{API}/{slug}", {}),
        ("POST", f"{API}/{slug}/items", {"item": {"id": "alice/a", "type": "model"}}),
        ("POST", API, {"title": "x", "namespace": "alice"}),
    ):
        assert refusal(stranger.call(method, address, body))[0] == 403
        assert refusal(nobody.call(method, address, body))[0] == 401
        hidden = address.replace(slug, private)
        if hidden != address:
            assert (
                refusal(stranger.call(method, hidden, body))[0] == refusal(nobody.call(method, hidden, body))[0] == 404
            )
    assert (Collection.objects.count(), CollectionItem.objects.count()) == (2, 4)


def test_upvotes_are_counted_as_far_as_one_sees(
    owner: Caller, stranger: Caller, nobody: Caller, alice: User, slug: str
) -> None:
    upvote(actor=Actor(user=alice), collection=Collection.objects.get())
    assert nobody.get(f"{API}/{slug}").json()["upvotes"] == 1
    assert owner.get(f"{API}/{slug}").json()["isUpvotedByUser"] is True
    assert nobody.get("/api/users/alice/overview").json()["numUpvotes"] == 1
    Collection.objects.update(private=True)
    for caller, number in ((nobody, 0), (stranger, 0), (owner, 1)):
        assert caller.get("/api/users/alice/overview").json()["numUpvotes"] == number


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["B", "A"]),
        ("?sort=lastModified", ["B", "A"]),
        ("?sort=upvotes", ["A", "B"]),
        ("?sort=trending", ["A", "B"]),
        ("?owner=ALICE", ["A"]),
        ("?owner=alice&owner=bob", ["B", "A"]),
        ("?owner=none", []),
        ("?item=models/alice/a", ["A"]),
        ("?item=papers/1", []),
        ("?item=models/alice/none", []),
        ("?limit=1", ["B"]),
    ],
)
def test_lists(nobody: Caller, alice: User, bob: User, repos: list[Repo], query: str, titles: list[str]) -> None:
    a = create_collection(actor=Actor(user=alice), namespace="alice", changes=Changes(title="A"))
    add_item(actor=Actor(user=alice), collection=a, target=repos[0])
    create_collection(actor=Actor(user=bob), namespace="bob", changes=Changes(title="B"))
    Collection.objects.filter(pk=a.pk).update(upvotes=2, trend=2)
    rows = nobody.get(f"{API}{query}").json()
    assert [row["title"] for row in rows] == titles
    assert not any("position" in row for row in rows)


@pytest.mark.parametrize(
    ("method", "address", "body", "status"),
    [
        ("GET", f"{API}?sort=luck", {}, 400),
        ("POST", API, {}, 400),
        ("POST", API, {"title": 5}, 400),
        ("POST", API, {"title": "x", "private": "no"}, 400),
        ("POST", API, {"title": "x", "namespace": ["alice"]}, 400),
        ("POST", API, {"title": "x", "position": True}, 400),
        ("PATCH", "{slug}", {"theme": "beige"}, 400),
        ("PATCH", "{slug}", {"title": ""}, 400),
        ("POST", "{slug}/items", {"item": "alice/a"}, 400),
        ("POST", "{slug}/items", {"item": {"id": "alice/none", "type": "model"}}, 404),
        ("POST", "{slug}/items", {"item": {"id": "2307.09288", "type": "paper"}}, 404),
        ("POST", "{slug}/items", {"item": {"id": "alice/none", "type": "collection"}}, 404),
        ("POST", "{slug}/items", {"item": {"id": "alice/a", "type": "model"}, "note": 5}, 400),
        ("PATCH", "{slug}/items/x", {"note": "x"}, 404),
        ("DELETE", "{slug}/items/" + "0" * 24, {}, 404),
        ("GET", f"{API}/alice/none", {}, 404),
    ],
)
def test_odd_requests(
    owner: Caller, repos: list[Repo], slug: str, method: str, address: str, body: dict[str, Any], status: int
) -> None:
    before = list(Collection.objects.values()), list(CollectionItem.objects.values())
    assert refusal(owner.call(method, address.replace("{slug}", f"{API}/{slug}"), body))[0] == status
    after = list(Collection.objects.values()), list(CollectionItem.objects.values())
    assert after[1] == before[1]
    assert [row["title"] for row in after[0]] == [row["title"] for row in before[0]]


@pytest.mark.parametrize("number", [1, 12])
def test_lists_cost_the_same(alice: User, django_assert_num_queries: DjangoAssertNumQueries, number: int) -> None:
    for row in range(number):
        collection = create_collection(actor=Actor(user=alice), namespace="alice", changes=Changes(title=f"c{row}"))
        for repo in RepoFactory.create_batch(6, creator=alice):
            add_item(actor=Actor(user=alice), collection=collection, target=repo)
    with django_assert_num_queries(2):  # the collections, their first items
        rows = Client().get(API).json()
    assert [len(row["items"]) for row in rows] == [4] * number
    with django_assert_num_queries(2):
        assert len(Client().get(f"{API}/{collection.slug}").json()["items"]) == 6
