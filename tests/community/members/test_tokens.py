"""Access tokens: made, shown once, limited, revoked."""

import re
from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.test import Client
from django.utils import timezone

from community.members import services
from community.members.errors import InvalidToken, TokenNameTaken
from community.members.models import AccessToken, TokenKind, User
from tests.factories.members import AccessTokenFactory, OrganizationFactory

TOKEN = re.compile(r"hf_[A-Za-z]{34}")


def make(user: User, **given: object) -> tuple[AccessToken, str]:
    return services.create_access_token(**{"user": user, "name": "laptop", "kind": TokenKind.WRITE} | given)


def scoped(name: str, *permissions: str) -> dict[str, object]:
    return {"global": [], "scoped": [{"entity": {"type": "user", "name": name}, "permissions": list(permissions)}]}


def test_only_a_fingerprint_is_kept(alice: User) -> None:
    _token, text = make(alice)
    assert TOKEN.fullmatch(text)
    row = AccessToken.objects.values().get()
    assert row["hint"] == text[-4:]
    assert not [value for value in row.values() if text in str(value) or text[3:] in str(value)]


def test_two_tokens_differ(alice: User) -> None:
    assert make(alice)[1] != make(alice, name="desktop")[1]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": " "}, "Give the token a name of at most 96 characters."),
        ({"name": "x" * 97}, "Give the token a name of at most 96 characters."),
        ({"kind": "root"}, "A token is of kind read, write or fineGrained."),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "A token must expire in the future."),
        ({"scopes": scoped("alice", "repo.write")}, "Choose what a fine-grained token may do"),
        ({"kind": TokenKind.FINE_GRAINED}, "Choose what a fine-grained token may do"),
        ({"kind": TokenKind.FINE_GRAINED, "scopes": scoped("alice")}, "Choose at least one thing"),
        ({"kind": TokenKind.FINE_GRAINED, "scopes": scoped("alice", "root")}, "a permission that does not exist"),
        ({"kind": TokenKind.FINE_GRAINED, "scopes": {"global": ["repo.write"]}}, "a permission that does not exist"),
        ({"kind": TokenKind.FINE_GRAINED, "scopes": scoped("bob", "repo.write")}, "You do not belong to “bob”."),
    ],
)
def test_what_is_refused_makes_no_token(alice: User, bob: User, given: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidToken, match=sentence):
        make(alice, **given)
    assert not AccessToken.objects.exists()


def test_names_are_once_per_member(alice: User, bob: User) -> None:
    make(alice)
    make(bob)
    with pytest.raises(TokenNameTaken):
        make(alice)
    assert AccessToken.objects.count() == 2


def test_the_page_shows_the_token_once(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.post("/settings/tokens/new", {"name": "laptop", "kind": "write", "expires": "30"})
    texts = set(TOKEN.findall(page.content.decode()))
    assert len(texts) == 1
    assert "no-store" in page.headers["Cache-Control"]
    text = texts.pop()
    token = AccessToken.objects.get()
    assert (token.kind, token.scopes) == ("write", {})
    assert token.expires_at is not None
    assert timedelta(days=29) < token.expires_at - timezone.now() < timedelta(days=30)
    listing = client.get("/settings/tokens").content.decode()
    assert text not in listing
    assert f"hf_…{text[-4:]}" in listing
    assert client.get("/", headers={"Authorization": f"Bearer {text}"}).status_code != 401


def test_a_repeated_post_makes_no_second_token(client: Client, alice: User) -> None:
    client.force_login(alice)
    data = {"name": "laptop", "kind": "read", "expires": "never"}
    client.post("/settings/tokens/new", data)
    page = client.post("/settings/tokens/new", data)
    assert page.context["form"].non_field_errors() == ["You already have a token called “laptop”."]
    assert AccessToken.objects.get().expires_at is None


def test_a_fine_grained_token_from_the_page(client: Client, alice: User) -> None:
    OrganizationFactory(name="lab", admin=alice)
    OrganizationFactory(name="others")
    client.force_login(alice)
    form = client.get("/settings/tokens/new").context["form"]
    assert [group for group, _boxes in form.permission_groups()] == ["alice", "lab", "The whole hub"]
    permissions = ["repo.content.read:alice", "repo.content.read:lab", "repo.write:lab", "evaluation.work"]
    data = {"name": "ci", "kind": "fineGrained", "expires": "7", "permissions": permissions}
    client.post("/settings/tokens/new", data)
    assert AccessToken.objects.get().scopes == {
        "global": ["evaluation.work"],
        "scoped": [
            {"entity": {"type": "user", "name": "alice"}, "permissions": ["repo.content.read"]},
            {"entity": {"type": "org", "name": "lab"}, "permissions": ["repo.content.read", "repo.write"]},
        ],
    }


@pytest.mark.parametrize("permissions", [[], ["repo.write:others"]])
def test_a_fine_grained_token_without_a_right_of_ones_own(client: Client, alice: User, permissions: list[str]) -> None:
    OrganizationFactory(name="others")
    client.force_login(alice)
    data = {"name": "ci", "kind": "fineGrained", "expires": "7", "permissions": permissions}
    assert client.post("/settings/tokens/new", data).context["form"].errors
    assert not AccessToken.objects.exists()


def test_revoking_asks_first(client: Client, alice: User) -> None:
    token = AccessTokenFactory(user=alice, name="laptop")
    client.force_login(alice)
    assert "Revoke “laptop”?" in client.get(f"/settings/tokens/{token.pk}/revoke").content.decode()
    assert AccessToken.objects.exists()
    assert client.post(f"/settings/tokens/{token.pk}/revoke").headers["Location"] == "/settings/tokens"
    assert not AccessToken.objects.exists()


def test_tokens_of_others_do_not_exist(client: Client, alice: User, bob: User) -> None:
    token = AccessTokenFactory(user=alice)
    client.force_login(bob)
    for response in (
        client.get(f"/settings/tokens/{token.pk}/revoke"),
        client.post(f"/settings/tokens/{token.pk}/revoke"),
    ):
        assert response.status_code == 404
    assert client.post("/settings/tokens/999/revoke").status_code == 404
    assert AccessToken.objects.get() == token


def test_a_token_cannot_manage_tokens(client: Client, alice: User) -> None:
    text = make(alice)[1]
    data = {"name": "more", "kind": "write", "expires": "never"}
    response = client.post("/settings/tokens/new", data, headers={"Authorization": f"Bearer {text}"})
    assert response.headers["Location"].startswith("/accounts/login/")
    assert AccessToken.objects.count() == 1


def test_csrf_guards_the_settings(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    data = {"name": "laptop", "kind": "write", "expires": "never"}
    assert client.post("/settings/tokens/new", data).status_code == 403
    assert not AccessToken.objects.exists()


def test_the_check_names_tokens_of_another_key(alice: User) -> None:
    make(alice)
    assert not [message for message in run_checks(databases=["default"]) if message.id == "community.W001"]
    AccessTokenFactory(user=alice, pepper_id="0123456789abcdef")
    (warning,) = [message for message in run_checks(databases=["default"]) if message.id == "community.W001"]
    assert warning.msg == "1 access tokens were made under another HUB_SECRET_KEY and are refused."
