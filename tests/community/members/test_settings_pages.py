"""Every page of accounts and settings renders, in the frame of the hub, for whom it is meant."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from community.members.models import User
from tests.factories.members import AccessTokenFactory, MembershipFactory, OrganizationFactory

MEMBER_PAGES = [
    "/settings/profile",
    "/settings/tokens",
    "/settings/tokens/new",
    "/settings/organizations",
    "/organizations/new",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/logout/",
    "/accounts/reauthenticate/",
]
VISITOR_PAGES = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/confirm-email/wrong/"]


@pytest.mark.parametrize("path", MEMBER_PAGES)
def test_members_see_their_pages(client: Client, alice: User, path: str) -> None:
    client.force_login(alice)
    page = client.get(path)
    assert page.status_code == 200
    assert page.content.decode().count("<main") == 1
    assert 'id="content"' in page.content.decode()


@pytest.mark.parametrize("path", MEMBER_PAGES[:5])
def test_visitors_are_sent_to_sign_in(client: Client, db: None, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.parametrize("path", VISITOR_PAGES)
def test_visitors_see_the_entrance(client: Client, db: None, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert '<div class="card entrance">' in page.content.decode()


@pytest.mark.parametrize("path", [*MEMBER_PAGES, *VISITOR_PAGES])
def test_no_page_has_inline_script_or_style(client: Client, alice: User, path: str) -> None:
    """The content security policy would block them."""
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True)
    if path in MEMBER_PAGES:
        client.force_login(alice)
    text = client.get(path).content.decode()
    assert " style=" not in text
    assert "<script>" not in text
    assert " onclick=" not in text


def test_the_address_of_settings_leads_to_the_profile(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/settings").headers["Location"] == "/settings/profile"
    assert client.get("/login?next=/x").headers["Location"] == "/accounts/login/?next=/x"
    assert client.get("/join").headers["Location"] == "/accounts/signup/"


def test_two_factor_pages_after_confirming_the_password(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get(reverse("mfa_activate_totp")).status_code == 302
    client.post("/accounts/reauthenticate/", {"password": "correct horse battery staple"})
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200
    assert 'class="qr"' in page.content.decode()
    assert client.get(reverse("mfa_add_webauthn")).status_code == 200
    assert client.get(reverse("mfa_list_webauthn")).status_code == 200


def test_profile_is_saved_and_its_language_used(client: Client, alice: User) -> None:
    client.force_login(alice)
    data = {
        "full_name": "Alice A.",
        "bio": "Trains small models.",
        "homepage": "https://a.example",
        "language": "zh-hans",
    }
    response = client.post("/settings/profile", data)
    assert response.headers["Location"] == "/settings/profile"
    assert response.cookies["django_language"].value == "zh-hans"
    alice.refresh_from_db()
    assert (alice.full_name, alice.bio, alice.homepage) == ("Alice A.", "Trains small models.", "https://a.example")


def test_a_wrong_profile_changes_nothing(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.post("/settings/profile", {"full_name": "x" * 121, "homepage": "javascript:alert(1)"})
    assert page.status_code == 200
    assert set(page.context["form"].errors) == {"full_name", "homepage"}
    alice.refresh_from_db()
    assert (alice.full_name, alice.homepage) == ("", "")


@pytest.mark.parametrize("count", [1, 12])
def test_lists_take_a_fixed_number_of_queries(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    lab = OrganizationFactory(name="lab", admin=alice)
    for _number in range(count):
        AccessTokenFactory(user=alice)
        MembershipFactory(organization=lab)
        OrganizationFactory(admin=alice)
    client.force_login(alice)
    with django_assert_num_queries(4):  # session, member, tokens, unread notifications
        client.get("/settings/tokens")
    with django_assert_num_queries(4):
        client.get("/settings/organizations")
    with django_assert_num_queries(5):
        client.get("/settings/organizations/lab")
    with django_assert_num_queries(4):
        client.get("/settings/tokens/new")
