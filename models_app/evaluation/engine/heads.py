"""What is trained for a task: how a row becomes tokens, what is learnt from it, what is read off it.

For classification and extraction a linear layer on the last hidden states of a checkpoint's body, the same for every
architecture; what differs between families is in `_FAMILIES`. Encoder–decoders translate as they are.
"""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, cast

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from models_app.evaluation.engine.adapter import Adapter
from models_app.evaluation.engine.decoding import Decoding, Prompt, decode
from models_app.evaluation.engine.encoder_decoder import EncoderDecoderAdapter
from models_app.evaluation.engine.layouts import LAYOUTS
from models_app.evaluation.engine.projection import only_positions
from models_app.evaluation.engine.rows import pad_right, shown

_SPREAD = 0.02  # standard deviation of a fresh head's weights
Row = Mapping[str, Any]


class NotTrained(Exception):
    """A checkpoint that cannot be fine-tuned here, though all else of it was measured; the message is a sentence."""


@dataclass(frozen=True)
class Example:
    """A row in tokens: the segment of each, and the characters of the row's last text that it covers (None: of none).

    `target` is what is to be found: a class, the first and the last token of an answer, or the tokens of a translation,
    which needs neither segments nor spans.
    """

    row: Row
    tokens: list[int]
    segments: list[int] = field(default_factory=list)
    spans: list[tuple[int, int] | None] = field(default_factory=list)
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
    """What is trained. Its weights are its own: the checkpoint is left as it is.

    They are float32 whatever the checkpoint's precision is: small steps would be lost in fewer bits.
    """

    kind: ClassVar[str]
    families: ClassVar[frozenset[str]]

    def __init__(self, adapter: Adapter, *, row_tokens: int) -> None:
        """Rows are cut to `row_tokens`. Raises `NotTrained` for a checkpoint of another family."""
        super().__init__()
        if adapter.family not in self.families:
            raise NotTrained(f"A task of kind {self.kind} is not for models of the family {adapter.family}.")
        self.adapter = adapter
        self.limit = min(row_tokens, adapter.max_length)
        layout = LAYOUTS[adapter.checkpoint.architecture.model_type]
        self.width: int = getattr(adapter.model.config, layout.output_width or layout.design.hidden)

    def example(self, row: Row) -> Example:
        """`row` in tokens, with its target."""
        raise NotImplementedError

    def losses(self, examples: Sequence[Example]) -> torch.Tensor:
        """(rows,): cross entropy in nats."""
        raise NotImplementedError

    def predictions(self, examples: Sequence[Example]) -> list[str]:
        """What is found in each row."""
        raise NotImplementedError

    def cost(self, example: Example) -> int:
        """Tokens that it counts in a batch of predictions."""
        return len(example.tokens)


class LinearHead(Head):
    """A body with a fresh linear layer on top, which `seed` draws."""

    families = frozenset(_FAMILIES)

    def __init__(self, adapter: Adapter, outputs: int, *, row_tokens: int, seed: int) -> None:
        super().__init__(adapter, row_tokens=row_tokens)
        self.family = _FAMILIES[adapter.family]
        body: Any = adapter.model.base_model
        self.body = copy.deepcopy(body).float()
        self.typed = getattr(body.config, "type_vocab_size", 1) > 1
        weights = torch.empty(outputs, self.width).normal_(std=_SPREAD, generator=torch.Generator().manual_seed(seed))
        self.linear = nn.Linear(self.width, outputs, device=adapter.checkpoint.device)
        with torch.no_grad():
            self.linear.weight.copy_(weights)
            self.linear.bias.zero_()

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


class Classification(LinearHead):
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


class Extraction(LinearHead):
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


class Translation(Head):
    """A text in another language, by the encoder–decoder as it is: it has no fresh weights, so a seed draws nothing.

    Sources are asked for as `EncoderDecoderAdapter.asked` does, translations written by greedy decoding.
    """

    kind = "translation"
    families = frozenset({"encoder-decoder"})

    def __init__(self, adapter: Adapter, _entry: Mapping[str, Any], *, row_tokens: int, seed: int) -> None:  # noqa: ARG002
        super().__init__(adapter, row_tokens=row_tokens)
        self.reader = cast("EncoderDecoderAdapter", adapter)
        self.model: Any = copy.deepcopy(adapter.model).float()

    def example(self, row: Row) -> Example:
        """A text that is too long is cut; a translation always has its end, whatever the tokenizer does."""
        tokenizer, end = self.adapter.tokenizer, self.reader.eot_token_id
        source = self.reader.asked(row["source"], row)
        tokens = list(tokenizer(source, truncation=True, max_length=self.limit)["input_ids"])
        target = list(tokenizer(text_target=row["target"], truncation=True, max_length=self.limit)["input_ids"])
        self.adapter.check_tokens(tokens)
        self.adapter.check_tokens(target)
        if target[-1] != end:
            target = [*target[: self.limit - 1], end]
        return Example(row, tokens, target=tuple(target))

    def losses(self, examples: Sequence[Example]) -> torch.Tensor:
        """Of each row the mean over its tokens."""
        device = self.adapter.checkpoint.device
        sources, targets = [example.tokens for example in examples], [example.target for example in examples]
        places = [(row, column) for row, target in enumerate(targets) for column in range(len(target))]
        rows, columns = torch.tensor(places, device=device).unbind(1)
        with only_positions(self.model, rows, columns):
            output = self.model(
                input_ids=pad_right(sources).to(device),
                attention_mask=shown(sources).to(device),
                decoder_input_ids=pad_right([[self.reader.start, *target[:-1]] for target in targets]).to(device),
                use_cache=False,
            )
        wanted = torch.tensor([token for target in targets for token in target], device=device)
        losses = cross_entropy(output.logits[0], wanted, reduction="none")
        return torch.stack([part.mean() for part in losses.split([len(target) for target in targets])])

    def predictions(self, examples: Sequence[Example]) -> list[str]:
        writer = self.reader.of_copy(self.model)
        written = decode(writer, [Prompt(example.tokens, Decoding(), self.limit) for example in examples])
        self.adapter.halved_batches += writer.halved_batches
        return [writer.text_of(one.tokens).strip() for one in written]

    def cost(self, example: Example) -> int:
        return len(example.tokens) + self.limit


HEADS: dict[str, type[Classification | Extraction | Translation]] = {
    head.kind: head for head in (Classification, Extraction, Translation)
}
