"""Masked models against the plainest way: one masked text at a time, all logits, no padding."""

import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lm_eval.api.instance import Instance
from transformers import BertForPreTraining

from models_app.evaluation.engine.architecture import read_architecture
from models_app.evaluation.engine.errors import InvalidCheckpoint, Unsupported
from models_app.evaluation.engine.loading import load_checkpoint
from models_app.evaluation.engine.masked import MaskedAdapter, _drawn
from models_app.evaluation.engine.projection import logits_of
from models_app.evaluation.engine.run import evaluate, suite
from models_app.evaluation.engine.training import small_model, train_masked_tokenizer
from tests.models_app.evaluation_engine.checkpoints import MASKED, edit_json, save_checkpoint

FolderOf = Callable[[str], Path]
TOLERANCE = 1e-4
LONG = "The lazy dog jumps over the quick brown fox. 3 + 4 = 7 敏捷的狐狸。 " * 12  # longer than the context
ANIMALS = ("fox", "dog", "cat", "bird")
VERBS = ("runs", "sleeps", "eats", "jumps", "waits", "looks", "swims", "hides", "sings", "turns")
PAIRS = [
    ("The quick brown", " fox"),
    ("", "敏捷的棕色狐狸跳过了懒狗。"),
    ("The quick", " dog jumps over"),
    (LONG, " is long"),
]


def adapter_of(folder: Path, **settings: int) -> MaskedAdapter:
    checkpoint = load_checkpoint(folder, read_architecture(folder), precision="float32", device="cpu")
    return MaskedAdapter(checkpoint, **({"context_tokens": 1024} | settings))


@torch.inference_mode()
def plain(adapter: MaskedAdapter, tokens: list[int], hidden: list[int], target: int) -> float:
    """Log P(token at `target`) of `tokens` with those at `hidden` masked."""
    tokenizer = adapter.tokenizer
    shown = [tokenizer.mask_token_id if index in hidden else token for index, token in enumerate(tokens)]
    row = torch.tensor([[tokenizer.cls_token_id, *shown, tokenizer.sep_token_id]])
    return logits_of(adapter.model(input_ids=row))[0, 1 + target].log_softmax(-1)[tokens[target]].item()


def plain_continuation(adapter: MaskedAdapter, context: str, continuation: str) -> float:
    text = context + continuation
    passage = adapter.passage(text)
    tokens, words, spans = (part[-adapter.room :] for part in (passage.tokens, passage.words, passage.spans))
    asked = [index for index, (_, end) in enumerate(spans) if end > len(context)]
    return sum(
        plain(adapter, tokens, [one for one in asked if one >= index and words[one] == words[index]], index)
        for index in asked
    )


@pytest.mark.parametrize("model_type", MASKED)
def test_every_architecture_scores_like_the_plain_reference(checkpoint_folder: FolderOf, model_type: str):
    adapter = adapter_of(checkpoint_folder(model_type))

    scored = adapter.loglikelihood([Instance("loglikelihood", {}, pair, 0) for pair in PAIRS])

    assert [value for value, _ in scored] == pytest.approx(
        [plain_continuation(adapter, *pair) for pair in PAIRS], abs=TOLERANCE
    )


@pytest.mark.parametrize("model_type", MASKED)
def test_masked_tokens_are_predicted_like_by_the_plain_reference(checkpoint_folder: FolderOf, model_type: str):
    adapter = adapter_of(checkpoint_folder(model_type))
    texts = ["The quick brown fox jumps over the lazy dog.", LONG]
    requests = [Instance("masked_language_modelling", {}, (text, f"seed {text}"), 0) for text in texts]

    for cloze, text in zip(adapter.masked_language_modelling(requests), texts, strict=True):
        tokens = adapter.passage(text).tokens
        hidden = _drawn(len(tokens), adapter.room, f"seed {text}")
        expected = 0.0
        for start in range(0, len(tokens), adapter.room):
            masked = [index - start for index in hidden if start <= index < start + adapter.room]
            window = tokens[start : start + adapter.room]
            expected += sum(plain(adapter, window, masked, index) for index in masked)
        assert cloze.tokens == len(hidden)
        assert cloze.logprob == pytest.approx(expected, abs=TOLERANCE * len(hidden))


def test_the_token_budget_does_not_change_scores(checkpoint_folder: FolderOf):
    requests = [Instance("loglikelihood", {}, pair, 0) for pair in PAIRS]
    generous, tight = (adapter_of(checkpoint_folder("bert"), token_budget=budget) for budget in (4096, 64))

    a, b = generous.loglikelihood(requests), tight.loglikelihood(requests)

    assert [value for value, _ in a] == pytest.approx([value for value, _ in b], abs=TOLERANCE)


def test_what_the_tokenizer_does_not_know_is_not_predicted(checkpoint_folder: FolderOf):
    adapter = adapter_of(checkpoint_folder("bert"))
    text = "ξένος"

    (cloze,) = adapter.masked_language_modelling([Instance("masked_language_modelling", {}, (text, "seed"), 0)])

    assert (cloze.hits, cloze.tokens, cloze.size) == (0, 1, len(text.encode()))
    assert -cloze.logprob / math.log(2) == pytest.approx(8 * len(text.encode()))


@pytest.mark.parametrize("model_type", MASKED)
def test_a_whole_evaluation(checkpoint_folder: FolderOf, model_type: str):
    content = suite("standard", 1).content

    found = evaluate(
        checkpoint_folder(model_type), suite("standard", 1), precision="float32", device="cpu", report=lambda _: None
    )

    assert found["family"] == "masked"
    tasks = {name for name, entry in content["tasks"].items() if "masked" in entry.get("families", ["masked"])}
    if model_type != "bert":
        tasks = {name for name in tasks if content["tasks"][name].get("needs") != "next_sentence"}
    assert {score["task"] for score in found["scores"]} == tasks
    assert all(score["stderr"] is not None for score in found["scores"])
    wanted = {(fill, strategy) for fill in content["fills"] for strategy in content["strategies"]}
    assert {(one["prompt_key"], one["strategy"]) for one in found["samples"]} == wanted
    assert all("___" not in one["text"] and one["stats"]["tokens"] > 0 for one in found["samples"])


def test_next_sentences_are_judged_like_by_the_plain_reference(checkpoint_folder: FolderOf):
    adapter = adapter_of(checkpoint_folder("bert"))
    texts = ["The quick brown fox.", "敏捷的狐狸。", "3 + 4 = 7", "It jumps over the lazy dog.", LONG]
    pairs = [(first, second) for first in texts for second in texts[:4]]

    leads = sorted(plain_lead(adapter, *pair) for pair in pairs)
    with torch.no_grad():  # so that one half of them follows
        adapter.model.cls.seq_relationship.bias[0] -= (leads[9] + leads[10]) / 2

    found = adapter.next_sentence([Instance("next_sentence", {}, pair, 0) for pair in pairs])  # type: ignore[arg-type]

    assert found == [plain_lead(adapter, *pair) > 0 for pair in pairs]
    assert sum(found) == 10


@torch.inference_mode()
def plain_lead(adapter: MaskedAdapter, first: str, second: str) -> float:
    """By how much class 0 of BERT's head (the second text follows) is ahead; the first is cut where both are long."""
    start, end = adapter.tokenizer.cls_token_id, adapter.tokenizer.sep_token_id
    a, b = adapter.passage(first).tokens, adapter.passage(second).tokens
    a = a[: adapter.max_length - 3 - len(b)]
    tokens = torch.tensor([[start, *a, end, *b, end]])
    segments = torch.tensor([[*[0] * (len(a) + 2), *[1] * (len(b) + 1)]])
    logits = adapter.model(input_ids=tokens, token_type_ids=segments).seq_relationship_logits[0]
    return (logits[0] - logits[1]).item()


@pytest.mark.slow  # trains the checkpoint first
def test_a_trained_checkpoint_knows_what_follows(tmp_path: Path):
    """What follows is about the same animal; the pairs that it is asked about were not in its training."""
    draw = random.Random(1)  # noqa: S311 (the same each time)
    tokenizer = train_masked_tokenizer([f"{animal} {verb}" for animal in ANIMALS for verb in VERBS])
    config = small_model("bert", tokenizer).config
    config.update({"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "initializer_range": 0.1})
    torch.manual_seed(0)
    model = BertForPreTraining(config)
    tokenizer.save_pretrained(tmp_path)
    model.save_pretrained(tmp_path)
    asked = [_sentences(draw) for _ in range(200)]
    before = _share_right(adapter_of(tmp_path), asked)

    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-4)
    for _ in range(300):
        rows = [row for row in (_sentences(draw) for _ in range(32)) if row not in asked]
        texts = [row[0] for row in rows], [row[1] for row in rows]
        inputs = tokenizer(*texts, padding=True, return_token_type_ids=True, return_tensors="pt")
        logits = model(**inputs).seq_relationship_logits
        torch.nn.functional.cross_entropy(logits, torch.tensor([int(not row[2]) for row in rows])).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    model.save_pretrained(tmp_path)

    assert before < 0.65
    assert _share_right(adapter_of(tmp_path), asked) > 0.95


def _sentences(draw: random.Random) -> tuple[str, str, bool]:
    """Two sentences, and whether the second follows."""
    follows, animal = draw.random() < 0.5, draw.choice(ANIMALS)
    other = animal if follows else draw.choice([one for one in ANIMALS if one != animal])
    return f"the {animal} {draw.choice(VERBS)} .", f"then the {other} {draw.choice(VERBS)} .", follows


def _share_right(adapter: MaskedAdapter, asked: list[tuple[str, str, bool]]) -> float:
    requests: Any = [Instance("next_sentence", {}, row[:2], 0) for row in asked]
    found = adapter.next_sentence(requests)
    return sum(one == row[2] for one, row in zip(found, asked, strict=True)) / len(asked)


def test_greedy_filling_takes_the_likeliest_and_beams_find_nothing_less_likely(checkpoint_folder: FolderOf):
    adapter = adapter_of(checkpoint_folder("bert"))

    samples = adapter.write_samples(suite("standard", 1).content)

    by_strategy: dict[str, list[dict[str, Any]]] = {}
    for one in samples:
        by_strategy.setdefault(one["strategy"], []).append(one)
    for greedy, beam in zip(by_strategy["greedy"], by_strategy["beam"], strict=True):
        assert beam["stats"]["mean_logprob"] >= greedy["stats"]["mean_logprob"] - 1e-6
    first = by_strategy["greedy"][0]
    tokens = adapter.passage(first["prompt"].replace("___", "[MASK]")).tokens
    blank = tokens.index(adapter.tokenizer.mask_token_id)
    best = adapter.logits([adapter.row(tokens, [], [blank], 0)])[0].argmax().item()
    word = adapter.tokenizer.decode([best]).strip().removeprefix("##")
    assert first["text"].startswith(f"The {word} barked")


def test_an_encoder_without_a_language_model_is_unsupported(checkpoint_folder: FolderOf, tmp_path: Path):
    save_checkpoint(tmp_path, "bert")
    edit_json(tmp_path / "config.json", lambda config: config.update(architectures=["BertModel"]))

    with pytest.raises(Unsupported, match="BertModel"):
        read_architecture(tmp_path)


def test_a_tokenizer_without_a_mask_is_refused(tmp_path: Path):
    save_checkpoint(tmp_path, "bert")
    edit_json(tmp_path / "tokenizer_config.json", lambda config: config.pop("mask_token"))

    with pytest.raises(InvalidCheckpoint, match="mask_token"):
        adapter_of(tmp_path)


@pytest.mark.parametrize(("key", "value"), [("vocab_size", 2_000_000_000), ("max_position_embeddings", 4_000_000)])
@pytest.mark.parametrize("model_type", ["bert", "albert", "roberta"])
def test_sizes_that_the_weights_do_not_hold(tmp_path: Path, model_type: str, key: str, value: int):
    save_checkpoint(tmp_path, model_type)
    edit_json(tmp_path / "config.json", lambda config: config.update({key: value}))

    with pytest.raises(InvalidCheckpoint, match=key):
        read_architecture(tmp_path)


def test_a_padding_token_that_leaves_no_position(tmp_path: Path):
    save_checkpoint(tmp_path, "roberta")
    edit_json(tmp_path / "config.json", lambda config: config.update(pad_token_id=126))

    with pytest.raises(InvalidCheckpoint, match="leaves no position"):
        read_architecture(tmp_path)
