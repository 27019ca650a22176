"""Suite versions over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from community.members.models import User
from models_app.evaluation.models import SuiteActivation, SuiteVersion
from tests.factories.evaluations import SuiteVersionFactory
from tests.factories.members import AccessTokenFactory

Signed = Callable[[User], Client]


@pytest.fixture
def signed() -> Signed:
    """A client that sends a writing token of a member."""

    def make(user: User) -> Client:
        text = f"hf_{user.username}{'x' * 20}"
        AccessTokenFactory(user=user, text=text)
        return Client(headers={"Authorization": f"Bearer {text}"})

    return make


@pytest.fixture
def second(db: None) -> SuiteVersion:
    SuiteVersionFactory()
    version: SuiteVersion = SuiteVersionFactory(version=2, active=False)
    return version


def test_activate(second: SuiteVersion, alice: User, signed: Signed) -> None:
    path, body = "/api/evaluation/suites/standard/2/activate", {"reason": "More Chinese.", "link": "/proposals/7"}
    client = signed(alice)
    assert _post(Client(), path, body).json()["code"] == "suites_forbidden"
    assert _post(client, path, body).status_code == 403
    assert not SuiteActivation.objects.exists()

    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert _post(client, path, {}).status_code == 400
    answer = _post(client, path, body).json()
    assert answer == _post(client, path, body).json()
    assert answer.pop("activated_at")
    assert answer == {
        "suite": {"name": "standard", "version": 2, "sha256": second.sha256},
        "by": "alice",
        **body,
        "reruns_expected": 0,
        "reruns_queued": 0,
    }
    assert _post(client, path.replace("2", "3"), body).json()["code"] == "suite_not_found"

    listed = Client().get("/api/evaluation/suites").json()
    assert [(version["version"], version["active"]) for version in listed["versions"]] == [(1, False), (2, True)]
    assert [line["reason"] for line in listed["activations"]] == ["More Chinese."]


def _post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(path, body, content_type="application/json")
