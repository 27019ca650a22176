"""A worker of the hub, a run to lease, and a record that fits it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from community.members.actors import Actor
from community.members.models import AccessToken, User
from models_app.evaluation.models import Run
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RunFactory, SuiteVersionFactory
from tests.factories.members import AccessTokenFactory, MemberFactory

LEASE = {"worker": "box", "hardware": {"device": "cpu", "cores": 2}, "versions": {"torch": "2.13.0"}}


@dataclass(frozen=True)
class ServiceAccount:
    """A service account with its token, and a client that sends it."""

    user: User
    token: AccessToken
    client: Client

    @property
    def actor(self) -> Actor:
        return Actor(user=self.user, token=self.token)

    def post(self, path: str, body: Any) -> Any:
        """POST `body` as JSON to the worker API; `path` goes on after ``/api/evaluation/``."""
        return self.client.post(f"/api/evaluation/{path}", body, content_type="application/json")


@pytest.fixture
def make_account(db: None) -> Callable[..., ServiceAccount]:
    def make(name: str, *, permitted: bool = True, **token: Any) -> ServiceAccount:
        user = MemberFactory(username=name)
        if permitted:
            user.user_permissions.add(Permission.objects.get(codename="evaluate"))
        text = f"hf_{name}{'x' * 20}"
        row = AccessTokenFactory(user=user, text=text, **token)
        return ServiceAccount(user, row, Client(headers={"Authorization": f"Bearer {text}"}))

    return make


@pytest.fixture
def box(make_account: Callable[..., ServiceAccount]) -> ServiceAccount:
    return make_account("box")


@pytest.fixture
def run(alice: User) -> Run:
    """A queued run of alice/tiny."""
    return RunFactory(repo=RepoFactory(creator=alice, name="tiny"), suite_version=SuiteVersionFactory())


@pytest.fixture
def document(run: Run) -> dict[str, Any]:
    """A record that fits `run`."""
    return make_document(run)


def make_document(run: Run) -> dict[str, Any]:
    suite = run.suite_version
    stats = {"tokens": 5, "mean_logprob": -1.5, "distinct_1": 1.0, "distinct_2": 1.0, "repetition": 0.0}
    return {
        "format": 1,
        "repo": run.repo.full_id,
        "commit": run.commit_sha,
        "suite": {"name": suite.suite, "version": suite.version, "sha256": suite.sha256},
        "family": "causal",
        "architecture": {"model_type": "gpt2", "layers": 4, "positions": "absolute"},
        "parameters": 1_000_000,
        "files": [{"path": "model.safetensors", "sha256": "a" * 64, "size": 4_000_000}],
        "precision": run.precision,
        "device": "cpu",
        "batch_policy": {"token_budget": 4096},
        "seed": 7,
        "versions": {"torch": "2.13.0"},
        "timing": {"load": 0.5, "prose": 1.25},
        "scores": [
            _score("prose", "bits_per_byte", 2.0, 0.08, primary=True),
            _score("prose", "perplexity", 35.5, 1.5),
            _score("grammar", "acc", 0.75, 0.03, higher_is_better=True, primary=True),
        ],
        "items": {"prose": "b" * 64, "grammar": "c" * 64},
        "samples": [
            {
                "prompt_key": "story",
                "language": "en",
                "prompt": "Once upon a time",
                "strategy": strategy,
                "settings": {"max_new_tokens": 8},
                "text": f" a hub wrote by {strategy}.",
                "stats": dict(stats),
            }
            for strategy in ("greedy", "beam", "sampling", "top_k", "nucleus")
        ],
    }


def _score(
    task: str, metric: str, value: float, stderr: float, *, higher_is_better: bool = False, primary: bool = False
) -> dict[str, Any]:
    return {
        "task": task,
        "metric": metric,
        "value": value,
        "stderr": stderr,
        "n": 100,
        "higher_is_better": higher_is_better,
        "primary": primary,
    }
