"""What a card is accepted with, and what lists get to know of it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_app.cards.rules import MAX_TAGS, Card, Facets, facets, parse_card, validate
from models_app.cards.starter import starter_card

GPT2 = {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}
NO_METADATA = "The card has no metadata: add YAML front matter with at least a license."
NO_LICENCE = "The card names no license: say under which terms others may use this."


def card(yaml: str) -> str:
    return f"---\n{yaml}\n---\n# A\n"


def test_parse_card():
    assert parse_card(card("license: mit")) == Card({"license": "mit"}, "# A\n")
    assert parse_card("# A") == Card({}, "# A")
    assert parse_card(card("a: [")).data == {}
    assert parse_card(card("a: [")).problem.startswith("The front matter is not valid YAML: line 2:")


@pytest.mark.parametrize(
    ("text", "errors", "warnings"),
    [
        (card("license: mit\nlanguage: [en, no]\ntags: [a]\nbase_model: alice/bear"), [], []),
        ("# No front matter", [], [NO_METADATA]),
        ("", [], [NO_METADATA]),
        ("\n\n" + card("license: mit"), [], []),
        (card("tags: [a]"), [], [NO_LICENCE]),
        (card("license:"), [], [NO_LICENCE]),
        (card("license: [mit, apache-2.0]"), [], []),
        (
            card("license: apach-2.0"),
            ['"license": “apach-2.0” is not a known licence: did you mean Apache-2.0, Apache-1.0, Apache-1.1?'],
            [],
        ),
        (card("license: 2"), ['"license" must be text or a list of texts.'], [NO_LICENCE]),
        (card("license: mit\nmodel-index: foo"), ['"model-index" must be a list.'], []),
        (card("license: mit\nmodel-index: [1]"), ['"model-index[0]" must be a mapping.'], []),
        (card("license: mit\nmodel-index: [{results: x}]"), ['"model-index[0].results" must be a list.'], []),
        (card("license: mit\nmodel-index: [{name: a, results: [{}]}]"), [], []),
        (card("license: mit\npipeline_tag: [a]"), ['"pipeline_tag" must be text.'], []),
        (card("license: mit\nlibrary_name: {a: b}"), ['"library_name" must be text.'], []),
        (card("license: mit\ntags: {a: b}"), ['"tags" must be text or a list of texts.'], []),
        (card("license: mit\ndatasets: [1]"), ['"datasets" must be text or a list of texts.'], []),
        (card("license: mit\nlanguage: true"), ['"language" must be text or a list of texts.'], []),
        (card("license: mit\nbase_model: ./out/x/y"), [], ['"base_model": “./out/x/y” is not the id of a model.']),
        (
            card("license: other"),
            [],
            ["“license: other” needs license_name, and license_link or a file LICENSE with the text in the repo."],
        ),
        (card("license: other\nlicense_name: mine\nlicense_link: LICENSE"), [], []),
        (card("- a"), ["The front matter must be a mapping of keys to values."], []),
    ],
)
def test_validate(text: str, errors: list[str], warnings: list[str]):
    assert validate(text, "model") == (errors, warnings)


def test_a_space_needs_no_licence():
    assert validate(card("sdk: static"), "space") == ([], [])


def test_facets_of_a_full_card():
    text = card(
        "license: gpl-3.0\nlanguage: [en, no]\ntags: [poetry, poetry]\ndatasets: alice/poems\nbase_model: openai/gpt2\n"
        "pipeline_tag: summarization\nlibrary_name: keras"
    )

    assert facets(parse_card(text + "https://arxiv.org/abs/1706.03762"), GPT2) == Facets(
        licence="GPL-3.0-only",
        pipeline_tag="summarization",
        library_name="keras",
        tags=[
            "keras", "summarization", "gpt2", "poetry", "dataset:alice/poems", "arxiv:1706.03762", "en", "no",
            "base_model:openai/gpt2", "base_model:finetune:openai/gpt2", "license:gpl-3.0",
        ],
    )  # fmt: skip


def test_facets_that_only_the_config_tells():
    assert facets(Card({}, ""), GPT2) == Facets(
        pipeline_tag="text-generation", library_name="transformers", tags=["transformers", "text-generation", "gpt2"]
    )
    assert facets(Card({}, ""), {}) == Facets()


@pytest.mark.parametrize(
    ("config", "task"),
    [
        ({"architectures": ["BertForMaskedLM"]}, "fill-mask"),
        ({"architectures": ["LlamaForCausalLM"]}, "text-generation"),
        ({"architectures": ["T5ForConditionalGeneration"], "model_type": "t5"}, "text2text-generation"),
        ({"architectures": ["MarianMTModel"], "model_type": "marian"}, "translation"),
        (
            {"architectures": ["WhisperForConditionalGeneration"], "model_type": "whisper"},
            "automatic-speech-recognition",
        ),
        ({"architectures": ["LlavaForConditionalGeneration"], "model_type": "llava"}, ""),
        ({"architectures": ["BertModel"]}, ""),
        ({"architectures": [1]}, ""),
        ({"architectures": "BertForMaskedLM"}, ""),
    ],
)
def test_the_task_of_an_architecture(config: dict[str, object], task: str):
    assert facets(Card({}, ""), config).pipeline_tag == task


@pytest.mark.parametrize(
    ("licence", "kept", "tags"),
    [
        ("[mit, apache-2.0]", "MIT AND Apache-2.0", ["license:mit", "license:apache-2.0"]),
        ("[openrail, mit]", "openrail", ["license:openrail", "license:mit"]),
        ("[mit, nonsense]", "MIT", ["license:mit"]),
        ("nonsense", "", []),
        ("other", "other", ["license:other"]),
        (
            "[cc-by-nc-sa-4.0, cc-by-nc-nd-4.0, cc-by-nc-sa-3.0, cc-by-nc-nd-3.0, cdla-sharing-1.0]",
            "CC-BY-NC-SA-4.0",
            None,
        ),
    ],
)
def test_several_licences(licence: str, kept: str, tags: list[str] | None):
    found = facets(parse_card(card(f"license: {licence}")), {})

    assert found.licence == kept
    if tags is not None:
        assert found.tags == tags


def test_facets_fit_their_columns():
    data = {"pipeline_tag": "x" * 61, "library_name": 5, "tags": ["y" * 201, "", 7, *(f"t{n}" for n in range(1000))]}

    found = facets(Card(data, ""), {})

    assert (found.pipeline_tag, found.library_name) == ("", "")
    assert found.tags == [f"t{n}" for n in range(MAX_TAGS)]


def test_the_starter_card_is_a_valid_card():
    text = starter_card("tiny-bear", licence="MIT", pipeline_tag="text-generation")

    assert validate(text, "model") == ([], [])
    assert parse_card(text).data == {
        "license": "MIT", "language": None, "pipeline_tag": "text-generation", "library_name": None,
    }  # fmt: skip
    assert parse_card(text).body.startswith("\n# tiny-bear\n")
    assert validate(starter_card("a"), "model") == ([], [NO_LICENCE])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
KEYS = ["license", "tags", "language", "datasets", "base_model", "pipeline_tag", "library_name", "model-index"]


@settings(max_examples=50, deadline=None)
@given(
    data=st.dictionaries(st.sampled_from(KEYS), JSON),
    config=st.dictionaries(st.sampled_from(["architectures", "model_type"]), JSON),
)
def test_odd_types_never_crash(data: dict[str, object], config: dict[str, object]):
    text = card(json.dumps(data))

    validate(text, "model")
    found = facets(Card(data, ""), config)

    assert all(len(tag) <= 200 for tag in found.tags)
    assert len(found.licence) <= 80
