"""Pre-train, then adapt: a fixed recipe that trains a copy of a checkpoint for a task, with a head on top if need be.

Nothing is drawn but the head's weights and the order of the rows, both from the seed: dropout is off, so that a batch
in parts has the same gradient as the whole.
"""

import logging
import math
import random
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch

from models_app.evaluation.engine.adapter import Adapter
from models_app.evaluation.engine.batches import in_batches, is_out_of_memory
from models_app.evaluation.engine.downstream import DownstreamTask
from models_app.evaluation.engine.heads import HEADS, Example, Head, NotTrained
from models_app.evaluation.engine.items import scores_by_item
from models_app.evaluation.engine.scoring import Tell
from models_app.evaluation.engine.statistics import KnownEstimate

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recipe:
    """The ``fine_tuning`` of a suite. At most `epochs` x training rows x `row_tokens` tokens are trained on a seed.

    The learning rate falls with the width of the checkpoint, as Adam's steps need (Yang et al. 2021): it is
    `learning_rate` at a width of `at_width`, wider or narrower in proportion, never more than twice that.
    """

    seeds: tuple[int, ...]
    epochs: int
    batch_rows: int
    row_tokens: int
    learning_rate: float
    at_width: int
    warm_up: float  # share of the steps
    weight_decay: float
    clip: float  # of the gradient's norm

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Recipe":
        return cls(**{**content["fine_tuning"], "seeds": tuple(content["fine_tuning"]["seeds"])})

    def rate(self, width: int) -> float:
        return self.learning_rate * min(2.0, self.at_width / width)


@dataclass(frozen=True)
class Course:
    """What one seed came to: the primary metric on validation after each epoch, and the test rows' predictions by the
    best of them (of equal ones the last).
    """

    seed: int
    learning_rate: float  # the highest
    validation: list[float]
    best_epoch: int  # counted from 1
    predictions: list[str]


@dataclass(frozen=True)
class Adapted:
    """What became of one task: a course for each seed, or the sentence that says why there is none."""

    task: DownstreamTask
    courses: list[Course]
    reason: str = ""

    @property
    def predictions(self) -> list[list[str]]:
        """Of the test rows, by seed."""
        return [course.predictions for course in self.courses]

    def estimates(self) -> dict[str, KnownEstimate]:
        """Metric → estimate over all seeds; none without a course."""
        return self.task.estimates(self.predictions) if self.courses else {}

    def item_scores(self) -> dict[str, Any] | None:
        """As `items.item_scores`: of each test row the mean over seeds; None without a course."""
        if not self.courses:
            return None
        by_item = list(zip(*self.predictions, strict=True))
        return scores_by_item(self.task.by_item(by_item), by_item)

    def facts(self) -> dict[str, Any]:
        """The part of it that belongs into a record."""
        if self.reason:
            return {"reason": self.reason, "seeds": []}
        return {
            "learning_rate": self.courses[0].learning_rate,
            "seeds": [
                {
                    "seed": course.seed,
                    "validation": course.validation,
                    "best_epoch": course.best_epoch,
                    "test": self.task.primary("test", course.predictions),
                }
                for course in self.courses
            ],
        }


def adapt(adapter: Adapter, task: DownstreamTask, recipe: Recipe, tell: Tell) -> Adapted:
    """Fine-tune for `task` with every seed of the recipe; `tell` hears how many epochs of all seeds are over.

    A checkpoint that cannot be trained here is still measured by all other tasks. Raises `InvalidCheckpoint` as
    tokenizing does.
    """
    total = recipe.epochs * len(recipe.seeds)
    courses: list[Course] = []
    try:
        for number in range(len(recipe.seeds)):
            before = number * recipe.epochs
            on_epoch = partial(_tell, tell, task.name, before, total)
            on_epoch(0)
            courses.append(fine_tune(adapter, task, replace(recipe, seeds=recipe.seeds[number:]), on_epoch))
    except NotTrained as error:
        return Adapted(task, [], str(error))
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return Adapted(task, [], "Fine-tuning needs more memory than an evaluation may use.")
    return Adapted(task, courses)


def _tell(tell: Tell, name: str, before: int, total: int, epoch: int) -> None:
    tell(name, before + epoch, total)


def fine_tune(adapter: Adapter, task: DownstreamTask, recipe: Recipe, on_epoch: Callable[[int], None]) -> Course:
    """Train with the first seed of `recipe`, whose others are still to come; `on_epoch` hears how many epochs are over.

    Raises `NotTrained` where memory or time do not suffice or the loss is no number, `InvalidCheckpoint` as tokenizing
    does.
    """
    began, seed = time.monotonic(), recipe.seeds[0]
    head = HEADS[task.kind](adapter, task.entry, row_tokens=recipe.row_tokens, seed=seed)
    splits = {split: [head.example(row) for row in rows] for split, rows in task.splits.items()}
    training = Training(head, recipe, rows=len(splits["train"]))
    validation: list[float] = []
    best: dict[str, torch.Tensor] = {}
    shuffle = random.Random(f"{seed} {task.name}")  # noqa: S311 (the same order each time)
    for epoch in range(recipe.epochs):
        training.epoch(shuffle.sample(splits["train"], len(splits["train"])))
        validation.append(task.primary("validation", predict(head, splits["validation"])))
        if validation[-1] == max(validation):
            best = {name: tensor.clone() for name, tensor in head.state_dict().items()}
        on_epoch(epoch + 1)
        if epoch == 0:  # of translations, writing those of validation may take longer than training
            _check_time((time.monotonic() - began) * (recipe.epochs * len(recipe.seeds) - 1))
    head.load_state_dict(best)
    best_epoch = len(validation) - validation[::-1].index(max(validation))
    return Course(seed, training.rate, validation, best_epoch, predict(head, splits["test"]))


class Training:
    """AdamW over all weights of `head`, for `recipe.epochs` epochs of `rows` rows; warm-up, then linearly to zero."""

    def __init__(self, head: Head, recipe: Recipe, *, rows: int) -> None:
        self.head, self.recipe = head, recipe
        self.steps = recipe.epochs * math.ceil(rows / recipe.batch_rows)
        self.step_number = 0
        self.micro_rows = recipe.batch_rows  # that are computed at once; fewer where memory is short
        self.weights = [weight for weight in head.parameters() if weight.requires_grad]
        self.rate = recipe.rate(head.width)
        self.optimizer = torch.optim.AdamW(self.weights, lr=self.rate, weight_decay=recipe.weight_decay)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, self._share_of_rate)

    def epoch(self, examples: Sequence[Example]) -> None:
        for start in range(0, len(examples), self.recipe.batch_rows):
            self.step(examples[start : start + self.recipe.batch_rows])

    def step(self, batch: Sequence[Example]) -> float:
        """One step by the mean loss of `batch`, which it gives, in nats."""
        began = time.monotonic()
        loss = self._loss_with_gradients(batch)
        if not math.isfinite(loss):
            raise NotTrained(f"Fine-tuning ended at step {self.step_number + 1}: the loss is no number any more.")
        torch.nn.utils.clip_grad_norm_(self.weights, self.recipe.clip)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad()
        self.step_number += 1
        if self.step_number == 1:
            _check_time((time.monotonic() - began) * self.steps * len(self.recipe.seeds))
        return loss

    def _loss_with_gradients(self, batch: Sequence[Example]) -> float:
        """With half as many rows at once, from the start of the step, whenever memory runs out."""
        while True:
            try:
                return self._accumulate(batch)
            except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
                if self.micro_rows == 1 or not is_out_of_memory(error):
                    raise
            # Outside of the handler: the traceback would keep the failed batch's tensors alive.
            self.optimizer.zero_grad()
            self.micro_rows = (self.micro_rows + 1) // 2
            self.head.adapter.halved_batches += 1
            log.warning("out of memory while training: %d rows at once from now on", self.micro_rows)
            if torch.cuda.is_initialized():
                torch.cuda.empty_cache()

    def _accumulate(self, batch: Sequence[Example]) -> float:
        total = 0.0
        for start in range(0, len(batch), self.micro_rows):
            loss = self.head.losses(batch[start : start + self.micro_rows]).sum() / len(batch)
            loss.backward()
            total += loss.item()
        return total

    def _share_of_rate(self, step: int) -> float:
        warm_up = max(1, round(self.recipe.warm_up * self.steps))
        if step < warm_up:
            return (step + 1) / warm_up
        return max(0.0, (self.steps - step) / max(1, self.steps - warm_up))


@torch.inference_mode()
def predict(head: Head, examples: Sequence[Example]) -> list[str]:
    """What `head` finds in each example, in their order."""
    found = [""] * len(examples)

    def run(batch: list[int]) -> None:
        for index, text in zip(batch, head.predictions([examples[index] for index in batch]), strict=True):
            found[index] = text

    adapter = head.adapter
    adapter.halved_batches += in_batches([head.cost(example) for example in examples], adapter.token_budget, run)
    return found


def _check_time(needed: float) -> None:
    """Raises `NotTrained` where the rest of the process's time is too short for `needed` seconds of one task.

    The limit is of processor time, which all threads of the run spend together.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_CPU)
    left = (limit - time.process_time()) / torch.get_num_threads()
    if limit != resource.RLIM_INFINITY and needed > left:
        raise NotTrained(
            f"Fine-tuning would take about {needed / 60:.0f} minutes, but the run may go on for {left / 60:.0f} only."
        )
