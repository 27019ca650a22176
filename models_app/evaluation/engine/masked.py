"""Encoders with a masked language model's head: BERT and its kin. `docs/evaluation.md` says what they are asked."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from lm_eval.api.instance import Instance

from models_app.evaluation.engine.adapter import UNKNOWN_BYTE, Adapter
from models_app.evaluation.engine.filling import fill_samples
from models_app.evaluation.engine.loading import Checkpoint
from models_app.evaluation.engine.rows import Row, pad_right, shown

MASKED_SHARE = 0.15  # Devlin et al. 2019


@dataclass(frozen=True)
class Passage:
    """A text in tokens, without special ones: the word that each belongs to, and the characters that it covers."""

    text: str
    tokens: list[int]
    words: list[int | None]
    spans: list[tuple[int, int]]

    def size(self, index: int) -> int:
        """Bytes of UTF-8 of one token."""
        start, end = self.spans[index]
        return len(self.text[start:end].encode())


class Cloze(NamedTuple):
    """The masked tokens of one text: log-probability in nats, how many were found, how many there are, their bytes."""

    logprob: float
    hits: int
    tokens: int
    size: int


class MaskedAdapter(Adapter):
    """Scores by what stands behind ``[MASK]``; texts stand between the tokenizer's ``[CLS]`` and ``[SEP]``."""

    family = "masked"

    def __init__(self, checkpoint: Checkpoint, **settings: Any) -> None:
        """`settings` as for `Adapter`."""
        super().__init__(checkpoint, **settings)
        self.room = self.max_length - 2
        self._passages: dict[str, Passage] = {}

    def write_samples(self, definition: dict[str, Any]) -> list[dict[str, Any]]:
        return fill_samples(self, definition)

    def inputs(self, rows: Sequence[Row], tokens: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"attention_mask": shown([row.tokens for row in rows]).to(tokens.device)}

    def passage(self, text: str) -> Passage:
        """`text` in tokens. Raises `InvalidCheckpoint` for a token that the model has no row for."""
        if text not in self._passages:
            encoded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
            self.check_tokens(encoded["input_ids"])
            spans = [(int(start), int(end)) for start, end in encoded["offset_mapping"]]
            self._passages[text] = Passage(text, list(encoded["input_ids"]), list(encoded.word_ids()), spans)
        return self._passages[text]

    def row(self, tokens: Sequence[int], hidden: Sequence[int], targets: Sequence[int], request: int) -> Row:
        """`tokens` with those at `hidden` masked, of which those at `targets` are to be predicted."""
        text = list(tokens)
        for index in hidden:
            text[index] = int(self.tokenizer.mask_token_id)
        row = Row.of([int(self.tokenizer.cls_token_id), *text, int(self.tokenizer.sep_token_id)])
        row.targets = [(1 + index, tokens[index], request) for index in targets]
        return row

    def loglikelihood(self, requests: Sequence[Instance]) -> list[tuple[float, bool]]:
        """Pseudo-log-likelihood of each continuation in nats (Salazar et al. 2020), and whether all is likeliest.

        Each token is masked together with those that follow it in its word (Kauf & Ivanova 2023): else the end of a
        long word would give its beginning away. Of too long a text the last tokens are kept.
        """
        pairs: list[tuple[str, str]] = [request.args for request in requests]
        rows = [row for number, pair in enumerate(pairs) for row in self._continuation_rows(*pair, number)]
        return self.score_requests(rows, len(requests))

    def _continuation_rows(self, context: str, continuation: str, request: int) -> list[Row]:
        passage = self.passage(context + continuation)
        cut = max(0, len(passage.tokens) - self.room)
        tokens, words = passage.tokens[cut:], passage.words[cut:]
        asked = [index for index, (_, end) in enumerate(passage.spans[cut:]) if end > len(context)]
        return [
            self.row(
                tokens, [later for later in asked if later >= index and words[later] == words[index]], [index], request
            )
            for index in asked
        ]

    def masked_language_modelling(self, requests: Sequence[Instance]) -> list[Cloze]:
        """15 % of the tokens of each text, masked all at once; the second argument of a request (a seed) draws them.

        A token that stands for text that the tokenizer does not know counts eight bits a byte.
        """
        rows: list[Row] = []
        clozes: list[Cloze] = []
        for number, request in enumerate(requests):
            text, seed = request.args
            passage, hidden = self.passage(text), _drawn(len(self.passage(text).tokens), self.room, seed)
            known = {index for index in hidden if passage.tokens[index] != self.tokenizer.unk_token_id}
            for start in range(0, len(passage.tokens), self.room):
                tokens = passage.tokens[start : start + self.room]
                masked = [index - start for index in hidden if start <= index < start + self.room]
                targets = [index for index in masked if index + start in known]
                if targets:
                    rows.append(self.row(tokens, masked, targets, number))
            unknown = sum(passage.size(index) for index in hidden if index not in known)
            clozes.append(Cloze(UNKNOWN_BYTE * unknown, 0, len(hidden), sum(map(passage.size, hidden))))
        values, hits = self.score_rows(rows, len(requests))
        return [
            cloze._replace(logprob=cloze.logprob + value, hits=found)
            for cloze, value, found in zip(clozes, values, hits, strict=True)
        ]

    def next_sentence(self, requests: Sequence[Instance]) -> list[bool]:
        """Whether the model takes the second text of each request for what follows the first."""
        found = [False] * len(requests)
        pairs = [self._pair(*request.args) for request in requests]

        def run(batch: list[int]) -> None:
            for index, answer in zip(batch, self._follows([pairs[index] for index in batch]), strict=True):
                found[index] = answer

        self.run_in_batches([len(tokens) for tokens, _ in pairs], run)
        return found

    def _pair(self, first: str, second: str) -> tuple[list[int], list[int]]:
        """Tokens of both texts with their special ones, and the segment that each belongs to."""
        encoded = self.tokenizer(first, second, truncation=True, max_length=self.max_length, return_token_type_ids=True)
        self.check_tokens(encoded["input_ids"])
        return list(encoded["input_ids"]), list(encoded["token_type_ids"])

    @torch.inference_mode()
    def _follows(self, pairs: Sequence[tuple[list[int], list[int]]]) -> list[bool]:
        device = self.checkpoint.device
        output: Any = self.model(
            input_ids=pad_right([tokens for tokens, _ in pairs]).to(device),
            token_type_ids=pad_right([segments for _, segments in pairs]).to(device),
            attention_mask=shown([tokens for tokens, _ in pairs]).to(device),
        )
        scores: torch.Tensor = output.seq_relationship_logits  # column 0: follows, 1: does not
        return (scores[:, 0] > scores[:, 1]).tolist()


def _drawn(length: int, room: int, seed: str) -> list[int]:
    """The masked places of a text of `length` tokens: as many of each window of `room` tokens as its share."""
    draw = random.Random(seed)  # noqa: S311 (the same places each time)
    places: list[int] = []
    for start in range(0, length, room):
        window = range(start, min(length, start + room))
        places += sorted(draw.sample(window, max(1, round(MASKED_SHARE * len(window)))))
    return places
