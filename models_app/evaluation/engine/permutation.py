"""XLNet: a permutation language model, asked in the order of the text (Yang et al. 2019).

Context tokens see each other both ways. A token of the continuation is seen by itself and by those after it only, and
predicted by the query stream, which knows its place but not the token.
"""

from collections.abc import Sequence
from typing import Any

import torch

from models_app.evaluation.engine.causal import CausalAdapter
from models_app.evaluation.engine.rows import Pair, Row, pad_right, shown


class PermutationAdapter(CausalAdapter):
    """Scores and generates like a decoder, by ``perm_mask`` and ``target_mapping``; there is no cache."""

    family = "permutation"
    adds_special_tokens = False  # XLNet's stand at the end of a text

    def rows_of(self, pairs: Sequence[Pair]) -> list[Row]:
        return [_row(pair, number, self.max_length) for number, pair in enumerate(pairs)]

    def steps(self, prompts: Sequence[Sequence[int]]) -> "PermutationSteps":
        return PermutationSteps(self, prompts)

    @torch.inference_mode()
    def projected(self, rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor]:
        """The query stream holds the targets alone, so nothing has to be picked."""
        device = self.checkpoint.device
        tokens = pad_right([row.tokens for row in rows]).to(device)
        length, most = tokens.shape[1], max(len(row.targets) for row in rows)
        mapping = torch.zeros(len(rows), most, length, device=device, dtype=self.model.dtype)
        for number, row in enumerate(rows):
            for place, (index, _, _) in enumerate(row.targets):
                mapping[number, place, index] = 1
        output: Any = self.model(
            input_ids=tokens,
            attention_mask=shown([row.tokens for row in rows]).to(device, self.model.dtype),
            perm_mask=hidden(pad_right([row.branches for row in rows])).to(device, self.model.dtype),
            target_mapping=mapping,
            use_mems=False,
        )
        filled = torch.tensor([[place < len(row.targets) for place in range(most)] for row in rows], device=device)
        logits: torch.Tensor = output.logits[filled]
        return logits, torch.arange(len(logits), device=device)


class PermutationSteps:
    """Prompts of any lengths with what follows them; each step computes everything anew."""

    def __init__(self, adapter: PermutationAdapter, prompts: Sequence[Sequence[int]]) -> None:
        self.adapter = adapter
        self.pairs = [(list(prompt), list[int]()) for prompt in prompts]

    def next_logits(self) -> torch.Tensor:
        rows = [_next_row(prompt, written) for prompt, written in self.pairs]
        return self.adapter.logits(rows).float()

    def extend(self, chosen: torch.Tensor) -> None:
        self.pairs = [
            (prompt, [*written, token]) for (prompt, written), token in zip(self.pairs, chosen.tolist(), strict=True)
        ]

    def keep(self, rows: torch.Tensor) -> None:
        self.pairs = [self.pairs[row] for row in rows.tolist()]


def _row(pair: Pair, request: int, limit: int) -> Row:
    """Of too long a pair the last `limit` tokens are kept; at least one stays context."""
    tokens = [*pair.context, *pair.continuation][-limit:]
    first = max(1, len(tokens) - len(pair.continuation))
    row = Row.of(tokens, context=first)
    row.targets = [(index, tokens[index], request) for index in range(first, len(tokens))]
    return row


def _next_row(prompt: list[int], written: list[int]) -> Row:
    """A place behind the text, to be predicted; the token that stands there is never looked at."""
    row = Row.of([*prompt, *written, 0], context=len(prompt))
    row.targets = [(len(row) - 1, 0, 0)]
    return row


def hidden(branches: torch.Tensor) -> torch.Tensor:
    """(rows, length, length): whether token i may not see token j: what is no context is read in order."""
    length = branches.shape[1]
    not_before = torch.ones(length, length, dtype=torch.bool).triu()  # j >= i
    return (branches[:, None, :] == 1) & not_before[None]
