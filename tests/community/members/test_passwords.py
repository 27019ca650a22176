"""A member's password is a credential for git alone."""

import base64

import pytest
from allauth.mfa.models import Authenticator
from django.test import RequestFactory
from pytest_django import Settings

from community.members.actors import Actor
from community.members.auth import identify
from community.members.errors import InvalidCredentials
from community.members.models import TokenKind, User
from community.members.services import create_access_token
from tests.factories.members import PASSWORD

REFERENCES = "/alice/tiny/info/refs"
GIT = [
    REFERENCES,
    "/alice/tiny.git/info/refs",
    "/datasets/alice/tiny.git/git-upload-pack",
    "/spaces/alice/tiny/git-receive-pack",
    "/alice/tiny.git/info/lfs/objects/batch",
]


def sign_in(name: str, password: str, path: str = REFERENCES) -> Actor:
    header = "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
    return identify(RequestFactory().get(path, headers={"Authorization": header}))


@pytest.mark.parametrize("path", GIT)
def test_name_and_password_at_git_s_addresses(alice: User, path: str) -> None:
    assert sign_in("alice", PASSWORD, path) == Actor(user=alice)
    assert sign_in("ALICE", PASSWORD, path) == Actor(user=alice)


@pytest.mark.parametrize(
    "path", ["/alice/tiny", "/api/whoami-v2", "/alice/info/refs", "/alice/tiny/resolve/main/info/refs", "/a/b/info/x"]
)
def test_nowhere_else(alice: User, path: str) -> None:
    with pytest.raises(InvalidCredentials):
        sign_in("alice", PASSWORD, path)


@pytest.mark.parametrize(
    ("name", "password"),
    [("alice", "wrong"), ("bob", PASSWORD), ("", PASSWORD), ("alice", ""), ("alice\0", PASSWORD), ("nobody", PASSWORD)],
)
def test_wrong_ones(alice: User, bob: User, name: str, password: str) -> None:
    bob.set_password("another password of his")
    bob.save()
    with pytest.raises(InvalidCredentials):
        sign_in(name, password)


def test_a_token_needs_no_name(alice: User) -> None:
    token, text = create_access_token(user=alice, name="git", kind=TokenKind.READ)
    assert sign_in("whoever", text) == Actor(user=alice, token=token)
    assert sign_in("", text) == Actor(user=alice, token=token)


def test_not_with_a_second_step(alice: User) -> None:
    """A password alone would lead around it."""
    Authenticator.objects.create(user=alice, type=Authenticator.Type.TOTP, data={"secret": "x"})
    with pytest.raises(InvalidCredentials):
        sign_in("alice", PASSWORD)


def test_not_who_may_not_sign_in(alice: User, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    with pytest.raises(InvalidCredentials):
        sign_in("alice", PASSWORD)
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(InvalidCredentials):
        sign_in("alice", PASSWORD)


def test_so_many_tries(alice: User) -> None:
    """After five wrong ones the right one waits as well, as on the page."""
    for _ in range(5):
        with pytest.raises(InvalidCredentials):
            sign_in("alice", "wrong")
    with pytest.raises(InvalidCredentials):
        sign_in("alice", PASSWORD)


def test_right_ones_do_not_count(alice: User) -> None:
    for _ in range(20):
        assert sign_in("alice", PASSWORD).user == alice
