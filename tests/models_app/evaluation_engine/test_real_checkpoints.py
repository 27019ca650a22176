"""Checkpoints that others have trained through the engine.

They know molecules and antibodies, so each is asked about its own subject.
"""

import math
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from lm_eval.api.instance import Instance

from hub.embedded.demo.stories import stories
from models_app.evaluation.engine.architecture import read_architecture
from models_app.evaluation.engine.causal import CausalAdapter
from models_app.evaluation.engine.decoding import Decoding, Prompt, decode
from models_app.evaluation.engine.encoder_decoder import EncoderDecoderAdapter
from models_app.evaluation.engine.errors import Unsafe, Unsupported
from models_app.evaluation.engine.loading import load_checkpoint
from models_app.evaluation.engine.masked import MaskedAdapter
from models_app.evaluation.engine.rows import Pair
from models_app.evaluation.engine.run import ADAPTERS, evaluate, suite
from models_app.evaluation.engine.training import train_small
from tests.models_app.evaluation_engine.analogues import (
    CONTEXT,
    PAIRS,
    START,
    TASK,
    converted_analogues,
    published_model,
)
from tests.models_app.evaluation_engine.wheels import (
    ANTIBODIES,
    ATOMS,
    CLASSES,
    REACTIONS,
    SENTENCES,
    Wheel,
    converted,
    unpacked,
)

pytestmark = pytest.mark.slow
# Of a patent (esterification) and of a human antibody's heavy chain, in tokens of their vocabularies.
REACTION = "C C O . C C ( = O ) O >> C C O C ( C ) = O"
ANTIBODY = (
    "[HEAVY] [HUMAN] E V Q L V E S G G G L V Q P G G S L R L S C A A S G F T F S S Y A M S W V R Q A P G K G L E W V"
    " S A I S G S G G S T Y Y A D S V K G R F T I S R D N S K N T L Y L Q M N S L R A E D T A V Y Y C A K [SEP]"
)


def evaluated(folder: Path) -> dict[str, Any]:
    return evaluate(folder, suite("standard", 1), precision="float32", device="cpu", report=lambda _: None)


@pytest.mark.parametrize("wheel", [REACTIONS, ATOMS], ids=["BERT", "ALBERT"])
def test_masked_models_of_chemical_reactions(tmp_path: Path, wheel: Wheel):
    folder = converted(wheel, tmp_path)
    checkpoint = load_checkpoint(folder, read_architecture(folder), precision="float32", device="cpu")
    adapter = MaskedAdapter(checkpoint, context_tokens=512)

    requests: Any = [Instance("masked_language_modelling", {}, (REACTION, str(seed)), 0) for seed in range(40)]
    found = adapter.masked_language_modelling(requests)

    assert sum(cloze.hits for cloze in found) / sum(cloze.tokens for cloze in found) > 0.6  # of 591 tokens
    assert adapter.tokenizer.unk_token_id not in adapter.passage(REACTION).tokens


def test_a_language_model_of_antibodies(tmp_path: Path):
    folder = converted(ANTIBODIES, tmp_path)
    checkpoint = load_checkpoint(folder, read_architecture(folder), precision="float32", device="cpu")
    adapter = CausalAdapter(checkpoint, context_tokens=512)
    tokens = adapter.tok_encode(ANTIBODY, add_special_tokens=False)
    assert adapter.tokenizer.unk_token_id not in tokens

    ((value, _),) = adapter.score([Pair(tokens[:2], tokens[2:])])

    assert -value / (len(tokens) - 2) < 0.5 * math.log(33)  # nats a token; evenly guessed log(33)

    found = evaluated(folder)
    prose = {(score["task"], score["metric"]): score["value"] for score in found["scores"]}["prose_zh", "bits_per_byte"]
    assert prose > 8  # it knows no Chinese, and unknown tokens are not for free
    assert len(found["samples"]) == 50


def test_an_encoder_decoder_of_molecules(tmp_path: Path):
    folder = converted_analogues(tmp_path)
    checkpoint = load_checkpoint(folder, read_architecture(folder), precision="float32", device="cpu")
    adapter = EncoderDecoderAdapter(checkpoint, context_tokens=CONTEXT)
    pairs = [(source, target) for source in PAIRS for target in PAIRS.values()]
    requests = [Instance("target_language_modelling", {"task": TASK}, pair, 0) for pair in pairs]

    found = adapter.target_language_modelling(requests)

    model = published_model()
    for (source, target), one in zip(pairs, found, strict=True):
        assert one.logprob == pytest.approx(published_logprob(model, adapter, source, target), abs=1e-4)
    of_source = dict(zip(pairs, found, strict=True))
    own = [of_source[pair] for pair in PAIRS.items()]
    assert -sum(one.logprob for one in own) / sum(one.tokens for one in own) < 0.25 * math.log(59)  # nats a token
    best = {source: max(PAIRS.values(), key=lambda target: of_source[source, target].logprob) for source in PAIRS}
    assert sum(best[source] == target for source, target in PAIRS.items()) >= 10  # of 12

    prompts = [Prompt(adapter.tok_encode(adapter.asked(source, {"task": TASK})), Decoding(), 90) for source in PAIRS]
    written = [adapter.text_of(one.tokens) for one in decode(adapter, prompts)]
    assert sum(text == source for text, source in zip(written, PAIRS, strict=True)) >= 10  # the likeliest is no change


@torch.inference_mode()
def published_logprob(model: Any, adapter: EncoderDecoderAdapter, source: str, target: str) -> float:
    """Log P(target | source) by the authors' own program."""
    tokens = adapter.tok_encode(f"<sos>{source}")
    labels = adapter.text_tokens(target)
    logits, _ = model(torch.tensor([tokens]), torch.tensor([[START, *labels[:-1]]]))
    logprob: float = logits[0].log_softmax(-1).gather(1, torch.tensor(labels)[:, None]).sum().item()
    return logprob


def test_what_cannot_be_evaluated_is_said(tmp_path: Path):
    with pytest.raises(Unsafe, match="Python pickles"):
        read_architecture(unpacked(ATOMS))
    with pytest.raises(Unsupported, match=r"BertModel'.*only language models"):
        evaluated(unpacked(SENTENCES))
    with pytest.raises(Unsupported, match=r"BertForSequenceClassification'.*only language models"):
        evaluated(converted(CLASSES, tmp_path))


@pytest.mark.parametrize(
    ("architecture", "steps"),
    [
        ("llama", 120),
        ("bloom", 120),
        ("t5", 120),
        ("mt5", 120),
        ("bart", 120),
        ("marian", 120),
        ("pegasus", 120),
        ("xlnet", 200),
    ],
)
def test_what_no_wheel_has_is_trained_here(tmp_path: Path, architecture: str, steps: int):
    text = "\n".join(stories("en", count=1000, seed=0))

    loss = train_small(text, tmp_path, architecture=architecture, steps=steps)

    assert loss < 2.5  # nats a token; by the tokens' frequencies alone 4.8
    scores = {(score["task"], score["metric"]): score["value"] for score in evaluated(tmp_path)["scores"]}
    assert scores["prose_en", "bits_per_byte"] < scores["prose_zh", "bits_per_byte"]
    checkpoint = load_checkpoint(tmp_path, read_architecture(tmp_path), precision="float32", device="cpu")
    adapter = cast("CausalAdapter", ADAPTERS[checkpoint.architecture.family](checkpoint, context_tokens=256))
    told = next(iter(stories("en", count=1, seed=1)))
    (value,) = adapter.loglikelihood_rolling([Instance("loglikelihood_rolling", {}, (told,), 0)])
    assert -value / math.log(2) / len(told.encode()) < 2.0  # bits a byte
