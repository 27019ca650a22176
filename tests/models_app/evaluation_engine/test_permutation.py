"""XLNet against the plainest way: one token at a time, all later ones left away."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from lm_eval.api.instance import Instance

from models_app.evaluation.engine.architecture import read_architecture
from models_app.evaluation.engine.decoding import Decoding, Prompt, decode
from models_app.evaluation.engine.loading import load_checkpoint
from models_app.evaluation.engine.permutation import PermutationAdapter
from models_app.evaluation.engine.rows import Pair
from models_app.evaluation.engine.run import evaluate, suite

FolderOf = Callable[[str], Path]
TOLERANCE = 1e-4
CONTEXT, CONTINUATION = "The quick brown fox", " jumps over the lazy dog."


@pytest.fixture
def adapter(checkpoint_folder: FolderOf) -> PermutationAdapter:
    folder = checkpoint_folder("xlnet")
    checkpoint = load_checkpoint(folder, read_architecture(folder), precision="float32", device="cpu")
    return PermutationAdapter(checkpoint, context_tokens=256)


@torch.inference_mode()
def plain(adapter: PermutationAdapter, context: list[int], continuation: list[int]) -> float:
    """Log P(continuation | context): each token from a text that ends with it, by a mask written out entry by entry."""
    total = 0.0
    for end in range(1, len(continuation) + 1):
        tokens = [*context, *continuation[:end]]
        length = len(tokens)
        hidden = torch.zeros(1, length, length)
        for i in range(length):
            for j in range(len(context), length):
                hidden[0, i, j] = float(j >= i)
        mapping = torch.zeros(1, 1, length)
        mapping[0, 0, -1] = 1
        output = adapter.model(torch.tensor([tokens]), perm_mask=hidden, target_mapping=mapping, use_mems=False)
        total += output.logits[0, 0].log_softmax(-1)[tokens[-1]].item()
    return total


def test_scores_are_those_of_the_plain_reference(adapter: PermutationAdapter):
    pairs = [(CONTEXT, CONTINUATION), (CONTEXT, " dog"), ("敏捷的", "狐狸跳过了懒狗。")]

    scored = adapter.loglikelihood([Instance("loglikelihood", {}, pair, 0) for pair in pairs])

    expected = []
    for context, continuation in pairs:
        tokens = adapter.tok_encode(context)
        expected.append(plain(adapter, tokens, adapter.tok_encode(context + continuation)[len(tokens) :]))
    assert [value for value, _ in scored] == pytest.approx(expected, abs=TOLERANCE)


def test_a_whole_text_is_scored_token_by_token(adapter: PermutationAdapter):
    text = CONTEXT + CONTINUATION

    (value,) = adapter.loglikelihood_rolling([Instance("loglikelihood_rolling", {}, (text,), 0)])

    assert value == pytest.approx(plain(adapter, [adapter.prefix_token_id], adapter.tok_encode(text)), abs=TOLERANCE)


def test_what_is_written_has_the_probability_that_it_scores(adapter: PermutationAdapter):
    prompts = [Prompt(adapter.tok_encode(text), Decoding(), max_new_tokens=6) for text in (CONTEXT, "敏捷的")]

    for prompt, written in zip(prompts, decode(adapter, prompts), strict=True):
        ((value, greedy),) = adapter.score([Pair(prompt.tokens, written.tokens)])
        assert greedy
        assert value == pytest.approx(written.logprob, abs=TOLERANCE)


@pytest.mark.slow
def test_a_whole_evaluation(checkpoint_folder: FolderOf):
    content = suite("standard", 1).content

    found = evaluate(
        checkpoint_folder("xlnet"), suite("standard", 1), precision="float32", device="cpu", report=lambda _: None
    )

    assert found["family"] == "permutation"
    tasks = {
        name for name, entry in content["tasks"].items() if "permutation" in entry.get("families", ["permutation"])
    }
    assert {score["task"] for score in found["scores"]} == tasks
    assert len(found["samples"]) == len(content["prompts"]) * len(content["strategies"])
