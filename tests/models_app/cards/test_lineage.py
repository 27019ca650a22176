import pytest

from models_app.cards.lineage import Lineage, lineage_tags, read_lineage
from models_app.cards.rules import Card, facets


@pytest.mark.parametrize(
    ("data", "config", "library", "relation"),
    [
        ({"base_model": "a/b"}, {}, "transformers", "finetune"),
        ({"base_model": ["a/b", "c/d"]}, {}, "", "merge"),
        ({"base_model": "a/b"}, {}, "peft", "adapter"),
        ({"base_model": "a/b"}, {"quantization_config": {}}, "transformers", "quantized"),
        ({"base_model": "a/b"}, {}, "gguf", "quantized"),
        ({"base_model": "a/b", "base_model_relation": "adapter"}, {"quantization_config": {}}, "", "adapter"),
        ({"base_model": "a/b", "base_model_relation": "cousin"}, {}, "", "finetune"),
        ({"base_model": "a/b", "base_model_relation": ["adapter"]}, {}, "", "finetune"),
    ],
)
def test_how_a_model_was_made(data: dict[str, object], config: dict[str, object], library: str, relation: str):
    bases = data["base_model"] if isinstance(data["base_model"], list) else [data["base_model"]]
    tags = list(lineage_tags(data, config, library))

    assert tags == [*(f"base_model:{base}" for base in bases), *(f"base_model:{relation}:{base}" for base in bases)]
    assert read_lineage(["en", *tags, "license:mit"]) == Lineage(bases, relation)


def test_no_base_no_lineage():
    assert list(lineage_tags({"base_model_relation": "merge"}, {}, "peft")) == []
    assert read_lineage(["en"]) == Lineage([], "")


def test_tags_of_a_dataset_carry_their_key():
    data = {"language": ["en", "zh"], "task_categories": "summarization", "license": "mit", "tags": ["poems"]}

    assert facets(Card(data, ""), {}, "dataset").tags == [
        "task_categories:summarization", "language:en", "language:zh", "license:mit", "poems",
    ]  # fmt: skip
