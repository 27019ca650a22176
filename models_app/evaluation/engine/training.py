"""Train a small causal language model from nothing, in about a minute on two cores: for the demo and for tests."""

import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedModel, PreTrainedTokenizerFast

END = "<|endoftext|>"
PADDING, SOURCE_END = "<pad>", "</s>"  # of encoder–decoders
VOCABULARY = 1024
CONTEXT = 256  # tokens
ROWS, LENGTH = 8, 128  # of a training batch
_CONFIGS: dict[str, dict[str, int | bool]] = {
    "gpt2": {"n_embd": 96, "n_layer": 3, "n_head": 4},
    "llama": {
        "hidden_size": 96,
        "intermediate_size": 256,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "tie_word_embeddings": True,
    },
    "gpt_neox": {"hidden_size": 96, "intermediate_size": 384, "num_hidden_layers": 3, "num_attention_heads": 4},
    "opt": {
        "hidden_size": 96,
        "word_embed_proj_dim": 96,
        "ffn_dim": 384,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
    },
    "bloom": {"hidden_size": 96, "n_layer": 3, "n_head": 4},
    "qwen2": {
        "hidden_size": 96,
        "intermediate_size": 256,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "tie_word_embeddings": True,
    },
}
ARCHITECTURES = tuple(_CONFIGS)
log = logging.getLogger(__name__)


def train_small_causal(
    text: str, folder: Path, *, architecture: str = "gpt2", steps: int = 250, seed: int = 0
) -> float:
    """Train on `text` and save model, tokenizer and config to `folder` as ``save_pretrained`` does.

    `architecture` is one of `ARCHITECTURES`, below 1M parameters each. Each step takes `ROWS` rows of `LENGTH` tokens.
    Gives the mean loss of the last tenth of the steps, in nats per token. The same arguments give the same weights on
    the same machine. Raises `ValueError` for a text that is too short to train on.
    """
    torch.manual_seed(seed)
    tokenizer = train_tokenizer([text])
    model = small_model(architecture, tokenizer)
    loss = _train(model, torch.tensor(tokenizer(text)["input_ids"]), steps=steps, seed=seed)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return loss


def train_tokenizer(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of at most `VOCABULARY` tokens, which covers every text."""
    return PreTrainedTokenizerFast(
        tokenizer_object=_byte_level(texts, [END]), bos_token=END, eos_token=END, model_max_length=CONTEXT
    )


def train_source_tokenizer(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """As `train_tokenizer`, for encoder–decoders: with padding, and an end behind every text."""
    tokenizer = _byte_level(texts, [PADDING, SOURCE_END])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {SOURCE_END}", special_tokens=[(SOURCE_END, tokenizer.token_to_id(SOURCE_END))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=PADDING, eos_token=SOURCE_END, model_max_length=CONTEXT
    )


def _byte_level(texts: Sequence[str], special_tokens: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=special_tokens,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def small_model(architecture: str, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    """An untrained model of `architecture` that fits `tokenizer`."""
    end = tokenizer.eos_token_id
    config_class: Any = transformers.CONFIG_MAPPING[architecture]
    limits = {} if architecture == "bloom" else {"max_position_embeddings": CONTEXT}
    config = config_class(
        vocab_size=len(tokenizer), bos_token_id=end, eos_token_id=end, **limits, **_CONFIGS[architecture]
    )
    model: PreTrainedModel = transformers.AutoModelForCausalLM.from_config(config)
    return model


def _train(model: PreTrainedModel, tokens: torch.Tensor, *, steps: int, seed: int) -> float:
    if len(tokens) <= LENGTH:
        raise ValueError(f"The text has {len(tokens)} tokens; training needs more than {LENGTH}.")
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.95), weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _learning_rate(step, steps))
    losses: list[float] = []
    threads = torch.get_num_threads()
    # Of matrices this small, a second thread computes little, and on a busy machine both wait for each other.
    torch.set_num_threads(1)
    model.train()
    for step in range(steps):
        starts = torch.randint(len(tokens) - LENGTH, (ROWS,), generator=generator)
        batch = torch.stack([tokens[start : start + LENGTH] for start in starts.tolist()])
        loss = model(input_ids=batch, labels=batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if step % 50 == 0:
            log.info("step %d of %d: loss %.3f", step, steps, losses[-1])
    model.eval()
    torch.set_num_threads(threads)
    last = losses[-max(1, steps // 10) :]
    return math.fsum(last) / len(last)


def _learning_rate(step: int, steps: int, warm_up: int = 20) -> float:
    """Linear warm-up, then a cosine down to a tenth."""
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.1 + 0.45 * (1 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up)))
