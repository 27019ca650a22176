"""Tables go up by `datasets` and come back as the same tables."""

import pytest

from tests.contract.conftest import MakeClient

pytestmark = [pytest.mark.contract, pytest.mark.slow, pytest.mark.one_database]

PUSH = """
from datasets import Dataset, DatasetDict
rows = {"text": [f"line {n}" for n in range(50)], "label": [n % 2 for n in range(50)]}
tables = DatasetDict({"train": Dataset.from_dict(rows), "test": Dataset.from_dict({k: v[:5] for k, v in rows.items()})})
tables.push_to_hub(repo_id, private=private)
Dataset.from_dict(rows).push_to_hub(repo_id, "extra", split="train")
info = api.dataset_info(repo_id)
result = [info.private, sorted(s.rfilename for s in info.siblings)]
"""
LOAD = """
from datasets import get_dataset_config_names, load_dataset
try:
    tables = load_dataset(repo_id)
    extra = load_dataset(repo_id, "extra", split="train")
    stream = load_dataset(repo_id, split="test", streaming=True)
    result = {
        "configs": sorted(get_dataset_config_names(repo_id)),
        "rows": {name: table.num_rows for name, table in tables.items()},
        "first": tables["train"][0],
        "extra": extra.num_rows,
        "stream": [row["text"] for row in stream],
    }
except Exception as error:
    result = type(error).__name__
"""
LOADED = {
    "configs": ["default", "extra"],
    "rows": {"test": 5, "train": 50},
    "first": {"label": 0, "text": "line 0"},
    "extra": 50,
    "stream": [f"line {n}" for n in range(5)],
}


@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
def test_push_and_load(client: MakeClient, repo_id: str, bob_token: str, private: bool) -> None:  # noqa: FBT001
    pushed = client().python(PUSH, repo_id=repo_id, private=private)
    assert pushed == [
        private,
        [
            ".gitattributes",
            "README.md",
            "data/test-00000-of-00001.parquet",
            "data/train-00000-of-00001.parquet",
            "extra/train-00000-of-00001.parquet",
        ],
    ]
    assert client().python(LOAD, repo_id=repo_id) == LOADED
    for token in ("", bob_token):
        seen = client(token=token).python(LOAD, repo_id=repo_id)
        assert seen == ("DatasetNotFoundError" if private else LOADED)
