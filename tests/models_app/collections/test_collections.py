"""Collections: who sees, changes and fills them, in which order, and two at once."""

import threading

import pytest
from django.db import connection

from community.members.actors import ANONYMOUS, Actor
from community.members.models import Role, User
from hub.core.errors import Invalid
from models_app.collections.errors import (
    CollectionForbidden,
    CollectionFull,
    CollectionNotFound,
    CollectionTaken,
    ItemNotFound,
    ItemThere,
)
from models_app.collections.models import Collection, CollectionItem
from models_app.collections.queries import (
    first_items,
    get_collection,
    items_of,
    visible_collections,
    writable_collections,
)
from models_app.collections.rules import MAX_ITEMS, id_in, slug_of
from models_app.collections.services import (
    Changes,
    add_item,
    create_collection,
    delete_collection,
    remove_item,
    update_collection,
    update_item,
)
from models_app.collections.upvotes import upvote, withdraw
from models_app.repos.errors import RepoNotFound
from models_app.repos.models import Repo
from tests.factories.checkpoints import RepoFactory
from tests.factories.members import AccessTokenFactory, MembershipFactory, OrganizationFactory


def make(user: User, title: str = "Good ones", namespace: str = "", **values: object) -> Collection:
    changes = Changes(title=title, **values)  # type: ignore[arg-type]
    return create_collection(actor=Actor(user=user), namespace=namespace or user.username, changes=changes)


def names(actor: Actor, collection: Collection) -> list[str]:
    return [item.repo.name if item.repo else str(item.linked) for item in items_of(actor, collection)]


@pytest.fixture
def three(alice: User) -> Collection:
    """A collection of Alice with the repos a, b (hers and private) and c."""
    collection = make(alice)
    for name in "abc":
        repo = RepoFactory(creator=alice, name=name, private=name == "b")
        add_item(actor=Actor(user=alice), collection=collection, target=repo)
    return collection


class TestSlugs:
    @pytest.mark.parametrize(
        ("title", "slug"),
        [
            ("Good ones!", "good-ones-" + "0" * 22 + "2a"),
            ("好模型", "collection-" + "0" * 22 + "2a"),
            ("a" * 100, "a" * 60 + "-" + "0" * 22 + "2a"),
        ],
    )
    def test_words_then_the_id(self, title: str, slug: str):
        assert slug_of(title, 42) == slug
        assert id_in(slug) == id_in(f"any-other-words-{'0' * 22}2a") == id_in("0" * 22 + "2a") == 42

    @pytest.mark.parametrize("slug", ["", "words", "0" * 24, "f" * 24, "0" * 23, "words" + "0" * 23 + "1"])
    def test_no_id(self, slug: str):
        assert id_in(slug) is None


def test_a_new_collection(alice: User):
    collection = make(alice, " Good\0 ones ", description="For poems", private=True)
    assert (collection.title, collection.description, collection.private) == ("Good� ones", "For poems", True)
    assert collection.slug == f"alice/good-ones-{collection.pk:024x}"


@pytest.mark.parametrize(
    "changes",
    [
        Changes(),
        Changes(title=" "),
        Changes(title="x" * 101),
        Changes(title="x", description="x" * 151),
        Changes(title="x", theme="beige"),
        Changes(title="x", position=-1),
        Changes(title="x", position=2**40),
    ],
)
def test_senseless_values(alice: User, changes: Changes):
    with pytest.raises(Invalid):
        create_collection(actor=Actor(user=alice), namespace="alice", changes=changes)
    assert not Collection.objects.exists()


def test_one_title_per_owner(alice: User, bob: User):
    first = make(alice)
    make(bob)
    other = make(alice, "Others")
    for act in (lambda: make(alice, "good ONES"), lambda: update_collection(
        actor=Actor(user=alice), collection=other, changes=Changes(title="Good ones")
    )):  # fmt: skip
        with pytest.raises(CollectionTaken) as refusal:
            act()
        assert refusal.value.slug == first.slug
    assert sorted(Collection.objects.values_list("title", flat=True)) == ["Good ones", "Good ones", "Others"]


def test_who_may_make_and_change(alice: User, bob: User, carol: User, three: Collection):
    lab = OrganizationFactory(name="lab", admin=alice)
    MembershipFactory(organization=lab, user=bob, role=Role.CONTRIBUTOR)
    MembershipFactory(organization=lab, user=carol, role=Role.WRITE)
    of_bob = make(bob, namespace="lab")
    reading = Actor(user=alice, token=AccessTokenFactory(user=alice, kind="read"))
    for actor, namespace in ((ANONYMOUS, "alice"), (Actor(user=bob), "alice"), (reading, "alice"), (reading, "none")):
        with pytest.raises(CollectionForbidden):
            create_collection(actor=actor, namespace=namespace, changes=Changes(title="x"))
    item = items_of(Actor(user=alice), three)[0]
    before = list(CollectionItem.objects.values()), list(Collection.objects.values())
    for actor, collection in ((ANONYMOUS, three), (Actor(user=bob), three), (reading, three)):
        for act, arguments in (
            (update_collection, {"changes": Changes(title="x")}),
            (delete_collection, {}),
            (add_item, {"target": of_bob}),
            (update_item, {"item_id": f"{item.pk:024x}", "position": 2}),
            (remove_item, {"item_id": f"{item.pk:024x}"}),
        ):
            with pytest.raises(CollectionForbidden):
                act(actor=actor, collection=collection, **arguments)
    assert (list(CollectionItem.objects.values()), list(Collection.objects.values())) == before
    for actor in (Actor(user=bob), Actor(user=carol)):
        update_collection(actor=actor, collection=of_bob, changes=Changes(description=str(actor.user)))
    with pytest.raises(CollectionForbidden):  # a contributor changes only what is their own
        update_collection(actor=Actor(user=bob), collection=make(carol, "C", "lab"), changes=Changes(title="x"))
    assert writable_collections(Actor(user=bob)) == [of_bob]


def test_a_private_collection_is_missing_for_others(alice: User, bob: User, three: Collection):
    update_collection(actor=Actor(user=alice), collection=three, changes=Changes(private=True))
    for actor in (ANONYMOUS, Actor(user=bob)):
        assert not visible_collections(actor).exists()
        for act in (
            lambda actor: get_collection(actor, three.slug),
            lambda actor: delete_collection(actor=actor, collection=three),
        ):
            with pytest.raises(CollectionNotFound):
                act(actor)
    with pytest.raises(CollectionNotFound):
        upvote(actor=Actor(user=bob), collection=three)
    assert get_collection(Actor(user=alice), three.slug) == three


def test_items_that_one_may_not_see_are_left_out(alice: User, bob: User, three: Collection):
    hidden = make(alice, "Hidden", private=True)
    add_item(actor=Actor(user=alice), collection=three, target=hidden)
    for actor, seen in (
        (ANONYMOUS, ["a", "c"]),
        (Actor(user=bob), ["a", "c"]),
        (Actor(user=alice), [*"abc", "Hidden"]),
    ):
        assert names(actor, three) == seen
        found = first_items(actor, [three, hidden], 2)
        assert [item.repo.name for item in found[three.pk]] == seen[:2]
        assert found[hidden.pk] == []


class TestItems:
    def test_each_once(self, alice: User, three: Collection):
        repo, linked = Repo.objects.get(name="a"), make(alice, "Linked")
        add_item(actor=Actor(user=alice), collection=three, target=linked, note="more")
        for target in (repo, linked):
            with pytest.raises(ItemThere):
                add_item(actor=Actor(user=alice), collection=three, target=target)
        with pytest.raises(Invalid, match="cannot hold itself"):
            add_item(actor=Actor(user=alice), collection=three, target=three)
        assert names(Actor(user=alice), three) == ["a", "b", "c", "Linked"]

    @pytest.mark.usefixtures("three")
    def test_what_one_may_not_see_cannot_be_added(self, bob: User, alice: User):
        own, hidden = make(bob), make(alice, "Hidden", private=True)
        with pytest.raises(RepoNotFound):
            add_item(actor=Actor(user=bob), collection=own, target=Repo.objects.get(name="b"))
        with pytest.raises(CollectionNotFound):
            add_item(actor=Actor(user=bob), collection=own, target=hidden)
        assert names(Actor(user=bob), own) == []

    def test_a_full_collection(self, alice: User, three: Collection):
        others = RepoFactory.create_batch(3, creator=alice)
        CollectionItem.objects.bulk_create(
            CollectionItem(collection=three, linked=make(alice, f"c{n}"), position=10 + n) for n in range(5)
        )
        missing = MAX_ITEMS - CollectionItem.objects.count()
        fillers = Repo.objects.bulk_create(Repo(namespace=alice.namespace, name=f"filler-{n}") for n in range(missing))
        CollectionItem.objects.bulk_create(
            CollectionItem(collection=three, repo=repo, position=100) for repo in fillers
        )
        with pytest.raises(CollectionFull):
            add_item(actor=Actor(user=alice), collection=three, target=others[0])

    def test_notes(self, alice: User, three: Collection):
        item = items_of(Actor(user=alice), three)[0]
        update_item(actor=Actor(user=alice), collection=three, item_id=f"{item.pk:024x}", note=" small ")
        item.refresh_from_db()
        assert (item.note, item.position) == ("small", 0)
        with pytest.raises(Invalid):
            update_item(actor=Actor(user=alice), collection=three, item_id=f"{item.pk:024x}", note="x" * 501)

    @pytest.mark.parametrize(
        ("moved", "position", "order"),
        [("c", 0, "cab"), ("a", 2, "bca"), ("a", 1, "bac"), ("b", 1, "abc"), ("a", 99, "bca")],
    )
    def test_moving(self, alice: User, three: Collection, moved: str, position: int, order: str):
        item = CollectionItem.objects.get(repo__name=moved)
        update_item(actor=Actor(user=alice), collection=three, item_id=f"{item.pk:024x}", position=position)
        assert names(Actor(user=alice), three) == list(order)
        assert list(CollectionItem.objects.values_list("position", flat=True)) == [0, 1, 2]

    @pytest.mark.usefixtures("three")
    def test_moving_counts_what_the_mover_sees(self, alice: User, bob: User):
        lab = OrganizationFactory(name="lab", admin=bob)
        MembershipFactory(organization=lab, user=alice, role=Role.WRITE)
        shared = make(bob, namespace="lab")
        for name in "abc":
            add_item(actor=Actor(user=alice), collection=shared, target=Repo.objects.get(name=name))
        item = CollectionItem.objects.get(collection=shared, repo__name="c")
        update_item(actor=Actor(user=bob), collection=shared, item_id=f"{item.pk:024x}", position=0)
        assert names(Actor(user=bob), shared) == ["c", "a"]
        assert names(Actor(user=alice), shared) == ["c", "a", "b"]
        secret = CollectionItem.objects.get(collection=shared, repo__name="b")
        with pytest.raises(ItemNotFound):
            remove_item(actor=Actor(user=bob), collection=shared, item_id=f"{secret.pk:024x}")

    @pytest.mark.parametrize("item_id", ["", "x", "0" * 24, "f" * 24, "0" * 23 + "f"])
    def test_no_such_item(self, alice: User, three: Collection, item_id: str):
        with pytest.raises(ItemNotFound):
            remove_item(actor=Actor(user=alice), collection=three, item_id=item_id)

    def test_a_deleted_repo_leaves(self, alice: User, three: Collection):
        Repo.objects.get(name="a").delete()
        assert names(Actor(user=alice), three) == ["b", "c"]


def test_upvotes_count_once(alice: User, bob: User, three: Collection):
    for act, number in ((upvote, 1), (upvote, 1), (withdraw, 0), (withdraw, 0)):
        act(actor=Actor(user=bob), collection=three)
        three.refresh_from_db()
        assert three.upvotes == number
    assert three.trend == pytest.approx(0, abs=1e-6)


@pytest.mark.django_db(transaction=True)
def test_two_who_add_at_once_get_two_places():
    repos = RepoFactory.create_batch(4)
    owner = repos[0].creator
    collection = make(owner)
    barrier = threading.Barrier(4)

    def run(repo: Repo) -> None:
        barrier.wait()
        try:
            add_item(actor=Actor(user=owner), collection=collection, target=repo)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(repo,)) for repo in repos]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(CollectionItem.objects.values_list("position", flat=True)) == [0, 1, 2, 3]
