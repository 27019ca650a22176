"""A whole evaluation: every score and sample that the suite declares, the same each time, in the form of a record."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from jsonschema import Draft202012Validator

from models_app.evaluation.engine.architecture import read_architecture
from models_app.evaluation.engine.causal import CausalAdapter
from models_app.evaluation.engine.decoding import Continuation, Decoding, Prompt, decode, sample
from models_app.evaluation.engine.errors import Unsupported
from models_app.evaluation.engine.rows import Pair
from models_app.evaluation.engine.run import evaluate, suite
from models_app.evaluation.engine.sampling import seed_of, statistics
from models_app.evaluation.engine.statistics import corpus_estimate, corpus_metric, mean_estimate, ratio_estimate
from models_app.evaluation.records.checks import SCHEMA

FolderOf = Callable[[str], Path]


@pytest.fixture(scope="module")
def found(checkpoint_folder: FolderOf) -> dict[str, Any]:
    return _evaluate(checkpoint_folder("llama"))


def _evaluate(folder: Path, report: Callable[[dict[str, Any]], None] = lambda _: None) -> dict[str, Any]:
    return evaluate(folder, suite("standard", 1), precision="float32", device="cpu", report=report)


def test_what_is_found_has_the_form_of_a_record(found: dict[str, Any]):
    identity = {
        "format": 1,
        "repo": "alice/tiny",
        "commit": "0" * 40,
        "suite": {"name": "standard", "version": 1, "sha256": "0" * 64},
        "files": [{"path": "model.safetensors", "sha256": "0" * 64, "size": 1}],
    }

    Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(found | identity)))


def test_every_declared_score_and_sample_is_there(found: dict[str, Any]):
    content = suite("standard", 1).content
    tasks = {name: rule for name, rule in content["tasks"].items() if "causal" in rule.get("families", ["causal"])}

    declared = {(task, metric) for task, rule in tasks.items() for metric in rule["metrics"]}
    assert {(score["task"], score["metric"]) for score in found["scores"]} == declared
    assert {score["task"] for score in found["scores"] if score["primary"]} == set(tasks)
    assert all(score["stderr"] is not None for score in found["scores"])
    wanted = {(prompt, strategy) for prompt in content["prompts"] for strategy in content["strategies"]}
    assert {(one["prompt_key"], one["strategy"]) for one in found["samples"]} == wanted


def test_cross_entropy_perplexity_and_bits_per_byte_are_one_measurement(
    found: dict[str, Any], adapter_of: Callable[..., CausalAdapter]
):
    values = {score["metric"]: score["value"] for score in found["scores"] if score["task"] == "prose_en"}
    text = "".join(
        json.loads(line)["text"]
        for line in (suite("standard", 1).folder / "data/prose_en.jsonl").read_text().splitlines()
    )
    tokens = sum(
        len(adapter_of("llama").tok_encode(json.loads(line)["text"]))
        for line in (suite("standard", 1).folder / "data/prose_en.jsonl").read_text().splitlines()
    )

    assert values["perplexity"] == pytest.approx(math.exp(values["cross_entropy"]))
    assert values["bits_per_byte"] * len(text.encode()) * math.log(2) == pytest.approx(values["cross_entropy"] * tokens)


def test_a_second_run_finds_the_same(found: dict[str, Any], checkpoint_folder: FolderOf):
    told: list[dict[str, Any]] = []

    again = _evaluate(checkpoint_folder("llama"), told.append)

    assert {**again, "timing": None} == {**found, "timing": None}
    assert [progress["stage"] for progress in told if progress["done"] == 0] == [
        "load",
        "samples",
        *["fine_tuning"] * 3,
    ]
    at_tasks = [progress for progress in told if progress["stage"] == "tasks"]
    trained = [progress for progress in told if progress["stage"] == "fine_tuning"]
    assert list(dict.fromkeys(progress["task"] for progress in at_tasks + trained)) == list(again["items"])
    assert (trained[0]["done"], trained[-1]["done"], trained[-1]["total"]) == (0, 15, 15)
    assert [progress["done"] for progress in at_tasks] == sorted(progress["done"] for progress in at_tasks)
    assert at_tasks[-1]["done"] == at_tasks[-1]["total"] == 1140


def test_a_precision_that_is_not_known_is_refused(checkpoint_folder: FolderOf):
    with pytest.raises(Unsupported, match="int8"):
        evaluate(
            checkpoint_folder("llama"), suite("standard", 1), precision="int8", device="cpu", report=lambda _: None
        )


def test_what_a_checkpoint_is_comes_from_its_files(checkpoint_folder: FolderOf):
    architecture = read_architecture(checkpoint_folder("llama"))

    assert (architecture.family, architecture.positions, architecture.attention) == (
        "causal",
        "rotary",
        "grouped-query",
    )
    assert (architecture.layers, architecture.heads, architecture.kv_heads) == (2, 4, 2)
    assert read_architecture(checkpoint_folder("bloom")).context is None
    assert read_architecture(checkpoint_folder("mistral")).window == 32


def test_a_sample_does_not_depend_on_its_batch(adapter_of: Callable[..., CausalAdapter]):
    adapter = adapter_of("gpt2")
    nucleus = Decoding(do_sample=True, top_p=0.9)
    prompts = [
        Prompt(adapter.tok_encode(text), decoding, 10, seed=seed)
        for seed, (text, decoding) in enumerate(
            [("The quick brown", nucleus), ("The", Decoding()), ("3 + 4", Decoding(do_sample=True, top_k=5))]
        )
    ]

    together = decode(adapter, prompts)

    assert together == [
        Continuation(pytest.approx(alone.tokens), pytest.approx(alone.logprob, abs=1e-4))
        for prompt in prompts
        for alone in decode(adapter, [prompt])
    ]
    pair = Pair(prompts[0].tokens, together[0].tokens)
    assert adapter.score([pair])[0][0] == pytest.approx(together[0].logprob, abs=1e-4)


@pytest.mark.parametrize(
    ("decoding", "allowed"),
    [
        (Decoding(do_sample=True), {0, 1, 2, 3}),
        (Decoding(do_sample=True, top_k=2), {1, 3}),
        (Decoding(do_sample=True, top_p=0.5), {3}),
        (Decoding(do_sample=True, top_p=0.75), {1, 3}),
    ],
)
def test_filters_leave_the_likeliest_tokens(decoding: Decoding, allowed: set[int]):
    logits = torch.tensor([[0.05, 0.3, 0.05, 0.6]]).log().repeat(500, 1)

    drawn = sample(logits, decoding, torch.linspace(0, 1 - 1e-6, 500))

    assert set(drawn.tolist()) == allowed


def test_statistics_of_a_text():
    assert statistics(Continuation([], 0.0)) == {
        "tokens": 0,
        "mean_logprob": None,
        "distinct_1": None,
        "distinct_2": None,
        "repetition": None,
    }
    found = statistics(Continuation([1, 2, 1, 2, 1, 2], -3.0))
    assert found["mean_logprob"] == -0.5
    assert found["distinct_1"] == pytest.approx(2 / 6)
    assert found["distinct_2"] == pytest.approx(2 / 5)
    assert found["repetition"] == pytest.approx(1 / 3)


def test_each_sample_has_a_seed_of_its_own():
    seeds = {seed_of(1, key, strategy) for key in "abc" for strategy in ("top_k", "nucleus")}

    assert len(seeds) == 6
    assert seed_of(1, "a", "top_k") == seed_of(1, "a", "top_k")


def test_standard_errors():
    assert mean_estimate([1.0, 0.0, 1.0, 0.0]).stderr == pytest.approx(math.sqrt(1 / 3 / 4))
    assert ratio_estimate([2.0, 4.0, 6.0], [1.0, 2.0, 3.0]).stderr == 0
    equal_sizes = ratio_estimate([1.0, 0.0, 1.0, 0.0], [1.0] * 4)
    assert (equal_sizes.value, equal_sizes.stderr) == (0.5, pytest.approx(math.sqrt(1 / 3 / 4)))


def test_item_scores_add_up_to_the_scores(found: dict[str, Any]):
    primaries = {score["task"]: score for score in found["scores"] if score["primary"]}
    assert set(found["item_scores"]) == set(primaries)
    for task, items in found["item_scores"].items():
        score = primaries[task]
        assert len(items["values"]) == score["n"]
        assert len(items["hashes"]) == 8 * score["n"]
        if score["metric"] != "chrf":  # of a corpus: no mean
            weights = items.get("weights", [1] * score["n"])
            assert math.fsum(items["values"]) / math.fsum(weights) == pytest.approx(score["value"], abs=1e-6)
    assert len(json.dumps(found["item_scores"])) < 20_000


def test_translations_are_scored_by_sacrebleu():
    pairs = [("the cat sat down", "the cat sat up"), ("a dog", "the bird"), ("a horse ran away", "a horse ran away")]
    chrf = corpus_estimate(corpus_metric("chrf", "en"), pairs)

    assert chrf == corpus_estimate(corpus_metric("chrf", "en"), pairs)
    assert 0 < chrf.value < 100
    assert chrf.stderr is not None
    assert chrf.stderr > 0
    assert str(chrf.signature).startswith("nrefs:1|bs:1000|seed:12345|case:mixed|eff:yes|nc:6|nw:0|")
    assert corpus_estimate(corpus_metric("bleu", "en"), [("a b c d", "x y"), ("e f g h", "e f g h")]).stderr > 0
    # Without spaces, only a tokenizer that knows Chinese finds words in common.
    chinese = [("公交车又晚点了，我们走回了家。", "公交车又晚点了，他们走回了家。")]
    assert corpus_estimate(corpus_metric("bleu", "zh"), chinese).value > 70
    assert corpus_estimate(corpus_metric("bleu", "en"), chinese).value < 10
