"""The storage pages of members and organisations."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from community.members.actors import Actor
from community.members.models import Role, User
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from tests.factories.members import MembershipFactory, OrganizationFactory
from tests.models_app.pages.conftest import add_large, make_model

PAGE = "/settings/storage"


def test_own_storage(as_alice: Client, tiny: Repo, secret: Repo) -> None:
    page = as_alice.get(PAGE).content.decode()
    assert 'href="/alice/tiny"' in page
    assert 'href="/alice/secret"' in page
    assert "without a limit" in page
    assert page.index('href="/alice/tiny"') < page.index('href="/alice/secret"')  # the largest first
    assert 'href="/alice/tiny/settings/large-files"' in page


def test_a_limit(as_alice: Client, tiny: Repo, settings: Settings) -> None:
    settings.MEMBER_QUOTA_BYTES = 4000
    page = as_alice.get(PAGE).content.decode()
    assert "of 4.0 kB" in page
    assert "storage-bar__fill--full" not in page
    settings.MEMBER_QUOTA_BYTES = 1000
    page = as_alice.get(PAGE).content.decode()
    assert "storage-bar__fill--full" in page
    assert 'width="100.00%"' in page


def test_nobody_elses(client: Client, as_bob: Client, tiny: Repo) -> None:
    assert client.get(PAGE).url == f"/accounts/login/?next={PAGE}"
    page = as_bob.get(PAGE).content.decode()
    assert "tiny" not in page
    assert "Nothing stored yet" in page
    assert 'href="/new"' in page


def test_an_organisation_for_its_members(
    client: Client, as_alice: Client, as_bob: Client, alice: User, bob: User
) -> None:
    lab = OrganizationFactory(name="lab", admin=alice)
    create_repo(actor=Actor(user=alice), kind="model", namespace="lab", name="confidential", private=True)
    address = "/settings/organizations/lab/storage"
    assert client.get(address).status_code == 302
    refused = as_bob.get(address)
    assert (refused.status_code, "confidential" in refused.content.decode()) == (403, False)
    assert "/lab/confidential/settings/large-files" in as_alice.get(address).content.decode()
    MembershipFactory(organization=lab, user=bob, role=Role.READ)
    page = as_bob.get(address).content.decode()
    assert 'href="/lab/confidential"' in page
    assert "settings/large-files" not in page  # those are for writers
    assert as_bob.get("/settings/organizations/none/storage").status_code == 404
    assert f'href="{address}"' in as_bob.get("/settings/organizations/lab").content.decode()


@pytest.mark.parametrize("number", [1, 5])
def test_queries_do_not_grow(
    as_alice: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    for index in range(number):
        repo = make_model(alice, f"model-{index}")
        add_large(Actor(user=alice), repo, "weights.bin", bytes([index]) * 1000)
    as_alice.get(PAGE)
    with django_assert_num_queries(14):
        as_alice.get(PAGE)
