"""Discussions over the wire; the real clients are in tests/contract."""

from typing import Any

import pytest
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

from community.discussions.models import Event, Thread
from community.discussions.services import open_thread
from community.members.actors import Actor
from community.members.models import User
from models_app.hfapi import discussions
from models_app.repos.models import Repo
from tests.models_app.hfapi.caller import Caller, refusal
from tests.models_app.hfapi.conftest import MakeRepo, caller_for
from tests.models_app.hub_state import hub_state

TALK = "/api/models/alice/tiny/discussions"


@pytest.fixture(autouse=True)
def _repo(repo: Repo) -> None:
    """Alice's public repo."""


def begin(by: Caller, title: str = "A question", **more: Any) -> int:
    response = by.post(TALK, {"title": title, "description": "Why **so**?", **more})
    assert response.status_code == 200
    number: int = response.json()["num"]
    return number


def details(by: Caller, number: int, query: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = by.get(f"{TALK}/{number}{query}").json()
    return answer


def comment_id(by: Caller, number: int) -> str:
    first: str = details(by, number)["events"][0]["id"]
    return first


def test_beginning_and_reading(stranger: Caller, nobody: Caller) -> None:
    response = stranger.post(TALK, {"title": "A question", "description": "Why **so**?", "pullRequest": False})
    assert response.json() == {
        "num": 1,
        "url": f"{settings.PUBLIC_URL}/alice/tiny/discussions/1",
        "pullRequest": False,
    }
    found = details(nobody, 1)
    assert found["createdAt"].endswith("Z")
    assert {name: found[name] for name in ("num", "title", "status", "isPullRequest", "repo")} == {
        "num": 1,
        "title": "A question",
        "status": "open",
        "isPullRequest": False,
        "repo": {"name": "alice/tiny", "type": "model"},
    }
    [event] = found["events"]
    assert (event["type"], event["author"]["name"]) == ("comment", "bob")
    assert len(event["id"]) == 24
    data = event["data"]
    assert (data["edited"], data["hidden"], data["history"]) == (False, False, [])
    assert (data["latest"]["raw"], data["latest"]["html"]) == (
        "Why **so**?",
        "<p>Why <strong>so</strong>?</p>\n",
    )


def test_html_of_comments_is_safe(stranger: Caller) -> None:
    number = begin(stranger, description="<script>alert(1)</script>\n\n<a href='javascript:1'>x</a> [card](README.md)")
    html = details(stranger, number)["events"][0]["data"]["latest"]["html"]
    assert "script" not in html
    assert 'href="/alice/tiny/blob/main/README.md"' in html


def test_every_change(owner: Caller, stranger: Caller) -> None:
    number = begin(stranger)
    at = f"{TALK}/{number}"
    said = owner.post(f"{at}/comment", {"comment": "Because."}).json()["newMessage"]
    assert said["data"]["latest"]["raw"] == "Because."
    edited = owner.post(f"{at}/comment/{said['id']}/edit", {"content": "Since."}).json()["updatedComment"]["data"]
    assert (edited["edited"], edited["latest"]["raw"]) == (True, "Since.")
    assert [version["raw"] for version in edited["history"]] == ["Because."]
    hidden = owner.post(f"{at}/comment/{said['id']}/hide").json()["updatedComment"]["data"]
    assert (hidden["hidden"], hidden["latest"]["raw"], hidden["history"]) == (True, "", [])
    title = stranger.post(f"{at}/title", {"title": "Solved"}).json()["newTitle"]
    assert (title["type"], title["data"]) == ("title-change", {"from": "A question", "to": "Solved"})
    status = owner.post(f"{at}/status", {"status": "closed", "comment": "Done."}).json()["newStatus"]
    assert (status["type"], status["data"]) == ("status-change", {"status": "closed"})
    kinds = [event["type"] for event in details(owner, number)["events"]]
    assert kinds == ["comment", "comment", "title-change", "comment", "status-change"]


def test_lists(owner: Caller, stranger: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discussions, "PAGE", 2)
    first, second = begin(stranger), begin(owner)
    pull = begin(stranger, pullRequest=True)
    owner.post(f"{TALK}/{second}/status", {"status": "closed"})

    def numbers(query: str = "") -> tuple[list[int], int, int]:
        page = owner.get(f"{TALK}{query}").json()
        return [found["num"] for found in page["discussions"]], page["count"], page["start"]

    assert numbers() == ([pull, second], 3, 0)
    assert numbers("?p=1") == ([first], 3, 2)
    assert numbers("?p=7") == ([], 3, 14)
    assert numbers("?type=pull_request") == ([pull], 1, 0)
    assert numbers("?type=discussion&status=open") == ([first], 1, 0)
    assert numbers("?status=open") == ([pull, first], 2, 0)
    assert numbers("?status=closed") == ([second], 1, 0)
    assert numbers("?status=draft") == ([pull], 1, 0)
    assert numbers("?author=BOB&type=all&status=all") == ([pull, first], 2, 0)
    assert numbers("?author=nobody") == ([], 0, 0)
    assert [found["isPullRequest"] for found in owner.get(TALK).json()["discussions"]] == [True, False]


@pytest.mark.parametrize("query", ["p=-1", "p=x", "p=²", "type=odd", "status=odd", "author=%00"])
def test_odd_lists(nobody: Caller, query: str) -> None:
    assert refusal(nobody.get(f"{TALK}?{query}"))[0] == 400


@pytest.mark.parametrize("count", [1, 9])
def test_a_list_is_a_fixed_number_of_queries(
    nobody: Caller, alice: User, repo: Repo, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for number in range(count):
        open_thread(actor=Actor(user=alice), kind="repo", key=repo.pk, title=f"Thread {number}", text="x")
    with django_assert_num_queries(4):  # the repo, the page, which are pull requests, the total
        assert nobody.get(TALK).json()["count"] == count


@pytest.mark.parametrize("count", [1, 9])
def test_a_thread_is_a_fixed_number_of_queries(
    nobody: Caller, stranger: Caller, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    number = begin(stranger)
    for _ in range(count):
        stranger.post(f"{TALK}/{number}/comment", {"comment": "More"})
    with django_assert_num_queries(5):  # the repo, the thread, its pull request, events, versions
        assert len(details(nobody, number)["events"]) == count + 1


BODIES: list[tuple[str, Any]] = [
    ("", {"title": "ab", "description": ""}),
    ("", {"title": "x" * 201, "description": ""}),
    ("", {"title": 3}),
    ("", {"title": "A title", "description": ["no"]}),
    ("", {"title": "A title", "description": "", "pullRequest": "yes"}),
    ("", {"title": "A title", "description": "x" * 20_001}),
    ("", []),
    ("/1/comment", {}),
    ("/1/comment", {"comment": " "}),
    ("/1/comment", {"comment": 7}),
    ("/1/title", {"title": "\x00\x00\x00"}),
    ("/1/status", {"status": "merged"}),
    ("/1/status", {"status": "closed", "comment": 7}),
    ("/1/status", {}),
]


@pytest.mark.parametrize(("below", "body"), BODIES)
def test_odd_bodies_change_nothing(stranger: Caller, below: str, body: Any) -> None:
    begin(stranger)
    before = hub_state()
    assert refusal(stranger.post(f"{TALK}{below}", body))[0] == 400
    assert hub_state() == before


WRITES = ["", "/1/comment", "/1/comment/{id}/edit", "/1/comment/{id}/hide", "/1/title", "/1/status", "/1/merge"]


@pytest.mark.parametrize("below", WRITES)
def test_who_may_only_read(nobody: Caller, reader: Caller, stranger: Caller, below: str) -> None:
    address = TALK + below.format(id=comment_id(stranger, begin(stranger)))
    before = hub_state()
    body = {"title": "Other", "comment": "hi", "content": "hi", "status": "closed"}
    assert refusal(nobody.post(address, body))[0] == 401
    assert refusal(reader.post(address, body))[0] in {403, 404}
    assert hub_state() == before


@pytest.mark.parametrize("below", ["/1/comment/{id}/edit", "/1/comment/{id}/hide", "/1/title", "/1/status"])
def test_what_is_not_yours(stranger: Caller, carol: User, below: str) -> None:
    address = TALK + below.format(id=comment_id(stranger, begin(stranger)))
    before = hub_state()
    body = {"title": "Other", "comment": "hi", "content": "hi", "status": "closed"}
    assert refusal(caller_for(carol).post(address, body))[0] == 403
    assert hub_state() == before


def test_what_is_not_there(stranger: Caller, make_repo: MakeRepo, owner: Caller) -> None:
    make_repo("other")
    begin(stranger)
    for address in (f"{TALK}/2", f"{TALK}/99999999999999999999", "/api/models/alice/other/discussions/1"):
        assert refusal(owner.get(address))[0] == 404
    for event in ("0" * 24, "f" * 24, "1", "x" * 24, f"{Event.objects.get().pk:024x}0"):
        assert refusal(owner.post(f"{TALK}/1/comment/{event}/hide"))[0] == 404
    assert refusal(owner.post(f"{TALK}/1/merge"))[0] == 404


def test_status_that_is_there_already(stranger: Caller) -> None:
    begin(stranger)
    assert refusal(stranger.post(f"{TALK}/1/status", {"status": "open"}))[0] == 409


def test_authors_who_left(stranger: Caller, nobody: Caller) -> None:
    begin(stranger)
    Thread.objects.update(author=None)
    Event.objects.update(author=None)
    found = details(nobody, 1)
    assert "author" not in found
    assert "author" not in found["events"][0]


def test_counted_in_the_profile(stranger: Caller, nobody: Caller, repo: Repo) -> None:
    begin(stranger)
    assert nobody.get("/api/users/bob/overview").json()["numDiscussions"] == 1
    Repo.objects.update(private=True)
    assert nobody.get("/api/users/bob/overview").json()["numDiscussions"] == 0
