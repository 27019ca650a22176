"""Rate limits: what is counted together, what the headers say, and that a lost Valkey stops nobody."""

import logging
import re
import time

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from community.limits import counters
from community.limits.rules import Limit, Standing, limit_of, network_of
from community.members.capabilities import issue_capability
from community.members.models import User
from tests.factories.members import AccessTokenFactory

NOW = 1_800_000_100  # 200 seconds before the next window
BUCKETS = [(name, re.compile(pattern)) for name, pattern in django_settings.RATE_LIMIT_BUCKETS]


@pytest.fixture(autouse=True)
def _three_requests(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RATE_LIMITS = {"api": 3, "files": 3, "pages": 3}
    monkeypatch.setattr(time, "time", lambda: NOW)


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


@pytest.mark.parametrize(
    ("path", "bucket"),
    [
        ("/api/models", "api"),
        ("/v1/telemetry", "api"),
        ("/a/b/resolve/main/x", "files"),
        ("/datasets/a/b/raw/main/x", "files"),
        ("/a/b.git/info/lfs/objects/batch", "files"),
        ("/a/b.git/info/refs", "files"),
        ("/a/b.git/git-upload-pack", "files"),
        ("/cas/store/v1/xorbs/default/x", "files"),
        ("/a/b/blob/main/resolve/x", "pages"),
        ("/apis", "pages"),
        ("/", "pages"),
        ("/healthz", None),
        ("/static/x.css", None),
        ("/metrics", None),
    ],
)
def test_buckets(path: str, bucket: str | None):
    limit = limit_of(path, BUCKETS, {"api": 1, "files": 1, "pages": 1}, 300)
    assert (limit.bucket if limit else None) == bucket


def test_a_quota_of_zero_is_no_limit():
    assert limit_of("/api/models", BUCKETS, {"api": 0}, 300) is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (" 2001:db8:1:2::9 ", "2001:db8:1:2::"),
        ("unix:", ""),
        ("", ""),
    ],
)
def test_networks(address: str, network: str):
    assert network_of(address) == network


def test_headers():
    limit = Limit("api", 3, 300)
    assert Standing(limit, 1, 200).headers() == {
        "RateLimit": '"api";r=2;t=200',
        "RateLimit-Policy": '"fixed window";"api";q=3;w=300',
    }
    assert Standing(limit, 4, 200).headers()["Retry-After"] == "200"


@pytest.mark.django_db
class TestRequests:
    def test_the_fourth_is_refused_until_the_next_window(self, client: Client, monkeypatch: pytest.MonkeyPatch):
        seen = [client.get("/api/models") for _ in range(4)]
        assert [response.status_code for response in seen] == [200, 200, 200, 429]
        assert [response["RateLimit"] for response in seen] == [f'"api";r={left};t=200' for left in (2, 1, 0, 0)]
        refusal = seen[-1]
        assert refusal["Retry-After"] == "200"
        sentence = "You sent more than 3 requests in 300 seconds. Wait 200 seconds, then go on."
        assert refusal.json() == {"error": sentence, "message": sentence, "code": "too_many_requests"}
        assert refusal["X-Error-Message"] == sentence
        assert client.get("/").status_code == 200  # another bucket
        monkeypatch.setattr(time, "time", lambda: NOW + 200)
        assert client.get("/api/models")["RateLimit"] == '"api";r=2;t=300'

    def test_people_get_a_page(self, client: Client):
        answers = [client.get("/models") for _ in range(4)]
        assert answers[-1].status_code == 429
        assert "Too many requests" in answers[-1].content.decode()

    def test_a_member_is_one_caller_whatever_the_token(self, alice: User, bob: User):
        for user, text in ((alice, "hf_one"), (alice, "hf_two"), (bob, "hf_bob")):
            AccessTokenFactory(user=user, text=text)
        answers = [Client().get("/api/models", headers=bearer(text)) for text in ("hf_one", "hf_two", "hf_bob")]
        assert [response["RateLimit"] for response in answers] == [f'"api";r={left};t=200' for left in (2, 1, 2)]
        browser = Client()
        browser.force_login(alice)
        assert browser.get("/api/models")["RateLimit"] == '"api";r=0;t=200'

    def test_machines_are_counted_by_what_they_may(self):
        for subject, left in (("repo:1", 2), ("repo:1", 1), ("repo:2", 2)):
            token = "cap_" + issue_capability(subject=subject, right="read", seconds=10**9)
            assert Client().get("/api/models", headers=bearer(token))["RateLimit"] == f'"api";r={left};t=200'

    def test_networks_are_counted_apart(self):
        for address, left in (("203.0.113.5", 2), ("203.0.113.5", 1), ("203.0.113.6", 2)):
            assert Client(REMOTE_ADDR=address).get("/api/models")["RateLimit"] == f'"api";r={left};t=200'

    @pytest.mark.parametrize(("behind", "left"), [(True, 2), (False, 1)])
    def test_only_a_proxy_of_ours_names_the_caller(self, settings: Settings, *, behind: bool, left: int):
        settings.BEHIND_PROXY = behind
        for forged in ("1.1.1.1", "2.2.2.2"):
            answer = Client().get("/api/models", headers={"X-Forwarded-For": f"9.9.9.9, {forged}"})
        assert answer["RateLimit"] == f'"api";r={left};t=200'

    def test_a_lost_valkey_stops_nobody(
        self, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ):
        lost = counters.Counter("unix:///nowhere/valkey.sock")
        monkeypatch.setattr("community.limits.middleware.counter", lambda: lost)
        with caplog.at_level(logging.WARNING):
            answers = [client.get("/api/models") for _ in range(5)]
        assert {response.status_code for response in answers} == {200}
        assert "RateLimit" not in answers[0]
        assert caplog.text.count("Requests are not counted") == 1  # and it is not asked again at once

    def test_no_limits_no_headers(self, client: Client, settings: Settings):
        settings.RATE_LIMITS = {}
        assert "RateLimit" not in client.get("/api/models")
