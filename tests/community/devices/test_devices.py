"""Device login: who is let in, and everybody who is not."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from community.devices.models import DeviceLogin, DeviceRequest
from community.devices.rules import MAX_REQUESTS, MAX_TRIES, new_user_code, normal_user_code
from community.members.auth import actor_from_header
from community.members.errors import InvalidCredentials
from community.members.models import AccessToken, User
from tests.factories.members import AccessTokenFactory

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def as_alice(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def begin(**extra: str) -> dict[str, Any]:
    response = Client(headers={"User-Agent": "hf_hub/2.4.0"}).post("/oauth/device", {"client_id": "x"}, **extra)
    assert response.status_code == 200, response.content
    return response.json()


def send(fields: dict[str, str]) -> Any:
    return Client().post("/oauth/token", urlencode(fields), content_type="application/x-www-form-urlencoded")


def renew(grant: dict[str, Any]) -> Any:
    return send({"grant_type": "refresh_token", "refresh_token": grant["refresh_token"]})


def ask(device_code: str) -> Any:
    return send({"grant_type": GRANT, "device_code": device_code, "client_id": "x"})


def error_of(response: Any) -> str:
    assert response.status_code == 400
    assert response["Cache-Control"] == "no-store"
    assert response.json()["error_description"]
    return str(response.json()["error"])


def decide(client: Client, user_code: str, decision: str = "approve", kind: str = "write") -> Any:
    return client.post("/login/device/decide", {"user_code": user_code, "kind": kind, decision: ""})


def later(**fields: timedelta) -> None:
    """As if time had passed: the columns named move into the past."""
    for row in DeviceRequest.objects.all():
        for name, by in fields.items():
            if getattr(row, name) is not None:
                setattr(row, name, getattr(row, name) - by)
        row.save()


def logged_in(client: Client) -> dict[str, Any]:
    started = begin()
    decide(client, started["user_code"])
    return ask(started["device_code"]).json()


def test_the_whole_way(as_alice: Client, alice: User) -> None:
    started = begin()
    code = started["user_code"]
    assert (started["interval"], started["expires_in"]) == (5, 900)
    assert started["verification_uri"] == "http://127.0.0.1:8000/login/device"
    assert started["verification_uri_complete"] == f"http://127.0.0.1:8000/login/device?user_code={code}"
    assert error_of(ask(started["device_code"])) == "authorization_pending"

    page = as_alice.get(f"/login/device?user_code={code}").content.decode()
    assert f'value="{code}"' in page
    assert "hf_hub" not in page  # a link alone shows and decides nothing
    page = as_alice.post("/login/device", {"user_code": code.lower().replace("-", " ")}).content.decode()
    assert all(text in page for text in (code, "hf_hub/2.4.0", "127.0.0.1", "alice"))
    assert "another address" not in page
    assert "The program is signed in" in decide(as_alice, code).content.decode()

    answer = ask(started["device_code"]).json()
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 30 * 24 * 3600)
    actor = actor_from_header(f"Bearer {answer['access_token']}")
    token = AccessToken.objects.get()
    assert (actor.user, actor.token) == (alice, token)
    assert (token.kind, token.name.startswith(f"login-{code.lower()}-")) == ("write", True)
    assert timedelta(days=29) < token.expires_at - timezone.now() < timedelta(days=30)
    assert token.name in as_alice.get("/settings/tokens").content.decode()
    assert error_of(ask(started["device_code"])) == "expired_token"  # given once
    assert AccessToken.objects.count() == 1


def test_no_secret_is_kept(as_alice: Client) -> None:
    started = begin()
    assert started["device_code"] not in str(DeviceRequest.objects.values_list())
    decide(as_alice, started["user_code"])
    answer = ask(started["device_code"]).json()
    rows = str(list(DeviceLogin.objects.values_list())) + str(list(AccessToken.objects.values_list()))
    assert answer["refresh_token"] not in rows
    assert answer["access_token"] not in rows


def test_a_read_token(as_alice: Client) -> None:
    started = begin()
    decide(as_alice, started["user_code"], kind="read")
    ask(started["device_code"])
    assert AccessToken.objects.get().kind == "read"


def test_no(as_alice: Client) -> None:
    started = begin()
    assert "sent away" in decide(as_alice, started["user_code"], "deny").content.decode()
    assert error_of(ask(started["device_code"])) == "access_denied"
    assert decide(as_alice, started["user_code"]).status_code == 404  # no second thoughts
    assert not AccessToken.objects.exists()


def test_asking_too_often(as_alice: Client) -> None:
    started = begin()
    assert error_of(ask(started["device_code"])) == "authorization_pending"
    assert error_of(ask(started["device_code"])) == "slow_down"
    assert DeviceRequest.objects.get().interval == 10
    later(asked_at=timedelta(seconds=10))
    assert error_of(ask(started["device_code"])) == "authorization_pending"
    decide(as_alice, started["user_code"])
    assert ask(started["device_code"]).status_code == 200  # what is decided is told at once


def test_codes_expire(as_alice: Client) -> None:
    started = begin()
    later(expires_at=timedelta(minutes=15))
    assert error_of(ask(started["device_code"])) == "expired_token"
    assert as_alice.post("/login/device", {"user_code": started["user_code"]}).status_code == 422
    assert decide(as_alice, started["user_code"]).status_code == 404
    later(expires_at=timedelta(minutes=15))
    begin()
    assert DeviceRequest.objects.count() == 1  # old ones are removed on the way


def test_a_member_who_was_shut_out_meanwhile(as_alice: Client) -> None:
    started = begin()
    decide(as_alice, started["user_code"])
    User.objects.update(is_active=False)
    assert error_of(ask(started["device_code"])) == "authorization_pending"
    assert not AccessToken.objects.exists()


def test_visitors_sign_in_first_and_come_back(client: Client, db: None) -> None:
    assert client.get("/login/device?user_code=BCDF-GHJK")["Location"] == (
        "/accounts/login/?next=/login/device%3Fuser_code%3DBCDF-GHJK"
    )
    started = begin()
    assert decide(client, started["user_code"]).status_code == 302
    assert DeviceRequest.objects.get().state == "pending"


def test_a_token_lets_no_program_in(alice: User) -> None:
    started = begin()
    AccessTokenFactory(user=alice, text="hf_alice")
    client = Client(headers={"Authorization": "Bearer hf_alice"})
    assert decide(client, started["user_code"]).status_code == 302
    assert DeviceRequest.objects.get().state == "pending"


def test_the_decision_needs_the_csrf_token(alice: User) -> None:
    started = begin()
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert decide(client, started["user_code"]).status_code == 403
    assert DeviceRequest.objects.get().state == "pending"


def test_nobody_finds_codes_by_trying(as_alice: Client) -> None:
    started = begin()
    for _ in range(MAX_TRIES):
        assert as_alice.post("/login/device", {"user_code": "BBBB-BBBB"}).status_code == 422
    page = as_alice.post("/login/device", {"user_code": started["user_code"]})
    assert "Too many tries" in page.content.decode()
    assert decide(as_alice, started["user_code"]).status_code == 429
    assert DeviceRequest.objects.get().state == "pending"


def test_one_address_may_not_fill_the_table(db: None) -> None:
    for _ in range(MAX_REQUESTS):
        begin()
    assert Client().post("/oauth/device", {"client_id": "x"}).status_code == 429
    assert DeviceRequest.objects.count() == MAX_REQUESTS
    begin(REMOTE_ADDR="10.0.0.9")


def test_a_program_that_asks_from_elsewhere_is_pointed_out(as_alice: Client) -> None:
    started = begin(REMOTE_ADDR="203.0.113.5")
    page = as_alice.post("/login/device", {"user_code": started["user_code"]}).content.decode()
    assert "203.0.113.5" in page
    assert "another address" in page


def test_renewal(as_alice: Client) -> None:
    first = logged_in(as_alice)
    second = renew(first).json()
    assert AccessToken.objects.count() == 1
    actor_from_header(f"Bearer {second['access_token']}")
    with pytest.raises(InvalidCredentials):
        actor_from_header(f"Bearer {first['access_token']}")
    # The answer was lost: the same question, at once, is answered again.
    third = renew(first).json()
    actor_from_header(f"Bearer {third['access_token']}")


def test_a_refresh_token_that_is_used_again_later_shuts_everybody_out(as_alice: Client) -> None:
    first = logged_in(as_alice)
    assert renew(first).status_code == 200
    DeviceLogin.objects.update(renewed_at=timezone.now() - timedelta(minutes=2))
    assert error_of(renew(first)) == "invalid_grant"
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("change", ["revoked", "expired", "inactive"])
def test_no_renewal_for_those_who_are_out(as_alice: Client, change: str) -> None:
    first = logged_in(as_alice)
    if change == "revoked":
        as_alice.post(f"/settings/tokens/{AccessToken.objects.get().pk}/revoke")
    elif change == "expired":
        DeviceLogin.objects.update(expires_at=timezone.now())
    else:
        User.objects.update(is_active=False)
    assert error_of(renew(first)) == "invalid_grant"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange"}, "unsupported_grant_type"),
        ({"grant_type": GRANT}, "expired_token"),
        ({"grant_type": GRANT, "device_code": "x" * 5000}, "expired_token"),
        ({"grant_type": GRANT, "device_code": "nul\0"}, "expired_token"),
        ({"grant_type": "refresh_token"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "wrong"}, "invalid_grant"),
    ],
)
def test_refusals(db: None, body: dict[str, str], error: str) -> None:
    assert error_of(send(body)) == error
    assert error_of(Client().post("/oauth/token", body, content_type="application/json")) == error


@pytest.mark.parametrize("body", ["[]", '"x"', "5", "null"])
def test_json_that_is_no_object(db: None, body: str) -> None:
    response = Client().post("/oauth/token", body, content_type="application/json")
    assert error_of(response) == "unsupported_grant_type"


def test_codes() -> None:
    code = new_user_code()
    assert normal_user_code(code) == code
    assert normal_user_code(f" {code.replace('-', '').lower()} ") == code
    assert normal_user_code("") == "-"
