"""Texts that a checkpoint writes: every prompt of the suite by every strategy, in as few batches as there can be."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models_app.evaluation.engine.batches import in_batches
from models_app.evaluation.engine.beams import beam_search
from models_app.evaluation.engine.decoding import Continuation, Decoding, Prompt, decode

if TYPE_CHECKING:
    from models_app.evaluation.engine.causal import CausalAdapter

MAX_TEXT = 16_000  # characters; the hub keeps no more of one sample
_NGRAM = 4  # length of what counts as a repetition


@dataclass(frozen=True)
class _Wanted:
    key: str
    strategy: str
    settings: Mapping[str, Any]
    prompt: Prompt


def write_samples(adapter: "CausalAdapter", definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The samples of a record, by prompt and strategy in the order of the suite's `definition`."""
    if not definition.get("prompts"):
        return []
    wanted = _wanted(adapter, definition)
    drawn = [index for index, one in enumerate(wanted) if _beams(one) == 1]
    searched = [index for index, one in enumerate(wanted) if _beams(one) > 1]
    results: dict[int, Continuation] = {}

    def draw(batch: list[int]) -> None:
        indices = [drawn[index] for index in batch]
        results.update(zip(indices, decode(adapter, [wanted[index].prompt for index in indices]), strict=True))

    def search(batch: list[int]) -> None:
        indices = [searched[index] for index in batch]
        settings = wanted[indices[0]].settings  # one strategy's, so the same for all
        found = beam_search(
            adapter,
            [wanted[index].prompt.tokens for index in indices],
            beams=int(settings["num_beams"]),
            length_penalty=float(settings["length_penalty"]),
            max_new_tokens=int(settings["max_new_tokens"]),
        )
        results.update(zip(indices, found, strict=True))

    for indices, run in ((drawn, draw), (searched, search)):
        lengths = [
            (len(wanted[index].prompt.tokens) + wanted[index].prompt.max_new_tokens) * _beams(wanted[index])
            for index in indices
        ]
        adapter.halved_batches += in_batches(lengths, adapter.token_budget, run, padding=adapter.token_budget)
    return [
        sample_entry(
            (one.key, one.strategy),
            prompt=definition["prompts"][one.key],
            settings=one.settings,
            text=adapter.text_of(results[index].tokens),
            continuation=results[index],
        )
        for index, one in enumerate(wanted)
    ]


def statistics(continuation: Continuation) -> dict[str, float | int | None]:
    """Of the generated tokens: how many, mean log-probability in nats, and three ratios (None where undefined).

    ``distinct_n`` is the share of different n-grams among all (Li et al. 2016); ``repetition`` the share of 4-grams
    that occurred before in the same text.
    """
    tokens = continuation.tokens
    distinct = {n: _distinct(tokens, n) for n in (1, 2, _NGRAM)}
    repeated = distinct[_NGRAM]
    return {
        "tokens": len(tokens),
        "mean_logprob": min(0.0, continuation.logprob / len(tokens)) if tokens else None,
        "distinct_1": distinct[1],
        "distinct_2": distinct[2],
        "repetition": None if repeated is None else 1 - repeated,
    }


def seed_of(seed: int, key: str, strategy: str) -> int:
    """The seed of one sample: the suite's, mixed with the names, so that adding a prompt changes no other sample."""
    return int.from_bytes(hashlib.sha256(f"{seed} {key} {strategy}".encode()).digest()[:4], "big")


def _wanted(adapter: "CausalAdapter", definition: Mapping[str, Any]) -> list[_Wanted]:
    length = min(int(definition["max_new_tokens"]), adapter.max_length // 2)
    wanted = []
    for key, prompt in definition["prompts"].items():
        tokens = adapter.tok_encode(prompt["text"])[-adapter.room(length) :] or [adapter.prefix_token_id]
        for strategy, settings in definition["strategies"].items():
            seed = seed_of(int(definition["seed"]), key, strategy)
            full = {**settings, "max_new_tokens": length, "seed": seed}
            wanted.append(_Wanted(key, strategy, full, Prompt(tokens, Decoding.of(settings), length, seed=seed)))
    return wanted


def _beams(one: _Wanted) -> int:
    return int(one.settings.get("num_beams", 1))


def _distinct(tokens: Sequence[int], n: int) -> float | None:
    grams = [tuple(tokens[index : index + n]) for index in range(len(tokens) - n + 1)]
    return len(set(grams)) / len(grams) if grams else None


def sample_entry(
    name: tuple[str, str],
    *,
    prompt: Mapping[str, str],
    settings: Mapping[str, Any],
    text: str,
    continuation: Continuation,
) -> dict[str, Any]:
    """One sample of a record; `name` is (key of the prompt, strategy)."""
    return {
        "prompt_key": name[0],
        "language": prompt["language"],
        "prompt": prompt["text"],
        "strategy": name[1],
        "settings": dict(settings),
        "text": text.replace("\0", "\N{REPLACEMENT CHARACTER}")[:MAX_TEXT],
        "stats": statistics(continuation),
    }
