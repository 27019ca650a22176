"""Beam search over any family's steps: the same for all of them, in one batch of prompts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from models_app.evaluation.engine.decoding import Continuation

if TYPE_CHECKING:
    from models_app.evaluation.engine.causal import CausalAdapter


@dataclass
class _Search:
    """The hypotheses of one prompt: `alive` beams as (log-probability, tokens), best first, and those that ended."""

    beams: int
    length_penalty: float
    alive: list[tuple[float, list[int]]]
    ended: list[tuple[float, Continuation]] = field(default_factory=list)

    def rank(self, logprob: float, length: int) -> float:
        """What hypotheses are compared by; an end counts as a token (Wu et al. 2016 with the plainest penalty)."""
        return logprob / math.pow(length, self.length_penalty)

    def advance(self, candidates: Sequence[tuple[float, int, int]], end: int) -> list[tuple[int, int]]:
        """Go on with `candidates` (log-probability, beam, token), best first. Gives (beam, token) of each new beam."""
        taken: list[tuple[int, int]] = []
        alive: list[tuple[float, list[int]]] = []
        for place, (logprob, beam, token) in enumerate(candidates):
            tokens = self.alive[beam][1]
            if token != end:
                alive.append((logprob, [*tokens, token]))
                taken.append((beam, token))
            elif place < self.beams:
                self.ended.append((self.rank(logprob, len(tokens) + 1), Continuation(tokens, logprob)))
            if len(alive) == self.beams:
                break
        self.ended = sorted(self.ended, key=lambda one: -one[0])[: self.beams]
        self.alive = alive
        return taken

    @property
    def is_over(self) -> bool:
        """Whether no beam can overtake what has ended, were all its further tokens certain."""
        logprob, tokens = self.alive[0]
        return len(self.ended) == self.beams and self.ended[-1][0] >= self.rank(logprob, len(tokens))

    def best(self) -> Continuation:
        unfinished = [] if self.is_over else self.alive
        ranked = [(self.rank(logprob, len(tokens)), Continuation(tokens, logprob)) for logprob, tokens in unfinished]
        return max([*self.ended, *ranked], key=lambda one: one[0])[1]


@torch.inference_mode()
def beam_search(
    adapter: "CausalAdapter",
    prompts: Sequence[Sequence[int]],
    *,
    beams: int,
    length_penalty: float,
    max_new_tokens: int,
) -> list[Continuation]:
    """The best continuation of each prompt. Prompts whose search is over stay in the batch until all are."""
    steps = adapter.steps([prompt for prompt in prompts for _ in range(beams)])
    searches = [_Search(beams, length_penalty, _first(beams)) for _ in prompts]
    over: list[Continuation | None] = [None] * len(prompts)
    for _ in range(max_new_tokens):
        logprobs = steps.next_logits().log_softmax(dim=1)
        so_far = torch.tensor([[logprob for logprob, _ in search.alive] for search in searches]).to(logprobs)
        totals = (logprobs.view(len(prompts), beams, -1) + so_far[:, :, None]).flatten(1)
        best = totals.topk(min(2 * beams, totals.shape[1]), dim=1)
        rows: list[int] = []
        chosen: list[int] = []
        for number, search in enumerate(searches):
            pairs = zip(best.values[number].tolist(), best.indices[number].tolist(), strict=True)
            candidates = [(value, *divmod(index, logprobs.shape[1])) for value, index in pairs]
            for beam, token in search.advance(candidates, adapter.eot_token_id):
                rows.append(number * beams + beam)
                chosen.append(token)
            if over[number] is None and search.is_over:
                over[number] = search.best()
        if all(over):
            break
        steps.keep(torch.tensor(rows, device=logprobs.device))
        steps.extend(torch.tensor(chosen, device=logprobs.device))
    return [done or search.best() for done, search in zip(over, searches, strict=True)]


def _first(beams: int) -> list[tuple[float, list[int]]]:
    """All beams of a prompt begin alike, so only one may be continued."""
    return [(0.0 if beam == 0 else -1e9, []) for beam in range(beams)]
