"""Translation by fine-tuning: against transformers' own loss and ``generate``, and better after it than before."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from models_app.evaluation.engine import finetuning
from models_app.evaluation.engine.adapter import Adapter
from models_app.evaluation.engine.architecture import read_architecture
from models_app.evaluation.engine.downstream import DownstreamTask
from models_app.evaluation.engine.errors import InvalidCheckpoint
from models_app.evaluation.engine.finetuning import Recipe, Training, adapt, predict
from models_app.evaluation.engine.heads import Example, NotTrained, Translation
from models_app.evaluation.engine.loading import load_checkpoint
from models_app.evaluation.engine.run import ADAPTERS, suite
from models_app.evaluation.engine.training import train_small
from tests.models_app.evaluation_engine.checkpoints import ENCODER_DECODER, edit_json, save_checkpoint

FolderOf = Callable[[str], Path]
TOLERANCE = 1e-4
RECIPE = Recipe.of(suite("standard", 1).content)
SHORT = replace(RECIPE, seeds=(1, 2), epochs=2)
# What a small model learns within a minute; what a large one needs stands in the suite.
ADJECTIVES = {"quick": "敏捷的", "lazy": "懒", "brown": "棕色的", "old": "老", "small": "小", "white": "白"}
NOUNS = {"fox": "狐狸", "dog": "狗", "cat": "猫", "bird": "鸟", "horse": "马", "fish": "鱼", "cow": "牛", "goat": "羊"}
VERBS = {"sees": "看见", "hears": "听见", "follows": "跟着", "finds": "找到"}


def pairs() -> Iterator[tuple[str, str]]:
    """Sentences and their translations, each other than those before."""
    draw, seen = random.Random(3), set()  # noqa: S311 (the same each time)
    while True:
        first, second = (draw.choice(list(ADJECTIVES)), draw.choice(list(NOUNS))), draw.choice(list(NOUNS))
        verb = draw.choice(list(VERBS))
        english = f"The {' '.join(first)} {verb} the {second}."
        if english not in seen:
            seen.add(english)
            yield english, f"{ADJECTIVES[first[0]]}{NOUNS[first[1]]}{VERBS[verb]}{NOUNS[second]}。"


def task_of(train: int, validation: int = 4, test: int = 6, **extra: str) -> DownstreamTask:
    """From English to Chinese; `extra` stands in every row."""
    found = pairs()
    counts = {"train": train, "validation": validation, "test": test}
    splits = {
        split: [
            {"source": english, "target": chinese, **extra} for english, chinese in (next(found) for _ in range(count))
        ]
        for split, count in counts.items()
    }
    metrics = {"chrf": {"higher_is_better": True}, "bleu": {"higher_is_better": True}}
    return DownstreamTask(
        "foxes", {"kind": "translation", "language": "zh", "primary": "chrf", "metrics": metrics}, splits
    )


def adapter_of(folder: Path) -> Any:
    architecture = read_architecture(folder)
    checkpoint = load_checkpoint(folder, architecture, precision="float32", device="cpu")
    return ADAPTERS[architecture.family](checkpoint, context_tokens=1024)


def head_of(adapter: Adapter, task: DownstreamTask, row_tokens: int = 64) -> Translation:
    return Translation(adapter, task.entry, row_tokens=row_tokens, seed=1)


def plain_losses(head: Translation, batches: Sequence[Sequence[Example]], rate: float) -> list[float]:
    """The loss of each step: pair by pair, without padding, by transformers' own loss and the textbook's loop."""
    optimizer = torch.optim.AdamW(head.model.parameters(), lr=rate, weight_decay=RECIPE.weight_decay)
    losses = []
    for number, batch in enumerate(batches):
        of_rows = [
            head.model(input_ids=torch.tensor([example.tokens]), labels=torch.tensor([example.target])).loss
            for example in batch
        ]
        loss = torch.stack(of_rows).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(head.model.parameters(), RECIPE.clip)
        steps = len(batches)
        optimizer.param_groups[0]["lr"] = rate * ((steps - number) / (steps - 1) if number else 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("model_type", ENCODER_DECODER)
def test_every_architecture_is_trained_like_in_a_plain_loop(checkpoint_folder: FolderOf, model_type: str):
    """Padded batches, computed in parts of three rows, take the steps that one pair at a time would."""
    adapter, task = adapter_of(checkpoint_folder(model_type)), task_of(12)
    recipe = replace(SHORT, batch_rows=4, epochs=1, learning_rate=1e-3, at_width=32)
    head, reference = head_of(adapter, task), head_of(adapter, task)
    examples = [head.example(row) for row in task.splits["train"]]
    batches = [examples[start : start + 4] for start in range(0, 12, 4)]
    training = Training(head, recipe, rows=len(examples))
    training.micro_rows = 3

    losses = [training.step(batch) for batch in batches]

    assert losses == pytest.approx(plain_losses(reference, batches, 1e-3), abs=TOLERANCE)
    assert len(set(losses)) == len(losses)


@pytest.mark.parametrize("model_type", ["t5", "bart", "marian"])
def test_what_is_written_is_what_the_trained_weights_write(checkpoint_folder: FolderOf, model_type: str):
    """By transformers' ``generate``, before and after a step: nothing of the weights before it is kept."""
    adapter, task = adapter_of(checkpoint_folder(model_type)), task_of(8)
    head = head_of(adapter, task, row_tokens=24)
    examples = [head.example(row) for row in task.splits["train"]]
    training = Training(head, replace(SHORT, learning_rate=0.05, at_width=32), rows=8)
    seen = []
    for _ in range(2):
        written = predict(head, examples)
        assert written == [by_transformers(head, example) for example in examples]
        seen.append(written)
        training.step(examples)
    assert seen[0] != seen[1]


def by_transformers(head: Translation, example: Example) -> str:
    end, padding = head.reader.eot_token_id, head.adapter.tokenizer.pad_token_id
    silent = head.reader.steps([example.tokens]).silent
    tokens = head.model.generate(
        torch.tensor([example.tokens]),
        max_new_tokens=head.limit,
        do_sample=False,
        use_cache=False,  # of T5 it has as many layers as the encoder
        decoder_start_token_id=head.reader.start,
        eos_token_id=end,
        pad_token_id=padding,
        bad_words_ids=[[token] for token in silent] or None,
    )[0, 1:].tolist()
    return head.reader.text_of(tokens[: tokens.index(end)] if end in tokens else tokens).strip()


@pytest.mark.slow  # trains the checkpoints first
@pytest.mark.parametrize("architecture", ["t5", "bart", "marian"])
def test_a_checkpoint_learns_to_translate(tmp_path: Path, architecture: str):
    """More than what all translations have in common: of its own source a translation is nearer than of another."""
    text = "\n".join(f"{english}\n{chinese}" for english, chinese in islice(pairs(), 400))
    train_small(text, tmp_path, architecture=architecture, steps=60)
    adapter, task = adapter_of(tmp_path), task_of(900, 16, 32)
    recipe = replace(RECIPE, seeds=(1, 2), epochs=12, learning_rate=1.5e-3, at_width=96)
    head = head_of(adapter, task)
    before = task.primary("test", predict(head, [head.example(row) for row in task.splits["test"]]))

    found = adapt(adapter, task, recipe, lambda *_: None)

    chrf, bleu = found.estimates()["chrf"], found.estimates()["bleu"]
    assert chrf.value > before + 15
    for predictions in found.predictions:
        of_another = task.primary("test", [*predictions[1:], predictions[0]])
        assert task.primary("test", predictions) > of_another + 5
    assert chrf.n == 32
    assert 0 < chrf.stderr < 10
    assert "|tok:zh|" in (bleu.signature or "")
    for one in found.facts()["seeds"]:
        best = max(one["validation"])
        assert one["validation"][one["best_epoch"] - 1] == best
        assert best not in one["validation"][one["best_epoch"] :]


def test_training_is_the_same_each_time(checkpoint_folder: FolderOf):
    task, recipe = task_of(8), replace(SHORT, row_tokens=24)

    found, again = (adapt(adapter_of(checkpoint_folder("t5")), task, recipe, lambda *_: None) for _ in range(2))

    assert found.courses == again.courses


def test_scores_are_sacrebleus_and_errors_of_items_and_seeds():
    task = task_of(1, 1, 5)
    answers = [row["target"] for row in task.splits["test"]]
    seeds = [[answers[0], *answers[2:], answers[1]], [*answers[:4], "狗。"]]

    found = task.estimates(seeds)

    for name, metric in (("chrf", CHRF()), ("bleu", BLEU(tokenize="zh"))):
        values = [metric.corpus_score(predictions, [answers]).score for predictions in seeds]
        assert found[name].value == pytest.approx(sum(values) / 2)
        assert found[name].signature == str(metric.get_signature())
        without = [
            sum(
                metric.corpus_score(
                    predictions[:item] + predictions[item + 1 :], [answers[:item] + answers[item + 1 :]]
                ).score
                for predictions in seeds
            )
            / 2
            for item in range(5)
        ]
        middle = sum(without) / 5
        of_items = 4 / 5 * sum((value - middle) ** 2 for value in without)
        of_seeds = (values[0] - values[1]) ** 2 / 4  # s²/S of two
        assert found[name].stderr == pytest.approx(math.sqrt(of_items + of_seeds))
    by_item = task.by_item(list(zip(*seeds, strict=True)))
    alone = [CHRF().sentence_score(text, [answers[4]]).score for text in (seeds[0][4], "狗。")]
    assert (by_item[0], by_item[4]) == pytest.approx((100.0, sum(alone) / 2))


def test_sources_are_asked_for_in_the_checkpoints_own_words_and_cut(tmp_path: Path):
    save_checkpoint(tmp_path, "t5")
    words = {"translation_en_to_zh": {"prefix": "translate English to Chinese: "}}
    edit_json(tmp_path / "config.json", lambda config: config.update(task_specific_params=words))
    adapter = adapter_of(tmp_path)
    row = {"source": "The fox.", "target": "狐狸" * 40, "task": "translation_en_to_zh"}

    example = head_of(adapter, task_of(1), row_tokens=32).example(row)

    assert adapter.text_of(example.tokens).startswith("translate English to ")
    assert (len(example.target), example.target[-1]) == (32, adapter.eot_token_id)


def test_a_translation_has_an_end_that_the_tokenizer_does_not_write(tmp_path: Path):
    save_checkpoint(tmp_path, "t5")
    edit_json(tmp_path / "tokenizer.json", lambda content: content.update(post_processor=None))
    adapter = adapter_of(tmp_path)
    task = task_of(4)

    target = head_of(adapter, task).example(task.splits["train"][0]).target

    assert target[-1] == adapter.eot_token_id
    assert adapter.text_of(target) == task.splits["train"][0]["target"]


def test_a_checkpoint_without_padding_is_trained_all_the_same(tmp_path: Path):
    save_checkpoint(tmp_path, "bart")
    edit_json(tmp_path / "config.json", lambda config: config.update(pad_token_id=None))
    edit_json(tmp_path / "tokenizer_config.json", lambda config: config.pop("pad_token"))
    adapter = adapter_of(tmp_path)
    assert adapter.tokenizer.pad_token_id is None

    found = adapt(adapter, task_of(8), replace(SHORT, row_tokens=24), lambda *_: None)

    assert [course.seed for course in found.courses] == [1, 2]


def test_a_decoder_that_knows_no_first_token_says_so(tmp_path: Path):
    save_checkpoint(tmp_path, "t5")
    edit_json(tmp_path / "config.json", lambda config: config.update(decoder_start_token_id=None, pad_token_id=None))

    with pytest.raises(InvalidCheckpoint, match="decoder_start_token_id 'None' is no token of the model"):
        adapter_of(tmp_path)


def test_a_decoder_alone_is_not_taught_to_translate(checkpoint_folder: FolderOf):
    with pytest.raises(NotTrained, match="not for models of the family causal"):
        head_of(adapter_of(checkpoint_folder("gpt2")), task_of(1))


def test_a_checkpoint_that_does_not_fit_the_memory_says_why(
    checkpoint_folder: FolderOf, monkeypatch: pytest.MonkeyPatch
):
    adapter, task = adapter_of(checkpoint_folder("t5")), task_of(4)
    tried: list[int] = []

    def no_room(_head: Translation, examples: Sequence[Example]) -> list[str]:
        tried.append(len(examples))
        raise MemoryError

    monkeypatch.setattr(Translation, "predictions", no_room)

    found = adapt(adapter, task, SHORT, lambda *_: None)

    assert found.facts() == {"reason": "Fine-tuning needs more memory than an evaluation may use.", "seeds": []}
    assert tried == [4, 2, 1]


def test_writing_that_would_take_too_long_is_not_gone_on_with(
    checkpoint_folder: FolderOf, monkeypatch: pytest.MonkeyPatch
):
    """The first epoch with its validation tells: two seeds of two epochs have three more."""
    adapter, task = adapter_of(checkpoint_folder("t5")), task_of(4)
    needed: list[float] = []

    def check(seconds: float) -> None:
        needed.append(seconds)
        if len(needed) == 2:
            raise NotTrained("Too long.")

    monkeypatch.setattr(finetuning, "_check_time", check)

    assert adapt(adapter, task, replace(SHORT, row_tokens=24), lambda *_: None).reason == "Too long."
    assert needed[1] > 0


def test_the_checkpoint_is_left_as_it_was(checkpoint_folder: FolderOf):
    adapter = adapter_of(checkpoint_folder("marian"))
    before = {name: tensor.clone() for name, tensor in adapter.model.state_dict().items()}

    adapt(adapter, task_of(8), replace(SHORT, row_tokens=24), lambda *_: None)

    assert all(torch.equal(adapter.model.state_dict()[name], tensor) for name, tensor in before.items())
    assert all(parameter.grad is None for parameter in adapter.model.parameters())
