"""A second worker measures again: who may ask, who may not do it, and what its record says about the first."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from community.members.actors import ANONYMOUS, Actor
from community.members.models import User
from models_app.evaluation import policy, services
from models_app.evaluation.errors import RunNotRepeatable, RunNotRetryable
from models_app.evaluation.models import Record, Run, RunState, Score, Verdict
from models_app.evaluation.queries import newest_of_each
from models_app.repos.errors import WriteForbidden
from tests.models_app.evaluation.conftest import LEASE, ServiceAccount, make_document


@pytest.fixture
def other(make_account: Callable[..., ServiceAccount]) -> ServiceAccount:
    return make_account("other")


@pytest.fixture
def third(make_account: Callable[..., ServiceAccount]) -> ServiceAccount:
    return make_account("third")


@pytest.fixture
def done(run: Run, box: ServiceAccount) -> Run:
    """alice/tiny, measured by the account box."""
    hand_in(box, make_document(run))
    run.refresh_from_db()
    return run


def hand_in(account: ServiceAccount, document: dict[str, Any], *, seconds: float = 0.5, **scores: float) -> Record:
    """What `account` finds of the next run: `document` with another time and other primary `scores`, by task."""
    document = copy.deepcopy(document) | {"timing": {"load": seconds}}
    for score in document["scores"]:
        if score["primary"] and score["task"] in scores:
            score["value"] = scores[score["task"]]
    lease = account.post("lease", LEASE).json()
    answer = account.post(f"runs/{lease['run']}/finish", {"attempt": lease["attempt"], "record": document})
    assert answer.status_code == 200, answer.json()
    return Record.objects.get(sha256=answer.json()["record"])


def verdicts(run: Run) -> list[tuple[str, list[str], bool]]:
    records = Record.objects.filter(run__repo=run.repo).order_by("pk")
    return [(record.verdict, record.differing, record.stands) for record in records]


def repeat(run: Run, alice: User) -> Run:
    return services.repeat(actor=Actor(user=alice), run=run)


def test_alone(done: Run) -> None:
    assert verdicts(done) == [(Verdict.ALONE, [], True)]


def test_an_agreeing_second_worker_confirms(done: Run, alice: User, other: ServiceAccount) -> None:
    repetition = repeat(done, alice)
    assert (repetition.repeat_of, repetition.state, repetition.commit_sha) == (done, RunState.QUEUED, done.commit_sha)
    second = hand_in(other, make_document(done), grammar=0.751)
    assert verdicts(done) == [(Verdict.CONFIRMED, [], True), (Verdict.CONFIRMED, [], False)]
    assert Record.objects.count() == 2
    assert [record.run for record in newest_of_each(Run.objects.all())] == [done]
    answer = Client().get(f"/api/evaluation/runs/{second.run.pk}").json()
    assert (answer["repeats"], answer["agreement"]) == (done.pk, {"verdict": "confirmed", "differing_tasks": []})


def test_a_second_worker_that_finds_something_else(
    done: Run, alice: User, other: ServiceAccount, third: ServiceAccount
) -> None:
    repeat(done, alice)
    hand_in(other, make_document(done), grammar=0.9, prose=4.0)
    contradicted = (Verdict.CONTRADICTED, ["prose", "grammar"])
    assert verdicts(done) == [(*contradicted, True), (*contradicted, False)]
    repeat(done, alice)
    hand_in(third, make_document(done), seconds=0.7, grammar=0.9, prose=4.0)
    agreed = (Verdict.CONFIRMED, [])
    assert verdicts(done) == [(*contradicted, False), (*agreed, True), (*agreed, False)]
    board = Client().get("/api/leaderboard").json()
    assert [(row["verdict"], row["scores"]["grammar"]["value"]) for row in board["rows"]] == [("confirmed", 0.9)]


def test_nobody_confirms_himself(done: Run, alice: User, box: ServiceAccount, other: ServiceAccount) -> None:
    repetition = repeat(done, alice)
    assert box.post("lease", LEASE).status_code == 204
    assert box.post("lease", {**LEASE, "worker": "second box"}).json()["run"] == repetition.pk
    repetition.refresh_from_db()
    assert (repetition.state, repetition.attempt) == (RunState.RUNNING, 1)


def test_a_copied_record_is_refused(done: Run, alice: User, other: ServiceAccount) -> None:
    repetition = repeat(done, alice)
    lease = other.post("lease", LEASE).json()
    copied = {"attempt": lease["attempt"], "record": done.record.document}
    answer = other.post(f"runs/{repetition.pk}/finish", copied)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_record")
    repetition.refresh_from_db()
    assert repetition.state == RunState.RUNNING
    assert (Record.objects.count(), Score.objects.count()) == (1, 4)
    assert verdicts(done) == [(Verdict.ALONE, [], True)]


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.RUNNING, RunState.FAILED, RunState.CANCELLED])
def test_only_what_is_finished_is_repeated(done: Run, alice: User, state: RunState) -> None:
    unfinished = {"state": state, "failure_class": "timeout", "failure_reason": "Slow.", "leased_until": done.queued_at}
    Run.objects.filter(pk=done.pk).update(**unfinished)
    with pytest.raises(RunNotRepeatable):
        repeat(done, alice)
    assert Run.objects.get() == done


def test_one_repetition_at_a_time(done: Run, alice: User) -> None:
    dropped = repeat(done, alice)
    for run in (done, dropped):
        with pytest.raises(RunNotRepeatable):
            repeat(run, alice)
    assert Run.objects.count() == 2
    services.cancel(actor=Actor(user=alice), run=dropped)
    repeat(dropped, alice)
    with pytest.raises(RunNotRetryable):
        services.retry(actor=Actor(user=alice), run=dropped)
    assert sorted(done.repeats.values_list("state", flat=True)) == ["cancelled", "queued"]


def test_three_repetitions_are_enough(done: Run, alice: User) -> None:
    for _ in range(3):
        services.cancel(actor=Actor(user=alice), run=repeat(done, alice))
    with pytest.raises(RunNotRepeatable):
        repeat(done, alice)
    assert done.repeats.count() == 3


def test_strangers_ask_for_none(done: Run, bob: User) -> None:
    for actor in (ANONYMOUS, Actor(user=bob)):
        with pytest.raises(WriteForbidden):
            services.repeat(actor=actor, run=done)
    client = Client()
    client.force_login(bob)
    assert client.post(f"/api/evaluation/runs/{done.pk}/repeat").status_code == 403
    assert Run.objects.get() == done


def test_by_the_api(done: Run, alice: User) -> None:
    client = Client()
    client.force_login(alice)
    answer = client.post(f"/api/evaluation/runs/{done.pk}/repeat")
    assert (answer.status_code, answer.json()["repeats"], answer.json()["state"]) == (201, done.pk, "queued")
    assert client.post(f"/api/evaluation/runs/{done.pk}/repeat").json()["code"] == "run_not_repeatable"


@pytest.mark.parametrize(("percent", "repeats"), [(0, 0), (100, 1)])
def test_a_share_is_repeated_by_itself(
    run: Run, box: ServiceAccount, other: ServiceAccount, settings: Settings, percent: int, repeats: int
) -> None:
    settings.EVALUATION_REPEAT_PERCENT = percent
    hand_in(box, make_document(run))
    assert run.repeats.count() == repeats
    if repeats:
        hand_in(other, make_document(run), seconds=0.7)
        assert Run.objects.count() == 2  # a repetition is not repeated


@pytest.fixture
def make_donor(make_account: Callable[..., ServiceAccount]) -> Callable[[str], ServiceAccount]:
    def make(name: str) -> ServiceAccount:
        account = make_account(name, permitted=False)
        policy.allow_donation(member=account.user, allowed=True)
        return account

    return make


def test_a_donated_record_stands_once_another_account_agrees(
    run: Run, make_donor: Callable[[str], ServiceAccount]
) -> None:
    donor, neighbour = make_donor("donor"), make_donor("neighbour")
    hand_in(donor, make_document(run))
    assert verdicts(run) == [(Verdict.ALONE, [], False)]
    assert Client().get("/api/leaderboard").json()["rows"] == []
    assert run.repeats.get().state == RunState.QUEUED
    assert donor.post("lease", {**LEASE, "worker": "another of donor"}).status_code == 204
    hand_in(neighbour, make_document(run), seconds=0.7)
    assert verdicts(run) == [(Verdict.CONFIRMED, [], True), (Verdict.CONFIRMED, [], False)]
    assert len(Client().get("/api/leaderboard").json()["rows"]) == 1


def test_a_trusted_worker_outweighs_a_donated_one(
    run: Run, make_donor: Callable[[str], ServiceAccount], box: ServiceAccount
) -> None:
    hand_in(make_donor("donor"), make_document(run), grammar=1.0)
    hand_in(box, make_document(run))
    contradicted = (Verdict.CONTRADICTED, ["grammar"])
    assert verdicts(run) == [(*contradicted, False), (*contradicted, True)]
    assert not run.repeats.filter(state=RunState.QUEUED).exists()


def test_donors_that_never_agree_are_asked_three_times(run: Run, make_donor: Callable[[str], ServiceAccount]) -> None:
    for number in range(4):
        hand_in(make_donor(f"donor-{number}"), make_document(run), grammar=0.5 + number / 10)
    assert run.repeats.count() == 3
    assert not Record.objects.filter(stands=True).exists()


def test_donors_who_agree_do_not_outweigh_the_hub(
    run: Run, make_donor: Callable[[str], ServiceAccount], box: ServiceAccount
) -> None:
    hand_in(make_donor("donor"), make_document(run), grammar=1.0)
    hand_in(box, make_document(run))
    repeat(run, run.repo.creator)
    hand_in(make_donor("friend"), make_document(run), seconds=0.7, grammar=1.0)
    agreed, contradicted = (Verdict.CONFIRMED, []), (Verdict.CONTRADICTED, ["grammar"])
    assert verdicts(run) == [(*agreed, False), (*contradicted, True), (*agreed, False)]
