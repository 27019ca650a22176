"""Train a small language model of any family from nothing, in about a minute on a core: for the demo and for tests."""

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from models_app.evaluation.engine.layouts import LAYOUTS
from models_app.evaluation.engine.masked import MASKED_SHARE
from models_app.evaluation.engine.permutation import hidden

END = "<|endoftext|>"
PADDING, SOURCE_END = "<pad>", "</s>"  # of encoder–decoders
BERT_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
VOCABULARY = 1024
CONTEXT = 256  # tokens
ROWS, LENGTH = 8, 128  # of a training batch
_T5: dict[str, Any] = {
    "d_model": 96,
    "d_kv": 24,
    "d_ff": 256,
    "num_layers": 2,
    "num_heads": 4,
    "feed_forward_proj": "gated-gelu",
    "decoder_start_token_id": 0,  # the padding
    "dropout_rate": 0.0,
}
_BART: dict[str, Any] = {
    "d_model": 96,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 256,
    "decoder_ffn_dim": 256,
    "pad_token_id": 0,
    "decoder_start_token_id": 0,
    "forced_eos_token_id": None,
    "dropout": 0.0,
    "scale_embedding": True,  # else what a token is drowns in where it stands
    "init_std": 0.1,
}
_CONFIGS: dict[str, dict[str, Any]] = {
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
    "bert": {"hidden_size": 96, "intermediate_size": 384, "num_hidden_layers": 3, "num_attention_heads": 4},
    "xlnet": {"d_model": 96, "d_inner": 256, "n_layer": 2, "n_head": 4, "dropout": 0.0},
    "t5": _T5,
    "mt5": _T5 | {"initializer_factor": 0.2},  # else it begins with a loss of 46: it does not scale its logits
    "bart": _BART | {"decoder_start_token_id": 1},  # the end
    "marian": _BART,
    "pegasus": _BART,
}
ARCHITECTURES = tuple(_CONFIGS)
log = logging.getLogger(__name__)


def train_small(text: str, folder: Path, *, architecture: str = "gpt2", steps: int = 250, seed: int = 0) -> float:
    """Train on `text` and save model, tokenizer and config to `folder` as ``save_pretrained`` does.

    `architecture` is one of `ARCHITECTURES`, below 1M parameters each. Each step takes `ROWS` rows of `LENGTH` tokens
    and learns what its family is evaluated by. Gives the mean loss of the last tenth of the steps, in nats per
    predicted token. The same arguments give the same weights on the same machine. Raises `ValueError` for a text that
    is too short to train on.
    """
    torch.manual_seed(seed)
    recipe = _RECIPES[LAYOUTS[architecture].family]
    tokenizer = recipe.tokenizer([text])
    model = small_model(architecture, tokenizer)
    tokens = torch.tensor(tokenizer(text, add_special_tokens=False)["input_ids"])
    loss = _train(model, tokens, _Lesson(recipe, tokenizer, seed), steps=steps)
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


def train_masked_tokenizer(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """A WordPiece tokenizer of at most `VOCABULARY` tokens, with BERT's special tokens."""
    pad, unknown, start, end, mask = BERT_TOKENS
    tokenizer = Tokenizer(models.WordPiece(unk_token=unknown))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=VOCABULARY, special_tokens=list(BERT_TOKENS), show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}",
        pair=f"{start} $A {end} $B:1 {end}:1",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in (start, end)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=CONTEXT,
        pad_token=pad,
        unk_token=unknown,
        cls_token=start,
        sep_token=end,
        mask_token=mask,
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
    model_class: Any = getattr(transformers, LAYOUTS[architecture].model_class)
    config_class: Any = transformers.CONFIG_MAPPING[architecture]
    limits = {"max_position_embeddings": CONTEXT} if LAYOUTS[architecture].design.context else {}
    config = config_class(
        vocab_size=len(tokenizer), bos_token_id=end, eos_token_id=end, **limits, **_CONFIGS[architecture]
    )
    model: PreTrainedModel = model_class(config)
    return model


def _continued(rows: torch.Tensor, _tokenizer: PreTrainedTokenizerFast, _draw: torch.Generator) -> dict[str, Any]:
    return {"input_ids": rows, "labels": rows}


def _masked(rows: torch.Tensor, tokenizer: PreTrainedTokenizerFast, draw: torch.Generator) -> dict[str, Any]:
    start, end = (torch.full((len(rows), 1), token) for token in (tokenizer.cls_token_id, tokenizer.sep_token_id))
    chosen = torch.rand(rows.shape, generator=draw) < MASKED_SHARE
    tokens = torch.cat([start, rows.masked_fill(chosen, tokenizer.mask_token_id), end], dim=1)
    return {"input_ids": tokens, "labels": torch.nn.functional.pad(rows.masked_fill(~chosen, -100), (1, 1), value=-100)}


def _read_on(rows: torch.Tensor, _tokenizer: PreTrainedTokenizerFast, draw: torch.Generator) -> dict[str, Any]:
    """XLNet: what follows a context of any length, as `permutation` asks for it."""
    cut, length = int(torch.randint(1, LENGTH - 16, (), generator=draw)), rows.shape[1]
    branches = (torch.arange(length) >= cut).long().expand(len(rows), -1)
    return {
        "input_ids": rows,
        "perm_mask": hidden(branches).float(),
        "target_mapping": torch.eye(length)[cut:].expand(len(rows), -1, -1),
        "labels": rows[:, cut:].contiguous(),
        "use_mems": False,
    }


def _written(rows: torch.Tensor, tokenizer: PreTrainedTokenizerFast, draw: torch.Generator) -> dict[str, Any]:
    """What follows a source of any length (prefix language modelling, Raffel et al. 2020), also of none."""
    cut = max(0, int(torch.randint(-16, LENGTH - 16, (), generator=draw)))
    end = torch.full((len(rows), 1), tokenizer.eos_token_id)
    return {"input_ids": torch.cat([rows[:, :cut], end], dim=1), "labels": rows[:, cut:].contiguous()}


@dataclass(frozen=True)
class _Recipe:
    """How a family learns: its tokenizer, and what a model is given of rows of tokens."""

    tokenizer: Callable[[Sequence[str]], PreTrainedTokenizerFast]
    inputs: Callable[[torch.Tensor, PreTrainedTokenizerFast, torch.Generator], dict[str, Any]]


_RECIPES = {
    "causal": _Recipe(train_tokenizer, _continued),
    "masked": _Recipe(train_masked_tokenizer, _masked),
    "permutation": _Recipe(train_tokenizer, _read_on),
    "encoder-decoder": _Recipe(train_source_tokenizer, _written),
}


class _Lesson:
    """Draws the batches of one training."""

    def __init__(self, recipe: _Recipe, tokenizer: PreTrainedTokenizerFast, seed: int) -> None:
        self.recipe, self.tokenizer = recipe, tokenizer
        self.generator = torch.Generator().manual_seed(seed)

    def batch(self, tokens: torch.Tensor) -> dict[str, Any]:
        starts = torch.randint(len(tokens) - LENGTH, (ROWS,), generator=self.generator)
        rows = torch.stack([tokens[start : start + LENGTH] for start in starts.tolist()])
        return self.recipe.inputs(rows, self.tokenizer, self.generator)


def _train(model: PreTrainedModel, tokens: torch.Tensor, lesson: _Lesson, *, steps: int) -> float:
    if len(tokens) <= LENGTH:
        raise ValueError(f"The text has {len(tokens)} tokens; training needs more than {LENGTH}.")
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.95), weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _learning_rate(step, steps))
    losses: list[float] = []
    threads = torch.get_num_threads()
    # Of matrices this small, a second thread computes little, and on a busy machine both wait for each other.
    torch.set_num_threads(1)
    model.train()
    for step in range(steps):
        loss = model(**lesson.batch(tokens)).loss
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
