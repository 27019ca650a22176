# ruff: noqa: INP001 - a folder that is named for its version cannot be a package
"""The suite's data for lm-eval: JSON Lines beside the task files, no cache, no network."""

import json
from pathlib import Path
from typing import Any

import datasets

DATA = Path(__file__).parents[1] / "data"


def test_split(*, file: str, **_metadata: Any) -> dict[str, datasets.Dataset]:
    """``custom_dataset`` of every task: the rows of ``data/<file>`` as the test split."""
    with (DATA / file).open(encoding="utf-8") as lines:
        return {"test": datasets.Dataset.from_list([json.loads(line) for line in lines])}
