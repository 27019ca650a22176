"""What votes do to the rooms of the forum."""

from typing import Any

import pytest
from django.test import Client

from community.forum.models import Category
from community.governance.actions import action_of
from community.members.models import User
from tests.enacting import enact_twice, passed, refused

TREES = {"slug": "trees", "name": "Trees", "description": "All that grows"}


@pytest.fixture
def garden(db: None) -> Category:
    return Category.objects.create(slug="garden", name="Garden", description="Soil", position=41)


def test_a_vote_opens_a_room(alice: User, garden: Category, client: Client):
    proposal = passed(alice)
    enact_twice("category.add", TREES, proposal, Category)
    room = Category.objects.get(slug="trees")
    assert (room.name, room.description, room.position) == ("Trees", "All that grows", 42)
    assert f'href="/governance/{proposal.pk}"' in client.get("/forum/trees").content.decode()
    assert (
        "governance/" not in client.get("/forum/garden").content.decode().partition("<main")[2].partition("</main")[0]
    )
    assert "Trees" in client.get("/forum").content.decode()


def test_a_vote_names_a_room_anew(alice: User, garden: Category, client: Client):
    first, second = passed(alice), passed(alice)
    enact_twice("category.rename", {"slug": "garden", "name": "Park"}, first, Category)
    garden.refresh_from_db()
    assert (garden.name, garden.description, garden.proposal) == ("Park", "Soil", first)
    params = {"slug": "garden", "name": "Park", "description": "Benches"}
    lines = [(change.before, change.after, change.url) for change in action_of("category.rename").changes(params)]
    assert lines == [("Soil", "Benches", "/forum/garden")]
    enact_twice("category.rename", params, second, Category)
    garden.refresh_from_db()
    assert (garden.description, garden.proposal) == ("Benches", second)


def test_another_name_meanwhile_makes_a_vote_stale(alice: User, garden: Category):
    rename, add = action_of("category.rename"), action_of("category.add")
    params = {"slug": "garden", "name": "Park"}
    before, absent = rename.found(params), add.found(TREES)
    Category.objects.filter(pk=garden.pk).update(name="Yard")
    assert rename.found(params) != before
    Category.objects.create(**TREES)
    assert add.found(TREES) != absent


@pytest.mark.parametrize(
    ("verb", "params"),
    [
        ("category.add", {"slug": "new", "name": "New"}),
        ("category.add", {"slug": "Big Trees", "name": "Trees"}),
        ("category.add", {"slug": "garden", "name": "Another garden"}),
        ("category.add", {"slug": "trees", "name": "T" * 61}),
        ("category.add", {"slug": "trees", "name": ""}),
        ("category.add", TREES | {"position": 1}),
        ("category.rename", TREES),
        ("category.rename", {"slug": "garden"}),
        ("category.rename", {"slug": {"pk": 1}, "name": "Park"}),
    ],
)
def test_what_no_vote_can_do(alice: User, garden: Category, verb: str, params: Any):
    refused(verb, params, passed(alice), Category)
