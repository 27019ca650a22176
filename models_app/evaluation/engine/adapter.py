"""What the adapters of all families share: rows of tokens, scored in few batches with the logits that are needed."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch

from models_app.evaluation.engine.batches import in_batches
from models_app.evaluation.engine.errors import InvalidCheckpoint
from models_app.evaluation.engine.loading import Checkpoint
from models_app.evaluation.engine.projection import log_probabilities, logits_of, only_positions
from models_app.evaluation.engine.rows import Row, pad_right

Tick = Callable[[int, int], None]  # (done, total)
UNKNOWN_BYTE = -8 * math.log(2)  # in nats: what the tokenizer does not know is not predicted
MAX_LOGITS = 2**26  # elements of one projection: 256 MiB in float32
DEFAULT_BUDGET = {"cpu": 2048, "cuda": 32768}  # tokens of a padded batch: on a CPU, what its caches hold


class Adapter:
    """A loaded `checkpoint` that answers requests; inputs are cut to `context_tokens`.

    Rows are sorted by length into batches of at most `token_budget` padded tokens.
    """

    family: ClassVar[str]

    def __init__(self, checkpoint: Checkpoint, *, context_tokens: int, token_budget: int | None = None) -> None:
        super().__init__()
        self.checkpoint = checkpoint
        self.model = checkpoint.model
        self.tokenizer = checkpoint.tokenizer
        self.max_length = min(context_tokens, checkpoint.architecture.context or context_tokens)
        self.token_budget = token_budget or DEFAULT_BUDGET[checkpoint.device.type]
        self.halved_batches = 0  # how often memory ran out so far
        self.on_progress: Tick = lambda _done, _total: None

    @property
    def batch_policy(self) -> dict[str, Any]:
        return {
            "order": "longest first",
            "token_budget": self.token_budget,
            "max_logits": MAX_LOGITS,
            "context_tokens": self.max_length,
            "halved_batches": self.halved_batches,
        }

    def write_samples(self, definition: dict[str, Any]) -> list[dict[str, Any]]:
        """The samples of a record, by prompt and strategy in the order of the suite's `definition`."""
        raise NotImplementedError

    def inputs(self, rows: Sequence[Row], tokens: torch.Tensor) -> dict[str, torch.Tensor]:
        """What the model takes beside `tokens`, which are `rows` padded on the right."""
        raise NotImplementedError

    def run_in_batches(
        self, lengths: Sequence[int], run: Callable[[list[int]], None], *, padding: int | None = None
    ) -> None:
        """`batches.in_batches` within the token budget, telling `on_progress` after each."""
        done = 0

        def told(batch: list[int]) -> None:
            nonlocal done
            run(batch)
            done += len(batch)
            self.on_progress(done, len(lengths))

        self.halved_batches += in_batches(lengths, self.token_budget, told, padding=padding)

    def score_requests(self, rows: Sequence[Row], requests: int) -> list[tuple[float, bool]]:
        """By request: the log-probability of its targets in nats, and whether each of them is the likeliest."""
        wanted = Counter(owner for row in rows for _, _, owner in row.targets)
        values, hits = self.score_rows(rows, requests)
        return [(values[owner], hits[owner] == wanted[owner]) for owner in range(requests)]

    def score_rows(
        self, rows: Sequence[Row], requests: int, *, without: int | None = None
    ) -> tuple[list[float], list[int]]:
        """By request: the sum of the log-probabilities of its targets in nats, and how many of them are the likeliest.

        Targets that are the token `without` do not count. Raises `InvalidCheckpoint` when a score is no number.
        """
        values, hits = [0.0] * requests, [0] * requests

        def run(batch: list[int]) -> None:
            chosen = [rows[index] for index in batch]
            targets = [target for row in chosen for target in row.targets]
            for (_, token, owner), value, is_best in zip(targets, *self.forward(chosen), strict=True):
                if token != without:
                    values[owner] += value
                    hits[owner] += is_best

        self.run_in_batches([self.cost(row) for row in rows], run)
        return values, hits

    def cost(self, row: Row) -> int:
        """Tokens that a row counts in the budget: more than it has where its logits are the larger load."""
        return self.load(len(row), len({at for at, _, _ in row.targets}))

    def load(self, tokens: int, targets: int) -> int:
        """`tokens`, or as many as the logits of so many `targets` amount to."""
        return max(tokens, targets * self.checkpoint.architecture.vocabulary * self.token_budget // MAX_LOGITS)

    @torch.inference_mode()
    def forward(self, rows: Sequence[Row]) -> tuple[list[float], list[bool]]:
        """Log-probability and greediness of every target of `rows`, row by row."""
        targets = torch.tensor([token for row in rows for _, token, _ in row.targets], device=self.checkpoint.device)
        logits, places = self.projected(rows)
        values, greedy = log_probabilities(logits, targets, places)
        check_finite(values)
        return values.tolist(), greedy.tolist()

    def logits(self, rows: Sequence[Row]) -> torch.Tensor:
        """(targets, vocabulary): the logits of every target of `rows`, row by row."""
        logits, places = self.projected(rows)
        return logits[places]

    @torch.inference_mode()
    def projected(self, rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor]:
        """(distinct positions, vocabulary) logits, and which of them each target of `rows` is predicted by.

        Continuations of one context are predicted by the same position.
        """
        device = self.checkpoint.device
        tokens = pad_right([row.tokens for row in rows]).to(device)
        where = [(number, at) for number, row in enumerate(rows) for at, _, _ in row.targets]
        distinct = {place: index for index, place in enumerate(dict.fromkeys(where))}
        row_index, column_index = torch.tensor(list(distinct), device=device).T
        with only_positions(self.model, row_index, column_index):
            logits = logits_of(self.model(input_ids=tokens, **self.inputs(rows, tokens)))[0]
        return logits, torch.tensor([distinct[place] for place in where], device=device)

    def check_tokens(self, tokens: Sequence[int]) -> None:
        """`tokens` of a text. Raises `InvalidCheckpoint` where there is none, or one that the model has no row for."""
        if not tokens:
            raise InvalidCheckpoint("The tokenizer makes no token of a text.")
        known = self.checkpoint.architecture.vocabulary
        if max(tokens) >= known:
            raise InvalidCheckpoint(f"The tokenizer gives token {max(tokens)}, but the model knows only {known}.")


def check_finite(values: torch.Tensor) -> None:
    """Raises `InvalidCheckpoint` for scores that are no numbers."""
    if not torch.isfinite(values).all():
        raise InvalidCheckpoint("The model's output is not a number (NaN or infinity).")
