"""A checkpoint goes up by transformers and comes back as the same model."""

import pytest

from tests.contract.conftest import MakeClient

pytestmark = pytest.mark.contract

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
tokenizer.push_to_hub(repo_id)
model.push_to_hub(repo_id)
result = model(**tokenizer("the hub holds models", return_tensors="pt")).logits.sum().item()
"""
PULL = """
from transformers import AutoModelForCausalLM, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(repo_id)
model = AutoModelForCausalLM.from_pretrained(repo_id).eval()
info = api.model_info(repo_id)
result = {
    "sum": model(**tokenizer("the hub holds models", return_tensors="pt")).logits.sum().item(),
    "parameters": info.safetensors.parameters,
    "expected": model.num_parameters(),
    "auto": info.transformers_info.auto_model,
    "downloads": info.downloads,
}
"""


def test_push_and_pull(client: MakeClient, repo_id: str) -> None:
    total = client().python(PUSH, repo_id=repo_id)
    pulled = client(token="").python(PULL, repo_id=repo_id)
    assert pulled["sum"] == pytest.approx(total, abs=1e-6)
    assert pulled["parameters"] == {"F32": pulled["expected"]}
    assert (pulled["auto"], pulled["downloads"]) == ("AutoModelForCausalLM", 1)
