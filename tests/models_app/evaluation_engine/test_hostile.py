"""Checkpoints that lie, break or attack: each run ends with a class and a sentence, and the next one works."""

import json
import shutil
import struct
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from models_app.evaluation.engine.errors import EvaluationFailure, InvalidCheckpoint, OutOfMemory, Timeout
from models_app.evaluation.engine.sandbox.client import Sandbox
from models_app.evaluation.worker.folders import run_folder
from tests.models_app.evaluation_engine.checkpoints import edit_json

LIMITS = {"memory_bytes": 2 * 2**30, "cpu_seconds": 60, "gpu": False}
Spoil = Callable[[Path], object]


def evaluate(
    sandbox: Sandbox, base: Path, checkpoint: Path, *, seconds: float = 60, limits: dict[str, Any] = LIMITS
) -> dict[str, Any]:
    with run_folder(base) as folder:
        shutil.copytree(checkpoint, folder / "snapshot", dirs_exist_ok=True)
        request = {
            "snapshot": str(folder / "snapshot"),
            "scratch": str(folder / "scratch"),
            "limits": limits,
            "threads": 1,
            "precision": "float32",
            "suite": {"name": "standard", "version": 1},
        }
        return sandbox.run(request, seconds=seconds, stop=threading.Event(), on_progress=lambda *_: None)


def config(**changes: Any) -> Spoil:
    return lambda folder: edit_json(folder / "config.json", lambda content: content.update(changes))


def weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Spoil:
    def spoil(folder: Path) -> None:
        tensors = load_file(folder / "model.safetensors")
        change(tensors)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})

    return spoil


def _pickle_only(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def _archive(compression: int, tensor: torch.Tensor) -> Spoil:
    """A torch archive as the only weights: few bytes on disk that could ask for any amount of memory."""

    def spoil(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        torch.save({"transformer.wte.weight": tensor}, folder / "plain.zip")
        with (
            zipfile.ZipFile(folder / "plain.zip") as plain,
            zipfile.ZipFile(folder / "pytorch_model.bin", "w", compression) as archive,
        ):
            for name in plain.namelist():
                archive.writestr(name, plain.read(name))
        (folder / "plain.zip").unlink()
        assert (folder / "pytorch_model.bin").stat().st_size < 100_000

    return spoil


def _truncate(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


def _header(change: Callable[[dict[str, Any]], object]) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / "model.safetensors"
        raw = path.read_bytes()
        (length,) = struct.unpack("<Q", raw[:8])
        header = json.loads(raw[8 : 8 + length])
        change(header)
        text = json.dumps(header).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + raw[8 + length :])

    return spoil


def _huge_shape(header: dict[str, Any]) -> None:
    header["transformer.wte.weight"]["shape"] = [2**40, 32]


def _write(name: str, content: str) -> Spoil:
    return lambda folder: (folder / name).write_text(content)


def _nested_json(folder: Path) -> None:
    (folder / "config.json").write_text("[" * 200_000)


def _index_elsewhere(folder: Path) -> None:
    index = {"weight_map": {"a": "../../../etc/passwd.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def _infinite(tensors: dict[str, torch.Tensor]) -> None:
    tensors["transformer.wte.weight"][0, 0] = float("-inf")


def _nan(tensors: dict[str, torch.Tensor]) -> None:
    tensors["transformer.ln_f.weight"][3] = float("nan")


TEMPLATE_BOMB = "{{ 'x' * 10**10 }}{% for a in range(10**10) %}{% endfor %}"
CASES: dict[str, tuple[Spoil, str, str]] = {
    "vocabulary of two thousand million": (config(vocab_size=2_000_000_000), "invalid_checkpoint", "vocab_size"),
    "three thousand layers": (config(n_layer=3000), "invalid_checkpoint", "claims 3000 layers, but the weights hold 2"),
    "four million positions": (config(n_positions=4_000_000), "invalid_checkpoint", "n_positions"),
    "negative size": (config(n_embd=-1), "invalid_checkpoint", "n_embd must be a positive whole number"),
    "size that is text": (config(n_head="4"), "invalid_checkpoint", "n_head"),
    "heads that do not divide": (config(n_head=7), "invalid_checkpoint", "cannot be loaded"),
    "unknown activation": (config(activation_function="os.system"), "invalid_checkpoint", "cannot be loaded"),
    "no config": (lambda folder: (folder / "config.json").unlink(), "invalid_checkpoint", "There is no config.json"),
    "config that is no JSON": (_write("config.json", "{"), "invalid_checkpoint", "not valid JSON"),
    "config nested beyond reason": (_nested_json, "invalid_checkpoint", "not valid JSON"),
    "config that is a list": (_write("config.json", "[]"), "invalid_checkpoint", "JSON object"),
    "pickle only": (_pickle_only, "unsafe", "pickles"),
    "archive of stride 0": (_archive(zipfile.ZIP_STORED, torch.zeros(1).expand(10**12)), "unsafe", "pickles"),
    "deflated archive": (_archive(zipfile.ZIP_DEFLATED, torch.zeros(2_000_000)), "unsafe", "pickles"),
    "code of its own": (
        config(model_type="mine", auto_map={"AutoModelForCausalLM": "modeling_mine.Mine"}),
        "unsafe",
        "auto_map",
    ),
    "tokenizer with code": (
        _write("tokenizer_config.json", '{"auto_map": {"AutoTokenizer": ["mine.Mine", null]}}'),
        "unsafe",
        "tokenizer needs Python code",
    ),
    "unknown architecture": (config(model_type="perceiver"), "unsupported", "perceiver"),
    "no language model": (config(architectures=["GPT2ForSequenceClassification"]), "unsupported", "GPT2LMHeadModel"),
    "quantized": (config(quantization_config={"quant_method": "gptq"}), "unsupported", "quantized"),
    "adapter": (_write("adapter_config.json", '{"base_model_name_or_path": "/etc"}'), "unsupported", "adapter"),
    "weights that are not numbers": (weights(_nan), "invalid_checkpoint", "ln_f.weight"),
    "weights without a bound": (weights(_infinite), "invalid_checkpoint", "wte.weight"),
    "a missing tensor": (
        weights(lambda tensors: tensors.pop("transformer.h.1.mlp.c_fc.weight")),
        "invalid_checkpoint",
        "lack 1 tensors",
    ),
    "truncated weights": (_truncate, "invalid_checkpoint", "not a valid safetensors file"),
    "header that lies": (_header(_huge_shape), "invalid_checkpoint", "not a valid safetensors file"),
    "garbage as weights": (_write("model.safetensors", "x" * 5000), "invalid_checkpoint", "not a valid safetensors"),
    "index that points elsewhere": (_index_elsewhere, "invalid_checkpoint", "no safetensors file of this repo's root"),
    "broken tokenizer": (_write("tokenizer.json", '{"model": 7}'), "invalid_checkpoint", "'added_tokens' is missing"),
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), "invalid_checkpoint", "no tokenizer"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_bad_checkpoint_ends_with_its_class_and_a_reason(
    sandbox: Sandbox, checkpoint_folder: Callable[[str], Path], tmp_path: Path, case: str
):
    spoil, failure_class, reason = CASES[case]
    folder = shutil.copytree(checkpoint_folder("gpt2"), tmp_path / "checkpoint")
    spoil(folder)

    with pytest.raises(EvaluationFailure) as failure:
        evaluate(sandbox, tmp_path / "runs", folder)

    assert failure.value.failure_class == failure_class
    assert reason in failure.value.reason
    assert failure.value.reason.endswith(".")


@pytest.mark.parametrize("megabytes", [60, 150, 250])
@pytest.mark.slow
def test_a_checkpoint_that_is_too_large_runs_out_of_memory_wherever_it_does(
    sandbox: Sandbox, checkpoint_folder: Callable[[str], Path], tmp_path: Path, megabytes: int
):
    folder = shutil.copytree(checkpoint_folder("gpt2"), tmp_path / "checkpoint")
    rows = 1_000_000  # 128 MB
    config(vocab_size=rows)(folder)
    weights(lambda tensors: tensors.update({"transformer.wte.weight": torch.zeros(rows, 32)}))(folder)

    with pytest.raises(OutOfMemory):
        evaluate(sandbox, tmp_path / "runs", folder, limits=LIMITS | {"memory_bytes": megabytes * 10**6})

    assert evaluate(sandbox, tmp_path / "runs", checkpoint_folder("gpt2"))["family"] == "causal"


@pytest.mark.slow
def test_settings_of_the_repo_are_not_believed(
    sandbox: Sandbox, checkpoint_folder: Callable[[str], Path], tmp_path: Path
):
    """Thousands of beams, attention code from elsewhere, code beside a known architecture, and chat templates that
    would fill the memory or never end: none of it counts.
    """
    good = evaluate(sandbox, tmp_path / "runs", checkpoint_folder("gpt2"))
    folder = shutil.copytree(checkpoint_folder("gpt2"), tmp_path / "checkpoint")
    (folder / "generation_config.json").write_text('{"num_beams": 4096, "max_new_tokens": 100000, "do_sample": true}')
    config(
        auto_map={"AutoModelForCausalLM": "evil.Evil"},
        attn_implementation="someone/kernel",
        _attn_implementation="someone/kernel",
        num_beams=4096,
        dtype="float64",
        use_kernels=True,
        kernel_config={"RMSNorm": "someone/kernel:RMSNorm"},
    )(folder)
    config(return_dict=False, output_attentions=True, use_cache=False, custom_generate="someone/generate")(folder)
    (folder / "evil.py").write_text("raise SystemExit")
    (folder / "custom_generate").mkdir()
    (folder / "custom_generate" / "generate.py").write_text("raise SystemExit")
    edit_json(folder / "tokenizer_config.json", lambda content: content.update(chat_template=TEMPLATE_BOMB))
    (folder / "chat_template.jinja").write_text(TEMPLATE_BOMB)

    found = evaluate(sandbox, tmp_path / "runs", folder)

    assert [score["value"] for score in found["scores"]] == [score["value"] for score in good["scores"]]
    assert found["samples"] == good["samples"]
    assert found["items"] == good["items"]
    assert found["precision"] == "float32"


@pytest.mark.slow
def test_a_tokenizer_that_never_ends_runs_into_the_time_limit(
    sandbox: Sandbox, checkpoint_folder: Callable[[str], Path], tmp_path: Path
):
    """Every character becomes a thousand, five times over: an expansion bomb."""
    folder = shutil.copytree(checkpoint_folder("gpt2"), tmp_path / "checkpoint")
    bomb = [
        {"type": "Replace", "pattern": {"Regex": "."}, "content": "ab" * 500},
    ] * 5
    edit_json(
        folder / "tokenizer.json",
        lambda content: content.update(normalizer={"type": "Sequence", "normalizers": bomb}),
    )
    start = time.monotonic()

    with pytest.raises((Timeout, OutOfMemory)):
        evaluate(sandbox, tmp_path / "runs", folder, seconds=5)

    assert time.monotonic() - start < 20
    assert evaluate(sandbox, tmp_path / "runs", checkpoint_folder("gpt2"))["family"] == "causal"


# No text satisfies them, but each has a letter at which they could end: else the library would not even begin.
BACKTRACKING = {
    "beyond the library's own limit": (r"(?:.|..)*[aeiou](?<=z)", InvalidCheckpoint, "breaks on a text"),
    "below it, at every letter": (r"(?:.|..){1,18}[aeiou](?<=z)", Timeout, "took longer than it may"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", BACKTRACKING)
def test_a_tokenizer_whose_regular_expression_backtracks_for_ever_is_ended(
    sandbox: Sandbox, checkpoint_folder: Callable[[str], Path], tmp_path: Path, case: str
):
    pattern, kind, reason = BACKTRACKING[case]
    folder = shutil.copytree(checkpoint_folder("gpt2"), tmp_path / "checkpoint")
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    edit_json(folder / "tokenizer.json", lambda content: content.update(pre_tokenizer=split))
    start = time.monotonic()

    with pytest.raises(kind, match=reason):
        evaluate(sandbox, tmp_path / "runs", folder, seconds=5)

    assert time.monotonic() - start < 20
    assert evaluate(sandbox, tmp_path / "runs", checkpoint_folder("gpt2"))["family"] == "causal"
