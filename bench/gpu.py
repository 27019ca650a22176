"""Scoring on a GPU: which share of the limit of its matrix products the engine reaches with a billion parameters.

    python -m bench.gpu

bf16; the weights are random, which costs what trained ones cost. The limit is measured in the same run: the product of
two large bf16 matrices. What counts are the products of weights with the tokens that were asked for, neither padding
nor what attention multiplies, so the share is rather too small. Without a GPU nothing is measured;
``--device cpu --layers 1 --texts 2`` tries the program out.
"""

import argparse
import tempfile
from pathlib import Path

import torch
import transformers
from lm_eval.api.instance import Instance
from transformers import LlamaConfig, LlamaForCausalLM

from bench.lm_eval_command import SUITE
from bench.table import Result, print_table
from bench.timing import best_of
from models_app.evaluation.engine.architecture import read_architecture
from models_app.evaluation.engine.causal import CausalAdapter
from models_app.evaluation.engine.loading import DTYPES, Checkpoint, load_checkpoint
from models_app.evaluation.engine.training import train_tokenizer

PRECISION = "bfloat16"
WIDTH, FEED_FORWARD, HEADS, KEY_VALUE_HEADS, VOCABULARY, CONTEXT = 2048, 8192, 32, 8, 32000, 1024
CHARACTERS = 2800  # of each text: some 950 tokens, which are one window
MATRIX = {"cuda": 8192, "cpu": 1024}
ROUNDS = 5  # the first may have to compile


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.gpu")
    parser.add_argument("--device", default="cuda", choices=sorted(MATRIX))
    parser.add_argument("--layers", type=int, default=16, help="of 61 million parameters each")
    parser.add_argument("--texts", type=int, default=256, help="of some 950 tokens each")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        print("No GPU here: nothing is measured.")
        return
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    name = torch.cuda.get_device_name() if options.device == "cuda" else "CPU"
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = _checkpoint(Path(folder), options.layers, options.device)
    print(f"{name}, {PRECISION}, {checkpoint.architecture.parameters / 1e9:.2f}G parameters")
    print_table([_share(checkpoint, options.texts)])


def _checkpoint(folder: Path, layers: int, device: str) -> Checkpoint:
    torch.manual_seed(0)
    tokenizer = train_tokenizer([_prose()])
    end = tokenizer.eos_token_id
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=WIDTH,
        intermediate_size=FEED_FORWARD,
        num_hidden_layers=layers,
        num_attention_heads=HEADS,
        num_key_value_heads=KEY_VALUE_HEADS,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=end,
        eos_token_id=end,
    )
    with torch.device(device):
        LlamaForCausalLM(config).to(DTYPES[PRECISION]).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return load_checkpoint(folder, read_architecture(folder), precision=PRECISION, device=device)


def _prose() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted((SUITE / "prose").glob("*.txt")))


def _share(checkpoint: Checkpoint, number: int) -> Result:
    prose = _prose()
    step = (len(prose) - CHARACTERS) // number
    texts = [prose[start : start + CHARACTERS] for start in range(0, step * number, step)]
    requests = [
        Instance("loglikelihood_rolling", doc={}, arguments=(text,), idx=place) for place, text in enumerate(texts)
    ]
    adapter = CausalAdapter(checkpoint, context_tokens=CONTEXT)
    tokens = sum(len(adapter.tok_encode(text)) for text in texts)
    seconds, _ = best_of(ROUNDS, lambda: adapter.loglikelihood_rolling(requests))
    # The table of embeddings is tied: read as a matrix once, for the logits.
    weights = sum(parameter.numel() for parameter in checkpoint.model.parameters() if parameter.dim() > 1)
    reached = 2 * weights * tokens / seconds
    limit = _limit(checkpoint.device)
    note = f"{reached / 1e12:.3g} of {limit / 1e12:.3g} TFLOP/s, {tokens / seconds:,.0f} tokens/s"
    return Result("scoring / matrix products", 100 * reached / limit, "%", note=note)


def _limit(device: torch.device) -> float:
    """FLOP/s of a product of two square matrices."""
    size = MATRIX[device.type]
    left, right = torch.randn(2, size, size, dtype=DTYPES[PRECISION], device=device)

    def multiply() -> None:
        (left @ right)[0, 0].item()  # waits until it is done

    seconds, _ = best_of(ROUNDS, multiply)
    return 2 * size**3 / seconds


if __name__ == "__main__":
    main()
