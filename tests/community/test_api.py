"""Forum, threads, moderation and inbox by the API: the powers of the pages, with tokens."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from community.discussions.models import Event, Thread
from community.discussions.services import add_comment, open_thread
from community.forum.models import Category
from community.members.actors import Actor
from community.members.models import User
from community.moderation.models import Flag, ModerationAction
from community.moderation.services import flag_comment
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from tests.models_app.hfapi.caller import Caller
from tests.models_app.hfapi.conftest import caller_for
from tests.models_app.hub_state import hub_state


@pytest.fixture
def room(db: None) -> Category:
    return Category.objects.create(slug="garden", name="Garden", description="Plants", position=9)


@pytest.fixture
def topic(room: Category, bob: User) -> Thread:
    return open_thread(actor=Actor(user=bob), kind="forum", key=room.pk, title="Which soil?", text="Dry *or* wet?")


@pytest.fixture
def first(topic: Thread) -> Event:
    return topic.events.earliest("pk")


@pytest.fixture
def secret(alice: User) -> Thread:
    repo = create_repo(actor=Actor(user=alice), kind="model", namespace="alice", name="secret", private=True)
    return open_thread(actor=Actor(user=alice), kind="repo", key=repo.pk, title="Between us", text="A secret")


@pytest.fixture
def moderator(carol: User) -> Caller:
    User.objects.filter(pk=carol.pk).update(is_staff=True)
    return caller_for(carol)


def json_of(response: Any, status: int = 200) -> Any:
    assert response.status_code == status, response.content
    return response.json()


def set_private(thread: Thread, *, private: bool) -> None:
    Repo.objects.filter(pk=thread.board.key).update(private=private)


def local(url: str) -> str:
    return url.removeprefix("http://127.0.0.1:8000")


def test_beginning_and_writing(alice: User, bob: User, room: Category) -> None:
    by_alice, by_bob, nobody = caller_for(alice), caller_for(bob), Caller()
    begun = json_of(by_alice.post("/api/forum/garden", {"title": "Roses", "text": "They **smell**."}), 201)
    thread = begun["id"]
    assert begun | {"created_at": "", "updated_at": ""} == {
        "id": thread,
        "number": 1,
        "about": {"kind": "forum", "key": room.pk, "title": "Garden", "address": "http://127.0.0.1:8000/forum/garden"},
        "address": "http://127.0.0.1:8000/forum/garden/1",
        "title": "Roses",
        "author": "alice",
        "status": "open",
        "pinned": False,
        "locked": False,
        "hidden": False,
        "comments": 1,
        "created_at": "",
        "updated_at": "",
    }
    said = json_of(nobody.get(f"/api/discussions/{thread}/events"))["events"][0]["id"]
    answer = json_of(by_bob.post(f"/api/discussions/{thread}/comments", {"text": "No", "reply_to": said}), 201)
    comment = f"/api/discussions/comments/{answer['id']}"
    assert (answer["text"], answer["reply_to"], answer["author"], answer["kind"]) == ("No", said, "bob", "comment")
    assert json_of(by_alice.call("PUT", f"{comment}/reactions/love"))["reactions"] == [
        {"kind": "love", "count": 1, "mine": True}
    ]
    assert json_of(nobody.get(comment))["reactions"][0]["mine"] is False
    assert json_of(by_alice.call("DELETE", f"{comment}/reactions/love"))["reactions"] == []
    edited = json_of(by_bob.call("PATCH", comment, {"text": "Yes"}))
    assert (edited["edits"], [version["text"] for version in edited["versions"]]) == (1, ["No", "Yes"])
    assert json_of(by_alice.call("PATCH", comment, {"text": "Maybe"}), 403)["code"] == "not_yours"
    gone = json_of(by_bob.call("DELETE", comment))
    assert (gone["hidden"], gone["text"], gone["versions"]) == (True, "", [])


def test_lists(topic: Thread, room: Category, alice: User, secret: Thread) -> None:
    nobody = Caller()
    (garden,) = [room for room in json_of(nobody.get("/api/forum")) if room["slug"] == "garden"]
    assert (garden["name"], garden["description"], garden["threads"]) == ("Garden", "Plants", 1)
    for address in ("/api/forum/garden", "/api/discussions", "/api/discussions?author=BOB"):
        assert [thread["id"] for thread in json_of(nobody.get(address))["threads"]] == [topic.pk]
    assert json_of(nobody.get("/api/discussions?author=alice"))["threads"] == []
    own = json_of(caller_for(alice).get("/api/discussions"))["threads"]
    assert [thread["about"]["title"] for thread in own] == ["alice/secret", "Garden"]
    assert json_of(nobody.get("/api/forum/nowhere"), 404)["code"] == "category_not_found"
    assert json_of(nobody.get("/api/discussions?limit=0"), 400) == {
        "error": "limit: Ensure this value is greater than or equal to 1.",
        "code": "invalid",
    }


def test_renaming_and_closing(topic: Thread, bob: User, alice: User) -> None:
    address = f"/api/discussions/{topic.pk}"
    changed = json_of(caller_for(bob).call("PATCH", address, {"title": "What soil?", "status": "closed"}))
    assert (changed["title"], changed["status"]) == ("What soil?", "closed")
    kinds = [
        (event["kind"], event["change"], event["text"])
        for event in json_of(Caller().get(f"{address}/events"))["events"]
    ]
    assert kinds == [
        ("comment", {}, "Dry *or* wet?"),
        ("title-change", {"from": "Which soil?", "to": "What soil?"}, ""),
        ("status-change", {"status": "closed"}, ""),
    ]
    before = hub_state()
    assert json_of(caller_for(bob).call("PATCH", address, {"title": "Other", "status": "closed"}), 409)
    assert json_of(caller_for(alice).call("PATCH", address, {"status": "open"}), 403)
    assert hub_state() == before


@pytest.mark.parametrize("kind", ["read", "fineGrained", ""])
def test_what_a_token_may_not(topic: Thread, first: Event, alice: User, bob: User, kind: str) -> None:
    by = caller_for(bob, kind=kind, scopes={"global": [], "scoped": []}) if kind else Caller()
    before = [list(model.objects.values()) for model in (Thread, Event, Flag)]
    comment, thread = f"/api/discussions/comments/{first.pk}", f"/api/discussions/{topic.pk}"
    answers = [
        by.post("/api/forum/garden", {"title": "Roses", "text": "They smell."}),
        by.post(f"{thread}/comments", {"text": "No"}),
        by.call("PATCH", thread, {"title": "Other"}),
        by.call("PATCH", comment, {"text": "No"}),
        by.call("DELETE", comment),
        by.call("PUT", f"{comment}/reactions/love"),
        by.post(f"{comment}/flag", {"reason": "spam"}),
        by.call("PUT", f"{thread}/follow", {"level": "muted"}),
        by.post("/api/notifications/read"),
        by.call("PUT", "/api/notifications/mail", {"mail": "never"}),
    ]
    assert [json_of(answer, 403)["code"] for answer in answers] == ["discussion_forbidden"] * len(answers)
    assert [list(model.objects.values()) for model in (Thread, Event, Flag)] == before


def test_what_is_private_is_not_there(secret: Thread, alice: User, bob: User, moderator: Caller) -> None:
    comment = secret.events.earliest("pk")
    thread, said = f"/api/discussions/{secret.pk}", f"/api/discussions/comments/{comment.pk}"
    set_private(secret, private=False)
    flag_comment(actor=Actor(user=bob), comment=comment, reason="spam")
    set_private(secret, private=True)
    before = hub_state()
    for by in (Caller(), caller_for(bob), moderator):
        answers = [
            by.get(thread),
            by.get(f"{thread}/events"),
            by.post(f"{thread}/comments", {"text": "x"}),
            by.get(said),
            by.call("PATCH", said, {"text": "x"}),
            by.call("DELETE", said),
            by.call("PUT", f"{said}/reactions/love"),
            by.post(f"{said}/flag", {"reason": "spam"}),
            by.post(f"{said}/split", {"title": "Elsewhere"}),
            by.post(f"{thread}/mark", {"verb": "lock"}),
            by.get(f"{thread}/follow"),
            by.post("/api/moderation/reports", {"kind": "repo", "key": secret.board.key, "reason": "spam"}),
        ]
        assert {answer.status_code for answer in answers} <= {403, 404}
        assert not any(
            b"secret" in answer.content.lower() or b"between us" in answer.content.lower() for answer in answers
        )
        assert hub_state() == before
    assert json_of(moderator.get("/api/moderation/queue")) == []
    assert json_of(moderator.post(f"/api/moderation/flags/{Flag.objects.get().pk}", {"agree": True}), 404)


def test_flags_and_decisions(topic: Thread, first: Event, alice: User, bob: User, moderator: Caller) -> None:
    by_alice, nobody = caller_for(alice), Caller()
    flagged = json_of(
        by_alice.post(f"/api/discussions/comments/{first.pk}/flag", {"reason": "abuse", "note": "Rude"}), 201
    )
    assert (flagged["member"], flagged["reason"], flagged["trusted"]) == ("alice", "abuse", False)
    assert json_of(by_alice.get("/api/moderation/queue"), 403)["code"] == "not_moderator"
    settle = f"/api/moderation/flags/{flagged['id']}"
    assert json_of(by_alice.post(settle, {"agree": True}), 403)["code"] == "not_moderator"
    (case,) = json_of(moderator.get("/api/moderation/queue"))
    assert (case["comment"], case["author"], case["text"], case["hidden"]) == (first.pk, "bob", "Dry *or* wet?", False)
    assert [flag["note"] for flag in case["flags"]] == ["Rude"]

    decision = json_of(moderator.post(settle, {"agree": True, "reason": "Rude words"}))
    assert (decision["verb"], decision["moderator"], decision["comment"]) == ("hide-comment", "carol", first.pk)
    assert json_of(moderator.post(settle, {"agree": True}), 404)["code"] == "flag_not_found"
    assert json_of(nobody.get(f"/api/discussions/comments/{first.pk}"))["text"] == ""
    log = nobody.get("/api/moderation/log")
    assert [row["reason"] for row in json_of(log)["decisions"]] == ["Rude words"]
    assert b"Dry" not in log.content
    one = f"/api/moderation/log/{decision['id']}"
    assert json_of(by_alice.post(f"{one}/overrule"), 403)["code"] == "not_moderator"
    undone = json_of(moderator.post(f"{one}/overrule", {"reason": "A joke"}))
    assert (undone["verb"], undone["overrules"]) == ("show-comment", decision["id"])
    assert json_of(nobody.get(one))["overruled_by"] == undone["id"]
    assert json_of(nobody.get(f"/api/discussions/comments/{first.pk}"))["text"] == "Dry *or* wet?"


def test_keeping_order(topic: Thread, alice: User, bob: User, moderator: Caller) -> None:
    later = add_comment(actor=Actor(user=alice), thread=topic, text="By the way")
    mark = f"/api/discussions/{topic.pk}/mark"
    assert json_of(caller_for(bob).post(mark, {"verb": "lock"}), 403)["code"] == "not_moderator"
    assert json_of(moderator.post(mark, {"verb": "lock", "reason": "Enough"}))["verb"] == "lock"
    assert json_of(caller_for(bob).post(f"/api/discussions/{topic.pk}/comments", {"text": "x"}), 409)
    assert json_of(moderator.post(mark, {"verb": "sing"}), 400)["code"] == "invalid"
    made = json_of(moderator.post(f"/api/discussions/comments/{later.pk}/split", {"title": "An aside"}), 201)
    assert (made["title"], made["comments"]) == ("An aside", 1)
    assert json_of(moderator.post(mark, {"verb": "hide-thread"}))["verb"] == "hide-thread"
    assert json_of(caller_for(alice).get(f"/api/discussions/{topic.pk}"), 404)
    assert json_of(moderator.get(f"/api/discussions/{topic.pk}"))["hidden"] is True
    assert ModerationAction.objects.count() == 3


def test_reports_and_rooms(room: Category, alice: User, moderator: Caller) -> None:
    report = {"kind": "forum", "key": room.pk, "reason": "off-topic"}
    assert json_of(caller_for(alice).post("/api/moderation/reports", report), 201)["reason"] == "off-topic"
    (case,) = json_of(moderator.get("/api/moderation/queue"))
    assert (case["title"], case["comment"]) == ("Garden", None)
    unknown = {"kind": "nonsense", "key": 1, "reason": "spam"}
    assert json_of(caller_for(alice).post("/api/moderation/reports", unknown), 404)["code"] == "subject_not_found"

    wanted = {"slug": "kitchen", "name": "Kitchen"}
    assert json_of(caller_for(alice).post("/api/forum", wanted), 403)["code"] == "category_forbidden"
    assert json_of(moderator.post("/api/forum", wanted), 201)["threads"] == 0
    assert json_of(moderator.post("/api/forum", wanted), 409)["code"] == "slug_taken"
    changed = json_of(moderator.call("PUT", "/api/forum/kitchen", wanted | {"description": "Food"}))
    assert changed["description"] == "Food"


def test_reports_of_repos(secret: Thread, alice: User, bob: User, moderator: Caller) -> None:
    address, said = "/api/models/alice/secret/report", {"reason": "rights", "note": "Not theirs"}
    assert json_of(caller_for(bob).post(address, said), 404)
    set_private(secret, private=False)
    assert json_of(Caller().post(address, said), 401)
    assert json_of(caller_for(bob).post(address, {"reason": "no"}), 400)
    assert not Flag.objects.exists()
    assert json_of(caller_for(bob).post(address, said), 201)["note"] == "Not theirs"
    (case,) = json_of(moderator.get("/api/moderation/queue"))
    assert (case["title"], case["address"]) == ("alice/secret", "http://127.0.0.1:8000/alice/secret")


def test_the_inbox(topic: Thread, alice: User, bob: User, secret: Thread) -> None:
    by_bob, by_alice = caller_for(bob), caller_for(alice)
    for text in ("Wet", "Really wet"):
        add_comment(actor=Actor(user=alice), thread=topic, text=text)
    told = json_of(by_bob.get("/api/notifications?unread=true"))["notifications"]
    assert [(line["sentence"], line["place"]) for line in told] == [("alice wrote in Which soil?", "Garden")] * 2
    read = f"/api/notifications/{told[0]['id']}/read"
    assert json_of(by_alice.post(read), 404)["code"] == "notification_not_found"
    assert len(json_of(by_bob.get("/api/notifications?unread=true"))["notifications"]) == 2
    assert by_bob.post(read).status_code == 204
    assert json_of(by_bob.get("/api/notifications?unread=true"))["notifications"] == []
    assert len(json_of(by_bob.get("/api/notifications"))["notifications"]) == 2

    follow = f"/api/discussions/{topic.pk}/follow"
    assert json_of(by_bob.get(follow)) == {"level": "participating"}
    assert json_of(by_bob.call("PUT", follow, {"level": "muted"})) == {"level": "muted"}
    add_comment(actor=Actor(user=alice), thread=topic, text="@bob?")
    assert json_of(by_bob.get("/api/notifications?unread=true"))["notifications"] == []
    assert json_of(by_bob.call("PUT", follow, {"level": "loud"}), 400)["code"] == "invalid"
    assert json_of(by_bob.call("PUT", "/api/notifications/mail", {"mail": "never"})) == {"mail": "never"}
    assert json_of(by_bob.get("/api/notifications/mail")) == {"mail": "never"}
    assert json_of(Caller().get("/api/notifications"), 401)["code"] == "unauthenticated"


def test_a_token_is_told_what_it_may_see(alice: User, bob: User, secret: Thread) -> None:
    """Alice hears of Bob's comment in her private repo; a token for another name space does not."""
    set_private(secret, private=False)
    add_comment(actor=Actor(user=bob), thread=secret, text="Hello")
    set_private(secret, private=True)
    assert len(json_of(caller_for(alice).get("/api/notifications"))["notifications"]) == 1
    elsewhere = {"global": [], "scoped": [{"entity": {"type": "org", "name": "lab"}, "permissions": ["repo.write"]}]}
    narrow = caller_for(alice, kind="fineGrained", scopes=elsewhere)
    assert json_of(narrow.get("/api/notifications"), 403)["code"] == "forbidden"
    assert json_of(narrow.get(f"/api/discussions/{secret.pk}"), 404)


def test_pages(topic: Thread, alice: User) -> None:
    for number in range(4):
        add_comment(actor=Actor(user=alice), thread=topic, text=f"Answer {number}")
    address, seen = f"/api/discussions/{topic.pk}/events?limit=2", []
    while address:
        answer = json_of(Caller().get(local(address)))
        seen += [event["text"] for event in answer["events"]]
        address = answer["next"]
    assert seen == ["Dry *or* wet?", "Answer 0", "Answer 1", "Answer 2", "Answer 3"]


@pytest.mark.parametrize(
    "address", ["/api/forum/garden", "/api/discussions", "/api/discussions/{topic}/events", "/api/moderation/log"]
)
def test_lists_cost_the_same_at_any_length(
    topic: Thread, room: Category, alice: User, moderator: Caller, address: str
) -> None:
    address = address.replace("{topic}", str(topic.pk))
    counts = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            json_of(moderator.get(address))
        counts.append(len(queries))
        for number in range(5):
            add_comment(actor=Actor(user=alice), thread=topic, text=f"Answer {number}")
            other = open_thread(actor=Actor(user=alice), kind="forum", key=room.pk, title=f"No {number}", text="x")
            moderator.post(f"/api/discussions/{other.pk}/mark", {"verb": "pin"})
    assert counts[1] == counts[2]


def test_it_is_documented(db: None) -> None:
    schema = Client().get("/api/schema", headers={"Accept": "application/json"}).json()
    documented = {(path, method) for path, methods in schema["paths"].items() for method in methods}
    assert {
        ("/api/forum/{slug}", "post"),
        ("/api/discussions/{thread}/comments", "post"),
        ("/api/moderation/flags/{flag}", "post"),
        ("/api/notifications/{notification}/read", "post"),
    } <= documented
