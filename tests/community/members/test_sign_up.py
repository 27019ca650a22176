"""Sign up, sign in, sign out, forgotten passwords: allauth's pages with the hub's rules."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user
from django.core.mail import EmailMessage
from django.test import Client, override_settings

from community.members import services
from community.members.models import Namespace, User
from tests.factories.members import PASSWORD, OrganizationFactory

DAVE = {"username": "Dave", "email": "dave@example.org", "password1": PASSWORD}


def sign_up(client: Client, **changed: str) -> list[str]:
    """The sentences of the form; none when the member was made."""
    page = client.post("/accounts/signup/", DAVE | changed)
    if page.status_code == 302:
        return []
    return [sentence for sentences in page.context["form"].errors.values() for sentence in sentences]


def test_signing_up_makes_a_member_and_a_namespace(client: Client, db: None) -> None:
    response = client.post("/accounts/signup/?next=/models", DAVE | {"next": "/models"})
    assert response.headers["Location"] == "/models"
    member = User.objects.select_related("namespace").get()
    assert (member.username, member.email) == ("Dave", "dave@example.org")
    assert member.namespace is not None
    assert member.namespace.name == "Dave"
    assert member.check_password(PASSWORD)
    assert EmailAddress.objects.get().email == "dave@example.org"
    assert get_user(client) == member  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("-dave", "A name must use alphanumeric chars, '-', '_' or '.'. The name cannot start or end with '-' or '.'"),
        ("dave@example.org", "A name must use alphanumeric chars"),
        ("d" * 97, "A name must use alphanumeric chars"),
        ("da--ve", "Cannot have -- or .. in a name: 'da--ve'."),
        ("dave.git", "A name cannot end by '.git' or '.ipynb': 'dave.git'."),
        ("Settings", "The name 'Settings' is reserved. Choose another one."),
        ("ALICE", "The name “ALICE” is taken. Choose another one."),
        ("lab", "The name “lab” is taken. Choose another one."),
    ],
)
def test_bad_names(client: Client, alice: User, name: str, sentence: str) -> None:
    OrganizationFactory(name="Lab")
    (said,) = sign_up(client, username=name)
    assert said.startswith(sentence)
    assert User.objects.get() == alice
    assert Namespace.objects.count() == 2


def test_bad_passwords_and_addresses(client: Client, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True)
    assert sign_up(client, password1="12345678") == ["This password is too common."]
    assert sign_up(client, password1="dave") != []
    assert sign_up(client, email="not an address") == ["Enter a valid email address."]
    assert sign_up(client, email="ALICE@example.org") == ["A user is already registered with this email address."]
    assert User.objects.get() == alice


def test_a_race_for_a_name_ends_in_the_form(client: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both looked before either wrote: the constraint decides, and the slower one reads a sentence."""
    monkeypatch.setattr(services, "check_name", lambda _name: None)
    assert sign_up(client, username="ALICE") == ["The name “ALICE” is taken. Choose another one."]
    assert User.objects.get() == alice
    assert Namespace.objects.count() == 1
    assert not EmailAddress.objects.exists()


@pytest.mark.parametrize("login", ["alice", "ALICE", "alice@example.org"])
def test_signing_in_and_out(client: Client, alice: User, login: str) -> None:
    response = client.post("/accounts/login/", {"login": login, "password": PASSWORD})
    assert response.headers["Location"] == "/"
    assert get_user(client) == alice  # type: ignore[arg-type]
    assert client.get("/accounts/logout/").status_code == 200
    assert get_user(client) == alice  # type: ignore[arg-type]  # asking is not doing
    client.post("/accounts/logout/")
    assert get_user(client).is_anonymous  # type: ignore[arg-type]


def test_signing_in_brings_the_language_along(client: Client, alice: User) -> None:
    User.objects.update(language="zh-hans")
    response = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "zh-hans"


def test_a_wrong_password(client: Client, alice: User) -> None:
    page = client.post("/accounts/login/", {"login": "alice", "password": "wrong"})
    assert page.context["form"].non_field_errors() == ["The username and/or password you specified are not correct."]
    assert get_user(client).is_anonymous  # type: ignore[arg-type]


def test_inactive_members_cannot_sign_in(client: Client, alice: User) -> None:
    User.objects.update(is_active=False)
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert get_user(client).is_anonymous  # type: ignore[arg-type]


def test_guessing_passwords_is_stopped(client: Client, alice: User) -> None:
    for _attempt in range(5):
        client.post("/accounts/login/", {"login": "alice", "password": "wrong"})
    page = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert page.context["form"].non_field_errors() == ["Too many failed login attempts. Try again later."]
    assert get_user(client).is_anonymous  # type: ignore[arg-type]


def test_too_many_sign_ups_get_a_page(client: Client, db: None) -> None:
    for _attempt in range(20):
        client.post("/accounts/signup/", {})
    page = client.post("/accounts/signup/", DAVE)
    assert page.status_code == 429
    assert "Too many requests" in page.content.decode()
    assert not User.objects.exists()


@override_settings(PUBLIC_URL="https://hub.example/base", HUB_NAME="Garden")
def test_links_in_mails_lead_to_the_public_address(client: Client, alice: User, mailoutbox: list[EmailMessage]) -> None:
    client.post("/accounts/password/reset/", {"email": alice.email}, headers={"Host": "localhost:1"})
    (mail,) = mailoutbox
    assert mail.subject.startswith("[Garden] ")
    assert "localhost" not in mail.body
    (link,) = re.findall(r"https://hub\.example/base(/accounts/password/reset/key/\S+)", mail.body)
    page = client.get(link, follow=True)
    assert page.status_code == 200
    new = "a new battery staple"
    client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    alice.refresh_from_db()
    assert alice.check_password(new)


def test_an_address_is_confirmed_by_its_mail(client: Client, db: None, mailoutbox: list[EmailMessage]) -> None:
    assert sign_up(client) == []
    (link,) = re.findall(re.escape(settings.PUBLIC_URL) + r"(/accounts/confirm-email/\S+)", mailoutbox[0].body)
    assert "Confirm" in client.get(link).content.decode()
    assert not EmailAddress.objects.get().verified
    client.post(link)
    assert EmailAddress.objects.get().verified


def test_csrf_guards_sign_in(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/accounts/login/", {"login": "alice", "password": PASSWORD}).status_code == 403
    assert get_user(client).is_anonymous  # type: ignore[arg-type]
