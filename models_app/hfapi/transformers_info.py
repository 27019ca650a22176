"""Which classes of transformers open a checkpoint, as far as its config and its files say."""

from collections.abc import Iterable
from typing import Any

_AUTO_CLASSES = {
    "LMHeadModel": "AutoModelForCausalLM",
    "ForCausalLM": "AutoModelForCausalLM",
    "ForMaskedLM": "AutoModelForMaskedLM",
    "ForConditionalGeneration": "AutoModelForSeq2SeqLM",
    "ForSequenceClassification": "AutoModelForSequenceClassification",
    "ForTokenClassification": "AutoModelForTokenClassification",
    "ForQuestionAnswering": "AutoModelForQuestionAnswering",
}
# The first whose files are there; what a processor has is more than what its parts have.
_PROCESSORS = {
    "AutoProcessor": {"processor_config.json"},
    "AutoImageProcessor": {"preprocessor_config.json"},
    "AutoTokenizer": {"tokenizer_config.json", "tokenizer.json"},
}


def transformers_info(config: dict[str, Any], pipeline_tag: str, files: Iterable[str]) -> dict[str, str]:
    """``auto_model``, and where they are known ``custom_class``, ``pipeline_tag`` and ``processor``."""
    auto_model = _auto_model(config)
    present = set(files)
    processors = [name for name, signs in _PROCESSORS.items() if not present.isdisjoint(signs)]
    info = {
        "auto_model": auto_model,
        "custom_class": _custom_class(config, auto_model),
        "pipeline_tag": pipeline_tag,
        "processor": processors[0] if processors else "",
    }
    return {key: value for key, value in info.items() if value}


def _auto_model(config: dict[str, Any]) -> str:
    architectures = config.get("architectures")
    name = str(architectures[0]) if isinstance(architectures, list) and architectures else ""
    return next((auto for ending, auto in _AUTO_CLASSES.items() if name.endswith(ending)), "AutoModel")


def _custom_class(config: dict[str, Any], auto_model: str) -> str:
    """The class in the repo's own code that the auto class leads to: ``modeling_x.XForCausalLM``."""
    auto_map = config.get("auto_map")
    found = auto_map.get(auto_model) if isinstance(auto_map, dict) else None
    return found if isinstance(found, str) else ""
