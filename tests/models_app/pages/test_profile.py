from django.test import Client
from pytest_django import DjangoAssertNumQueries

from community.members.models import Role, User
from models_app.repos.models import Repo
from tests.factories.checkpoints import RepoFactory
from tests.factories.members import MembershipFactory, OrganizationFactory


def test_a_member(client: Client, alice: User, tiny: Repo):
    alice.full_name, alice.bio = "Alice Chen", "Likes <b>gardens</b>."
    alice.save()
    page = client.get("/alice").content.decode()
    assert "Alice Chen" in page
    assert "Likes &lt;b&gt;gardens&lt;/b&gt;." in page
    assert 'href="/alice/tiny"' in page


def test_an_organisation(client: Client, as_alice: Client, alice: User, bob: User):
    organization = OrganizationFactory(name="lab", admin=alice)
    MembershipFactory(organization=organization, user=bob, role=Role.READ)
    page = client.get("/lab").content.decode()
    assert 'href="/alice"' in page
    assert 'href="/bob"' in page
    assert "/settings/organizations/lab" not in page
    assert "/settings/organizations/lab" in as_alice.get("/lab").content.decode()


def test_nobody(client: Client, db: None):
    assert client.get("/nobody").status_code == 404


def test_somebody_who_left(client: Client, alice: User):
    alice.is_active = False
    alice.save()
    assert client.get("/alice").status_code == 404


def test_a_fixed_number_of_queries(client: Client, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries):
    for size in (1, 20):
        RepoFactory.create_batch(size, creator=alice)
        with django_assert_max_num_queries(10):
            client.get("/alice")
