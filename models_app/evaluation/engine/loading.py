"""Load a checkpoint without running or believing anything of it: safetensors only, no code, no settings of its own."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoTokenizer, GenerationConfig, PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from models_app.evaluation.engine.architecture import Architecture
from models_app.evaluation.engine.batches import is_out_of_memory
from models_app.evaluation.engine.errors import InvalidCheckpoint, OutOfMemory, Unsafe, Unsupported
from models_app.evaluation.engine.layouts import LAYOUTS
from models_app.evaluation.engine.weights import read_json

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
# Keys by which a config could name code, kernels or settings that are not the architecture's own, or have the model
# answer in another form.
_DROPPED = (
    "auto_map",
    "custom_generate",
    "custom_pipelines",
    "attn_implementation",
    "_attn_implementation",
    "_attn_implementation_internal",
    "_experts_implementation",
    "experts_implementation",
    "_name_or_path",
    "torchscript",
    "dtype",
    "torch_dtype",
    "use_kernels",
    "return_dict",
    "use_return_dict",
    "output_hidden_states",
    "output_attentions",
    "use_cache",
    "chunk_size_feed_forward",
    "pruned_heads",
)
_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "spiece.model", "vocab.json", "vocab.txt")
_PROBE = "A word, 一个词。"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model, in evaluation mode on its device, with its tokenizer."""

    architecture: Architecture
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    @property
    def device(self) -> torch.device:
        return self.model.device


def load_checkpoint(
    folder: Path, architecture: Architecture, *, precision: str, device: str, attention: str | None = None
) -> Checkpoint:
    """Load what `read_architecture` found in `folder`, with `precision` (float32, bfloat16, float16) on `device`.

    `attention` is transformers' implementation ("eager" is the one that can give its weights); None: the fastest.
    Raises `InvalidCheckpoint`, `Unsafe`, `OutOfMemory` or `MemoryError`.
    """
    log.info("loading %s, %s parameters", architecture.model_class, f"{architecture.parameters:,}")
    model = _load_model(folder, architecture, DTYPES[precision], attention)
    tokenizer = _load_tokenizer(folder, architecture)
    _check_finite(model)
    try:
        model.to(device)  # type: ignore[arg-type]
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(f"The weights ({architecture.weight_bytes / 2**30:.1f} GiB) do not fit the GPU.") from error
    model.eval()
    checkpoint = Checkpoint(architecture, model, tokenizer)
    _check_answers(checkpoint)
    return checkpoint


def _config(folder: Path, architecture: Architecture) -> PreTrainedConfig:
    content = {key: value for key, value in read_json(folder / "config.json").items() if key not in _DROPPED}
    config_class = transformers.CONFIG_MAPPING[architecture.model_type]
    config: PreTrainedConfig = config_class.from_dict(content)
    return config


def _load_model(folder: Path, architecture: Architecture, dtype: torch.dtype, attention: str | None) -> PreTrainedModel:
    model_class: Any = getattr(transformers, architecture.model_class)
    try:
        model, info = model_class.from_pretrained(
            folder,
            config=_config(folder, architecture),
            dtype=dtype,
            attn_implementation=attention or LAYOUTS[architecture.model_type].attention,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except Exception as error:  # whatever transformers makes of a config
        raise _refusal("The checkpoint cannot be loaded", error) from error
    _check_complete(info)
    if architecture.model_type == "xlnet":
        _in_one_precision(model, dtype)
    # The repo's own settings could ask for thousands of beams; ours come with each call.
    model.generation_config = GenerationConfig()
    loaded: PreTrainedModel = model
    return loaded


def _in_one_precision(model: Any, dtype: torch.dtype) -> None:
    """Of an XLNet transformers leaves the weights of the attention in float32, and hands positions on in that."""
    model.to(dtype)
    for layer in model.transformer.layer:
        layer.rel_attn.register_forward_pre_hook(_with_positions_like_weights)


def _with_positions_like_weights(attention: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    content, query, content_mask, query_mask, positions, *others = inputs
    return (content, query, content_mask, query_mask, positions.to(attention.r.dtype), *others)


def _check_complete(info: dict[str, Any]) -> None:
    """Transformers fills gaps with random numbers; a score of those would be a lie."""
    missing, mismatched = sorted(info["missing_keys"]), sorted(info["mismatched_keys"])
    if missing:
        raise InvalidCheckpoint(f"The weights lack {len(missing)} tensors of the architecture, first {missing[0]!r}.")
    if mismatched:
        raise InvalidCheckpoint(f"{len(mismatched)} tensors have another shape than config.json asks for.")


def _check_finite(model: PreTrainedModel) -> None:
    for name, parameter in model.named_parameters():
        if not torch.isfinite(parameter).all():
            raise InvalidCheckpoint(f"The tensor {name!r} holds values that are not numbers (NaN or infinity).")


@torch.inference_mode()
def _check_answers(checkpoint: Checkpoint) -> None:
    """One step of model and tokenizer: settings that nothing above can judge show here whether they can be."""
    tokens = torch.zeros(1, 2, dtype=torch.long, device=checkpoint.device)
    target = {"decoder_input_ids": tokens} if checkpoint.architecture.family == "encoder-decoder" else {}
    try:
        checkpoint.tokenizer.decode(checkpoint.tokenizer(_PROBE)["input_ids"])
    except Exception as error:
        raise _refusal("The tokenizer fails", error) from error
    try:
        checkpoint.model(input_ids=tokens, **target)
    except Exception as error:
        raise _refusal("The model fails", error) from error


def _load_tokenizer(folder: Path, architecture: Architecture) -> PreTrainedTokenizerBase:
    if not any((folder / name).is_file() for name in _TOKENIZERS):
        raise InvalidCheckpoint("There is no tokenizer. Upload what tokenizer.save_pretrained wrote beside the model.")
    if "auto_map" in _tokenizer_config(folder):
        raise Unsafe("The tokenizer needs Python code of its own (auto_map), which is never run here.")
    try:
        # With our config: else it reads the repo's own, whose settings are not believed.
        tokenizer = AutoTokenizer.from_pretrained(
            folder, config=_config(folder, architecture), trust_remote_code=False, local_files_only=True
        )
    except Exception as error:  # tokenizers raises a bare Exception for a broken tokenizer.json
        raise _refusal("The tokenizer cannot be loaded", error) from error
    if getattr(tokenizer, "separate_vocabs", False):  # Marian's
        raise Unsupported("Sources and targets have a vocabulary each; only a shared one is supported yet.")
    _check_special_tokens(tokenizer, architecture.family)
    loaded: PreTrainedTokenizerBase = tokenizer
    return loaded


def _check_special_tokens(tokenizer: PreTrainedTokenizerBase, family: str) -> None:
    if family == "masked":
        missing = [name for name in ("mask_token", "cls_token", "sep_token") if getattr(tokenizer, name) is None]
        if missing:
            raise InvalidCheckpoint(f"The tokenizer names no {' and no '.join(missing)}, which a masked model needs.")
        if not tokenizer.is_fast:
            raise Unsupported("The tokenizer cannot tell which characters a token covers. Save it as tokenizer.json.")
    elif tokenizer.bos_token_id is None and tokenizer.eos_token_id is None:
        raise InvalidCheckpoint("The tokenizer names neither a bos_token nor an eos_token, one of which is needed.")


def _tokenizer_config(folder: Path) -> dict[str, Any]:
    path = folder / "tokenizer_config.json"
    return read_json(path) if path.is_file() else {}


def _refusal(what: str, error: Exception) -> Exception:
    """`InvalidCheckpoint` with the sentence of `error`; MemoryError where that is the reason."""
    if is_out_of_memory(error):
        return MemoryError()
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, KeyError):  # which says no more than the key
        text += " is missing"
    return InvalidCheckpoint(f"{what}: {text[:300].rstrip('.')}.")
