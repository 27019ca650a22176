"""A checkpoint goes up by transformers and comes back as the same model."""

import pytest

from tests.contract.conftest import MakeClient

pytestmark = [pytest.mark.contract, pytest.mark.slow, pytest.mark.one_database]

PUSH = """
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast
torch.manual_seed(7)
words = {word: number for number, word in enumerate(["[UNK]", "the", "hub", "holds", "models"])}
tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]")
model = GPT2LMHeadModel(GPT2Config(vocab_size=5, n_positions=16, n_embd=8, n_layer=1, n_head=2)).eval()
tokenizer.push_to_hub(repo_id, private=private)
model.push_to_hub(repo_id, private=private)
result = model(**tokenizer("the hub holds models", return_tensors="pt")).logits.sum().item()
"""
PULL = """
import torch
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoTokenizer
config = AutoConfig.from_pretrained(repo_id)
tokenizer = AutoTokenizer.from_pretrained(repo_id)
body = AutoModel.from_pretrained(repo_id)
model = AutoModelForCausalLM.from_pretrained(repo_id).eval()
info = api.model_info(repo_id)
result = {
    "config": [config.model_type, config.n_layer],
    "body": [type(body).__name__, torch.equal(body.wte.weight, model.transformer.wte.weight)],
    "sum": model(**tokenizer("the hub holds models", return_tensors="pt")).logits.sum().item(),
    "parameters": info.safetensors.parameters,
    "expected": model.num_parameters(),
    "auto": info.transformers_info.auto_model,
    "downloads": info.downloads,
}
"""


HIDDEN = """
from transformers import AutoConfig
try:
    AutoConfig.from_pretrained(repo_id)
except OSError as error:
    result = "is not a local folder and is not a valid model identifier" in str(error)
"""


def test_push_and_pull(client: MakeClient, repo_id: str) -> None:
    total = client().python(PUSH, repo_id=repo_id, private=False)
    pulled = client(token="").python(PULL, repo_id=repo_id)
    assert pulled["sum"] == pytest.approx(total, abs=1e-6)
    assert pulled["config"] == ["gpt2", 1]
    assert pulled["body"] == ["GPT2Model", True]
    assert pulled["parameters"] == {"F32": pulled["expected"]}
    # Each class asks for config.json, but one snapshot of one machine counts once.
    assert (pulled["auto"], pulled["downloads"]) == ("AutoModelForCausalLM", 1)


def test_a_private_model(client: MakeClient, repo_id: str, bob_token: str) -> None:
    total = client().python(PUSH, repo_id=repo_id, private=True)
    assert client().python(PULL, repo_id=repo_id)["sum"] == pytest.approx(total, abs=1e-6)
    assert client(token="").python(HIDDEN, repo_id=repo_id) is True
    assert client(token=bob_token).python(HIDDEN, repo_id=repo_id) is True
