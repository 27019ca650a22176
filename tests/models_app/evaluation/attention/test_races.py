"""Members and workers at once, each in its own thread and transaction: on SQLite and on PostgreSQL."""

from typing import Any
from uuid import UUID

import pytest

from community.members.actors import Actor
from models_app.evaluation.attention import leases, services
from models_app.evaluation.attention.models import AttentionLayer, AttentionRequest
from models_app.evaluation.models import RunState
from models_app.repos.models import Repo
from tests.factories.attention import AttentionRequestFactory
from tests.factories.members import MemberFactory
from tests.models_app.evaluation.conftest import LEASE, ServiceAccount
from tests.models_app.evaluation.test_races import THREADS, at_once

MACHINE: dict[str, Any] = {"hardware": LEASE["hardware"], "versions": LEASE["versions"]}
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_ring")]


def test_one_row_of_one_text(tiny: Repo) -> None:
    members = [MemberFactory() for _ in range(THREADS)]

    answers = at_once(lambda number: services.ask(actor=Actor(user=members[number]), repo=tiny, text="The cat").pk)

    assert answers == [AttentionRequest.objects.get().pk] * THREADS


def test_no_text_is_leased_twice(box: ServiceAccount, tiny: Repo) -> None:
    texts = [AttentionRequestFactory(repo=tiny) for _ in range(4)]

    def take(number: int) -> UUID | None:
        found = leases.lease(actor=box.actor, worker_name=f"box-{number}", **MACHINE)
        return None if found is None else found.pk

    taken = at_once(take)

    assert sorted(pk for pk in taken if isinstance(pk, UUID)) == sorted(text.pk for text in texts)
    assert taken.count(None) == THREADS - 4
    assert list(AttentionRequest.objects.values_list("state", "attempt").distinct()) == [(RunState.RUNNING, 1)]


def test_weights_are_kept_once(box: ServiceAccount, request_: AttentionRequest, result: dict[str, Any]) -> None:
    box.post("attention/lease", LEASE)

    at_once(lambda _: leases.finish(actor=box.actor, request_id=request_.pk, attempt=1, result=result))

    request_.refresh_from_db()
    assert (request_.state, AttentionLayer.objects.count()) == (RunState.DONE, 2)
