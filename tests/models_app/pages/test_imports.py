"""Imports in the browser."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from community.members.models import User
from models_app.imports.models import ImportJob
from models_app.repos.models import Repo
from tests.factories.members import NamespaceFactory

FORM = {
    "endpoint": "https://hub.example", "source": "them/tiny", "kind": "model", "owner": "alice", "name": "",
    "visibility": "public",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _endpoints(settings: Settings) -> None:
    settings.IMPORT_ENDPOINTS = ["https://hub.example"]


def make(user: User, number: int = 0, **fields: object) -> ImportJob:
    repo = Repo.objects.create(kind="model", namespace=user.namespace, name=f"r{number}", private=True)
    return ImportJob.objects.create(
        repo=repo, user=user, endpoint="https://hub.example", source_id="them/tiny", **fields
    )


@pytest.mark.parametrize(
    ("source", "source_id"),
    [("them/tiny", "them/tiny"), ("https://hub.example/them/tiny/", "them/tiny"), ("gpt2", "gpt2")],
)
def test_ask(as_alice: Client, source: str, source_id: str) -> None:
    response = as_alice.post("/import", FORM | {"source": source})
    job = ImportJob.objects.select_related("repo__namespace").get()
    assert (response.status_code, response["Location"]) == (302, f"/import/{job.pk}")
    assert (job.source_id, job.repo.full_id) == (source_id, f"alice/{source_id.rpartition('/')[2]}")
    assert (job.repo.private, job.private) == (True, False)
    page = as_alice.get(response["Location"]).content.decode()
    assert f'hx-get="/import/{job.pk}/live"' in page
    assert "It begins when a worker is free" in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"source": "../up"}, "is not the id of a repository"),
        ({"endpoint": "https://other.example"}, "not one of the available choices"),
        ({"owner": "bob"}, "not one of the available choices"),
        ({"name": "../x"}, "cannot be the name"),
        ({"source": ""}, "This field is required"),
    ],
)
def test_a_refusal_makes_nothing(as_alice: Client, bob: User, change: dict[str, str], sentence: str) -> None:
    response = as_alice.post("/import", FORM | change)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not ImportJob.objects.exists()
    assert not Repo.objects.exists()


def test_without_sources_there_is_no_form(as_alice: Client, settings: Settings) -> None:
    settings.IMPORT_ENDPOINTS = []
    page = as_alice.get("/import").content.decode()
    assert "No hub to import from" in page
    assert 'name="source"' not in page
    assert as_alice.post("/import", FORM).status_code == 422
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "running", "stage": "files", "files_total": 2, "bytes_total": 100, "bytes_done": 25},
         ["Fetching large files", 'value="25"', "every 2s"]),
        ({"state": "queued", "problem": "It answered 503."}, ["answered 503", "tried again by itself", "every 2s"]),
        ({"state": "failed", "problem": "Gated <b>."}, ["Gated &lt;b&gt;.", "Try again"]),
        ({"state": "cancelled"}, ["kept for another try", "Try again"]),
        ({"state": "done", "bytes_total": 1000}, ["Everything is here", "Open it"]),
    ],
)  # fmt: skip
def test_states(as_alice: Client, alice: User, fields: dict[str, object], words: list[str]) -> None:
    job = make(alice, **fields)
    for address in (f"/import/{job.pk}", f"/import/{job.pk}/live"):
        page = as_alice.get(address).content.decode()
        assert [word for word in words if word not in page] == []
    assert ("every 2s" in page) == ("every 2s" in words)


def test_cancel_and_retry(as_alice: Client, alice: User) -> None:
    job = make(alice)
    as_alice.post(f"/import/{job.pk}/cancel")
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert as_alice.post(f"/import/{job.pk}/cancel").status_code == 409
    as_alice.post(f"/import/{job.pk}/retry")
    job.refresh_from_db()
    assert job.state == "queued"


@pytest.mark.parametrize("below", ["", "/live", "/cancel", "/retry"])
def test_those_of_others_are_not_there(as_bob: Client, client: Client, alice: User, below: str) -> None:
    job = make(alice)
    method = "post" if below in {"/cancel", "/retry"} else "get"
    assert getattr(as_bob, method)(f"/import/{job.pk}{below}").status_code == 404
    assert getattr(as_bob, method)(f"/import/{job.pk + 1}{below}").status_code == 404
    assert client.get(f"/import/{job.pk}{below}")["Location"].startswith("/accounts/login/")
    assert "alice/r0" not in as_bob.get("/import").content.decode()
    job.refresh_from_db()
    assert job.state == "queued"


def test_a_card_says_where_it_came_from(client: Client, tiny: Repo) -> None:
    assert "Imported from" not in client.get("/alice/tiny").content.decode()
    Repo.objects.update(source_url="https://hub.example/them/tiny")
    assert 'href="https://hub.example/them/tiny"' in client.get("/alice/tiny").content.decode()


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_takes_a_fixed_number_of_queries(
    as_alice: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    NamespaceFactory.create_batch(count)
    for number in range(count):
        make(alice, number)
    with django_assert_num_queries(5):  # session, member, namespaces, imports, unread notifications
        as_alice.get("/import")
