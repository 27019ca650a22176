"""A causal model of 100 million parameters: our scoring beside lm-eval's HFLM at its best batch size, and all the
strategies of all prompts at once beside five plain loops of ``generate``.

    python -m bench.causal

The weights are random, which costs what trained ones cost. Both sides must find the same: scores to 1e-4 of their size,
and the texts of greedy decoding and beam search, which draw nothing.
"""

import contextlib
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
from transformers import GPT2Config, GPT2LMHeadModel

from bench.lm_eval_command import SUITE, THREADS
from bench.table import Result, print_table
from bench.timing import clocked
from models_app.evaluation.engine.architecture import read_architecture
from models_app.evaluation.engine.causal import CausalAdapter
from models_app.evaluation.engine.loading import Checkpoint, load_checkpoint
from models_app.evaluation.engine.run import suite
from models_app.evaluation.engine.tasks import tasks_of
from models_app.evaluation.engine.training import train_tokenizer

TASKS = ("grammar_en", "classifiers_zh", "binding_en")
DOCUMENTS = 6  # of each task
BATCH_SIZES = (1, 8, 32)
NEW_TOKENS = 12
TOLERANCE = 1e-4
VOCABULARY, CONTEXT = 50257, 1024  # GPT-2's


def main() -> None:
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory() as name, contextlib.redirect_stdout(io.StringIO()):
        checkpoint = _checkpoint(Path(name))
        results = [_scoring(checkpoint), _generation(checkpoint)]
    print(f"{checkpoint.architecture.parameters / 1e6:.0f}M parameters, {THREADS} threads")
    print_table(results)


def _checkpoint(folder: Path) -> Checkpoint:
    torch.manual_seed(0)
    texts = [path.read_text(encoding="utf-8") for path in sorted((SUITE / "prose").glob("*.txt"))]
    tokenizer = train_tokenizer(texts)
    end = tokenizer.eos_token_id
    config = GPT2Config(vocab_size=VOCABULARY, n_positions=CONTEXT, bos_token_id=end, eos_token_id=end)
    GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return load_checkpoint(folder, read_architecture(folder), precision="float32", device="cpu")


def _scoring(checkpoint: Checkpoint) -> Result:
    tasks = tasks_of(suite("standard", 1))
    requests = [one for name in TASKS for one in tasks[name].instances if one.doc_id < DOCUMENTS]
    theirs = {size: _timed(_hflm(checkpoint, size), requests) for size in BATCH_SIZES}
    size = min(theirs, key=lambda size: theirs[size][0])
    ours, found = _timed(CausalAdapter(checkpoint, context_tokens=CONTEXT), requests)
    seconds, expected = theirs[size]
    if any(abs(a - b) > TOLERANCE * abs(b) for (a, _), (b, _) in zip(found, expected, strict=True)):
        sys.exit("The scores differ.")
    note = f"{len(requests)} requests: {seconds:.1f} s at batch {size}, {ours:.1f} s; scores equal"
    return Result("scoring beside HFLM at its best batch size", seconds / ours, "x", least=1.5, note=note)


def _hflm(checkpoint: Checkpoint, batch_size: int) -> HFLM:
    return HFLM(checkpoint.model, backend="causal", tokenizer=checkpoint.tokenizer, batch_size=batch_size, device="cpu")


def _timed(adapter: Any, requests: list[Instance]) -> tuple[float, list[tuple[float, bool]]]:
    """Seconds, and the answers."""
    return clocked(lambda: adapter.loglikelihood(requests, disable_tqdm=True))


def _generation(checkpoint: Checkpoint) -> Result:
    content = suite("standard", 1).content
    definition = content | {"max_new_tokens": NEW_TOKENS}
    adapter = CausalAdapter(checkpoint, context_tokens=CONTEXT)
    ours, samples = clocked(lambda: adapter.write_samples(definition))
    theirs, texts = clocked(lambda: _loops(checkpoint, definition))
    if any(
        one["text"] != texts[one["prompt_key"], one["strategy"]] for one in samples if not one["settings"]["do_sample"]
    ):
        sys.exit("Greedy decoding or beam search wrote something else.")
    note = f"{len(samples)} texts: {theirs:.1f} s, {ours:.1f} s; greedy and beam texts equal"
    return Result("five strategies x all prompts beside generate, batch 1", theirs / ours, "x", least=4.0, note=note)


def _loops(checkpoint: Checkpoint, definition: dict[str, Any]) -> dict[tuple[str, str], str]:
    """(prompt, strategy) → text, one after another."""
    tokenizer, model = checkpoint.tokenizer, checkpoint.model
    texts = {}
    for strategy, settings in definition["strategies"].items():
        for key, prompt in definition["prompts"].items():
            tokens = tokenizer(prompt["text"], return_tensors="pt")
            written = model.generate(
                **tokens, **settings, max_new_tokens=NEW_TOKENS, pad_token_id=tokenizer.eos_token_id
            )
            new = written[0, tokens["input_ids"].shape[1] :]
            texts[key, strategy] = tokenizer.decode(new, skip_special_tokens=True)
    return texts


if __name__ == "__main__":
    main()
