"""Encoder–decoders (T5, BART, Marian): a source is read once, whatever is asked about it."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, NamedTuple, Self, cast

import torch
from lm_eval.api.instance import Instance
from torch.nn.utils.rnn import pad_sequence
from transformers import DynamicCache, EncoderDecoderCache, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput

from models_app.evaluation.engine.adapter import UNKNOWN_BYTE, check_finite
from models_app.evaluation.engine.batches import in_batches
from models_app.evaluation.engine.causal import CausalAdapter
from models_app.evaluation.engine.errors import InvalidCheckpoint
from models_app.evaluation.engine.layouts import LAYOUTS
from models_app.evaluation.engine.loading import Checkpoint
from models_app.evaluation.engine.projection import log_probabilities, only_positions
from models_app.evaluation.engine.rows import Pair, Row, pad_right, shown
from models_app.evaluation.engine.sampling import write_samples

_LONGEST_PREFIX = 200  # characters


@dataclass
class SourceRow(Row):
    """A source (`tokens`) and the texts that are asked of it, whose tokens are its targets, one text after another."""

    texts: list[list[int]] = field(default_factory=list)

    def add(self, text: Sequence[int], request: int) -> None:
        self.texts.append(list(text))
        self.targets += [(index, token, request) for index, token in enumerate(text)]


class Predicted(NamedTuple):
    """A predicted text: log-probability in nats, tokens, bytes of UTF-8."""

    logprob: float
    tokens: int
    size: int


class EncoderDecoderAdapter(CausalAdapter):
    """Scores and writes targets of sources as lm-eval's seq2seq backend does: both are tokenized apart.

    What has no source (a choice without a question, a whole text) has the prefix token for one.
    """

    family = "encoder-decoder"

    def __init__(self, checkpoint: Checkpoint, **settings: Any) -> None:
        """`settings` as for `Adapter`. Raises `InvalidCheckpoint` for a decoder that knows no first token."""
        super().__init__(checkpoint, **settings)
        self.start = _start(checkpoint)
        self._prefixes = _prefixes(checkpoint)
        self._states: dict[tuple[int, ...], torch.Tensor] = {}

    def of_copy(self, model: PreTrainedModel) -> Self:
        """The same for `model`, a copy that may have other weights: nothing that was read is known any more."""
        other = copy.copy(self)
        other.checkpoint, other.model = replace(self.checkpoint, model=model), model
        other._states, other.halved_batches = {}, 0  # noqa: SLF001
        return other

    def write_samples(self, definition: dict[str, Any]) -> list[dict[str, Any]]:
        sources = {
            key: {**source, "text": self.asked(source["text"], source)}
            for key, source in definition.get("sources", {}).items()
        }
        return write_samples(self, {**definition, "prompts": sources})

    def asked(self, text: str, about: Mapping[str, Any]) -> str:
        """`text` behind the words that the checkpoint's config prescribes for the ``task`` that `about` names."""
        return self._prefixes.get(about.get("task", ""), "") + text

    def loglikelihood(self, requests: list[Instance], disable_tqdm: bool = False) -> list[tuple[float, bool]]:  # noqa: ARG002, FBT001, FBT002
        """(log P(target | source) in nats, whether greedy decoding would give it) of each request."""
        return self.score([self._pair(*request.args) for request in requests])

    def generate_until(self, requests: list[Instance], disable_tqdm: bool = False) -> list[str]:  # noqa: FBT001, FBT002
        """The greedy target of each source, asked for in the words that the checkpoint knows the ``task`` by."""
        asked = [
            replace(request, arguments=(self.asked(request.args[0], request.doc), request.args[1]))
            for request in requests
        ]
        return super().generate_until(asked, disable_tqdm)

    def target_language_modelling(self, requests: Sequence[Instance]) -> list[Predicted]:
        """How well each target, with its end, is predicted from its source; what is unknown as in whole texts."""
        pairs = []
        for request in requests:
            source, target = request.args
            context = self.tok_encode(self.asked(source, request.doc)) or [self.prefix_token_id]
            pairs.append(Pair(context, self.text_tokens(target)))
        values = self.known(pairs)
        targets = [request.args[1] for request in requests]
        return [
            Predicted(
                value + UNKNOWN_BYTE * self._unknown_bytes(target), len(self.text_tokens(target)), len(target.encode())
            )
            for target, value in zip(targets, values, strict=True)
        ]

    def _pair(self, source: str, target: str) -> Pair:
        """Spaces between both belong to the target, as in lm-eval."""
        text = source.rstrip()
        context = self.tok_encode(text) if source else []
        continuation = self._target_tokens(source[len(text) :] + target, special=False)
        return Pair(context or [self.prefix_token_id], continuation or [self.eot_token_id])

    def text_tokens(self, text: str) -> list[int]:
        return self._target_tokens(text, special=True)

    def _target_tokens(self, text: str, *, special: bool) -> list[int]:
        """`text` as a decoder reads it: Marian's tokenizers cut it otherwise than as a source."""
        tokens = list(self.tokenizer(text_target=text, add_special_tokens=special)["input_ids"])
        self.check_tokens(tokens)
        return tokens

    def room(self, max_new_tokens: int) -> int:  # noqa: ARG002 (what is written takes nothing of it)
        return self.max_length

    def steps(self, prompts: Sequence[Sequence[int]]) -> "EncoderDecoderSteps":
        return EncoderDecoderSteps(self, prompts)

    def rows_of(self, pairs: Sequence[Pair]) -> list[Row]:
        """One row a source. Of too long a source or text the last tokens are kept, as lm-eval does."""
        rows: dict[tuple[int, ...], SourceRow] = {}
        for request, pair in enumerate(pairs):
            source = tuple(pair.context[-self.max_length :])
            row = rows.setdefault(source, SourceRow(list(source), [], []))
            row.add(pair.continuation[-self.max_length :], request)
        return list(rows.values())

    def cost(self, row: Row) -> int:
        return len(row)  # the decoder's batches are others

    @torch.inference_mode()
    def forward(self, rows: Sequence[Row]) -> tuple[list[float], list[bool]]:
        self.states([row.tokens for row in rows])
        texts = [(row.tokens, text) for row in cast("Sequence[SourceRow]", rows) for text in row.texts]
        values: list[list[float]] = [[] for _ in texts]
        greedy: list[list[bool]] = [[] for _ in texts]

        def run(batch: list[int]) -> None:
            logprobs, hits = self._score_texts([texts[index] for index in batch])
            sizes = [len(texts[index][1]) for index in batch]
            for index, some_logprobs, some_hits in zip(batch, logprobs.split(sizes), hits.split(sizes), strict=True):
                values[index], greedy[index] = some_logprobs.tolist(), some_hits.tolist()

        loads = [self.load(len(source) + len(text), len(text)) for source, text in texts]
        self.halved_batches += in_batches(loads, self.token_budget, run)
        return list(chain.from_iterable(values)), list(chain.from_iterable(greedy))

    def _score_texts(self, texts: Sequence[tuple[list[int], list[int]]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probability and greediness of every token of each (source, text), text by text."""
        device = self.checkpoint.device
        where = [(number, index) for number, (_, text) in enumerate(texts) for index in range(len(text))]
        rows, columns = torch.tensor(where, device=device).unbind(1)
        states, mask = self.read([source for source, _ in texts])
        with only_positions(self.model, rows, columns):
            output: Any = self.model(
                encoder_outputs=BaseModelOutput(last_hidden_state=states),
                attention_mask=mask,
                decoder_input_ids=pad_right([[self.start, *text[:-1]] for _, text in texts]).to(device),
                use_cache=False,
            )
        targets = torch.tensor([token for _, text in texts for token in text], device=device)
        values, greedy = log_probabilities(output.logits[0], targets)
        check_finite(values)
        return values, greedy

    def read(self, sources: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """(rows, longest, hidden): the encoder's states of each of `sources`; and (rows, longest): where they are."""
        states = pad_sequence(self.states(sources), batch_first=True)
        return states, shown(sources).to(states.device)

    @torch.inference_mode()
    def states(self, sources: Sequence[Sequence[int]]) -> list[torch.Tensor]:
        """(length, hidden) of what the encoder makes of each source, kept until others need the room."""
        wanted = {tuple(source) for source in sources}
        new = sorted(wanted - self._states.keys())
        if sum(map(len, [*self._states, *new])) > self.token_budget:
            self._states = {source: state for source, state in self._states.items() if source in wanted}
        encoder: Any = self.model.get_encoder()

        def run(batch: list[int]) -> None:
            chosen = [new[index] for index in batch]
            tokens, mask = pad_right(chosen).to(self.model.device), shown(chosen).to(self.model.device)
            states = encoder(input_ids=tokens, attention_mask=mask).last_hidden_state
            self._states |= {source: state[: len(source)] for source, state in zip(chosen, states, strict=True)}

        self.halved_batches += in_batches([len(source) for source in new], self.token_budget, run)
        return [self._states[tuple(source)] for source in sources]


class EncoderDecoderSteps:
    """Sources that have been read, and the decoder's key-value cache of what has been written."""

    def __init__(self, adapter: EncoderDecoderAdapter, sources: Sequence[Sequence[int]]) -> None:
        self.model: Any = adapter.model
        self.states, self.mask = adapter.read(sources)
        self.tokens = torch.full((len(sources), 1), adapter.start, device=adapter.checkpoint.device)
        # Made here: T5's own has as many layers as the encoder.
        self.cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
        self.silent = _never_written(adapter.checkpoint)

    def next_logits(self) -> torch.Tensor:
        output = self.model(
            encoder_outputs=BaseModelOutput(last_hidden_state=self.states),
            attention_mask=self.mask,
            decoder_input_ids=self.tokens,
            past_key_values=self.cache,
            use_cache=True,
        )
        logits: torch.Tensor = output.logits[:, -1].float()
        logits[:, self.silent] = -torch.inf
        return logits

    def extend(self, chosen: torch.Tensor) -> None:
        self.tokens = chosen[:, None]

    def keep(self, rows: torch.Tensor) -> None:
        self.states, self.mask, self.tokens = self.states[rows], self.mask[rows], self.tokens[rows]
        self.cache.batch_select_indices(rows)


def _start(checkpoint: Checkpoint) -> int:
    """The token that the decoder begins with; T5 begins with its padding."""
    config: Any = checkpoint.model.config
    token = getattr(config, "decoder_start_token_id", None)
    token = config.pad_token_id if token is None else token
    if not isinstance(token, int) or not 0 <= token < checkpoint.architecture.vocabulary:
        raise InvalidCheckpoint(f"config.json: decoder_start_token_id {str(token)[:80]!r} is no token of the model.")
    return token


def _never_written(checkpoint: Checkpoint) -> list[int]:
    padding = checkpoint.tokenizer.pad_token_id
    return [] if LAYOUTS[checkpoint.architecture.model_type].writes_padding or padding is None else [padding]


def _prefixes(checkpoint: Checkpoint) -> dict[str, str]:
    """Task → the words in front of its sources, by ``task_specific_params`` of the config."""
    tasks = getattr(checkpoint.model.config, "task_specific_params", None)
    if not isinstance(tasks, dict):
        return {}
    prefixes = {name: how.get("prefix") for name, how in tasks.items() if isinstance(how, dict)}
    return {name: text for name, text in prefixes.items() if isinstance(text, str) and len(text) <= _LONGEST_PREFIX}
