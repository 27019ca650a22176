"""Cards by the library's own means, which before 2.4 ask huggingface.co whether they are sound (docs/api.md)."""

import pytest

from tests.contract.conftest import MakeClient

pytestmark = pytest.mark.contract

CARDS = """
from huggingface_hub import DatasetCard, ModelCard, ModelCardData, metadata_load, metadata_update
api.create_repo(repo_id)
card = ModelCard.from_template(ModelCardData(license="mit", language="en", model_name="Tiny"))
card.push_to_hub(repo_id)
metadata_update(repo_id, {"pipeline_tag": "text-generation"})
loaded = ModelCard.load(repo_id)
info = api.model_info(repo_id)
refused = ""
try:
    ModelCard("---\\nlicense: no-such-licence\\n---\\n").push_to_hub(repo_id)
except ValueError as error:
    refused = str(error)
api.create_repo(repo_id, repo_type="dataset")
DatasetCard("---\\nlicense: cc0-1.0\\n---\\n# Rows\\n").push_to_hub(repo_id)
result = [loaded.data.license, loaded.data.pipeline_tag, info.pipeline_tag, info.card_data.language,
          "no-such-licence" in refused, DatasetCard.load(repo_id).data.license]
"""


def test_cards(client: MakeClient, repo_id: str) -> None:
    assert client().python(CARDS, repo_id=repo_id) == [
        "mit",
        "text-generation",
        "text-generation",
        "en",
        True,
        "cc0-1.0",
    ]
