import json

import pytest
from django.test import Client

from community.members.actors import Actor
from community.members.models import User
from models_app.architectures.rules import architecture
from models_app.gitstore.repository import AddFile
from models_app.pages.schematic import draw
from tests.models_app.pages.conftest import add_large, commit, make_model, safetensors

CONFIG = {"model_type": "gpt2", "n_embd": 8, "n_layer": 2, "n_head": 2, "n_inner": None, "vocab_size": 50}


def test_the_card_shows_what_config_and_headers_agree_on(client: Client, alice: User):
    repo = make_model(alice, "small")
    commit(Actor(user=alice), repo, AddFile("config.json", json.dumps(CONFIG | {"n_layer": 3000}).encode()))
    shapes = {"wte.weight": (50, 8), "h.0.mlp.weight": (8, 32), "h.1.mlp.weight": (8, 32)}
    add_large(Actor(user=alice), repo, "model.safetensors", safetensors(**shapes))
    repo.refresh_from_db()
    assert repo.outline == {"sides": [8, 32, 50], "layers": {"": 2}}
    page = client.get("/alice/small").content.decode()
    assert "<div><dt>Vocabulary</dt><dd>50</dd></div>" in page
    assert "<div><dt>Feed-forward width</dt><dd>32</dd></div>" in page
    assert '<div><dt>Layers</dt><dd><span class="muted">not known</span></dd></div>' in page
    assert "3000" not in page
    assert "3,000" not in page
    assert "Causal attention" in page
    assert "no safetensors headers" not in page


def test_without_headers_the_card_says_whose_word_it_is(client: Client, alice: User):
    repo = make_model(alice, "small")
    commit(Actor(user=alice), repo, AddFile("config.json", json.dumps(CONFIG).encode()))
    page = client.get("/alice/small").content.decode()
    assert "<div><dt>Layers</dt><dd>2</dd></div>" in page
    assert "no safetensors headers" in page


def test_an_unknown_architecture_has_no_card(client: Client, alice: User):
    repo = make_model(alice, "small")
    commit(Actor(user=alice), repo, AddFile("config.json", b'{"model_type": "mamba"}'))
    assert "architecture-title" not in client.get("/alice/small").content.decode()


@pytest.mark.parametrize(
    ("model_type", "kinds"),
    [
        ("gpt2", ["plain", "embedding", "norm", "attention", "norm", "feed-forward", "norm", "plain"]),
        ("bert", ["plain", "embedding", "attention", "norm", "feed-forward", "norm", "plain"]),
        ("phi", ["plain", "embedding", "norm", "attention", "feed-forward", "norm", "plain"]),
    ],
)
def test_a_drawing_has_the_blocks_in_their_order(model_type: str, kinds: list[str]):
    found = architecture({"model_type": model_type}, {})
    assert found is not None
    drawing = draw(found)
    assert [box.kind for box in drawing.boxes] == kinds
    assert all(box.x >= 0 and box.x + box.width <= drawing.width for box in drawing.boxes)
    assert drawing.frames[0].times == "× ?"


def test_a_decoder_is_drawn_beside_its_encoder():
    found = architecture({"model_type": "t5", "num_layers": 6}, {})
    assert found is not None
    drawing = draw(found)
    assert [frame.times for frame in drawing.frames] == ["× 6", "× 6"]
    assert [box.label for box in drawing.boxes if box.kind in {"attention", "cross"}] == [
        "Bidirectional attention",
        "Causal attention",
        "Cross attention",
    ]
