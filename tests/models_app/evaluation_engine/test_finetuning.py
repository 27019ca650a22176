"""Fine-tuning: against a plain loop, the same each time, and better where the body had learnt something before."""

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from models_app.evaluation.engine import finetuning
from models_app.evaluation.engine.adapter import Adapter
from models_app.evaluation.engine.architecture import read_architecture
from models_app.evaluation.engine.downstream import METRICS, DownstreamTask, downstream_of, normalized
from models_app.evaluation.engine.finetuning import Recipe, Training, adapt, predict
from models_app.evaluation.engine.heads import HEADS, Example, Head, NotTrained
from models_app.evaluation.engine.loading import load_checkpoint
from models_app.evaluation.engine.run import ADAPTERS, suite
from models_app.evaluation.engine.statistics import mean_estimate, over_seeds
from models_app.evaluation.engine.training import train_small
from tests.models_app.evaluation_engine.checkpoints import CONFIGS, MASKED, PERMUTATION

FolderOf = Callable[[str], Path]
TOLERANCE = 1e-4
TASKS = downstream_of(suite("standard", 1))
RECIPE = Recipe.of(suite("standard", 1).content)
SHORT = replace(RECIPE, seeds=(1, 2), epochs=2)
KNOWLEDGE = 60  # steps of pre-training
TOPICS = TASKS["topics_en"].entry["labels"]


def adapter_of(folder: Path) -> Adapter:
    architecture = read_architecture(folder)
    checkpoint = load_checkpoint(folder, architecture, precision="float32", device="cpu")
    return ADAPTERS[architecture.family](checkpoint, context_tokens=1024)


def cut(task: DownstreamTask, rows: int = 16) -> DownstreamTask:
    """The task with `rows` rows of each split."""
    return replace(task, splits={split: part[:rows] for split, part in task.splits.items()})


def head_of(adapter: Adapter, task: DownstreamTask, seed: int = 1) -> Head:
    return HEADS[task.kind](adapter, task.entry, row_tokens=RECIPE.row_tokens, seed=seed)


def examples_of(head: Head, task: DownstreamTask) -> list[Example]:
    return [head.example(row) for row in task.splits["train"]]


def plain_losses(head: Head, batches: Sequence[Sequence[Example]], rate: float) -> list[float]:
    """The loss of each step: row by row, without padding, by transformers' body and the textbook's loop."""
    optimizer = torch.optim.AdamW(head.parameters(), lr=rate, weight_decay=RECIPE.weight_decay)
    losses = []
    for number, batch in enumerate(batches):
        loss = torch.stack([plain_loss(head, example) for example in batch]).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(head.parameters(), RECIPE.clip)
        steps = len(batches)
        optimizer.param_groups[0]["lr"] = rate * ((steps - number) / (steps - 1) if number else 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses


def plain_loss(head: Head, example: Example) -> torch.Tensor:
    extra = {"token_type_ids": torch.tensor([example.segments])} if head.typed else {}
    states = head.body(torch.tensor([example.tokens]), **extra).last_hidden_state[0]
    if head.kind == "classification":
        return -head.linear(states.mean(dim=0)).log_softmax(0)[example.target[0]]
    text = [index for index, span in enumerate(example.spans) if span is not None]
    logits = head.linear(states[text])
    first, last = (text.index(at) for at in example.target)
    return -(logits[:, 0].log_softmax(0)[first] + logits[:, 1].log_softmax(0)[last]) / 2


@pytest.mark.parametrize("kind", ["topics_en", "answers_en"])
@pytest.mark.parametrize("model_type", [*CONFIGS, *MASKED, *PERMUTATION])
def test_every_architecture_is_trained_like_in_a_plain_loop(checkpoint_folder: FolderOf, model_type: str, kind: str):
    """Padded batches, computed in parts of three rows, take the steps that one row at a time would."""
    adapter, task = adapter_of(checkpoint_folder(model_type)), cut(TASKS[kind], 12)
    recipe = replace(SHORT, batch_rows=4, epochs=1, learning_rate=1e-3, at_width=32)
    head, reference = head_of(adapter, task), head_of(adapter, task)
    examples = examples_of(head, task)
    batches = [examples[start : start + 4] for start in range(0, 12, 4)]
    training = Training(head, recipe, rows=len(examples))
    training.micro_rows = 3

    losses = [training.step(batch) for batch in batches]

    assert losses == pytest.approx(plain_losses(reference, batches, 1e-3), abs=TOLERANCE)
    assert len(set(losses)) == len(losses)


def _out_of_memory_beyond(rows: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every loss of more than `rows` rows runs out of memory, after its gradients; gives what was tried."""
    tried: list[int] = []
    losses = HEADS["classification"].losses

    def limited(self: Any, examples: Sequence[Example]) -> torch.Tensor:
        tried.append(len(examples))
        found = losses(self, examples)
        if len(examples) > rows:
            found.sum().backward()  # what a half-done step leaves behind
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return found

    monkeypatch.setattr(HEADS["classification"], "losses", limited)
    return tried


def test_a_batch_that_does_not_fit_the_memory_is_computed_in_parts(
    checkpoint_folder: FolderOf, monkeypatch: pytest.MonkeyPatch
):
    adapter, task = adapter_of(checkpoint_folder("gpt2")), cut(TASKS["topics_en"], 32)
    whole = Training(head_of(adapter, task), SHORT, rows=32)
    examples = examples_of(whole.head, task)
    expected = [whole.step(examples[:16]), whole.step(examples[16:])]
    tried = _out_of_memory_beyond(4, monkeypatch)
    parts = Training(head_of(adapter, task), SHORT, rows=32)

    losses = [parts.step(examples[:16]), parts.step(examples[16:])]

    assert losses == pytest.approx(expected, abs=TOLERANCE)
    assert tried == [16, 8, 4, 4, 4, 4, 4, 4, 4, 4]
    assert adapter.halved_batches == 2


def test_halved_batches_of_predictions_count(checkpoint_folder: FolderOf, monkeypatch: pytest.MonkeyPatch):
    adapter, task = adapter_of(checkpoint_folder("gpt2")), cut(TASKS["topics_en"], 8)
    head = head_of(adapter, task)
    examples = examples_of(head, task)
    expected, predictions = predict(head, examples), HEADS["classification"].predictions

    def limited(self: Any, some: Sequence[Example]) -> list[str]:
        if len(some) > 4:
            raise MemoryError
        return predictions(self, some)

    monkeypatch.setattr(HEADS["classification"], "predictions", limited)

    assert (predict(head, examples), adapter.halved_batches) == (expected, 1)


def test_a_checkpoint_that_cannot_be_trained_says_why(checkpoint_folder: FolderOf, monkeypatch: pytest.MonkeyPatch):
    adapter, task = adapter_of(checkpoint_folder("gpt2")), cut(TASKS["topics_en"])
    _out_of_memory_beyond(0, monkeypatch)

    found = adapt(adapter, task, SHORT, lambda *_: None)

    assert found.facts() == {"reason": "Fine-tuning needs more memory than an evaluation may use.", "seeds": []}
    assert found.estimates() == {}


def test_a_loss_that_is_no_number_ends_with_a_sentence(checkpoint_folder: FolderOf, monkeypatch: pytest.MonkeyPatch):
    adapter, task = adapter_of(checkpoint_folder("gpt2")), cut(TASKS["topics_en"])
    monkeypatch.setattr(HEADS["classification"], "losses", lambda self, _: self.linear.weight.sum() * float("nan"))

    found = adapt(adapter, task, SHORT, lambda *_: None)

    assert found.reason == "Fine-tuning ended at step 1: the loss is no number any more."


def test_a_run_whose_time_would_not_suffice_is_not_begun(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(finetuning.resource, "getrlimit", lambda _: (finetuning.time.process_time() + 60, 0))
    finetuning._check_time(50.0)

    with pytest.raises(NotTrained, match="about 60 minutes, but the run may go on for 1 only"):
        finetuning._check_time(3600.0)


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two causal checkpoints of one shape: one has read which word is of which topic, the other nothing."""
    rng = random.Random(5)  # noqa: S311 (the same text each time)
    rows = [row for split in TASKS["topics_en"].splits.values() for row in split]
    seen_in = Counter(
        word for label in TOPICS for word in {w for row in rows if row["label"] == label for w in words(row)}
    )
    lines = [
        " ".join(f"the {word} {row['label']}" for word in words(row) if seen_in[word] == 1)
        for row in rows
        for _ in range(6)
    ]
    lines += [row["text"] for row in rows]
    rng.shuffle(lines)
    taught, blank = (tmp_path_factory.mktemp(name) for name in ("taught", "blank"))
    train_small("\n".join(lines), taught, steps=KNOWLEDGE)
    train_small("\n".join(lines), blank, steps=1)
    return taught, blank


def words(row: Mapping[str, Any]) -> list[str]:
    return str(row["text"]).strip(".").split()


@pytest.mark.slow  # trains the body first
def test_a_body_that_knows_something_does_better_and_a_second_time_the_same(bodies: tuple[Path, Path]):
    task = TASKS["topics_en"]
    told: list[tuple[str, int, int]] = []
    taught, blank = (adapter_of(folder) for folder in bodies)

    found = adapt(taught, task, RECIPE, lambda *step: told.append(step))
    again = adapt(adapter_of(bodies[0]), task, RECIPE, lambda *_: None)
    nothing = adapt(blank, task, RECIPE, lambda *_: None)

    assert found.courses == again.courses
    accuracy, chance = found.estimates()["acc"], nothing.estimates()["acc"]
    assert accuracy.value > 0.8
    assert chance.value < 0.4
    assert accuracy.n == chance.n == 96
    epochs = len(RECIPE.seeds) * RECIPE.epochs
    assert told[0] == ("topics_en", 0, epochs)
    assert told[-1] == ("topics_en", epochs, epochs)
    facts = found.facts()
    assert [one["seed"] for one in facts["seeds"]] == [1, 2, 3]
    for one in facts["seeds"]:
        best = max(one["validation"])
        assert one["validation"][one["best_epoch"] - 1] == best
        assert best not in one["validation"][one["best_epoch"] :]
    assert sum(one["test"] for one in facts["seeds"]) / 3 == pytest.approx(accuracy.value)


def test_the_checkpoint_is_left_as_it_was(checkpoint_folder: FolderOf):
    folder = checkpoint_folder("bert")
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    adapter = adapter_of(folder)
    before = {name: tensor.clone() for name, tensor in adapter.model.state_dict().items()}

    adapt(adapter, cut(TASKS["topics_en"]), SHORT, lambda *_: None)

    after = adapter.model.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert all(parameter.grad is None for parameter in adapter.model.parameters())
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()} == files


@pytest.mark.parametrize("model_type", ["gpt2", "llama", "bert", "roberta", "xlnet"])
def test_answers_are_found_where_they_stand(checkpoint_folder: FolderOf, model_type: str):
    """A head that is sure of the target gives the answer back, whatever the tokenizer makes of spaces."""
    adapter, task = adapter_of(checkpoint_folder(model_type)), cut(TASKS["answers_en"], 12)
    head = head_of(adapter, task)
    head.limit = 1024
    examples = examples_of(head, task)

    def sure(chosen: Sequence[Example]) -> torch.Tensor:
        length = max(len(example.tokens) for example in chosen)
        logits = torch.zeros(len(chosen), length, 2)
        for row, example in enumerate(chosen):
            logits[row, example.target[0], 0] = logits[row, example.target[1], 1] = 9.0
        return logits

    head._logits = sure  # type: ignore[method-assign, assignment]

    found = predict(head, examples)

    assert [normalized(text) for text in found] == [normalized(row["answer"]) for row in task.splits["train"]]


def test_a_text_that_is_cut_has_a_target_none_the_less(checkpoint_folder: FolderOf):
    head = HEADS["extraction"](adapter_of(checkpoint_folder("bert")), {}, row_tokens=12, seed=1)

    examples = examples_of(head, cut(TASKS["answers_en"]))

    assert all(len(example.tokens) <= 12 for example in examples)
    assert all(0 <= example.target[0] <= example.target[1] < len(example.tokens) for example in examples)
    assert all(torch.isfinite(head.losses(examples)))
    assert len(predict(head, examples)) == len(examples)


def test_a_head_is_the_same_for_the_same_seed(checkpoint_folder: FolderOf):
    adapter, task = adapter_of(checkpoint_folder("gpt2")), TASKS["topics_en"]
    a, b, c = (head_of(adapter, task, seed).linear.weight for seed in (1, 1, 2))

    assert torch.equal(a, b)
    assert not torch.equal(a, c)


def test_wide_checkpoints_learn_more_slowly():
    recipe = replace(RECIPE, learning_rate=1e-3, at_width=100)

    assert [recipe.rate(width) for width in (10, 100, 1000)] == pytest.approx([2e-3, 1e-3, 1e-4])


@pytest.mark.parametrize(
    ("metric", "answers", "predictions", "value"),
    [
        ("acc", ["a", "b", "a", "b"], ["a", "b", "b", "b"], 0.75),
        ("macro_f1", ["a", "b", "a", "b"], ["a", "b", "b", "b"], (2 / 3 + 4 / 5) / 2),
        ("macro_f1", ["a", "b"], ["a", "a"], 1 / 3),
        ("exact_match", ["The garden", "a key", "two"], ["garden.", "key", "too"], 2 / 3),
        ("f1", ["in the garden"], ["the garden of"], 0.5),
        ("f1", ["the roof"], [""], 0.0),
    ],
)
def test_metrics(metric: str, answers: list[str], predictions: list[str], value: float):
    assert METRICS[metric](answers, predictions) == pytest.approx(value)


def test_errors_have_a_part_of_the_items_and_one_of_the_seeds():
    accuracy = METRICS["acc"]
    answers = ["a"] * 8
    seeds = [["a"] * 6 + ["b"] * 2, ["a"] * 6 + ["b"] * 2]

    alike = over_seeds(accuracy, answers, seeds)
    apart = over_seeds(accuracy, answers, [["a"] * 8, ["b"] * 8])

    assert (alike.value, alike.n) == (0.75, 8)
    assert alike.stderr == pytest.approx(mean_estimate([1.0] * 6 + [0.0] * 2).stderr)
    assert (apart.value, apart.stderr) == (0.5, pytest.approx(mean_estimate([1.0, 0.0]).stderr))


def test_a_slow_tokenizer_knows_no_characters(checkpoint_folder: FolderOf, monkeypatch: pytest.MonkeyPatch):
    adapter = adapter_of(checkpoint_folder("gpt2"))
    monkeypatch.setattr(type(adapter.tokenizer), "is_fast", False)

    found = adapt(adapter, cut(TASKS["answers_en"]), SHORT, lambda *_: None)

    assert "cannot tell which characters" in found.reason
