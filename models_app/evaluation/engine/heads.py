"""Task heads on top of a checkpoint's body: how a row becomes tokens, what is learnt from it, what is read off it.

One linear layer each, on the body's last hidden states. The same for every architecture; what differs between families
is in `_FAMILIES`.
"""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from models_app.evaluation.engine.adapter import Adapter
from models_app.evaluation.engine.layouts import LAYOUTS
from models_app.evaluation.engine.rows import pad_right, shown

_SPREAD = 0.02  # standard deviation of a fresh head's weights
Row = Mapping[str, Any]


class NotTrained(Exception):
    """A checkpoint that cannot be fine-tuned here, though all else of it was measured; the message is a sentence."""


@dataclass(frozen=True)
class Example:
    """A row in tokens: the segment of each, and the characters of the row's last text that it covers (None: of none).

    `target` is what the head is to find: a class, or the first and the last token of an answer.
    """

    row: Row
    tokens: list[int]
    segments: list[int]
    spans: list[tuple[int, int] | None]
    target: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Family:
    pairs: bool  # two texts are joined by the tokenizer, which names their segments; else a line apart
    inputs: Callable[[torch.Tensor], dict[str, Any]]  # of (rows, length): 1 where there is a token


_FAMILIES = {
    # Padding is on the right, where causal attention does not look.
    "causal": _Family(False, lambda mask: {"attention_mask": torch.ones_like(mask), "use_cache": False}),
    "masked": _Family(True, lambda mask: {"attention_mask": mask}),
    "permutation": _Family(True, lambda mask: {"attention_mask": mask.float(), "use_mems": False}),
}


class Head(nn.Module):
    """A body with a head on top. Both are its own: the checkpoint is left as it is.

    Weights are float32 whatever the checkpoint's precision is: small steps would be lost in fewer bits.
    """

    kind: ClassVar[str]

    def __init__(self, adapter: Adapter, outputs: int, *, row_tokens: int, seed: int) -> None:
        super().__init__()
        self.adapter = adapter
        self.family = _FAMILIES[adapter.family]
        self.limit = min(row_tokens, adapter.max_length)
        body: Any = adapter.model.base_model
        self.body = copy.deepcopy(body).float()
        self.typed = getattr(body.config, "type_vocab_size", 1) > 1
        layout = LAYOUTS[adapter.checkpoint.architecture.model_type]
        width = getattr(body.config, layout.output_width or layout.design.hidden)
        weights = torch.empty(outputs, width).normal_(std=_SPREAD, generator=torch.Generator().manual_seed(seed))
        self.linear = nn.Linear(width, outputs, device=adapter.checkpoint.device)
        with torch.no_grad():
            self.linear.weight.copy_(weights)
            self.linear.bias.zero_()

    def example(self, row: Row) -> Example:
        """`row` in tokens, with its target."""
        raise NotImplementedError

    def losses(self, examples: Sequence[Example]) -> torch.Tensor:
        """(rows,): cross entropy in nats."""
        raise NotImplementedError

    def predictions(self, examples: Sequence[Example]) -> list[str]:
        """What the head finds in each row."""
        raise NotImplementedError

    def encode(self, row: Row, *texts: str) -> Example:
        """`texts` as one sequence. Raises `InvalidCheckpoint` as `Adapter.check_tokens` does."""
        parts = texts if self.family.pairs else ("\n".join(texts),)
        before = len(parts[-1]) - len(texts[-1])  # characters in front of the last text
        fast = bool(self.adapter.tokenizer.is_fast)
        encoded = self.adapter.tokenizer(
            *parts, truncation=True, max_length=self.limit, return_token_type_ids=True, return_offsets_mapping=fast
        )
        tokens = list(encoded["input_ids"])
        self.adapter.check_tokens(tokens)
        spans: list[tuple[int, int] | None] = [None] * len(tokens)
        if fast:
            places = zip(encoded["offset_mapping"], encoded.sequence_ids(), strict=True)
            spans = [
                (start - before, end - before) if part == len(parts) - 1 and start >= before else None
                for (start, end), part in places
            ]
        return Example(row, tokens, list(encoded["token_type_ids"]), spans)

    def hidden(self, examples: Sequence[Example]) -> torch.Tensor:
        """(rows, longest, width) in float32: the body's last states."""
        device = self.adapter.checkpoint.device
        mask = shown([example.tokens for example in examples]).to(device)
        inputs = self.family.inputs(mask)
        if self.typed:
            inputs["token_type_ids"] = pad_right([example.segments for example in examples]).to(device)
        tokens = pad_right([example.tokens for example in examples]).to(device)
        states: torch.Tensor = self.body(input_ids=tokens, **inputs).last_hidden_state
        return states


class Classification(Head):
    """Which of a fixed set of labels a text has, by the mean of its tokens' states.

    One token's would depend on what pre-training asked of that token: most decoders need not know, at the end of a
    sentence, what it was about.
    """

    kind = "classification"

    def __init__(self, adapter: Adapter, entry: Mapping[str, Any], **settings: int) -> None:
        self.labels: list[str] = entry["labels"]
        super().__init__(adapter, len(self.labels), **settings)

    def example(self, row: Row) -> Example:
        return replace(self.encode(row, row["text"]), target=(self.labels.index(row["label"]),))

    def losses(self, examples: Sequence[Example]) -> torch.Tensor:
        logits = self._logits(examples)
        targets = torch.tensor([example.target[0] for example in examples], device=logits.device)
        return cross_entropy(logits, targets, reduction="none")

    def predictions(self, examples: Sequence[Example]) -> list[str]:
        return [self.labels[index] for index in self._logits(examples).argmax(dim=1).tolist()]

    def _logits(self, examples: Sequence[Example]) -> torch.Tensor:
        """(rows, labels)"""
        states = self.hidden(examples)
        mask = shown([example.tokens for example in examples]).to(states.device)[:, :, None]
        logits: torch.Tensor = self.linear((states * mask).sum(dim=1) / mask.sum(dim=1))
        return logits


class Extraction(Head):
    """Where in a text the answer to a question stands, after Devlin et al. (2019).

    The question comes first, so that a decoder knows it when it reads the text.
    """

    kind = "extraction"

    def __init__(self, adapter: Adapter, _entry: Mapping[str, Any], **settings: int) -> None:
        if not adapter.tokenizer.is_fast:
            raise NotTrained("The tokenizer cannot tell which characters a token covers. Save it as tokenizer.json.")
        super().__init__(adapter, 2, **settings)

    def example(self, row: Row) -> Example:
        """An answer that was cut off with the end of its text becomes the last token."""
        found = self.encode(row, row["question"], row["context"])
        start, end = row["start"], row["start"] + len(row["answer"])
        last = len(found.tokens) - 1
        touched = [at for at, span in enumerate(found.spans) if span and span[0] < end and span[1] > start]
        return replace(found, target=(min(touched, default=last), max(touched, default=last)))

    def losses(self, examples: Sequence[Example]) -> torch.Tensor:
        logits = self._logits(examples)
        targets = torch.tensor([example.target for example in examples], device=logits.device)
        return cross_entropy(logits, targets, reduction="none").mean(dim=1)

    def predictions(self, examples: Sequence[Example]) -> list[str]:
        logits = self._logits(examples)
        joint = logits[:, :, 0, None] + logits[:, None, :, 1]  # of every first and last token
        length = joint.shape[1]
        ordered = torch.ones(length, length, dtype=torch.bool, device=joint.device).triu()
        best = joint.masked_fill(~ordered, -math.inf).flatten(1).argmax(dim=1).tolist()
        return [_between(example, at // length, at % length) for example, at in zip(examples, best, strict=True)]

    def _logits(self, examples: Sequence[Example]) -> torch.Tensor:
        """(rows, longest, 2), very small where no text of the row stands."""
        logits: torch.Tensor = self.linear(self.hidden(examples))
        shut = pad_right([[int(span is None) for span in example.spans] for example in examples], value=1)
        return logits.masked_fill(shut[:, :, None].bool().to(logits.device), torch.finfo(logits.dtype).min / 4)


def _between(example: Example, first: int, last: int) -> str:
    """The text from one token to another."""
    start, end = example.spans[first], example.spans[last]
    return str(example.row["context"])[start[0] : end[1]].strip() if start and end else ""


HEADS: dict[str, type[Classification | Extraction]] = {head.kind: head for head in (Classification, Extraction)}
