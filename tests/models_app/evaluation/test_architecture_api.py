from django.test import Client

from community.members.models import User
from models_app.repos.models import Repo
from tests.factories.checkpoints import RepoFactory

CONFIG = {"model_type": "gpt2", "n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": 300, "n_positions": 10**9}
OUTLINE = {"sides": [32, 96, 128, 300], "layers": {"": 2}}


def model(alice: User, *, private: bool = False) -> Repo:
    return RepoFactory(
        creator=alice, name="tiny", private=private, config=CONFIG, outline=OUTLINE, parameters={"F32": 9}
    )


def test_an_architecture_for_programs(alice: User):
    model(alice)
    answer = Client().get("/api/evaluation/architectures/alice/tiny")
    assert answer.json() == {
        "model_type": "gpt2",
        "stack": "decoder",
        "parts": [
            {
                "part": "decoder",
                "attention": ["causal"],
                "count": 2,
                "heads": 4,
                "kv_heads": 4,
                "head_size": 8,
                "feed_forward": 128,
            }
        ],
        "hidden_size": 32,
        "vocabulary": 300,
        "context": None,
        "has_no_end": False,
        "positions": "absolute",
        "activation": None,
        "gated": False,
        "tied": True,
        "shared_layers": False,
        "window": None,
        "norm": "LayerNorm",
        "order": "before",
        "checked": True,
        "parameters": {"F32": 9},
    }


def test_a_private_model_has_no_architecture_for_others(alice: User, bob: User):
    model(alice, private=True)
    for user, status in ((None, 404), (bob, 404), (alice, 200)):
        client = Client()
        if user is not None:
            client.force_login(user)
        assert client.get("/api/evaluation/architectures/alice/tiny").status_code == status


def test_what_is_not_in_the_table_is_not_found(alice: User):
    RepoFactory(creator=alice, name="odd", config={"model_type": "mamba"})
    answer = Client().get("/api/evaluation/architectures/alice/odd")
    assert (answer.status_code, answer.json()["code"]) == (404, "architecture_unknown")
