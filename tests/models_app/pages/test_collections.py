import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from community.members.actors import Actor
from community.members.models import User
from models_app.collections.models import Collection, CollectionItem
from models_app.collections.services import Changes, add_item, create_collection
from models_app.repos.models import Repo
from tests.factories.checkpoints import RepoFactory

FORM = {"owner": "alice", "title": "Good ones", "description": "For poems", "theme": "pink", "visibility": "public"}


@pytest.fixture
def good(alice: User) -> Collection:
    collection = create_collection(actor=Actor(user=alice), namespace="alice", changes=Changes(title="Good ones"))
    for name in "abc":
        repo = RepoFactory(creator=alice, name=name, private=name == "b")
        add_item(actor=Actor(user=alice), collection=collection, target=repo, note=f"note on {name}")
    return collection


def order(collection: Collection) -> list[str]:
    return [item.name.removeprefix("alice/") for item in CollectionItem.objects.filter(collection=collection)]


def test_make_edit_delete(as_alice: Client, alice: User):
    response = as_alice.post("/collections/new", FORM)
    collection = Collection.objects.get()
    address = f"/collections/{collection.slug}"
    assert response.headers["Location"] == address
    assert (collection.title, collection.theme, collection.private) == ("Good ones", "pink", False)
    again = as_alice.post("/collections/new", FORM)
    assert (again.status_code, Collection.objects.count()) == (422, 1)
    assert "choose another title" in again.content.decode()
    assert 'value="Good ones"' in as_alice.get(f"{address}/edit").content.decode()
    changed = as_alice.post(f"{address}/edit", FORM | {"title": "Better", "description": "", "visibility": "private"})
    collection.refresh_from_db()
    assert (collection.title, collection.description, collection.private) == ("Better", "", True)
    assert changed.headers["Location"] == f"/collections/{collection.slug}"
    assert as_alice.get(address).status_code == 200  # the old words still lead there
    as_alice.post(f"{address}/delete")
    assert not Collection.objects.exists()


def test_who_sees_what(client: Client, as_bob: Client, as_alice: Client, good: Collection):
    address = f"/collections/{good.slug}"
    for visitor in (client, as_bob):
        page = visitor.get(address).content.decode()
        assert "alice/</span>a" in page
        assert "note on a" in page
        assert "note on b" not in page
        assert "/items/" not in page
        assert "alice/b" not in visitor.get("/collections").content.decode()
        assert "alice/b" not in visitor.get("/alice").content.decode()
    assert "note on b" in as_alice.get(address).content.decode()
    Collection.objects.update(private=True)
    for visitor in (client, as_bob):
        assert visitor.get(address).status_code == 404
        for page in ("/collections", "/collections/alice", "/alice"):
            assert "Good ones" not in visitor.get(page).content.decode()
    assert "Good ones" in as_alice.get("/collections/alice").content.decode()
    assert "Good ones" in as_alice.get("/alice").content.decode()


def test_others_change_nothing(client: Client, as_bob: Client, good: Collection):
    address = f"/collections/{good.slug}"
    item = CollectionItem.objects.first()
    before = list(Collection.objects.values()), list(CollectionItem.objects.values())
    for page, data in (
        ("edit", FORM),
        ("delete", {}),
        (f"items/{item.object_id}", {"do": "remove"}),
        (f"items/{item.object_id}", {"do": "down"}),
    ):
        as_bob.post(f"{address}/{page}", data)
        assert client.post(f"{address}/{page}", data).headers["Location"].startswith("/accounts/login/")
    assert as_bob.get(f"{address}/edit").status_code == 403
    assert (list(Collection.objects.values()), list(CollectionItem.objects.values())) == before


def test_items_are_ordered_annotated_and_removed_by_buttons(as_alice: Client, good: Collection):
    ids = {item.name.removeprefix("alice/"): item.object_id for item in CollectionItem.objects.all()}

    def press(name: str, **data: str) -> None:
        assert as_alice.post(f"/collections/{good.slug}/items/{ids[name]}", data).status_code == 302

    for name, do, expected in (("a", "down", "bac"), ("c", "up", "bca"), ("b", "up", "bca"), ("a", "down", "bca")):
        press(name, do=do)
        assert order(good) == list(expected)
    press("c", do="note", note="better")
    assert CollectionItem.objects.get(repo__name="c").note == "better"
    press("c", do="remove")
    press("c", do="up")  # gone meanwhile: a message, no error
    press("a", do="dance")
    assert order(good) == ["b", "a"]


def test_adding_from_the_page_of_a_repo(as_alice: Client, as_bob: Client, good: Collection, tiny: Repo):
    assert 'href="/alice/tiny/collect"' in as_alice.get("/alice/tiny").content.decode()
    page = as_alice.get("/alice/tiny/collect").content.decode()
    assert 'aria-label="Add to Good ones"' in page
    as_alice.post("/alice/tiny/collect", {"slug": good.slug, "note": "small"})
    assert order(good) == ["a", "b", "c", "tiny"]
    assert 'aria-label="Add to Good ones"' not in as_alice.get("/alice/tiny/collect").content.decode()
    again = as_alice.post("/alice/tiny/collect", {"slug": good.slug}, follow=True)
    assert "in the collection already" in again.content.decode()
    assert "You have no collection yet" in as_bob.get("/alice/tiny/collect").content.decode()
    as_bob.post("/alice/tiny/collect", {"slug": good.slug})
    assert order(good) == ["a", "b", "c", "tiny"]


def test_upvotes(client: Client, as_bob: Client, good: Collection):
    address = f"/collections/{good.slug}"
    as_bob.post(f"{address}/upvote", {"upvote": "1"})
    assert 'aria-pressed="true"' in as_bob.get(address).content.decode()
    as_bob.post(f"{address}/upvote", {"upvote": "0"})
    client.post(f"{address}/upvote")
    good.refresh_from_db()
    assert good.upvotes == 0


def test_empty_states(client: Client, as_alice: Client, alice: User):
    assert "No collections yet" in client.get("/collections").content.decode()
    assert client.get("/collections/nobody").status_code == 404
    as_alice.post("/collections/new", FORM)
    page = as_alice.get(f"/collections/{Collection.objects.get().slug}").content.decode()
    assert "Nothing in it yet" in page


def test_a_fixed_number_of_queries(client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries):
    for size in (1, 10):
        for number in range(size):
            changes = Changes(title=f"c{size}-{number}")
            collection = create_collection(actor=Actor(user=alice), namespace="alice", changes=changes)
            for repo in RepoFactory.create_batch(size, creator=alice):
                add_item(actor=Actor(user=alice), collection=collection, target=repo)
        with django_assert_num_queries(2):  # the collections, their first items
            client.get("/collections")
        with django_assert_num_queries(2):
            client.get(f"/collections/{collection.slug}")
