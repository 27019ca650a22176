"""The model and dataset cards of the demo."""

from collections.abc import Mapping
from pathlib import Path
from string import Template

import yaml

from hub.embedded.demo.catalogue import Checkpoint

_FOLDER = Path(__file__).parent


def checkpoint_card(checkpoint: Checkpoint, *, loss: float) -> str:
    """The README.md of `checkpoint`; `loss` is in nats per token."""
    metadata = {
        "license": checkpoint.licence,
        "language": list(checkpoint.languages),
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "tags": ["demo", checkpoint.architecture],
        "datasets": list(checkpoint.datasets),
    }
    body = Template((_FOLDER / "checkpoint_card.md").read_text(encoding="utf-8")).substitute(
        name=checkpoint.repo_id.partition("/")[2],
        repo_id=checkpoint.repo_id,
        summary=checkpoint.summary,
        architecture=checkpoint.architecture,
        positions=checkpoint.positions,
        text=checkpoint.source,
        steps=checkpoint.steps,
        loss=f"{loss:.2f}",
        prompt=checkpoint.prompt,
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
