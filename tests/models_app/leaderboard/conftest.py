"""Finished models to rank."""

from collections.abc import Callable
from typing import Any

import pytest

from community.members.models import User
from models_app.evaluation.models import Record
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RecordFactory, RunFactory, ScoreFactory

Finish = Callable[..., Record]


@pytest.fixture
def finish(alice: User) -> Finish:
    """``finish("tiny", 0.5)``: a finished model of alice with that overall score, and one for each task."""

    def make(name: str, overall: float, *, prose: float = 2.0, grammar: float = 0.75, **facts: Any) -> Record:
        record_facts = {key: facts.pop(key) for key in ("family", "parameter_count") if key in facts}
        repo = facts.pop("repo", None) or RepoFactory(creator=facts.pop("creator", alice), name=name, **facts)
        run = RunFactory(repo=repo, commit_sha=repo.head_sha, done=True)
        record: Record = RecordFactory(run=run, **record_facts)
        ScoreFactory(record=record, task="overall", metric="score", value=overall)
        ScoreFactory(record=record, task="prose", metric="bits_per_byte", value=prose, higher_is_better=False)
        ScoreFactory(record=record, task="prose", metric="perplexity", value=9.0, primary=False)
        ScoreFactory(record=record, task="grammar", metric="acc", value=grammar)
        return record

    return make
