from collections.abc import Callable
from typing import Any

import pytest
import torch
from lm_eval.api.instance import Instance
from transformers import GenerationConfig

from models_app.evaluation.engine.batches import token_batches, with_back_off
from models_app.evaluation.engine.beams import beam_search
from models_app.evaluation.engine.causal import CausalAdapter
from models_app.evaluation.engine.decoding import Decoding, Prompt, decode
from models_app.evaluation.engine.errors import InvalidCheckpoint
from models_app.evaluation.engine.rows import Pair
from models_app.evaluation.engine.run import suite
from models_app.evaluation.engine.sampling import write_samples
from tests.models_app.evaluation_engine.checkpoints import CONFIGS
from tests.models_app.evaluation_engine.reference import Reference

AdapterOf = Callable[..., CausalAdapter]
PACKING = {"gpt2", "gptj", "gpt_neox", "opt", "llama", "qwen2", "qwen3", "gemma", "phi"}
TOLERANCE = 1e-4
LONG = "The lazy dog jumps over the quick brown fox, 3 + 4 = 7, 敏捷的狐狸。 " * 12  # longer than the context


def _choices() -> list[Instance]:
    pairs = [
        ("The quick brown", " fox"),
        ("The quick brown", " dog jumps over"),
        ("The quick brown", " lazy"),
        ("", "3 + 4 = 7"),
        ("敏捷的棕色", "狐狸跳过了"),
        ("敏捷的棕色", "懒狗。"),
        ("A context with a space ", "at its end"),
        (LONG, " is long"),
        (LONG, " is longer than the context"),
    ]
    return [Instance("loglikelihood", {}, pair, index) for index, pair in enumerate(pairs)]


@pytest.mark.parametrize("model_type", CONFIGS)
def test_every_architecture_scores_like_the_plain_reference(adapter_of: AdapterOf, model_type: str):
    adapter = adapter_of(model_type)
    reference = Reference(adapter)
    assert adapter.packs == (model_type in PACKING)

    scored, expected = adapter.loglikelihood(_choices()), reference.loglikelihood(_choices())
    texts = [Instance("loglikelihood_rolling", {}, (text,), 0) for text in ("A short text.", LONG, "懒狗。")]

    assert [value for value, _ in scored] == pytest.approx([value for value, _ in expected], abs=TOLERANCE)
    assert [greedy for _, greedy in scored] == [greedy for _, greedy in expected]
    assert adapter.loglikelihood_rolling(texts) == pytest.approx(
        reference.loglikelihood_rolling(texts), abs=TOLERANCE, rel=1e-6
    )


@pytest.mark.parametrize("model_type", CONFIGS)
def test_every_architecture_generates_like_the_plain_reference(adapter_of: AdapterOf, model_type: str):
    adapter = adapter_of(model_type)
    settings = {"until": ["\n", "。"], "do_sample": False, "max_gen_toks": 12}
    contexts = ["The quick", "3 + 4 =", "敏捷的棕色狐狸跳过了", "The lazy dog jumps over the lazy dog and the"]
    requests = [Instance("generate_until", {}, (context, settings), 0) for context in contexts]

    assert adapter.generate_until(requests) == Reference(adapter).generate_until(requests)


@pytest.mark.parametrize("model_type", CONFIGS)
def test_every_architecture_writes_by_every_strategy(adapter_of: AdapterOf, model_type: str):
    content = suite("standard", 1).content | {"max_new_tokens": 5}

    samples = write_samples(adapter_of(model_type), content)

    assert len(samples) == len(content["prompts"]) * len(content["strategies"])
    assert all(sample["stats"]["tokens"] <= 5 for sample in samples)
    assert any(sample["text"] for sample in samples)


@pytest.mark.parametrize("model_type", CONFIGS)
@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 2.0])
def test_beams_find_what_transformers_finds(adapter_of: AdapterOf, model_type: str, length_penalty: float):
    adapter = adapter_of(model_type)
    prompts = [adapter.tok_encode(text) for text in ("The quick", "敏捷的棕色狐狸", "3 + 4 =")]
    end = adapter.eot_token_id

    found = beam_search(adapter, prompts, beams=3, length_penalty=length_penalty, max_new_tokens=8)

    settings = GenerationConfig(
        num_beams=3,
        length_penalty=length_penalty,
        max_new_tokens=8,
        do_sample=False,
        eos_token_id=end,
        pad_token_id=end,
    )
    for prompt, continuation in zip(prompts, found, strict=True):
        model: Any = adapter.model
        expected = model.generate(torch.tensor([prompt]), generation_config=settings)[0, len(prompt) :].tolist()
        assert continuation.tokens == (expected[: expected.index(end)] if end in expected else expected)


def test_the_token_budget_does_not_change_scores(adapter_of: AdapterOf):
    generous, tight = adapter_of("llama"), adapter_of("llama", token_budget=64)

    a, b = generous.loglikelihood(_choices()), tight.loglikelihood(_choices())

    assert [value for value, _ in a] == pytest.approx([value for value, _ in b], abs=TOLERANCE)


def test_the_record_tells_how_often_memory_ran_out(adapter_of: AdapterOf, monkeypatch: pytest.MonkeyPatch):
    adapter = adapter_of("gpt2")
    expected = adapter.loglikelihood(_choices())
    assert adapter.batch_policy["halved_batches"] == 0
    forward = adapter.forward

    def small(rows: Any) -> Any:
        if len(rows) > 1:
            raise torch.OutOfMemoryError("no room")
        return forward(rows)

    monkeypatch.setattr(adapter, "forward", small)
    found = adapter.loglikelihood(_choices())
    assert [value for value, _ in found] == pytest.approx([value for value, _ in expected], abs=TOLERANCE)
    assert adapter.batch_policy["halved_batches"] > 0


def test_a_greedy_continuation_is_known_as_greedy(adapter_of: AdapterOf):
    adapter = adapter_of("gpt2")
    context = adapter.tok_encode("The quick")
    (written,) = decode(adapter, [Prompt(context, Decoding(), max_new_tokens=3)])

    results = adapter.score([Pair(context, written.tokens), Pair(context, [5, 6, 7])])

    assert [greedy for _, greedy in results] == [True, False]
    assert results[0][0] == pytest.approx(written.logprob, abs=TOLERANCE)


def test_output_that_is_no_number_is_a_fault_of_the_checkpoint(adapter_of: AdapterOf):
    adapter = adapter_of("gpt2")
    with torch.no_grad():
        adapter.model.transformer.ln_f.weight.fill_(float("inf"))

    with pytest.raises(InvalidCheckpoint, match="not a number"):
        adapter.loglikelihood(_choices()[:1])


def test_a_prompt_is_read_once_for_all_that_begin_with_it(adapter_of: AdapterOf):
    adapter = adapter_of("gpt2")
    shapes: list[tuple[int, ...]] = []
    adapter.model.register_forward_pre_hook(
        lambda _module, _inputs, named: shapes.append(tuple(named["input_ids"].shape)), with_kwargs=True
    )
    prompts = [[5, 6, 7], [8, 9], [5, 6, 7]]

    beam_search(adapter, prompts, beams=2, length_penalty=1.0, max_new_tokens=2)
    greedy, drawn = Decoding(), Decoding(do_sample=True)
    together = decode(adapter, [Prompt([5, 6], decoding, max_new_tokens=2, seed=3) for decoding in (greedy, drawn)])
    alone = [decode(adapter, [Prompt([5, 6], decoding, max_new_tokens=2, seed=3)])[0] for decoding in (greedy, drawn)]

    assert shapes[:4] == [(2, 3), (6, 1), (1, 2), (2, 1)]
    assert [one.tokens for one in together] == [one.tokens for one in alone]


def test_batches_hold_every_row_once_within_the_budget():
    lengths = [5, 100, 7, 30, 31, 2, 64]

    batches = list(token_batches(lengths, 64))

    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    assert batches[0] == [1]  # longer than the budget: alone
    assert all(max(lengths[i] for i in batch) * len(batch) <= 64 for batch in batches[1:])


def test_a_batch_ends_where_padding_would_cost_more_than_another():
    lengths = [*[80] * 6, *[16] * 18]

    assert [len(batch) for batch in token_batches(lengths, 2048)] == [6 + 2, 16]  # 2 x 64 = 2048 / 16
    assert [len(batch) for batch in token_batches(lengths, 2048, padding=2048)] == [24]


def test_a_batch_that_does_not_fit_is_halved_until_it_does():
    done: list[list[int]] = []

    def run(batch: list[int]) -> None:
        if len(batch) > 2:
            raise torch.OutOfMemoryError("no room")
        done.append(batch)

    assert with_back_off(list(range(7)), run) == 3  # 7 → 3 + 4 → (1 + 2) + (2 + 2)

    assert sorted(index for batch in done for index in batch) == list(range(7))
    with pytest.raises(RuntimeError, match="another"):
        with_back_off([1, 2], _raise_another)


def _raise_another(_batch: list[int]) -> None:
    raise RuntimeError("another error")
