"""lm-eval's model interface for decoder-only checkpoints, built for speed: see `docs/evaluation.md`."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import torch
from lm_eval.api.instance import Instance
from lm_eval.api.model import TemplateLM
from lm_eval.models.utils import handle_stop_sequences, normalize_gen_kwargs
from lm_eval.utils import get_rolling_token_windows, make_disjoint_window

from models_app.evaluation.engine.adapter import UNKNOWN_BYTE, Adapter
from models_app.evaluation.engine.decoding import CachedSteps, Decoding, Prompt, Steps, decode
from models_app.evaluation.engine.loading import Checkpoint
from models_app.evaluation.engine.packing import packing_is_exact
from models_app.evaluation.engine.rows import Pair, Row, branch_mask, packed_rows, pad_right, plain_rows
from models_app.evaluation.engine.sampling import write_samples


class CausalAdapter(Adapter, TemplateLM):  # type: ignore[misc]
    """Scores and generates with a decoder-only `checkpoint`.

    Continuations of one context share its computation where that is exact.
    """

    family = "causal"
    adds_special_tokens = True  # to a text, by its tokenizer's own rules

    def __init__(self, checkpoint: Checkpoint, **settings: Any) -> None:
        """`settings` as for `Adapter`."""
        super().__init__(checkpoint, **settings)
        self._prefix = self._token(self.prefix_token_id)
        self._encoded: dict[tuple[str, bool], list[int]] = {}
        self.packs = packing_is_exact(self)

    @property
    def batch_policy(self) -> dict[str, Any]:
        return super().batch_policy | {"shared_context": self.packs}

    def write_samples(self, definition: dict[str, Any]) -> list[dict[str, Any]]:
        return write_samples(self, definition)

    @property
    def eot_token_id(self) -> int:
        eos = self.tokenizer.eos_token_id
        return int(self.prefix_token_id if eos is None else eos)

    @property
    def prefix_token_id(self) -> int:
        """What stands in front of a text without context: BOS, else EOS (as lm-eval's own adapter does)."""
        bos, eos = self.tokenizer.bos_token_id, self.tokenizer.eos_token_id
        return int(eos if bos is None else bos)

    def tok_encode(self, string: str, add_special_tokens: bool | None = None, **_kwargs: Any) -> list[int]:  # noqa: FBT001
        special = self.adds_special_tokens if add_special_tokens is None else add_special_tokens
        if add_special_tokens is None and string.startswith(self._prefix):
            special = False
        key = (string, special)
        if key not in self._encoded:
            self._encode_all([string], special=special)
        return self._encoded[key]

    def loglikelihood(self, requests: list[Instance], disable_tqdm: bool = False) -> list[tuple[float, bool]]:  # noqa: ARG002, FBT001, FBT002
        """(log P(continuation | context) in nats, whether greedy decoding would give it) of each request."""
        texts = {context.rstrip() for context, _ in (request.args for request in requests)} - {""}
        texts |= {context + continuation for context, continuation in (request.args for request in requests)}
        self._encode_all(sorted(texts), special=self.adds_special_tokens)
        results: list[tuple[float, bool]] = super().loglikelihood(requests, disable_tqdm=True)
        return results

    def _encode_pair(self, context: str, continuation: str) -> tuple[list[int], list[int]]:
        """As lm-eval splits a pair; where a token reaches across the whole continuation, each part is encoded alone."""
        context_ids, continuation_ids = super()._encode_pair(context, continuation)
        if not continuation_ids:
            continuation_ids = self.tok_encode(continuation, add_special_tokens=False)
        return context_ids, continuation_ids

    def _loglikelihood_tokens(
        self, requests: Sequence[tuple[Any, list[int], list[int]]], **_kwargs: Any
    ) -> list[tuple[float, bool]]:
        return self.score([Pair(context, continuation) for _, context, continuation in requests])

    def loglikelihood_rolling(self, requests: list[Instance], disable_tqdm: bool = False) -> list[float]:  # noqa: ARG002, FBT001, FBT002
        """Log-probability in nats of each whole text; each token is predicted once, with as much context as fits.

        A token that stands for text that the tokenizer does not know counts eight bits a byte.
        """
        texts = [request.args[0] for request in requests]
        windows = [(owner, window) for owner, text in enumerate(texts) for window in self._windows(text)]
        totals = [UNKNOWN_BYTE * self._unknown_bytes(text) for text in texts]
        for (owner, _), value in zip(windows, self.known([window for _, window in windows]), strict=True):
            totals[owner] += value
        return totals

    def generate_until(self, requests: list[Instance], disable_tqdm: bool = False) -> list[str]:  # noqa: ARG002, FBT001, FBT002
        """The greedy continuation of each context, up to the first stop sequence or the end of text."""
        prompts = [self._prompt(*request.args) for request in requests]
        texts = [""] * len(requests)

        def run(batch: list[int]) -> None:
            for index, continuation in zip(batch, decode(self, [prompts[index] for index in batch]), strict=True):
                texts[index] = cut(self.text_of(continuation.tokens), prompts[index].stops)

        lengths = [len(prompt.tokens) + prompt.max_new_tokens for prompt in prompts]
        self.run_in_batches(lengths, run, padding=self.token_budget)
        return texts

    def text_of(self, tokens: Sequence[int]) -> str:
        """The text of generated `tokens`, without special tokens."""
        return cast("str", self.tokenizer.decode(list(tokens), skip_special_tokens=True))

    def text_tokens(self, text: str) -> list[int]:
        """The tokens by which a whole text is predicted."""
        return self.tok_encode(text)

    def known(self, pairs: Sequence[Pair]) -> list[float]:
        """As `score`, of what the tokenizer knows."""
        return self.score_rows(self.rows_of(pairs), len(pairs), without=self._unknown)[0]

    @property
    def _unknown(self) -> int | None:
        """The token for whatever the tokenizer does not know, where it has one that means nothing else."""
        token = self.tokenizer.unk_token_id
        return None if token in {self.tokenizer.bos_token_id, self.tokenizer.eos_token_id} else token

    def _unknown_bytes(self, text: str) -> int:
        """How much of `text`, in bytes of UTF-8, its tokens do not stand for; of an unknown token at least one."""
        tokens = self.text_tokens(text)
        known = [token for token in tokens if token != self._unknown]
        if len(known) == len(tokens):
            return 0
        return max(len(tokens) - len(known), len(text.encode()) - len(self.text_of(known).encode()))

    def score(self, pairs: Sequence[Pair]) -> list[tuple[float, bool]]:
        """(log-probability, is greedy) of each pair, in order. Raises `InvalidCheckpoint` when a score is no number."""
        return self.score_requests(self.rows_of(pairs), len(pairs))

    def rows_of(self, pairs: Sequence[Pair]) -> list[Row]:
        """What has to be computed to score `pairs`; targets name them by their number."""
        return (packed_rows if self.packs else plain_rows)(pairs, limit=self.max_length)

    def steps(self, prompts: Sequence[Sequence[int]]) -> Steps:
        """The state of the model that continues `prompts` (token ids) together."""
        return CachedSteps(self.model, prompts)

    def inputs(self, rows: Sequence[Row], tokens: torch.Tensor) -> dict[str, Any]:
        return {"use_cache": False, **self._masks(rows, tokens)}

    def _masks(self, rows: Sequence[Row], tokens: torch.Tensor) -> dict[str, torch.Tensor]:
        if all(row.branches[-1] == 0 for row in rows):
            # Padding is on the right, where causal attention does not look.
            return {"attention_mask": torch.ones_like(tokens)}
        branches = pad_right([row.branches for row in rows], value=-1).to(tokens.device)
        positions = pad_right([row.positions for row in rows]).to(tokens.device)
        return {"attention_mask": branch_mask(branches, self.model.dtype), "position_ids": positions}

    def room(self, max_new_tokens: int) -> int:
        """How many tokens of a prompt are read when `max_new_tokens` are to be written."""
        return self.max_length - max_new_tokens

    def _token(self, token: int) -> str:
        return cast("str", self.tokenizer.decode([token]))

    def _windows(self, text: str) -> Iterable[Pair]:
        windows = get_rolling_token_windows(self.text_tokens(text), self.prefix_token_id, self.max_length, 1)
        return [Pair(*make_disjoint_window(window)) for window in windows]

    def _prompt(self, context: str, settings: dict[str, Any]) -> Prompt:
        known = normalize_gen_kwargs(settings)
        length = min(int(known["max_gen_toks"]), self.max_length - 1)
        tokens = self.tok_encode(context)[-self.room(length) :] or [self.prefix_token_id]
        stops = handle_stop_sequences(known["until"], eos=self._token(self.eot_token_id))
        return Prompt(tokens, Decoding.of(known), length, tuple(stop for stop in stops if stop))

    def _encode_all(self, texts: Sequence[str], *, special: bool) -> None:
        new = [text for text in texts if (text, special) not in self._encoded]
        if not new:
            return
        for text, ids in zip(new, self.tokenizer(new, add_special_tokens=special)["input_ids"], strict=True):
            self.check_tokens(ids)
            self._encoded[text, special] = list(ids)


def cut(text: str, stops: Iterable[str]) -> str:
    """`text` up to the first stop sequence."""
    for stop in stops:
        text = text.partition(stop)[0]
    return text
