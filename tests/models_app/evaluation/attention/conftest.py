"""A model whose attention can be asked for, and what a worker finds."""

import base64
import struct
from collections.abc import Callable
from typing import Any

import pytest

from community.members.models import User
from models_app.evaluation.attention.models import AttentionRequest
from models_app.repos.models import Repo
from tests.factories.attention import AttentionRequestFactory
from tests.factories.checkpoints import RepoFactory

ROWS = ["The", " cat"]
# Two layers of one head: two tokens that look, two that are looked at.
WEIGHTS = [[[[1.0, 0.0], [0.25, 0.75]]], [[[1.0, 0.0], [0.5, 0.5]]]]


@pytest.fixture
def tiny(alice: User) -> Repo:
    """alice/tiny, a GPT-2 by its facets."""
    return RepoFactory(creator=alice, name="tiny", config={"model_type": "gpt2"}, parameters={"F32": 1_000_000})


@pytest.fixture
def request_(tiny: Repo, alice: User) -> AttentionRequest:
    """A text of alice that waits."""
    return AttentionRequestFactory(repo=tiny, requested_by=alice)


def layer(heads: list[list[list[float]]]) -> str:
    values = [value for head in heads for row in head for value in row]
    return base64.b64encode(struct.pack(f"<{len(values)}e", *values)).decode()


@pytest.fixture
def result() -> dict[str, Any]:
    """What a worker hands in: two layers of one head."""
    part = {"name": "decoder", "rows": ROWS, "columns": ROWS, "causal": True, "heads": 1}
    return {
        "family": "causal",
        "read": 2,
        "read_target": None,
        "parts": [{**part, "layers": [layer(heads) for heads in WEIGHTS]}],
    }


@pytest.fixture
def no_ring(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queues that were rung."""
    rung: list[str] = []

    def ring(_task: object, *_args: object, queue: str = "default") -> None:
        rung.append(queue)

    ring_in: Callable[[str], None] = lambda module: monkeypatch.setattr(f"{module}.ring", ring)  # noqa: E731
    ring_in("models_app.evaluation.attention.services")
    ring_in("models_app.evaluation.attention.leases")
    return rung
