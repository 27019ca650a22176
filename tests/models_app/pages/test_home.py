from datetime import timedelta

from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from community.governance.models import Proposal
from community.members.models import User
from community.members.services import create_member
from models_app.repos.models import Repo
from tests.factories.checkpoints import RepoFactory


def test_an_empty_hub_says_how_to_begin(client: Client, as_alice: Client):
    assert "hf upload me/my-model" in client.get("/").content.decode()
    assert "hf upload alice/my-model" in as_alice.get("/").content.decode()


def test_newest_models_and_numbers(client: Client, tiny: Repo, secret: Repo):
    page = client.get("/").content.decode()
    assert 'href="/alice/tiny"' in page
    assert "<dt>Models</dt><dd>1</dd>" in page  # the private one is not counted


def test_service_accounts_are_no_members(client: Client, alice: User):
    create_member(username="robot", email="", password=None)
    assert "<dt>Members</dt><dd>1</dd>" in client.get("/").content.decode()


def test_a_fixed_number_of_queries(client: Client, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries):
    for size in (1, 20):
        RepoFactory.create_batch(size, creator=alice)
        with django_assert_max_num_queries(7):
            client.get("/")


def test_what_is_being_decided_the_next_deadline_first(client: Client, alice: User):
    assert "Being decided" not in client.get("/").content.decode()
    now = timezone.now()
    for title, state, days in (
        ("Later", "discussion", 9),
        ("Sooner", "notice", 2),
        ("Unseen", "draft", None),
        ("Over", "withdrawn", 1),
    ):
        due = now + timedelta(days=days) if days else None
        Proposal.objects.create(kind="ordinary", title=title, author=alice, state=state, due_at=due)
    page = client.get("/").content.decode()
    section = page[page.index("Being decided") :]
    assert section.index("Objections are taken until then: Sooner") < section.index("The text is frozen: Later")
    assert "Unseen" not in page
    assert "Over" not in section


def test_every_page_is_free_of_inline_code(client: Client, tiny: Repo):
    for path in ("/", "/alice", "/alice/tiny", "/alice/tiny/tree/main", "/alice/tiny/blob/main/config.json", "/nobody"):
        page = client.get(path).content.decode()
        assert " style=" not in page, path
        assert " onclick=" not in page, path
        assert "<script>" not in page, path
