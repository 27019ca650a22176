"""Attention weights against what transformers gives out itself: one text, no padding, eager attention."""

import base64
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from models_app.evaluation.attention.rules import MAX_BYTES, MAX_TOKENS
from models_app.evaluation.engine.architecture import read_architecture
from models_app.evaluation.engine.attention import attend, most_tokens, weights_of
from models_app.evaluation.engine.errors import EvaluationFailure, InvalidCheckpoint, Unsupported
from models_app.evaluation.engine.layouts import LAYOUTS
from models_app.evaluation.engine.loading import load_checkpoint
from models_app.evaluation.engine.run import perform
from models_app.evaluation.engine.sandbox.client import Sandbox
from models_app.evaluation.worker.folders import run_folder
from tests.models_app.evaluation_engine.checkpoints import CONFIGS, ENCODER_DECODER, MASKED, edit_json

FolderOf = Callable[[str], Path]
TEXT = "The quick brown fox jumps over the lazy dog, 敏捷的狐狸。"
TARGET = "The lazy dog, 3 + 4 = 7"


def found_in(folder: Path, text: str = TEXT, target: str = "") -> dict[str, Any]:
    return attend(folder, text, target, device="cpu", report=lambda _: None)


def plain(folder: Path) -> tuple[Any, Any]:
    """The checkpoint as anybody would load it, with its tokenizer."""
    architecture = read_architecture(folder)
    model_class: Any = getattr(transformers, architecture.model_class)
    model = model_class.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    return model, transformers.AutoTokenizer.from_pretrained(folder)


def arrays(part: dict[str, Any]) -> list[torch.Tensor]:
    """(heads, rows, columns) of each layer, as they were sent."""
    shape = (part["heads"], len(part["rows"]), len(part["columns"]))
    return [
        torch.frombuffer(bytearray(base64.b64decode(layer)), dtype=torch.float16).reshape(shape).float()
        for layer in part["layers"]
    ]


def assert_same(part: dict[str, Any], expected: tuple[torch.Tensor, ...]) -> None:
    """Equal but for the rounding to float16; rows sum to 1; what a causal row may not see is exactly 0."""
    found = arrays(part)
    assert len(found) == len(expected)
    for layer, wanted in zip(found, expected, strict=True):
        torch.testing.assert_close(layer, wanted[0], atol=5e-4, rtol=0)
        torch.testing.assert_close(layer.sum(-1), torch.ones(layer.shape[:2]), atol=5e-3, rtol=0)
        if part["causal"]:
            later = torch.ones(layer.shape[1:], dtype=torch.bool).triu(1)
            assert bool((layer[:, later] == 0).all())
            assert bool((layer[:, ~later] > 0).any())


@pytest.mark.parametrize("model_type", CONFIGS)
@torch.inference_mode()
def test_every_decoder_looks_at_what_transformers_says(checkpoint_folder: FolderOf, model_type: str):
    folder = checkpoint_folder(model_type)
    model, tokenizer = plain(folder)

    found = found_in(folder)

    (part,) = found["parts"]
    assert (found["family"], part["name"], part["causal"]) == ("causal", "decoder", True)
    assert part["rows"] == part["columns"]
    assert_same(part, model(**tokenizer(TEXT, return_tensors="pt"), output_attentions=True).attentions)


@pytest.mark.parametrize("model_type", MASKED)
@torch.inference_mode()
def test_every_encoder_looks_at_what_transformers_says(checkpoint_folder: FolderOf, model_type: str):
    folder = checkpoint_folder(model_type)
    model, tokenizer = plain(folder)

    found = found_in(folder)

    (part,) = found["parts"]
    assert (found["family"], part["name"], part["causal"]) == ("masked", "encoder", False)
    assert (part["rows"][0], part["rows"][-1]) == ("[CLS]", "[SEP]")
    assert_same(part, model(**tokenizer(TEXT, return_tensors="pt"), output_attentions=True).attentions)
    assert min(float(layer.min()) for layer in arrays(part)) > 0  # it sees both ways


@torch.inference_mode()
def test_xlnet_has_a_stream_of_what_stands_there_and_one_of_the_place_alone(checkpoint_folder: FolderOf):
    folder = checkpoint_folder("xlnet")
    model, tokenizer = plain(folder)
    tokens = tokenizer(TEXT, add_special_tokens=False, return_tensors="pt")["input_ids"]
    length = tokens.shape[1]
    hidden = torch.tensor([[[float(j >= i and j > 0) for j in range(length)] for i in range(length)]])

    content, query = found_in(folder)["parts"]

    expected = model(tokens, perm_mask=hidden, target_mapping=torch.eye(length)[None, 1:], output_attentions=True)
    assert (content["name"], query["name"]) == ("content", "query")
    assert (len(content["rows"]), len(query["rows"])) == (length, length - 1)
    assert_same(content, tuple(streams[0] for streams in expected.attentions))
    assert_same(query, tuple(streams[1][:, :, 1:] for streams in expected.attentions))


@torch.inference_mode()
def test_xlnet_knows_one_token_by_its_content_alone(checkpoint_folder: FolderOf):
    (part,) = found_in(checkpoint_folder("xlnet"), "T")["parts"]

    assert (part["name"], part["rows"]) == ("content", ["T"])
    assert [layer.tolist() for layer in arrays(part)] == [[[[1.0]]] * 4] * 2


@pytest.mark.parametrize("model_type", ENCODER_DECODER)
@pytest.mark.parametrize("target", [TARGET, ""])
@torch.inference_mode()
def test_every_encoder_decoder_looks_at_what_transformers_says(
    checkpoint_folder: FolderOf, model_type: str, target: str
):
    folder = checkpoint_folder(model_type)
    model, tokenizer = plain(folder)
    start = model.config.decoder_start_token_id

    found = found_in(folder, target=target)

    encoder, decoder, cross = found["parts"]
    assert [part["causal"] for part in found["parts"]] == [False, True, False]
    assert (len(encoder["layers"]), len(decoder["layers"])) == (2, len(cross["layers"]))
    if target:
        written = tokenizer(text_target=target, add_special_tokens=False, return_tensors="pt")["input_ids"]
        assert found["read_target"] == written.shape[1] + 1
    else:
        source = tokenizer(TEXT, return_tensors="pt")
        silent = [[model.config.pad_token_id]] if not LAYOUTS[model.config.model_type].writes_padding else None
        settings = transformers.GenerationConfig(
            max_new_tokens=MAX_TOKENS - 1,
            decoder_start_token_id=start,
            eos_token_id=model.config.eos_token_id,
            pad_token_id=model.config.pad_token_id,
            bad_words_ids=silent,
            use_cache=False,
        )
        written = model.generate(**source, generation_config=settings)[:, 1:]
        written = written[:, :-1] if written[0, -1] == model.config.eos_token_id else written
        assert found["read_target"] is None
    expected = model(
        **tokenizer(TEXT, return_tensors="pt"),
        decoder_input_ids=torch.cat([torch.tensor([[start]]), written], dim=1),
        output_attentions=True,
    )
    assert_same(encoder, expected.encoder_attentions)
    assert_same(decoder, expected.decoder_attentions)
    assert_same(cross, expected.cross_attentions)


@pytest.mark.parametrize("model_type", ["gpt2", "bert", "xlnet", "t5"])
def test_of_a_long_text_the_first_tokens_are_shown(checkpoint_folder: FolderOf, model_type: str):
    folder = checkpoint_folder(model_type)
    _, tokenizer = plain(folder)
    text = TEXT * 4

    found = found_in(folder, text)

    part = found["parts"][0]
    assert (len(part["rows"]), len(part["columns"])) == (MAX_TOKENS, MAX_TOKENS)
    assert found["read"] == len(tokenizer(text, add_special_tokens=model_type != "xlnet")["input_ids"]) > MAX_TOKENS
    if model_type == "bert":
        assert part["rows"][-1] == "[SEP]"


def test_tokens_are_named_by_their_text(checkpoint_folder: FolderOf):
    (part,) = found_in(checkpoint_folder("gpt2"), "The quick\nÿ")["parts"]

    assert part["rows"][:3] == ["The", " quick", "\n"]
    assert part["rows"][3:] == ["Ã", "¿"]  # halves of one character have the tokenizer's names


def test_windows_are_part_of_the_mask(checkpoint_folder: FolderOf):
    (part,) = found_in(checkpoint_folder("mistral"), TEXT * 4)["parts"]  # a window of 32

    for layer in arrays(part):
        before = torch.ones(layer.shape[1:], dtype=torch.bool).tril(-32)
        assert bool((layer[:, before] == 0).all())


def test_of_the_largest_models_fewer_tokens_are_shown(checkpoint_folder: FolderOf):
    architecture = read_architecture(checkpoint_folder("llama"))
    large = replace(architecture, layers=80, heads=64)

    assert most_tokens(architecture) == MAX_TOKENS
    assert most_tokens(large) == 40
    assert 2 * 80 * 64 * most_tokens(large) ** 2 <= MAX_BYTES
    assert most_tokens(replace(architecture, context=8)) == 8


def test_a_model_without_attention_is_told_apart(checkpoint_folder: FolderOf, tmp_path: Path):
    folder = shutil.copytree(checkpoint_folder("gpt2"), tmp_path / "mamba")
    edit_json(folder / "config.json", lambda content: content.update(model_type="mamba"))

    with pytest.raises(Unsupported, match="The architecture 'mamba' cannot be evaluated yet"):
        found_in(folder)


def test_a_model_that_keeps_its_weights_to_itself_is_unsupported(checkpoint_folder: FolderOf):
    folder = checkpoint_folder("gpt2")
    checkpoint = load_checkpoint(folder, read_architecture(folder), precision="float32", device="cpu")  # not eager

    with pytest.raises(Unsupported, match="computes no attention weights"):
        weights_of(checkpoint, TEXT)


def test_weights_that_are_no_numbers_are_the_checkpoints_fault(checkpoint_folder: FolderOf, tmp_path: Path):
    folder = shutil.copytree(checkpoint_folder("gpt2"), tmp_path / "huge")
    tensors = load_file(folder / "model.safetensors")
    tensors["transformer.h.0.attn.c_attn.weight"] *= 1e30
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(InvalidCheckpoint, match="not a number"):
        found_in(folder)


def test_the_sandbox_gives_the_same(checkpoint_folder: FolderOf, sandbox: Sandbox, tmp_path: Path):
    found = in_sandbox(sandbox, tmp_path, checkpoint_folder("gpt2"))

    assert found == found_in(checkpoint_folder("gpt2"))


def test_a_tokenizer_that_never_ends_runs_into_the_time_limit(
    checkpoint_folder: FolderOf, sandbox: Sandbox, tmp_path: Path
):
    folder = shutil.copytree(checkpoint_folder("gpt2"), tmp_path / "hostile")
    edit_json(folder / "tokenizer.json", _expand)

    with pytest.raises(EvaluationFailure) as caught:
        in_sandbox(sandbox, tmp_path, folder, seconds=4)

    assert caught.value.failure_class in {"timeout", "out_of_memory"}
    assert in_sandbox(sandbox, tmp_path, checkpoint_folder("gpt2"))["family"] == "causal"


def test_memory_that_runs_out_is_told_as_such(checkpoint_folder: FolderOf, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr("models_app.evaluation.engine.attention.weights_of", fail)
    request = {
        "snapshot": str(checkpoint_folder("gpt2")),
        "threads": 1,
        "attention": {"text": TEXT, "target": ""},
    }

    with pytest.raises(EvaluationFailure) as caught:
        perform(request, lambda _: None)

    assert caught.value.failure_class == "out_of_memory"


def in_sandbox(sandbox: Sandbox, base: Path, checkpoint: Path, *, seconds: float = 60) -> dict[str, Any]:
    with run_folder(base) as folder:
        shutil.copytree(checkpoint, folder / "snapshot", dirs_exist_ok=True)
        request = {
            "snapshot": str(folder / "snapshot"),
            "scratch": str(folder / "scratch"),
            "limits": {"memory_bytes": 2 * 2**30, "cpu_seconds": 60, "gpu": False},
            "threads": 1,
            "attention": {"text": TEXT, "target": ""},
        }
        return sandbox.run(request, seconds=seconds, stop=threading.Event(), on_progress=lambda *_: None)


def _expand(content: dict[str, Any]) -> None:
    """Each letter becomes a hundred, nine times over."""
    rule = {"type": "Replace", "pattern": {"String": "e"}, "content": "e" * 100}
    content["normalizer"] = {"type": "Sequence", "normalizers": [rule] * 9}
