"""A gated repo in the browser: what strangers see, how they ask, what owners decide."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from community.members.actors import Actor
from community.members.models import User
from models_app.gitstore.repository import AddFile
from models_app.repos.access import ask_access, decide, set_gate
from models_app.repos.models import AccessRequest, Repo
from tests.factories.members import MemberFactory
from tests.models_app.hub_state import hub_state
from tests.models_app.pages.conftest import commit

CARD = b"""---
license: mit
extra_gated_heading: Before you go on
extra_gated_prompt: You may **not** sell it.
extra_gated_button_content: Let me in
extra_gated_fields:
  Affiliation: text
  Purpose:
    type: select
    options: [Research, {label: Teaching, value: t}]
  I am an adult: checkbox
---
# Gated
"""
ANSWERS = {"answer-0": "Zoo", "answer-1": "Teaching", "answer-2": "on", "agree": "on"}
CLOSED = ["/blob/main/README.md", "/blob/main/model.safetensors", "/blob/main/none", "/commit/main"]


@pytest.fixture
def gated(tiny: Repo, alice: User) -> Repo:
    commit(Actor(user=alice), tiny, AddFile("README.md", CARD))
    set_gate(actor=Actor(user=alice), repo=tiny, gate="manual")
    tiny.refresh_from_db()
    return tiny


@pytest.mark.parametrize("page", CLOSED)
def test_what_is_in_files_is_closed(
    client: Client, as_bob: Client, as_alice: Client, gated: Repo, alice: User, bob: User, page: str
):
    for visitor in (client, as_bob):
        response = visitor.get(f"/alice/tiny{page}")
        assert response.status_code == 403
        assert "Before you go on" in response.content.decode()
    ask_access(actor=Actor(user=bob), repo=gated, answers={})
    decide(actor=Actor(user=alice), repo=gated, which={"user": bob}, status="accepted")
    for visitor in (as_bob, as_alice):
        assert visitor.get(f"/alice/tiny{page}").status_code == (404 if "none" in page else 200)
    decide(actor=Actor(user=alice), repo=gated, which={"user": bob}, status="rejected", reason="Sorry")
    assert "They say: Sorry" in as_bob.get(f"/alice/tiny{page}").content.decode()


@pytest.mark.parametrize("page", ["", "/tree/main", "/commits/main", "/evaluation"])
def test_the_rest_is_open(client: Client, as_bob: Client, gated: Repo, page: str):
    for visitor in (client, as_bob):
        response = visitor.get(f"/alice/tiny{page}")
        assert response.status_code == 200
        assert "/resolve/main/model.safetensors" not in response.content.decode()


def test_the_gate_shows_the_conditions_of_the_card(client: Client, as_bob: Client, gated: Repo):
    page = as_bob.get("/alice/tiny").content.decode()
    for text in (
        "Before you go on",
        "<strong>not</strong> sell",
        "Let me in",
        "Affiliation",
        "Teaching",
        "I am an adult",
    ):
        assert text in page
    stranger = client.get("/alice/tiny").content.decode()
    assert "/accounts/login/?next=/alice/tiny" in stranger
    assert "ask-access" not in stranger


def test_asking(as_bob: Client, gated: Repo, bob: User):
    response = as_bob.post("/alice/tiny/ask-access", ANSWERS)
    assert (response.status_code, response["Location"]) == (302, "/alice/tiny")
    (asked,) = AccessRequest.objects.all()
    assert (asked.user, asked.status, asked.asked) == (bob, "pending", True)
    assert asked.fields == {"Affiliation": "Zoo", "Purpose": "Teaching", "I am an adult": "yes"}
    page = as_bob.get("/alice/tiny").content.decode()
    assert "waiting for the owners" in page
    assert "ask-access" not in page


def test_an_automatic_gate_opens_at_once(as_bob: Client, gated: Repo, alice: User):
    set_gate(actor=Actor(user=alice), repo=gated, gate="auto")
    as_bob.post("/alice/tiny/ask-access", ANSWERS)
    assert AccessRequest.objects.get().status == "accepted"
    assert "Before you go on" not in as_bob.get("/alice/tiny").content.decode()
    assert as_bob.get("/alice/tiny/blob/main/README.md").status_code == 200


@pytest.mark.parametrize("missing", ANSWERS)
def test_nothing_may_be_left_out(as_bob: Client, gated: Repo, missing: str):
    answers = {name: value for name, value in ANSWERS.items() if name != missing}
    assert as_bob.post("/alice/tiny/ask-access", answers).status_code == 422
    assert as_bob.post("/alice/tiny/ask-access", ANSWERS | {"answer-1": "Sale"}).status_code == 422
    assert not AccessRequest.objects.exists()


def test_who_needs_not_ask(client: Client, as_alice: Client, as_bob: Client, gated: Repo, secret: Repo):
    assert client.post("/alice/tiny/ask-access", ANSWERS)["Location"].startswith("/accounts/login/")
    assert as_alice.post("/alice/tiny/ask-access", ANSWERS).status_code == 302
    assert as_bob.post("/alice/secret/ask-access", ANSWERS).status_code == 404
    assert not AccessRequest.objects.exists()


def test_owners_decide(as_alice: Client, as_bob: Client, gated: Repo):
    as_bob.post("/alice/tiny/ask-access", ANSWERS)
    page = as_alice.get("/alice/tiny/settings/access").content.decode()
    for text in ("bob@example.org", "Affiliation", "Zoo"):
        assert text in page
    asked = AccessRequest.objects.get()
    body = {"request": asked.pk, "status": "accepted"}
    assert as_alice.post("/alice/tiny/settings/access/decide", body).status_code == 302
    assert as_bob.get("/alice/tiny/blob/main/README.md").status_code == 200
    accepted = as_alice.get("/alice/tiny/settings/access?status=accepted").content.decode()
    assert "bob@example.org" in accepted
    assert "Nobody is waiting" in as_alice.get("/alice/tiny/settings/access").content.decode()


def test_letting_in(as_alice: Client, as_bob: Client, gated: Repo):
    assert as_alice.post("/alice/tiny/settings/access/grant", {"user": "Bob"}).status_code == 302
    assert as_bob.get("/alice/tiny/blob/main/README.md").status_code == 200
    page = as_alice.get("/alice/tiny/settings/access?status=accepted").content.decode()
    assert "bob@example.org" not in page
    before = hub_state()
    for name in ("bob", "nobody", "", "nul\0"):
        assert as_alice.post("/alice/tiny/settings/access/grant", {"user": name}).status_code == 422
    assert hub_state() == before


@pytest.mark.parametrize("body", [{}, {"request": "x", "status": "accepted"}, {"request": 1, "status": "open"}])
def test_no_decision(as_alice: Client, gated: Repo, body: dict[str, str]):
    assert as_alice.post("/alice/tiny/settings/access/decide", body).status_code == 400


def test_others_see_and_decide_nothing(client: Client, as_bob: Client, gated: Repo):
    as_bob.post("/alice/tiny/ask-access", ANSWERS)
    before = hub_state()
    body = {"request": AccessRequest.objects.get().pk, "status": "accepted"}
    for visitor, status in ((client, 302), (as_bob, 403)):
        assert visitor.get("/alice/tiny/settings/access").status_code == status
        assert visitor.post("/alice/tiny/settings/access/decide", body).status_code == status
        assert visitor.post("/alice/tiny/settings/access/grant", {"user": "bob"}).status_code == status
        assert visitor.post("/alice/tiny/settings/gate", {"gate": ""}).status_code == status
    assert hub_state() == before


def test_the_list_costs_the_same_at_any_length(
    as_alice: Client, gated: Repo, django_assert_num_queries: DjangoAssertNumQueries
):
    def ask(count: int) -> None:
        for _ in range(count):
            ask_access(actor=Actor(user=MemberFactory()), repo=gated, answers={})

    ask(1)
    as_alice.get("/alice/tiny/settings/access")
    with django_assert_num_queries(9) as few:
        as_alice.get("/alice/tiny/settings/access")
    ask(12)
    with django_assert_num_queries(len(few.captured_queries)):
        as_alice.get("/alice/tiny/settings/access")


def test_the_gate_is_set_in_the_settings(as_alice: Client, tiny: Repo):
    assert as_alice.post("/alice/tiny/settings/gate", {"gate": "auto"}).status_code == 302
    tiny.refresh_from_db()
    assert tiny.gated == "auto"
    assert as_alice.post("/alice/tiny/settings/gate", {"gate": "wall"}).status_code == 422
    assert "gated" in as_alice.get("/alice/tiny").content.decode()
    as_alice.post("/alice/tiny/settings/gate", {"gate": ""})
    tiny.refresh_from_db()
    assert tiny.gated == ""
