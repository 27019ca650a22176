"""The public API: who sees what, and the forms in which weights are given."""

import io
from typing import Any

import numpy as np
import pytest
from django.test import Client

from community.members.models import User
from models_app.evaluation.attention.models import AttentionRequest
from models_app.repos.models import Repo
from tests.factories.attention import TOKENS, AttentionRequestFactory
from tests.factories.members import AccessTokenFactory

pytestmark = pytest.mark.usefixtures("no_ring")
API = "/api/evaluation/attention"
MATRIX = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.25, 0.25, 0.5]]


@pytest.fixture
def done(tiny: Repo, alice: User) -> AttentionRequest:
    return AttentionRequestFactory(repo=tiny, requested_by=alice, done=True)


def as_(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def ask(client: Client, text: str, **more: str) -> Any:
    return client.post(API, {"repo": "alice/tiny", "text": text, **more}, content_type="application/json")


def test_ask_and_look(tiny: Repo, bob: User) -> None:
    token = AccessTokenFactory(user=bob, text="hf_bob" + "x" * 20)
    client = Client(headers={"Authorization": f"Bearer hf_bob{'x' * 20}"})

    answer = ask(client, "The cat sat")

    request = AttentionRequest.objects.get()
    body = answer.json()
    queued_at = body.pop("queued_at")
    assert answer.status_code == 200
    assert body == {
        "id": str(request.pk),
        "repo": "alice/tiny",
        "commit": tiny.head_sha,
        "text": "The cat sat",
        "target": "",
        "state": "queued",
        "finished_at": None,
        "failure": None,
        "family": None,
        "read": None,
        "parts": [],
    }
    assert client.get(f"{API}/{request.pk}").json() == {**body, "queued_at": queued_at}
    assert request.requested_by == token.user


def test_nobody_asks_without_an_account(tiny: Repo) -> None:
    assert ask(Client(), "The cat sat").status_code == 401
    assert AttentionRequest.objects.count() == 0


def test_the_result_in_its_forms(done: AttentionRequest) -> None:
    found = Client().get(f"{API}/{done.pk}").json()
    head = Client().get(f"{API}/{done.pk}/decoder/1/0").json()
    file = Client().get(f"{API}/{done.pk}/decoder.npy")

    part = {"name": "decoder", "rows": TOKENS, "columns": TOKENS, "causal": True, "heads": 2, "layers": 2}
    assert (found["state"], found["family"], found["read"], found["parts"]) == ("done", "causal", 3, [part])
    assert head == {"rows": TOKENS, "columns": TOKENS, "weights": MATRIX}
    array = np.load(io.BytesIO(file.content))
    assert (array.dtype, array.shape) == (np.float16, (2, 2, 3, 3))
    assert array.tolist() == [[MATRIX, MATRIX]] * 2
    assert file["Content-Disposition"] == 'attachment; filename="tiny-decoder.npy"'


@pytest.mark.parametrize("path", ["", "/decoder.npy", "/decoder/0/0"])
@pytest.mark.parametrize("hidden", ["private", "gated"])
def test_whoever_may_not_have_the_files_sees_no_weights(
    done: AttentionRequest, alice: User, bob: User, path: str, hidden: str
) -> None:
    Repo.objects.update(**({"private": True} if hidden == "private" else {"gated": "manual"}))
    refused = 404 if hidden == "private" else 403
    address = f"{API}/{done.pk}{path}"

    assert as_(None).get(address).status_code == refused
    assert as_(bob).get(address).status_code == refused
    assert as_(alice).get(address).status_code == 200


def test_a_hidden_repo_is_asked_nothing(tiny: Repo, alice: User, bob: User) -> None:
    Repo.objects.update(private=True)
    assert ask(as_(bob), "The cat sat").status_code == 404
    assert AttentionRequest.objects.count() == 0
    assert ask(as_(alice), "The cat sat").status_code == 200


@pytest.mark.parametrize("path", ["cross.npy", "cross/0/0", "decoder/2/0", "decoder/0/2"])
def test_what_the_model_does_not_have(done: AttentionRequest, path: str) -> None:
    assert Client().get(f"{API}/{done.pk}/{path}").status_code == 404


def test_deleted_weights_are_told_apart(done: AttentionRequest) -> None:
    done.layers.all().delete()
    AttentionRequest.objects.update(found={})

    for path in ("decoder.npy", "decoder/0/0"):
        answer = Client().get(f"{API}/{done.pk}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "attention_deleted")
    assert Client().get(f"{API}/{done.pk}").json()["parts"] == []


def test_a_failure_is_a_class_and_a_sentence(tiny: Repo) -> None:
    failed = AttentionRequestFactory(repo=tiny, failed=True)

    assert Client().get(f"{API}/{failed.pk}").json()["failure"] == {
        "class": "invalid_checkpoint",
        "reason": "config.json claims 3000 layers, but the weights hold 2.",
    }
