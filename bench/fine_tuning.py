"""Fine-tuning a sentence encoder that others trained (MiniLM, from a wheel on PyPI) beside plain loops of transformers.

    python -m bench.fine_tuning [TASK]

The loops take rate, batches, epochs and seeds of the suite's recipe and keep the best epoch on validation, as the
engine does; they draw their own heads and orders. `mean` reads the classes off the mean of the tokens, as the engine
does; `[CLS]` is transformers' own classifier, with its dropout.
"""

import logging
import math
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import torch
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    BertForSequenceClassification,
    BertModel,
    get_linear_schedule_with_warmup,
)

from models_app.evaluation.engine.architecture import read_architecture
from models_app.evaluation.engine.downstream import DownstreamTask, downstream_of
from models_app.evaluation.engine.finetuning import Recipe, adapt
from models_app.evaluation.engine.loading import load_checkpoint
from models_app.evaluation.engine.masked import MaskedAdapter
from models_app.evaluation.engine.run import suite
from tests.models_app.evaluation_engine.wheels import SENTENCES, unpacked

SUITE = suite("standard", 1)
RECIPE = Recipe.of(SUITE.content)


class Mean(torch.nn.Module):
    """A linear layer on the mean of the last states, without dropout."""

    def __init__(self, source: Path, labels: int) -> None:
        super().__init__()
        self.body: Any = BertModel.from_pretrained(source)
        self.linear = torch.nn.Linear(self.body.config.hidden_size, labels)

    def forward(self, **inputs: torch.Tensor) -> torch.Tensor:
        states, mask = self.body(**inputs).last_hidden_state, inputs["attention_mask"][:, :, None]
        logits: torch.Tensor = self.linear((states * mask).sum(dim=1) / mask.sum(dim=1))
        return logits

    def train(self, mode: bool = True) -> "Mean":  # noqa: FBT001, FBT002, ARG002 (torch's signature)
        return super().train(False)


class First(torch.nn.Module):
    """Transformers' own classifier."""

    def __init__(self, source: Path, labels: int) -> None:
        super().__init__()
        self.model: Any = BertForSequenceClassification.from_pretrained(source, num_labels=labels)

    def forward(self, **inputs: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.model(**inputs).logits
        return logits


def main() -> None:
    logging.disable()
    torch.set_num_threads(1)
    task = downstream_of(SUITE)[sys.argv[1] if len(sys.argv) > 1 else "topics_en"]
    source = unpacked(SENTENCES)
    accuracy = engine(source, task)
    print(f"{task.name}, {len(task.splits['test'])} test rows, seeds {RECIPE.seeds}")
    print(f"engine        {accuracy.value:.3f} ± {accuracy.stderr:.3f}")
    for name, kind in (("loop, mean", Mean), ("loop, [CLS]", First)):
        found = [plain(kind, source, task, seed) for seed in RECIPE.seeds]
        print(f"{name:13} {mean(found):.3f}  {' '.join(f'{one:.3f}' for one in found)}")


def engine(source: Path, task: DownstreamTask) -> Any:
    """The estimate of the engine. It wants a language model: the encoder gets a head that nothing here reads."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model: Any = BertForMaskedLM(BertConfig.from_pretrained(source))
        body: Any = BertModel.from_pretrained(source, add_pooling_layer=False)
        model.bert.load_state_dict(body.state_dict())
        model.save_pretrained(folder)
        AutoTokenizer.from_pretrained(source).save_pretrained(folder)
        checkpoint = load_checkpoint(folder, read_architecture(folder), precision="float32", device="cpu")
        adapter = MaskedAdapter(checkpoint, context_tokens=512)
        return adapt(adapter, task, RECIPE, lambda *_: None).estimates()["acc"]


def plain(kind: type[Mean | First], source: Path, task: DownstreamTask, seed: int) -> float:
    torch.manual_seed(seed)
    tokenizer, labels = AutoTokenizer.from_pretrained(source), task.entry["labels"]
    model = kind(source, len(labels))
    steps = RECIPE.epochs * math.ceil(len(task.splits["train"]) / RECIPE.batch_rows)
    width = BertConfig.from_pretrained(source).hidden_size
    optimizer = torch.optim.AdamW(model.parameters(), lr=RECIPE.rate(width), weight_decay=RECIPE.weight_decay)
    schedule = get_linear_schedule_with_warmup(optimizer, round(RECIPE.warm_up * steps), steps)
    best, test = -1.0, 0.0
    for _ in range(RECIPE.epochs):
        model.train()
        rows = task.splits["train"]
        order = torch.randperm(len(rows)).tolist()
        for start in range(0, len(rows), RECIPE.batch_rows):
            batch = [rows[index] for index in order[start : start + RECIPE.batch_rows]]
            targets = torch.tensor([labels.index(row["label"]) for row in batch])
            torch.nn.functional.cross_entropy(model(**inputs(tokenizer, batch)), targets).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), RECIPE.clip)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        model.eval()
        validation = task.primary("validation", predicted(model, tokenizer, task.splits["validation"], labels))
        if validation >= best:
            best, test = validation, task.primary("test", predicted(model, tokenizer, task.splits["test"], labels))
    return test


@torch.inference_mode()
def predicted(model: torch.nn.Module, tokenizer: Any, rows: Sequence[Any], labels: Sequence[str]) -> list[str]:
    return [labels[index] for index in model(**inputs(tokenizer, rows)).argmax(dim=1).tolist()]


def inputs(tokenizer: Any, rows: Sequence[Any]) -> Any:
    return tokenizer([row["text"] for row in rows], padding=True, return_tensors="pt")


if __name__ == "__main__":
    main()
