"""An encoder–decoder that others trained, as a Marian: it writes analogues of a molecule (ANNalog, MIT licence).

Its parts are Marian's, but for positions, which it learned: they take the place of the sines.
"""

import pickle
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import MarianConfig, PreTrainedTokenizerFast

from tests.models_app.evaluation_engine.wheels import ANALOGUES, unpacked

WEIGHTS, VOCABULARY = "ckpt_and_vocab/Lev_extended.pt", "ckpt_and_vocab/stereo_experiment_vocab_ttf.pkl"
UNKNOWN, PADDING, START, END = range(4)
CONTEXT, WIDTH, FEED_FORWARD, LAYERS, HEADS = 102, 256, 512, 3, 8
TASK = "molecule_to_analogue"
# Medicines, and others that differ from them in one place.
PAIRS = {
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O": "Cn1c(=O)c2[nH]cnc2n(C)c1=O",  # caffeine, theophylline
    "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21": "O=C1CN=C(c2ccccc2)c2cc(Cl)ccc2N1",  # diazepam, nordazepam
    "CNCCC(Oc1ccc(C(F)(F)F)cc1)c1ccccc1": "CNCCC(Oc1ccccc1C)c1ccccc1",  # fluoxetine, atomoxetine
    "CCN(CC)CCOC(=O)c1ccc(N)cc1": "CCN(CC)CCNC(=O)c1ccc(N)cc1",  # procaine, procainamide
    "CC(C)NCC(O)COc1cccc2ccccc12": "CC(C)NCC(O)COc1cccc2[nH]ccc12",  # propranolol, pindolol
    "CN(C)CCC=C1c2ccccc2CCc2ccccc21": "CNCCC=C1c2ccccc2CCc2ccccc21",  # amitriptyline, nortriptyline
    "CN(C)CCCN1c2ccccc2CCc2ccccc21": "CNCCCN1c2ccccc2CCc2ccccc21",  # imipramine, desipramine
    "CN(C)CCCN1c2ccccc2Sc2ccc(Cl)cc21": "CN(C)CCCN1c2ccccc2Sc2ccccc21",  # chlorpromazine, promazine
    "CCC1(c2ccccc2)C(=O)NC(=O)NC1=O": "CCC1(c2ccccc2)C(=O)NC(=O)N(C)C1=O",  # phenobarbital, mephobarbital
    "CC(=O)CC(c1ccccc1)c1c(O)c2ccccc2oc1=O": "CC(=O)CC(c1ccc([N+](=O)[O-])cc1)c1c(O)c2ccccc2oc1=O",  # warfarin
    "CCCCNC(=O)NS(=O)(=O)c1ccc(C)cc1": "CCCNC(=O)NS(=O)(=O)c1ccc(Cl)cc1",  # tolbutamide, chlorpropamide
    "NCCc1c[nH]c2ccccc12": "NCCc1c[nH]c2ccc(O)cc12",  # tryptamine, serotonin
}
_NAMES = {
    "tok_embedding": "embed_tokens",
    "pos_embedding": "embed_positions",
    "enc_attn_layer_norm": "encoder_attn_layer_norm",
    "ff_layer_norm": "final_layer_norm",
    "self_attention": "self_attn",
    "encoder_attention": "encoder_attn",
    "fc_q": "q_proj",
    "fc_k": "k_proj",
    "fc_v": "v_proj",
    "fc_o": "out_proj",
    "positionwise_feedforward.fc_1": "fc1",
    "positionwise_feedforward.fc_2": "fc2",
}


def weights() -> dict[str, torch.Tensor]:
    """As they were published."""
    found: dict[str, torch.Tensor] = torch.load(unpacked(ANALOGUES) / WEIGHTS, weights_only=True, map_location="cpu")
    return found


def converted_analogues(folder: Path) -> Path:
    """The checkpoint in `folder` as transformers reads it, number for number."""
    published = weights()
    renamed = {
        "lm_head.weight": published.pop("decoder.fc_out.weight"),
        "final_logits_bias": published.pop("decoder.fc_out.bias")[None],
    }
    for name, tensor in published.items():
        ours = name
        for part, other in _NAMES.items():
            ours = ours.replace(f".{part}.", f".{other}.")
        renamed[f"model.{ours}"] = tensor
    _tokenizer().save_pretrained(folder)
    save_file({name: tensor.contiguous() for name, tensor in renamed.items()}, folder / "model.safetensors")
    MarianConfig(
        architectures=["MarianMTModel"],
        vocab_size=len(renamed["lm_head.weight"]),
        d_model=WIDTH,
        encoder_layers=LAYERS,
        decoder_layers=LAYERS,
        encoder_attention_heads=HEADS,
        decoder_attention_heads=HEADS,
        encoder_ffn_dim=FEED_FORWARD,
        decoder_ffn_dim=FEED_FORWARD,
        max_position_embeddings=CONTEXT,
        activation_function="relu",
        scale_embedding=True,
        share_encoder_decoder_embeddings=False,
        tie_word_embeddings=False,
        pad_token_id=PADDING,
        bos_token_id=START,
        eos_token_id=END,
        decoder_start_token_id=START,
        forced_eos_token_id=None,
        task_specific_params={TASK: {"prefix": "<sos>"}},  # sources begin so, targets do not
    ).save_pretrained(folder)
    return folder


def _tokenizer() -> PreTrainedTokenizerFast:
    """Atoms in brackets, ring numbers of two digits and two-lettered atoms are one token, else each character is."""
    vocabulary = pickle.loads((unpacked(ANALOGUES) / VOCABULARY).read_bytes())["stoi"]  # noqa: S301 (of a known hash)
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"\[[^\]]*\]|%\d{2}|Br|Cl|."), "isolated")
    tokenizer.decoder = decoders.Fuse()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", END)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="<unk>",
        pad_token="<pad>",
        bos_token="<sos>",
        eos_token="<eos>",
        model_max_length=CONTEXT,
    )


def published_model() -> Any:
    """The same weights in the program that its authors published beside them."""
    sys.path.insert(0, str(unpacked(ANALOGUES)))
    try:
        from model_files import seq2seq_attention as published  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)
    sizes = (WIDTH, LAYERS, HEADS, FEED_FORWARD, 0.0, "cpu", CONTEXT)
    known = weights()
    words = len(known["decoder.fc_out.bias"])
    model = published.Seq2Seq(
        published.Encoder(words, *sizes), published.Decoder(words, *sizes), PADDING, PADDING, "cpu"
    )
    model.load_state_dict(known)
    return model.eval()
