"""Who is asking: tokens, capabilities and sessions at the front door."""

import base64
import time
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from community.members import services
from community.members.capabilities import issue_capability
from community.members.models import AccessToken, TokenKind, User
from tests.factories.members import PASSWORD

pytestmark = pytest.mark.urls("tests.community.members.echo_urls")
REFUSAL = "Invalid credentials in Authorization header"
NOBODY = {"user": None, "token": None, "capability": None}


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.fixture
def token(alice: User) -> tuple[AccessToken, str]:
    return services.create_access_token(user=alice, name="laptop", kind=TokenKind.READ)


def assert_refused(client: Client, headers: dict[str, str]) -> None:
    for path in ("/api/echo", "/echo", "/settings/tokens"):
        response = client.get(path, headers=headers)
        assert response.status_code == 401
        assert response.headers["X-Error-Message"] == REFUSAL
        assert response.json() == {"error": REFUSAL, "message": REFUSAL, "code": "invalid_credentials"}


def test_nobody(client: Client, db: None) -> None:
    assert client.get("/api/echo").content == b""
    assert client.get("/echo").json() == NOBODY


def test_a_token_as_bearer_or_as_gits_password(client: Client, token: tuple[AccessToken, str]) -> None:
    for headers in (bearer(token[1]), basic("alice", token[1]), basic("whoever", token[1])):
        for path in ("/api/echo", "/echo"):
            assert client.get(path, headers=headers).json() == NOBODY | {"user": "alice", "token": "laptop"}


def test_an_account_password_is_no_credential(client: Client, alice: User) -> None:
    assert_refused(client, basic("alice", PASSWORD))


@pytest.mark.parametrize(
    "header",
    [
        "Bearer hf_wrong",
        "Bearer",
        "Bearer ",
        "Basic !!!",
        "Basic",
        "Digest x",
        "x",
        "Basic /w==",
        "Bearer cap_x",
        "cap_",
    ],
)
def test_a_wrong_header_is_never_anonymous(client: Client, token: tuple[AccessToken, str], header: str) -> None:
    assert_refused(client, {"Authorization": header})


def test_git_is_asked_again_for_a_password(client: Client, db: None) -> None:
    assert client.get("/echo", headers=basic("alice", "hf_x")).headers["WWW-Authenticate"] == 'Basic realm="hub"'
    assert client.get("/echo", headers=bearer("hf_x")).headers["WWW-Authenticate"] == "Bearer"


def test_a_wrong_header_wins_over_a_session(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert_refused(client, bearer("hf_wrong"))


def test_expired_revoked_and_inactive(client: Client, alice: User, token: tuple[AccessToken, str]) -> None:
    row, text = token
    AccessToken.objects.filter(pk=row.pk).update(expires_at=timezone.now() + timedelta(minutes=1))
    assert client.get("/echo", headers=bearer(text)).status_code == 200
    AccessToken.objects.filter(pk=row.pk).update(expires_at=timezone.now())
    assert_refused(client, bearer(text))

    AccessToken.objects.filter(pk=row.pk).update(expires_at=None)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert_refused(client, bearer(text))

    User.objects.filter(pk=alice.pk).update(is_active=True)
    services.revoke_access_token(user=alice, token_id=row.pk)
    assert_refused(client, bearer(text))


def test_last_use_is_noted_once_a_minute(client: Client, token: tuple[AccessToken, str]) -> None:
    row, text = token

    def last_used() -> object:
        return AccessToken.objects.values_list("last_used_at", flat=True).get(pk=row.pk)

    assert last_used() is None
    client.get("/echo", headers=bearer(text))
    first = last_used()
    assert first is not None
    client.get("/echo", headers=bearer(text))
    assert last_used() == first
    earlier = timezone.now() - timedelta(seconds=61)
    AccessToken.objects.filter(pk=row.pk).update(last_used_at=earlier)
    client.get("/echo", headers=bearer(text))
    assert last_used() != earlier


def test_a_wrong_token_is_not_noted(client: Client, token: tuple[AccessToken, str]) -> None:
    assert_refused(client, bearer(token[1] + "x"))
    assert AccessToken.objects.get().last_used_at is None


def test_a_changed_secret_key_is_told_to_the_operator_only(
    client: Client, token: tuple[AccessToken, str], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SECRET_KEY = "another key"
    assert_refused(client, bearer(token[1]))
    messages = [record.getMessage() for record in caplog.records if record.name == "community.members.auth"]
    assert messages[0].startswith(
        f"A token ending in {token[1][-4:]} was refused: it was made under another HUB_SECRET"
    )
    assert token[1] not in caplog.text


def test_an_unknown_token_is_not_blamed_on_the_key(
    client: Client, token: tuple[AccessToken, str], caplog: pytest.LogCaptureFixture
) -> None:
    assert_refused(client, bearer("hf_" + "x" * 34))
    assert not [record for record in caplog.records if record.name == "community.members.auth"]


def test_a_capability_opens_its_subject_for_its_time(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    text = issue_capability(subject="repo:7", right="write", seconds=60)
    for headers in (bearer(f"cap_{text}"), basic("any", f"cap_{text}")):
        assert client.get("/api/echo", headers=headers).json() == NOBODY | {"capability": ["repo:7", "write"]}
    later = time.time() + 60
    monkeypatch.setattr(time, "time", lambda: later)
    assert_refused(client, bearer(f"cap_{text}"))


def test_a_forged_capability_is_refused(client: Client, db: None) -> None:
    text = issue_capability(subject="repo:7", right="read", seconds=60)
    payload, _, signature = text.partition(":")
    other = issue_capability(subject="repo:8", right="read", seconds=60).partition(":")[0]
    signed_elsewhere = signing.dumps({"s": "repo:7", "r": "write", "e": 2**40}, salt="another purpose")
    for forged in (text[:-1], f"{other}:{signature}", payload, "", signed_elsewhere):
        assert_refused(client, bearer(f"cap_{forged}"))


def test_a_capability_without_prefix_is_no_token(client: Client, db: None) -> None:
    assert_refused(client, bearer(issue_capability(subject="repo:7", right="read", seconds=60)))


def test_sessions_need_the_csrf_token_and_tokens_do_not(alice: User, token: tuple[AccessToken, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    refused = client.post("/api/echo")
    assert refused.status_code == 403
    assert refused.json()["error"].startswith("CSRF check failed")

    client.get("/accounts/email/")  # any page with a form sets the cookie
    cookie = client.cookies["csrftoken"].value
    assert client.post("/api/echo", headers={"X-CSRFToken": cookie}).json() == NOBODY | {"user": "alice"}

    stranger = Client(enforce_csrf_checks=True)
    assert stranger.post("/api/echo", headers=bearer(token[1])).json() == NOBODY | {"user": "alice", "token": "laptop"}


def test_the_actor_costs_one_query(
    client: Client, token: tuple[AccessToken, str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/api/echo", headers=bearer(token[1]))  # notes the use
    with django_assert_num_queries(1):
        client.get("/api/echo", headers=bearer(token[1]))
