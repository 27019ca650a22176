"""Asking for a text: who may, what is computed once, limits, and what is tidied up."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from community.members.actors import ANONYMOUS, Actor
from community.members.models import User
from hub.core.errors import DomainError, Unauthenticated
from models_app.evaluation import leases as run_leases
from models_app.evaluation.attention import services
from models_app.evaluation.attention.errors import InvalidText, NoAttention, TooManyTexts
from models_app.evaluation.attention.models import AttentionLayer, AttentionRequest
from models_app.evaluation.attention.rules import EXAMPLE, KEPT, MAX_WAITING, key_of
from models_app.evaluation.models import Run, RunState
from models_app.repos.errors import GatedRepo
from models_app.repos.models import Repo
from tests.factories.attention import AttentionRequestFactory
from tests.factories.checkpoints import RepoFactory
from tests.models_app.evaluation.conftest import LEASE, ServiceAccount, make_document

TEXT = "The cat sat on the mat."


def test_a_text_is_asked_for_once(tiny: Repo, alice: User, bob: User, no_ring: list[str]) -> None:
    first = services.ask(actor=Actor(user=alice), repo=tiny, text=f" {TEXT}\n")
    second = services.ask(actor=Actor(user=bob), repo=tiny, text=TEXT)

    assert first == second == AttentionRequest.objects.get()
    assert (first.text, first.target, first.state, first.requested_by) == (TEXT, "", RunState.QUEUED, alice)
    assert first.commit_sha == tiny.head_sha
    assert first.memory_bytes == int(1.2 * 4_000_000) + 4_000_000 + 2**29
    assert no_ring == ["attention"]


def test_a_new_commit_is_asked_anew(tiny: Repo, alice: User, no_ring: list[str]) -> None:
    services.ask(actor=Actor(user=alice), repo=tiny, text=TEXT)
    Repo.objects.filter(pk=tiny.pk).update(head_sha="e" * 40)
    tiny.refresh_from_db()

    services.ask(actor=Actor(user=alice), repo=tiny, text=TEXT)

    assert AttentionRequest.objects.count() == len(no_ring) == 2


@pytest.mark.parametrize("state", [{"failed": True}, {"done": True, "found": {}, "layers": None}])
def test_what_failed_or_was_deleted_is_queued_again(
    tiny: Repo, alice: User, bob: User, no_ring: list[str], state: dict[str, Any]
) -> None:
    known = AttentionRequestFactory(repo=tiny, text=TEXT, requested_by=bob, losses=2, **state)

    again = services.ask(actor=Actor(user=alice), repo=tiny, text=TEXT)

    again.refresh_from_db()
    assert again.pk == known.pk
    assert (again.state, again.losses, again.failure_class, again.requested_by) == (RunState.QUEUED, 0, "", alice)
    assert no_ring == ["attention"]


@pytest.mark.parametrize(
    ("text", "target", "sentence"),
    [
        (" \n", "", "Enter a text"),
        ("x" * 1001, "", "The text has 1001 characters; at most 1000 are read."),
        (TEXT, "Die Katze", "Only encoder–decoders read a target"),
    ],
)
def test_texts_that_are_refused(
    tiny: Repo, alice: User, no_ring: list[str], text: str, target: str, sentence: str
) -> None:
    with pytest.raises(InvalidText, match=sentence):
        services.ask(actor=Actor(user=alice), repo=tiny, text=text, target=target)

    assert (AttentionRequest.objects.count(), no_ring) == (0, [])


def test_an_encoder_decoder_may_be_given_its_target(alice: User, no_ring: list[str]) -> None:
    repo = RepoFactory(creator=alice, config={"model_type": "t5"}, parameters={"F32": 1000})

    own = services.ask(actor=Actor(user=alice), repo=repo, text=TEXT)
    given = services.ask(actor=Actor(user=alice), repo=repo, text=TEXT, target="Die Katze")

    assert (own.target, given.target) == ("", "Die Katze")
    assert own.key != given.key


@pytest.mark.parametrize(
    ("facets", "sentence"),
    [
        ({"config": {"model_type": "mamba"}}, "Models of the kind “mamba” have no attention"),
        ({"config": {"model_type": "somethingnew"}}, "There is nothing to look at"),
        ({"config": {"model_type": ["gpt2"]}}, "There is nothing to look at"),
        ({"config": {}}, "There is nothing to look at"),
        ({"parameters": {}}, "There is nothing to look at"),
        ({"kind": "dataset"}, "There is nothing to look at"),
    ],
)
def test_models_without_attention_get_a_sentence(
    alice: User, no_ring: list[str], facets: dict[str, Any], sentence: str
) -> None:
    repo = RepoFactory(creator=alice, **({"config": {"model_type": "gpt2"}, "parameters": {"F32": 1}} | facets))

    with pytest.raises(NoAttention, match=sentence):
        services.ask(actor=Actor(user=alice), repo=repo, text=TEXT)

    assert (AttentionRequest.objects.count(), no_ring) == (0, [])


def test_who_may_not_have_the_files_may_not_ask(tiny: Repo, bob: User, no_ring: list[str]) -> None:
    tiny.gated = "auto"
    tiny.save()
    refusals: list[tuple[Actor, type[DomainError]]] = [(ANONYMOUS, Unauthenticated), (Actor(user=bob), GatedRepo)]

    for actor, refusal in refusals:
        with pytest.raises(refusal):
            services.ask(actor=actor, repo=tiny, text=TEXT)

    assert (AttentionRequest.objects.count(), no_ring) == (0, [])


def test_a_member_may_have_few_texts_waiting(tiny: Repo, alice: User, bob: User, no_ring: list[str]) -> None:
    for number in range(MAX_WAITING):
        services.ask(actor=Actor(user=alice), repo=tiny, text=f"Text {number}")

    with pytest.raises(TooManyTexts, match="5 of your texts are waiting"):
        services.ask(actor=Actor(user=alice), repo=tiny, text=TEXT)

    assert AttentionRequest.objects.count() == MAX_WAITING
    assert services.ask(actor=Actor(user=alice), repo=tiny, text="Text 3").text == "Text 3"  # what is known is free
    assert services.ask(actor=Actor(user=bob), repo=tiny, text=TEXT).requested_by == bob


def test_a_member_may_ask_for_so_many_a_day(tiny: Repo, alice: User, settings: Settings, no_ring: list[str]) -> None:
    settings.ATTENTION_A_DAY = 2
    AttentionRequestFactory.create_batch(2, repo=tiny, requested_by=alice, failed=True)

    with pytest.raises(TooManyTexts, match="2 texts within a day"):
        services.ask(actor=Actor(user=alice), repo=tiny, text=TEXT)

    AttentionRequest.objects.update(queued_at=timezone.now() - timedelta(days=1, minutes=1))
    assert services.ask(actor=Actor(user=alice), repo=tiny, text=TEXT).state == RunState.QUEUED


def test_weights_are_deleted_after_a_week(tiny: Repo, alice: User) -> None:
    old, older = timezone.now() - KEPT - timedelta(minutes=1), timezone.now() - 3 * KEPT
    gone = AttentionRequestFactory(repo=tiny, requested_by=alice, done=True, finished_at=old)
    young = AttentionRequestFactory(repo=tiny, done=True)
    example = AttentionRequestFactory(repo=tiny, text=EXAMPLE, done=True, finished_at=older)
    superseded = AttentionRequestFactory(repo=tiny, commit_sha="e" * 40, text=EXAMPLE, done=True, finished_at=older)

    assert services.prune() == 2
    assert services.prune() == 0

    kept = {request.pk for request in AttentionRequest.objects.exclude(found={})}
    assert kept == {young.pk, example.pk}
    assert set(AttentionLayer.objects.values_list("request", flat=True)) == kept
    gone.refresh_from_db()
    superseded.refresh_from_db()
    assert (gone.state, gone.text != "", superseded.found) == (RunState.DONE, True, {})


def test_an_evaluation_that_is_done_queues_the_example(box: ServiceAccount, run: Run, no_ring: list[str]) -> None:
    Repo.objects.filter(pk=run.repo.pk).update(config={"model_type": "gpt2"}, parameters={"F32": 1000})
    box.post("lease", LEASE)

    run_leases.finish(actor=box.actor, run_id=run.pk, attempt=1, document=make_document(run))

    example = AttentionRequest.objects.get()
    assert (example.repo, example.commit_sha, example.text) == (run.repo, run.commit_sha, EXAMPLE)
    assert (example.requested_by, example.key, no_ring) == (None, key_of(EXAMPLE, ""), ["attention"])


@pytest.mark.parametrize(
    "facets",
    [{"parameters": {"F32": 10**9}}, {"parameters": {}}, {"config": {"model_type": "mamba"}}],
)
def test_no_example_of_what_is_large_or_unknown(tiny: Repo, no_ring: list[str], facets: dict[str, Any]) -> None:
    for name, value in facets.items():
        setattr(tiny, name, value)

    services.queue_example(tiny, tiny.head_sha)

    assert (AttentionRequest.objects.count(), no_ring) == (0, [])


def test_no_example_of_an_old_commit_and_none_twice(tiny: Repo, no_ring: list[str]) -> None:
    services.queue_example(tiny, "e" * 40)
    assert no_ring == []
    services.queue_example(tiny, tiny.head_sha)
    services.queue_example(tiny, tiny.head_sha)
    assert (AttentionRequest.objects.count(), no_ring) == (1, ["attention"])
