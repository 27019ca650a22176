"""Samples of masked models: each blank of a sentence filled from left to right, by every strategy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from models_app.evaluation.engine.batches import in_batches
from models_app.evaluation.engine.decoding import Continuation, Decoding, sample
from models_app.evaluation.engine.sampling import sample_entry, seed_of

if TYPE_CHECKING:
    from models_app.evaluation.engine.masked import MaskedAdapter

BLANK = "___"  # one token


@dataclass
class _Guess:
    """A sentence with its first blanks filled by `written`, whose log-probability in nats is `logprob`."""

    tokens: list[int]
    written: list[int] = field(default_factory=list)
    logprob: float = 0.0

    def filled(self, place: int, token: int, logprob: float) -> "_Guess":
        tokens = [*self.tokens[:place], token, *self.tokens[place + 1 :]]
        return _Guess(tokens, [*self.written, token], self.logprob + logprob)


class _Filling:
    """One sentence under one strategy; `guesses` are its beams, or the one that was drawn."""

    def __init__(self, tokens: list[int], blanks: list[int], settings: Mapping[str, Any]) -> None:
        self.blanks, self.settings = blanks, settings
        self.guesses = [_Guess(tokens)]
        self.beams = int(settings.get("num_beams", 1))
        self.decoding = Decoding.of(settings)
        self.generator = torch.Generator().manual_seed(int(settings["seed"]))

    def step(self, place: int, logits: torch.Tensor) -> None:
        """Fill the blank at `place`; `logits` are (guesses, vocabulary)."""
        logprobs = logits.float().log_softmax(dim=1)
        self.guesses = sorted(
            (
                guess.filled(place, token, float(row[token]))
                for guess, row, tokens in zip(self.guesses, logprobs, self._candidates(logits), strict=True)
                for token in tokens
            ),
            key=lambda guess: -guess.logprob,
        )[: self.beams]

    def _candidates(self, logits: torch.Tensor) -> list[list[int]]:
        if self.decoding.do_sample:
            draws = torch.rand(len(logits), generator=self.generator).to(logits.device)
            return [[token] for token in sample(logits.float(), self.decoding, draws).tolist()]
        best: list[list[int]] = logits.topk(self.beams, dim=1).indices.tolist()
        return best


def fill_samples(adapter: "MaskedAdapter", definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The samples of a record: every sentence of ``fills`` by every strategy of the suite's `definition`."""
    if not definition.get("fills"):
        return []
    wanted = [
        (key, strategy, _start(adapter, fill["text"], {**settings, "seed": seed_of(definition["seed"], key, strategy)}))
        for key, fill in definition["fills"].items()
        for strategy, settings in definition["strategies"].items()
    ]
    fillings = [filling for _, _, filling in wanted]
    for step in range(max(len(filling.blanks) for filling in fillings)):
        _step(adapter, [filling for filling in fillings if step < len(filling.blanks)], step)
    return [
        sample_entry(
            (key, strategy),
            prompt=definition["fills"][key],
            settings=filling.settings,
            text=_text(adapter, definition["fills"][key]["text"], filling.guesses[0].written),
            continuation=Continuation(filling.guesses[0].written, filling.guesses[0].logprob),
        )
        for key, strategy, filling in wanted
    ]


def _start(adapter: "MaskedAdapter", text: str, settings: Mapping[str, Any]) -> _Filling:
    mask = adapter.tokenizer.mask_token
    tokens = adapter.passage(text.replace(BLANK, str(mask))).tokens[: adapter.room]
    blanks = [index for index, token in enumerate(tokens) if token == adapter.tokenizer.mask_token_id]
    return _Filling(tokens, blanks, settings)


def _step(adapter: "MaskedAdapter", fillings: Sequence[_Filling], step: int) -> None:
    def run(batch: list[int]) -> None:
        chosen = [fillings[index] for index in batch]
        rows = [
            adapter.row(guess.tokens, [], [filling.blanks[step]], 0) for filling in chosen for guess in filling.guesses
        ]
        parts = adapter.logits(rows).split([len(filling.guesses) for filling in chosen])
        for filling, logits in zip(chosen, parts, strict=True):
            filling.step(filling.blanks[step], logits)

    lengths = [len(filling.guesses) * len(filling.guesses[0].tokens) for filling in fillings]
    adapter.halved_batches += in_batches(lengths, adapter.token_budget, run)


def _text(adapter: "MaskedAdapter", text: str, written: Sequence[int]) -> str:
    """`text` with its blanks filled: the tokenizer's own decoding would put spaces between Chinese characters."""
    words: Iterator[str] = (str(adapter.tokenizer.decode([token])).strip().removeprefix("##") for token in written)
    first, *rest = text.split(BLANK)
    return first + "".join(next(words, BLANK) + part for part in rest)
