"""The forum's rooms, and what people do in any thread, without scripts."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from community.discussions import services
from community.discussions.models import Event, Reaction, Thread
from community.discussions.services import add_comment, open_thread
from community.forum.models import Category
from community.members.actors import Actor
from community.members.models import User
from tests.models_app.hub_state import hub_state


@pytest.fixture
def room(db: None) -> Category:
    return Category.objects.create(slug="garden", name="Garden", description="Plants", position=9)


@pytest.fixture
def topic(room: Category, bob: User) -> Thread:
    return open_thread(actor=Actor(user=bob), kind="forum", key=room.pk, title="Which soil?", text="Dry\nor *wet*?")


def first(thread: Thread) -> Event:
    return thread.events.earliest("pk")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_the_first_rooms_are_there(client: Client, first_rooms: None) -> None:
    page = text_of(client, "/forum")
    assert all(name in page for name in ("General", "Help", "Show and tell", "Governance", "Meta"))
    assert "常规" not in page


def test_beginning_and_reading(client: Client, alice: User, room: Category) -> None:
    as_alice = signed_in(alice)
    assert client.get("/forum/garden/new").status_code == 302
    said = as_alice.post("/forum/garden/new", {"title": "Roses", "text": "They **smell**."})
    assert said["Location"] == "/forum/garden/1"
    assert "<strong>smell</strong>" in text_of(client, "/forum/garden/1")
    assert 'href="/forum/garden/1"' in text_of(client, "/forum/garden")
    assert "Roses" in text_of(client, "/forum")
    assert 'href="/forum/garden/1"' in text_of(client, "/discussions")
    assert as_alice.post("/forum/garden/new", {"title": "x", "text": "y"}).status_code == 422
    assert client.get("/forum/nowhere").status_code == 404
    assert client.get("/forum/garden/2").status_code == 404


def test_pinned_threads_come_first(client: Client, bob: User, topic: Thread, room: Category) -> None:
    open_thread(actor=Actor(user=bob), kind="forum", key=room.pk, title="Later", text="x")
    assert text_of(client, "/forum/garden").index("Later") < text_of(client, "/forum/garden").index("Which soil?")
    Thread.objects.filter(pk=topic.pk).update(pinned=True)
    assert text_of(client, "/forum/garden").index("Which soil?") < text_of(client, "/forum/garden").index("Later")


def test_staff_alone_changes_rooms(alice: User, bob: User, room: Category) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    wanted = {"name": "Trees", "slug": "trees", "description": "", "position": "3"}
    as_bob, as_alice = signed_in(bob), signed_in(alice)
    for address in ("/forum/new", "/forum/garden/edit"):
        assert as_bob.post(address, wanted).status_code == 403
    assert not Category.objects.filter(slug="trees").exists()
    assert as_alice.post("/forum/garden/edit", wanted)["Location"] == "/forum/trees"
    room.refresh_from_db()
    assert (room.name, room.slug, room.position) == ("Trees", "trees", 3)
    for slug in ("trees", "new", "Big Trees"):
        assert as_alice.post("/forum/new", wanted | {"slug": slug}).status_code == 422
    assert Category.objects.filter(slug="trees").count() == 1


def test_replying_and_quoting(alice: User, topic: Thread) -> None:
    as_alice, asked = signed_in(alice), first(topic)
    at = f"/discussions/{topic.pk}/reply?to={asked.pk}"
    assert "&gt; @bob:\n&gt;\n&gt; Dry\n&gt; or *wet*?" in text_of(as_alice, f"{at}&quote=1")
    said = as_alice.post(at, {"text": "Wet, @bob and @nobody."})
    answer = topic.events.latest("pk")
    assert said["Location"] == f"/forum/garden/1#event-{answer.pk}"
    assert answer.reply_to == asked
    page = text_of(as_alice, "/forum/garden/1")
    assert "in reply to bob" in page
    assert '<a href="/bob" rel="nofollow noopener noreferrer">@bob</a> and @nobody.' in page
    before = hub_state()
    assert as_alice.post(f"/discussions/{topic.pk}/reply?to=999999", {"text": "x"}).status_code == 404
    assert as_alice.post(f"/discussions/{topic.pk}/reply", {"text": " "}).status_code == 422
    assert hub_state() == before


def test_reactions(alice: User, bob: User, client: Client, topic: Thread) -> None:
    at = f"/discussions/comments/{first(topic).pk}/react"
    as_alice, as_bob = signed_in(alice), signed_in(bob)
    for visitor in (as_alice, as_alice, as_bob):
        visitor.post(at, {"add": "love"})
    assert sorted(Reaction.objects.values_list("member__username", "kind")) == [("alice", "love"), ("bob", "love")]
    assert 'name="remove" value="love"' in text_of(as_alice, "/forum/garden/1")
    assert 'disabled aria-pressed="false" title="Love it"' in text_of(client, "/forum/garden/1")
    as_alice.post(at, {"remove": "love"})
    as_alice.post(at, {"add": "nonsense"})
    assert client.post(at, {"add": "love"}).status_code == 302
    assert list(Reaction.objects.values_list("member__username", "kind")) == [("bob", "love")]


def test_every_version_can_be_read(bob: User, client: Client, topic: Thread) -> None:
    comment = first(topic)
    services.edit_comment(actor=Actor(user=bob), comment=comment, text="Dry\nor very wet?")
    page = text_of(client, f"/discussions/comments/{comment.pk}/history")
    assert page.index("Version 2") < page.index("Version 1")
    assert "<del>or *wet*?</del>" in page
    assert "<ins>or very wet?</ins>" in page
    services.hide_comment(actor=Actor(user=bob), comment=comment)
    assert client.get(f"/discussions/comments/{comment.pk}/history").status_code == 409


def test_a_locked_thread(alice: User, bob: User, topic: Thread) -> None:
    Thread.objects.filter(pk=topic.pk).update(locked=True)
    before, as_bob, comment = hub_state(), signed_in(bob), first(topic)
    assert 'id="comment"' not in text_of(as_bob, "/forum/garden/1")
    for address, data in (
        (f"/discussions/{topic.pk}/reply", {"text": "x"}),
        (f"/discussions/{topic.pk}/title", {"title": "Other"}),
        (f"/discussions/{topic.pk}/status", {"status": "closed"}),
        (f"/discussions/comments/{comment.pk}/edit", {"text": "x"}),
        (f"/discussions/comments/{comment.pk}/react", {"add": "love"}),
    ):
        as_bob.post(address, data)
    assert hub_state() == before
    assert not Reaction.objects.exists()
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    signed_in(alice).post(f"/discussions/{topic.pk}/reply", {"text": "Staff may"})
    assert topic.events.count() == 2


def test_a_hidden_thread_is_staffs(alice: User, bob: User, client: Client, topic: Thread) -> None:
    Thread.objects.filter(pk=topic.pk).update(hidden=True)
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    for visitor in (client, signed_in(bob)):
        for address in ("/forum/garden/1", f"/discussions/{topic.pk}", f"/discussions/comments/{first(topic).pk}"):
            assert visitor.get(address).status_code == 404
        assert "Which soil?" not in text_of(visitor, "/forum") + text_of(visitor, "/forum/garden")
    assert "only staff sees it" in text_of(signed_in(alice), "/forum/garden/1")


def test_addresses_that_never_change(bob: User, client: Client, topic: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("community.discussions.timeline.MAX_EVENTS", 2)
    events = [add_comment(actor=Actor(user=bob), thread=topic, text=f"Post {number}") for number in range(3)]
    assert client.get(f"/discussions/{topic.pk}")["Location"] == "/forum/garden/1"
    there = client.get(f"/discussions/comments/{events[-1].pk}")["Location"]
    assert there == f"/forum/garden/1?page=2#event-{events[-1].pk}"
    assert "Post 2" in text_of(client, there)
    assert client.get(f"/discussions/{10**30}").status_code == 404


@pytest.mark.parametrize("count", [1, 12])
def test_fixed_numbers_of_queries(
    client: Client,
    bob: User,
    room: Category,
    topic: Thread,
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
) -> None:
    for number in range(count):
        add_comment(actor=Actor(user=bob), thread=topic, text=f"Post {number} @bob", reply_to=first(topic))
        open_thread(actor=Actor(user=bob), kind="forum", key=room.pk, title=f"Thread {number}", text="x")
    with django_assert_num_queries(3):  # rooms, their threads counted, the newest of each
        client.get("/forum")
    with django_assert_num_queries(2):  # the room, its threads
        client.get("/forum/garden")
    # The room, the thread, the number of events, a page of them, versions, names, reactions.
    with django_assert_num_queries(8):
        client.get("/forum/garden/1")


def test_feeds(client: Client, bob: User, topic: Thread) -> None:
    answer = add_comment(actor=Actor(user=bob), thread=topic, text="It is **wet**")
    for address in ("/feeds/discussions", "/feeds/forum", "/feeds/forum/garden"):
        feed = text_of(client, address)
        assert "Which soil? · Garden" in feed
        assert "Dry\nor &lt;em&gt;wet&lt;/em&gt;?" in feed
    assert "It is &lt;strong&gt;wet" in text_of(client, f"/feeds/discussions/{topic.pk}")
    services.hide_comment(actor=Actor(user=bob), comment=answer)
    assert "It is" not in text_of(client, f"/feeds/discussions/{topic.pk}")
    Thread.objects.update(hidden=True)
    assert client.get(f"/feeds/discussions/{topic.pk}").status_code == 404
    assert "Which soil" not in text_of(client, "/feeds/discussions") + text_of(client, "/feeds/forum/garden")
