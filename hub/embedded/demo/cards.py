"""The model and dataset cards of the demo."""

from collections.abc import Mapping
from pathlib import Path
from string import Template

import yaml

from hub.embedded.demo.catalogue import Checkpoint

_FOLDER = Path(__file__).parent
_PIPELINE = """from transformers import pipeline

generate = pipeline("text-generation", "$repo_id")
print(generate("$prompt", max_new_tokens=60)[0]["generated_text"])"""
_SEQ2SEQ = """from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("$repo_id")
model = AutoModelForSeq2SeqLM.from_pretrained("$repo_id")
source = tokenizer("$prompt", return_tensors="pt")
print(tokenizer.decode(model.generate(**source, max_new_tokens=60)[0], skip_special_tokens=True))"""
_USES = {"text-generation": _PIPELINE, "text2text-generation": _SEQ2SEQ}
_PARTS = {"t5": "encoder and decoder", "xlnet": "a content and a query stream"}


def checkpoint_card(checkpoint: Checkpoint, *, loss: float) -> str:
    """The README.md of `checkpoint`; `loss` is in nats per token."""
    metadata = {
        "license": checkpoint.licence,
        "language": list(checkpoint.languages),
        "library_name": "transformers",
        "pipeline_tag": checkpoint.pipeline_tag,
        "tags": ["demo", checkpoint.architecture],
        "datasets": list(checkpoint.datasets),
    }
    body = Template((_FOLDER / "checkpoint_card.md").read_text(encoding="utf-8")).substitute(
        name=checkpoint.repo_id.partition("/")[2],
        summary=checkpoint.summary,
        architecture=checkpoint.architecture,
        parts=_PARTS.get(checkpoint.architecture, "decoder only"),
        use=Template(_USES[checkpoint.pipeline_tag]).substitute(repo_id=checkpoint.repo_id, prompt=checkpoint.prompt),
        positions=checkpoint.positions,
        text=checkpoint.source,
        steps=checkpoint.steps,
        loss=f"{loss:.2f}",
    )
    return _card({key: value for key, value in metadata.items() if value}, body)


def dataset_card() -> str:
    """The README.md of the stories."""
    metadata = {
        "license": "cc0-1.0",
        "language": ["en", "zh"],
        "task_categories": ["text-generation"],
        "tags": ["demo"],
    }
    return _card(metadata, (_FOLDER / "dataset_card.md").read_text(encoding="utf-8"))


def _card(metadata: Mapping[str, object], body: str) -> str:
    front_matter = yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True)
    return f"---\n{front_matter}---\n\n{body}"
