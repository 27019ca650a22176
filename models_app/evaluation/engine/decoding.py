"""Greedy decoding and sampling for a batch of prompts, each with its own settings, seed and end."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import torch

from models_app.evaluation.engine.rows import pad_left

if TYPE_CHECKING:
    from models_app.evaluation.engine.causal import CausalAdapter

_NUCLEUS_FIRST = 2048  # candidates that are looked at before the whole vocabulary is sorted


@dataclass(frozen=True)
class Decoding:
    """How the next token is chosen. `top_k` 0 and `top_p` 1 switch those filters off."""

    do_sample: bool = False
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Decoding":
        """From transformers' names of the settings; the others are ignored."""
        if not settings.get("do_sample"):
            return cls()
        known = {name: settings[name] for name in ("temperature", "top_k", "top_p") if name in settings}
        return cls(do_sample=True, **known)


@dataclass(frozen=True)
class Prompt:
    """`seed` makes the draws of this prompt independent of what else is in its batch."""

    tokens: Sequence[int]
    decoding: Decoding
    max_new_tokens: int
    stops: tuple[str, ...] = ()
    seed: int = 0


@dataclass
class Continuation:
    """What was generated, without the end-of-text token, and its log-probability (nats) under the unfiltered model."""

    tokens: list[int] = field(default_factory=list)
    logprob: float = 0.0


class Steps(Protocol):
    """The state of a model that continues a batch of prompts token by token."""

    def next_logits(self) -> torch.Tensor:
        """(rows, vocabulary) in float32."""

    def extend(self, chosen: torch.Tensor) -> None:
        """Append a token to every row; `chosen` is (rows)."""

    def keep(self, rows: torch.Tensor) -> None:
        """Go on with these rows only."""


@torch.inference_mode()
def decode(adapter: "CausalAdapter", prompts: Sequence[Prompt]) -> list[Continuation]:
    """Continue every prompt in one batch; rows that have ended are dropped from it as it goes."""
    batch = _Batch(adapter, prompts)
    while batch.alive:
        batch.step()
    return batch.continuations


class _Batch:
    """`alive` are the numbers of the prompts whose rows are still in `steps`."""

    def __init__(self, adapter: "CausalAdapter", prompts: Sequence[Prompt]) -> None:
        self.adapter, self.prompts = adapter, prompts
        self.steps = adapter.steps([prompt.tokens for prompt in prompts])
        self.continuations = [Continuation() for _ in prompts]
        self.alive = list(range(len(prompts)))
        self.generators = [torch.Generator().manual_seed(prompt.seed) for prompt in prompts]

    def step(self) -> None:
        """One token for every row."""
        logits = self.steps.next_logits()
        chosen = self._choose(logits)
        logprobs = logits.log_softmax(dim=1).gather(1, chosen[:, None])[:, 0].tolist()
        for row, token, logprob in zip(self.alive, chosen.tolist(), logprobs, strict=True):
            if token != self.adapter.eot_token_id:
                self.continuations[row].tokens.append(token)
                self.continuations[row].logprob += logprob
        self.steps.extend(chosen)
        kept = [index for index, row in enumerate(self.alive) if not self._ended(row, int(chosen[index]))]
        if len(kept) < len(self.alive):
            self.alive = [self.alive[index] for index in kept]
            if kept:
                self.steps.keep(torch.tensor(kept, device=chosen.device))

    def _choose(self, logits: torch.Tensor) -> torch.Tensor:
        chosen = logits.argmax(dim=1)
        groups: dict[Decoding, list[int]] = {}
        for index, row in enumerate(self.alive):
            if self.prompts[row].decoding.do_sample:
                groups.setdefault(self.prompts[row].decoding, []).append(index)
        for decoding, indices in groups.items():
            draws = [torch.rand(1, generator=self.generators[self.alive[index]]) for index in indices]
            chosen[indices] = sample(logits[indices], decoding, torch.cat(draws).to(logits.device))
        return chosen

    def _ended(self, row: int, token: int) -> bool:
        prompt, written = self.prompts[row], self.continuations[row].tokens
        if token == self.adapter.eot_token_id or len(written) >= prompt.max_new_tokens:
            return True
        if not prompt.stops:
            return False
        text = self.adapter.text_of(written)
        return any(stop in text for stop in prompt.stops)


class CachedSteps:
    """Decoder-only models: left-padded prompts with their key-value cache.

    Rows that begin with one prompt (strategies, beams) are one row until the model has read it.
    """

    def __init__(self, model: Any, prompts: Sequence[Sequence[int]]) -> None:
        self.model = model
        self.takes_positions = "position_ids" in inspect.signature(model.forward).parameters
        places = {prompt: place for place, prompt in enumerate(dict.fromkeys(map(tuple, prompts)))}
        tokens, mask = pad_left(list(places))
        self.tokens, self.mask = tokens.to(model.device), mask.to(model.device)
        self.copies = torch.tensor([places[tuple(prompt)] for prompt in prompts], device=model.device)
        self.cache: Any = None

    def next_logits(self) -> torch.Tensor:
        is_first = self.cache is None
        new = self.tokens.shape[1]
        extra: dict[str, Any] = {}
        if self.takes_positions:
            extra["position_ids"] = (self.mask.cumsum(dim=1) - 1).clamp(min=0)[:, -new:]
        output = self.model(
            input_ids=self.tokens,
            attention_mask=self.mask,
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
            **extra,
        )
        self.cache = output.past_key_values
        logits: torch.Tensor = output.logits[:, -1].float()
        if is_first:
            self.keep(self.copies)
            return logits[self.copies]
        return logits

    def extend(self, chosen: torch.Tensor) -> None:
        self.tokens = chosen[:, None]
        self.mask = torch.cat([self.mask, torch.ones_like(self.tokens)], dim=1)

    def keep(self, rows: torch.Tensor) -> None:
        self.tokens, self.mask = self.tokens[rows], self.mask[rows]
        self.cache.batch_select_indices(rows)


def sample(logits: torch.Tensor, decoding: Decoding, draws: torch.Tensor) -> torch.Tensor:
    """Token ids (rows) drawn from `logits` (rows, vocabulary) by inverse transform of uniform `draws` (rows)."""
    probabilities = (logits / decoding.temperature).softmax(dim=1)
    if decoding.top_k:
        values, tokens = probabilities.topk(min(decoding.top_k, probabilities.shape[1]), dim=1)
    elif decoding.top_p < 1:
        values, tokens = _sorted(probabilities, decoding.top_p)
    else:
        values, tokens = probabilities, None
    if decoding.top_p < 1:
        # A token stays while the tokens before it do not reach top_p: the first is always kept.
        values = values.masked_fill(values.cumsum(dim=1) - values >= decoding.top_p, 0.0)
    cumulative = values.double().cumsum(dim=1)
    wanted = draws.double()[:, None] * cumulative[:, -1:]
    picked = torch.searchsorted(cumulative, wanted, right=True).clamp(max=values.shape[1] - 1)
    return (picked if tokens is None else tokens.gather(1, picked))[:, 0]


def _sorted(probabilities: torch.Tensor, mass: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Enough of the most likely tokens to hold `mass`: rarely more than a few of a large vocabulary."""
    size = probabilities.shape[1]
    values, tokens = probabilities.topk(min(_NUCLEUS_FIRST, size), dim=1)
    if size > _NUCLEUS_FIRST and bool((values.sum(dim=1) < mass).any()):
        values, tokens = probabilities.sort(dim=1, descending=True)
    return values, tokens
