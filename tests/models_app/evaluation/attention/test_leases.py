"""The worker API of texts, over HTTP with a service account's token."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from community.members.auth import actor_from_header
from community.members.models import User
from models_app.evaluation import policy
from models_app.evaluation.attention import leases
from models_app.evaluation.attention.models import AttentionLayer, AttentionRequest
from models_app.evaluation.models import RunState, Worker
from models_app.repos.models import Repo
from models_app.repos.queries import visible_repos
from tests.factories.attention import AttentionRequestFactory
from tests.models_app.evaluation.attention.conftest import layer
from tests.models_app.evaluation.conftest import LEASE, ServiceAccount

pytestmark = pytest.mark.usefixtures("no_ring")
PROGRESS = {"stage": "load", "task": "", "done": 0, "total": 1}


def test_from_lease_to_weights(box: ServiceAccount, request_: AttentionRequest, result: dict[str, Any]) -> None:
    path = f"attention/{request_.pk}"
    answer = box.post("attention/lease", LEASE).json()
    token = answer.pop("token")
    assert answer == {
        "request": str(request_.pk),
        "attempt": 1,
        "repo": "alice/tiny",
        "kind": "model",
        "commit": request_.commit_sha,
        "text": request_.text,
        "target": "",
        "lease_seconds": 60,
        "run_seconds": 600,
    }
    assert token.startswith("cap_")

    beat = box.post(f"{path}/heartbeat", {"attempt": 1, "progress": PROGRESS, "log_tail": "loaded\n"})
    assert (beat.status_code, beat.json()) == (200, {"cancel": False})
    request_.refresh_from_db()
    assert (request_.state, request_.progress, request_.log_tail) == (RunState.RUNNING, PROGRESS, "loaded\n")

    for _ in range(2):  # the second time the answer was lost
        finish = box.post(f"{path}/finish", {"attempt": 1, "result": result})
        assert (finish.status_code, finish.json()) == (200, {})
    request_.refresh_from_db()
    (part,) = result["parts"]
    assert (request_.state, request_.leased_until) == (RunState.DONE, None)
    assert request_.found == {**result, "parts": [{**part, "layers": 2}]}
    weights = AttentionLayer.objects.order_by("layer").values_list("part", "layer", "weights")
    assert [(name, number, bytes(content).hex()) for name, number, content in weights] == [
        ("decoder", 0, "003c00000034003a"),
        ("decoder", 1, "003c000000380038"),
    ]
    assert box.post("attention/lease", LEASE).status_code == 204
    assert Worker.objects.get().name == "box"


def test_the_lease_opens_its_repo_alone(box: ServiceAccount, request_: AttentionRequest) -> None:
    Repo.objects.filter(pk=request_.repo.pk).update(private=True)
    token = box.post("attention/lease", LEASE).json()["token"]
    actor = actor_from_header(f"Bearer {token}")
    assert list(visible_repos(actor)) == [request_.repo]
    assert actor.capability is not None
    assert actor.capability.right == "read"


def _part(result: dict[str, Any], **changes: Any) -> None:
    result["parts"][0].update(changes)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda result: _part(result, layers=["AAAA"]), "Layer 0 of decoder has 3 bytes of weights, not 8."),
        (lambda result: _part(result, heads=2), "Layer 0 of decoder has 8 bytes of weights, not 16."),
        (lambda result: _part(result, layers=["!"]), "The weights are no base64"),
        (lambda result: _part(result, layers=[layer([[[1.5, 0], [0, 0]]])]), "Layer 0 of decoder holds what is no"),
        (lambda result: _part(result, layers=[layer([[[-0.5, 0], [0, 0]]])]), "Layer 0 of decoder holds what is no"),
        (lambda result: _part(result, layers=[layer([[[float("nan"), 0], [0, 0]]])]), "holds what is no weight"),
        (lambda result: result["parts"].append(result["parts"][0]), "Each part comes once"),
        (lambda result: _part(result, name="anything"), "not a valid choice"),
        (lambda result: _part(result, rows=["a"] * 65), "no more than 64"),
        (lambda result: _part(result, columns=["a" * 65]), "no more than 64"),
        (lambda result: result.update(parts=[]), "at least 1"),
    ],
)
def test_what_does_not_fit_is_refused_whole(
    box: ServiceAccount,
    request_: AttentionRequest,
    result: dict[str, Any],
    spoil: Callable[[dict[str, Any]], object],
    sentence: str,
) -> None:
    box.post("attention/lease", LEASE)
    spoil(result)

    answer = box.post(f"attention/{request_.pk}/finish", {"attempt": 1, "result": result})

    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    request_.refresh_from_db()
    assert (request_.state, request_.found, AttentionLayer.objects.count()) == (RunState.RUNNING, {}, 0)


def test_tokens_may_hold_anything(box: ServiceAccount, request_: AttentionRequest, result: dict[str, Any]) -> None:
    box.post("attention/lease", LEASE)
    _part(result, rows=["a\x00b", " \n"])

    assert box.post(f"attention/{request_.pk}/finish", {"attempt": 1, "result": result}).status_code == 200

    request_.refresh_from_db()
    assert request_.found["parts"][0]["rows"] == ["a\N{REPLACEMENT CHARACTER}b", " \n"]


def test_weights_beyond_the_limit_are_refused(
    box: ServiceAccount, request_: AttentionRequest, result: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "MAX_BYTES", 15)
    box.post("attention/lease", LEASE)

    answer = box.post(f"attention/{request_.pk}/finish", {"attempt": 1, "result": result})

    assert (answer.status_code, AttentionLayer.objects.count()) == (400, 0)


def test_a_failure_is_told(box: ServiceAccount, request_: AttentionRequest) -> None:
    box.post("attention/lease", LEASE)
    body = {"attempt": 1, "class": "out_of_memory", "reason": "Too large.", "log_tail": "Killed"}
    for _ in range(2):
        assert box.post(f"attention/{request_.pk}/fail", body).status_code == 200
    request_.refresh_from_db()
    assert (request_.state, request_.failure_class, request_.failure_reason) == (
        "failed",
        "out_of_memory",
        "Too large.",
    )
    assert request_.log_tail == "Killed"


def test_what_is_given_back_goes_first(box: ServiceAccount, request_: AttentionRequest, no_ring: list[str]) -> None:
    AttentionRequestFactory(repo=request_.repo, requested_by=request_.requested_by)
    box.post("attention/lease", LEASE)
    for _ in range(2):
        assert box.post(f"attention/{request_.pk}/give-back", {"attempt": 1}).status_code == 200
    assert no_ring == ["attention"]
    answer = box.post("attention/lease", LEASE).json()
    assert (answer["request"], answer["attempt"]) == (str(request_.pk), 2)


def test_members_go_before_examples(box: ServiceAccount, tiny: Repo, alice: User) -> None:
    AttentionRequestFactory(repo=tiny)
    asked = AttentionRequestFactory(repo=tiny, requested_by=alice)
    assert box.post("attention/lease", LEASE).json()["request"] == str(asked.pk)
    assert box.post("attention/lease", {**LEASE, "examples": False}).status_code == 204
    assert box.post("attention/lease", LEASE).status_code == 200


def test_a_small_worker_is_offered_what_fits(box: ServiceAccount, tiny: Repo) -> None:
    AttentionRequestFactory(repo=tiny, memory_bytes=2 * 2**30)
    fitting = AttentionRequestFactory(repo=tiny, memory_bytes=2**30)
    hardware = {"device": "cpu", "run_memory_bytes": 2**30}
    assert box.post("attention/lease", {**LEASE, "hardware": hardware}).json()["request"] == str(fitting.pk)
    assert box.post("attention/lease", {**LEASE, "hardware": hardware}).status_code == 204


def test_nothing_for_drained_and_donated_workers_nor_while_paused(
    box: ServiceAccount, request_: AttentionRequest, make_account: Callable[..., ServiceAccount]
) -> None:
    donor = make_account("donor", permitted=False)
    donor.user.user_permissions.add(Permission.objects.get(codename="donate_work"))
    assert donor.post("attention/lease", LEASE).status_code == 204
    policy.pause(reason="Repairs.")
    assert box.post("attention/lease", LEASE).status_code == 204
    policy.resume()
    policy.drain(worker=Worker.objects.get(account=box.user), draining=True)
    assert box.post("attention/lease", LEASE).status_code == 204
    request_.refresh_from_db()
    assert (request_.state, request_.attempt) == (RunState.QUEUED, 0)


def test_others_may_not_work(make_account: Callable[..., ServiceAccount], request_: AttentionRequest) -> None:
    assert make_account("nobody", permitted=False).post("attention/lease", LEASE).status_code == 403
    request_.refresh_from_db()
    assert request_.state == RunState.QUEUED


def test_a_lease_is_one_accounts_alone(
    box: ServiceAccount, make_account: Callable[..., ServiceAccount], request_: AttentionRequest, result: dict[str, Any]
) -> None:
    box.post("attention/lease", LEASE)
    other = make_account("other")
    calls = {
        "heartbeat": {"attempt": 1, "progress": PROGRESS},
        "finish": {"attempt": 1, "result": result},
        "fail": {"attempt": 1, "class": "internal", "reason": "No."},
        "give-back": {"attempt": 1},
    }
    for name, body in calls.items():
        assert other.post(f"attention/{request_.pk}/{name}", body).status_code == 409
        assert box.post(f"attention/{request_.pk}/{name}", {**body, "attempt": 2}).status_code == 409
        assert box.post(f"attention/{uuid.uuid4()}/{name}", body).status_code == 409
    request_.refresh_from_db()
    assert (request_.state, request_.found) == (RunState.RUNNING, {})


def test_the_reaper_queues_again_three_times(
    box: ServiceAccount, request_: AttentionRequest, no_ring: list[str]
) -> None:
    for loss in (1, 2):
        box.post("attention/lease", LEASE)
        _expire()
        leases.reap()
        request_.refresh_from_db()
        assert (request_.state, request_.losses) == (RunState.QUEUED, loss)
    assert no_ring == ["attention", "attention"]
    box.post("attention/lease", LEASE)
    _expire()
    leases.reap()
    request_.refresh_from_db()
    assert (request_.state, request_.failure_class) == (RunState.FAILED, "worker_lost")
    assert request_.failure_reason.startswith("The worker vanished 3 times in a row.")


def test_the_reaper_ends_what_took_too_long(box: ServiceAccount, request_: AttentionRequest) -> None:
    box.post("attention/lease", LEASE)
    _expire(started_at=timezone.now() - timedelta(seconds=661))
    leases.reap()
    request_.refresh_from_db()
    assert (request_.failure_class, request_.failure_reason) == (
        "timeout",
        "The computation took longer than 600 seconds.",
    )


def _expire(**changes: Any) -> None:
    AttentionRequest.objects.update(leased_until=timezone.now() - timedelta(seconds=1), **changes)
