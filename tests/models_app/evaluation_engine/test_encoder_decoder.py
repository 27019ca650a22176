"""Encoder–decoders against the plainest way: one source and one target at a time, all logits, no padding."""

import json
import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from jsonschema import Draft202012Validator
from lm_eval.api.instance import Instance
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GenerationConfig, MarianConfig, MarianMTModel, MarianTokenizer, PreTrainedTokenizerFast

from bench.lm_eval_command import command_scores
from models_app.evaluation.engine.architecture import read_architecture
from models_app.evaluation.engine.beams import beam_search
from models_app.evaluation.engine.decoding import Continuation, Decoding, Prompt, decode
from models_app.evaluation.engine.encoder_decoder import EncoderDecoderAdapter
from models_app.evaluation.engine.errors import InvalidCheckpoint, Unsupported
from models_app.evaluation.engine.loading import load_checkpoint
from models_app.evaluation.engine.rows import Pair
from models_app.evaluation.engine.run import evaluate, suite
from models_app.evaluation.records.checks import SCHEMA
from tests.models_app.evaluation_engine.checkpoints import ENCODER_DECODER, edit_json, save_checkpoint

FolderOf = Callable[[str], Path]
TOLERANCE = 1e-4
LONG = "The lazy dog jumps over the quick brown fox, 3 + 4 = 7, 敏捷的狐狸。 " * 12  # longer than BART's context
PAIRS = [
    ("The quick brown", " fox"),
    ("The quick brown", " dog jumps over"),
    ("敏捷的棕色", "狐狸跳过了"),
    ("The quick brown", " lazy"),
    ("", "3 + 4 = 7"),
    ("A source with a space ", "at its end"),
    (LONG, " is long"),
]
SOURCES = ("The quick", "敏捷的棕色狐狸跳过了", "3 + 4 =", "The lazy dog jumps over the lazy dog and the")


def adapter_of(folder: Path, **settings: int) -> EncoderDecoderAdapter:
    checkpoint = load_checkpoint(folder, read_architecture(folder), precision="float32", device="cpu")
    return EncoderDecoderAdapter(checkpoint, **({"context_tokens": 1024} | settings))


def requests(pairs: list[tuple[str, str]]) -> list[Instance]:
    return [Instance("loglikelihood", {}, pair, index) for index, pair in enumerate(pairs)]


@torch.inference_mode()
def plain(adapter: EncoderDecoderAdapter, source: str, target: str) -> tuple[float, bool]:
    """Log P(target | source), and whether each token of it is the likeliest; the model shifts its labels itself."""
    text = source.rstrip()
    tokens = adapter.tokenizer(text)["input_ids"] if source else [adapter.tokenizer.eos_token_id]
    labels = torch.tensor([adapter.tokenizer(source[len(text) :] + target, add_special_tokens=False)["input_ids"]])
    output = adapter.model(input_ids=torch.tensor([tokens[-adapter.max_length :]]), labels=labels)
    logprobs = output.logits[0].log_softmax(-1)
    greedy = bool((logprobs.argmax(-1) == labels[0]).all())
    return logprobs.gather(1, labels[0][:, None]).sum().item(), greedy


@pytest.mark.parametrize("model_type", ENCODER_DECODER)
def test_every_architecture_scores_like_the_plain_reference(checkpoint_folder: FolderOf, model_type: str):
    adapter = adapter_of(checkpoint_folder(model_type))

    scored = adapter.loglikelihood(requests(PAIRS))

    expected = [plain(adapter, *pair) for pair in PAIRS]
    assert [value for value, _ in scored] == pytest.approx([value for value, _ in expected], abs=TOLERANCE)
    assert [greedy for _, greedy in scored] == [greedy for _, greedy in expected]


@pytest.mark.parametrize("model_type", ["t5", "t5 v1.1", "mt5"])
def test_relative_positions_beyond_the_last_bucket(checkpoint_folder: FolderOf, model_type: str):
    adapter = adapter_of(checkpoint_folder(model_type))
    pairs = [(LONG, LONG), ("The quick brown", LONG)]
    config: Any = adapter.model.config
    assert len(adapter.tok_encode(LONG)) > 2 * config.relative_attention_max_distance

    scored = adapter.loglikelihood(requests(pairs))

    expected = [plain(adapter, *pair)[0] for pair in pairs]
    assert [value for value, _ in scored] == pytest.approx(expected, rel=1e-6, abs=TOLERANCE)


@pytest.mark.parametrize("model_type", ENCODER_DECODER)
def test_every_architecture_writes_like_transformers(checkpoint_folder: FolderOf, model_type: str):
    adapter = adapter_of(checkpoint_folder(model_type))
    prompts = [adapter.tok_encode(text) for text in SOURCES]

    written = decode(adapter, [Prompt(tokens, Decoding(), max_new_tokens=12) for tokens in prompts])

    assert [one.tokens for one in written] == [by_transformers(adapter, tokens, num_beams=1) for tokens in prompts]


@pytest.mark.parametrize("model_type", ENCODER_DECODER)
@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 2.0])
def test_beams_find_what_transformers_finds(checkpoint_folder: FolderOf, model_type: str, length_penalty: float):
    adapter = adapter_of(checkpoint_folder(model_type))
    prompts = [adapter.tok_encode(text) for text in SOURCES]

    found = beam_search(adapter, prompts, beams=3, length_penalty=length_penalty, max_new_tokens=12)

    assert [one.tokens for one in found] == [
        by_transformers(adapter, tokens, num_beams=3, length_penalty=length_penalty) for tokens in prompts
    ]


def by_transformers(adapter: EncoderDecoderAdapter, source: list[int], **settings: Any) -> list[int]:
    """What ``generate`` writes, without first and last token; padding is ruled out as for the adapter."""
    end, silent = adapter.eot_token_id, adapter.steps([source]).silent
    config = GenerationConfig(
        max_new_tokens=12,
        do_sample=False,
        use_cache=False,
        decoder_start_token_id=adapter.start,
        eos_token_id=end,
        pad_token_id=adapter.tokenizer.pad_token_id,
        bad_words_ids=[[token] for token in silent] or None,
        renormalize_logits=True,
        **settings,
    )
    model: Any = adapter.model
    tokens = model.generate(torch.tensor([source]), generation_config=config)[0, 1:].tolist()
    return tokens[: tokens.index(end)] if end in tokens else tokens


@pytest.mark.parametrize("model_type", ["t5", "bart"])
def test_neither_batches_nor_what_was_read_before_change_scores(checkpoint_folder: FolderOf, model_type: str):
    generous, tight = (adapter_of(checkpoint_folder(model_type), token_budget=budget) for budget in (4096, 64))

    a, b, again = (adapter.loglikelihood(requests(PAIRS)) for adapter in (generous, tight, generous))

    assert [value for value, _ in a] == pytest.approx([value for value, _ in b], abs=TOLERANCE)
    assert a == again


def test_a_source_is_read_once_for_all_its_targets_and_strategies(checkpoint_folder: FolderOf):
    adapter = adapter_of(checkpoint_folder("t5"))
    read: list[int] = []
    encoder: Any = adapter.model.get_encoder()
    encoder.register_forward_hook(lambda _module, _inputs, output: read.append(len(output.last_hidden_state)))

    adapter.loglikelihood(requests(PAIRS))
    tokens = adapter.tok_encode("The quick brown")
    decode(adapter, [Prompt(tokens, Decoding(do_sample=draw), max_new_tokens=3) for draw in (False, True)])
    beam_search(adapter, [tokens], beams=4, length_penalty=1.0, max_new_tokens=3)

    assert sum(read) == len({source for source, _ in PAIRS})


def test_a_batch_that_does_not_fit_is_halved(checkpoint_folder: FolderOf, monkeypatch: pytest.MonkeyPatch):
    adapter = adapter_of(checkpoint_folder("bart"))
    expected = adapter.loglikelihood(requests(PAIRS))
    forward = adapter.model.forward

    def narrow(*args: Any, **inputs: Any) -> Any:
        if len(inputs["decoder_input_ids"]) > 2:
            raise torch.OutOfMemoryError("no room")
        return forward(*args, **inputs)

    monkeypatch.setattr(adapter.model, "forward", narrow)

    found = adapter.loglikelihood(requests(PAIRS))

    assert [value for value, _ in found] == pytest.approx([value for value, _ in expected], abs=TOLERANCE)


@pytest.mark.parametrize("model_type", ["t5 v1.1", "marian"])
def test_what_is_written_has_the_probability_that_it_scores(checkpoint_folder: FolderOf, model_type: str):
    adapter = adapter_of(checkpoint_folder(model_type))
    prompts = [Prompt(adapter.tok_encode(text), Decoding(do_sample=True), 6, seed=3) for text in SOURCES[:3]]

    together = decode(adapter, prompts)

    for prompt, written in zip(prompts, together, strict=True):
        assert decode(adapter, [prompt]) == [Continuation(written.tokens, pytest.approx(written.logprob, abs=1e-4))]
        if written.tokens and model_type != "marian":  # whose padding takes part in scores, but is never written
            ((value, _),) = adapter.score([Pair(prompt.tokens, written.tokens)])
            assert value == pytest.approx(written.logprob, abs=TOLERANCE)


def test_a_whole_text_is_written_by_the_decoder_alone(checkpoint_folder: FolderOf):
    adapter = adapter_of(checkpoint_folder("t5"))
    text, end = "The quick brown fox jumps over the lazy dog.", adapter.eot_token_id

    (value,) = adapter.loglikelihood_rolling([Instance("loglikelihood_rolling", {}, (text,), 0)])

    labels = torch.tensor([adapter.tokenizer(text)["input_ids"]])
    loss = adapter.model(input_ids=torch.tensor([[end]]), labels=labels).loss.item()
    assert value == pytest.approx(-loss * labels.shape[1], abs=TOLERANCE)


def test_what_a_checkpoint_is_comes_from_its_files(checkpoint_folder: FolderOf):
    t5, bart = (read_architecture(checkpoint_folder(name)) for name in ("t5 v1.1", "bart"))

    assert (t5.family, t5.positions, t5.layers, t5.decoder_layers, t5.context) == (
        "encoder-decoder",
        "relative",
        2,
        3,
        None,
    )
    assert (bart.positions, bart.layers, bart.decoder_layers, bart.context) == ("absolute", 2, 3, 128)
    for model_type in ("t5", "t5 v1.1", "mt5", "bart"):  # the others' positions are sines, which are not saved
        folder = checkpoint_folder(model_type)
        model: Any = adapter_of(folder).model
        assert read_architecture(folder).parameters == model.num_parameters()


@pytest.mark.parametrize(
    ("model_type", "key", "value"),
    [
        ("t5", "vocab_size", 2_000_000_000),
        ("t5", "num_layers", 3000),
        ("t5", "num_decoder_layers", 2),
        ("bart", "decoder_layers", 4),
        ("bart", "max_position_embeddings", 4_000_000),
        ("marian", "decoder_start_token_id", 4_000_000),
    ],
)
def test_sizes_that_the_weights_do_not_hold(tmp_path: Path, model_type: str, key: str, value: int):
    save_checkpoint(tmp_path, model_type)
    edit_json(tmp_path / "config.json", lambda config: config.update({key: value}))

    with pytest.raises(InvalidCheckpoint, match=re.escape(key) if "layers" not in key else "layers"):
        adapter_of(tmp_path)


@pytest.mark.parametrize(
    ("key", "value", "match"),
    [
        ("decoder_vocab_size", 7, "a vocabulary each"),
        ("architectures", ["MarianForCausalLM"], "MarianForCausalLM"),
        ("model_type", "led", "'led' cannot be evaluated"),
    ],
)
def test_what_is_not_understood_is_said(tmp_path: Path, key: str, value: object, match: str):
    save_checkpoint(tmp_path, "marian apart")
    edit_json(tmp_path / "config.json", lambda config: config.update({key: value}))

    with pytest.raises(Unsupported, match=match):
        read_architecture(tmp_path)


def test_both_embeddings_are_looked_for_where_they_are_not_shared(tmp_path: Path):
    save_checkpoint(tmp_path, "marian")
    edit_json(tmp_path / "config.json", lambda config: config.update(share_encoder_decoder_embeddings=0))

    with pytest.raises(InvalidCheckpoint, match=r"no tensor 'encoder\.embed_tokens\.weight'"):
        read_architecture(tmp_path)


def test_tasks_are_asked_for_in_the_checkpoints_own_words(tmp_path: Path):
    save_checkpoint(tmp_path, "t5")
    known = {
        "translation_en_to_zh": {"prefix": "translate English to Chinese: "},
        "summarization": {"prefix": 7},
        "odd": "x",
    }
    edit_json(tmp_path / "config.json", lambda config: config.update(task_specific_params=known))
    adapter = adapter_of(tmp_path)

    assert adapter.asked("A fox.", {"task": "translation_en_to_zh"}) == "translate English to Chinese: A fox."
    assert adapter.asked("A fox.", {"task": "summarization"}) == "A fox."
    assert adapter.asked("A fox.", {}) == "A fox."
    settings = {"until": ["\n"], "do_sample": False, "max_gen_toks": 8}
    document = {"task": "translation_en_to_zh"}
    told, plainly = (
        adapter.generate_until([Instance("generate_until", about, ("A fox.", settings), 0)]) for about in (document, {})
    )
    (prefixed,) = adapter.generate_until(
        [Instance("generate_until", {}, ("translate English to Chinese: A fox.", settings), 0)]
    )
    assert told == [prefixed] != plainly


@pytest.mark.parametrize("model_type", ENCODER_DECODER)
def test_a_whole_evaluation(checkpoint_folder: FolderOf, model_type: str):
    definition = suite("standard", 2)
    content = definition.content
    content["fine_tuning"] |= {"seeds": [1, 2], "epochs": 1, "row_tokens": 32}

    found = evaluate(
        checkpoint_folder(model_type), definition, precision="float32", device="cpu", report=lambda _: None
    )

    assert found["family"] == "encoder-decoder"
    scores = {(score["task"], score["metric"]): score for score in found["scores"]}
    assert scores.keys() == {
        (name, metric)
        for name, entry in content["tasks"].items()
        if "encoder-decoder" in entry.get("families", ["encoder-decoder"])
        for metric in entry["metrics"]
    }
    assert all(score["stderr"] is not None for score in found["scores"])
    assert "|tok:zh|" in scores["translation_en_zh", "bleu"]["signature"]
    assert "|tok:13a|" in scores["translation_zh_en", "bleu"]["signature"]
    assert "|tok:zh|" in scores["software_en_zh", "bleu"]["signature"]
    assert {name: len(course["seeds"]) for name, course in found["fine_tuning"].items()} == {
        "software_en_zh": 2,
        "software_zh_en": 2,
    }
    assert len(found["item_scores"]["software_zh_en"]["values"]) == 88
    wanted = {(source, strategy) for source in content["sources"] for strategy in content["strategies"]}
    assert {(one["prompt_key"], one["strategy"]) for one in found["samples"]} == wanted
    identity = {
        "format": 1,
        "repo": "alice/tiny",
        "commit": "0" * 40,
        "suite": {"name": "standard", "version": 2, "sha256": "0" * 64},
        "files": [{"path": "model.safetensors", "sha256": "0" * 64, "size": 1}],
    }
    Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(found | identity)))


@pytest.mark.parametrize("model_type", ["t5", "marian"])
def test_given_targets_are_predicted_with_their_end(checkpoint_folder: FolderOf, model_type: str):
    adapter = adapter_of(checkpoint_folder(model_type))
    pairs = [("The quick brown fox", "敏捷的棕色狐狸"), ("懒狗。", "The lazy dog.")]

    found = adapter.target_language_modelling(
        [Instance("target_language_modelling", {}, pair, 0) for pair in pairs]  # type: ignore[arg-type]
    )

    for one, (source, target) in zip(found, pairs, strict=True):
        labels = torch.tensor([adapter.tokenizer(target)["input_ids"]])
        output = adapter.model(input_ids=torch.tensor([adapter.tokenizer(source)["input_ids"]]), labels=labels)
        expected = output.logits[0].log_softmax(-1).gather(1, labels[0][:, None]).sum().item()
        assert one == (pytest.approx(expected, abs=TOLERANCE), labels.shape[1], len(target.encode()))


def test_what_the_tokenizer_does_not_know_is_not_predicted(tmp_path: Path):
    save_checkpoint(tmp_path, "t5")
    tokenizer = Tokenizer(models.WordLevel({"<pad>": 0, "</s>": 1, "<unk>": 2, "fox": 3}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(tmp_path)
    adapter = adapter_of(tmp_path)

    unknown, known = adapter.loglikelihood_rolling(
        [Instance("loglikelihood_rolling", {}, (text,), 0) for text in ("狐狸", "fox")]
    )

    assert unknown == pytest.approx(-8 * math.log(2) * len("狐狸".encode()))
    assert known == pytest.approx(plain(adapter, "", "fox")[0], abs=TOLERANCE)


@pytest.mark.slow
@pytest.mark.parametrize("model_type", ["mt5", "bart"])
def test_the_lm_eval_command_finds_the_same(checkpoint_folder: FolderOf, tmp_path: Path, model_type: str):
    folder = checkpoint_folder(model_type)

    expected = command_scores(folder, tmp_path)

    found = evaluate(folder, suite("standard", 1), precision="float32", device="cpu", report=lambda _: None)
    ours = {(score["task"], score["metric"]): score["value"] for score in found["scores"]}
    assert {task for task, _ in expected} == {
        "addition",
        "binding_en",
        "classifiers_zh",
        "copying",
        "grammar_en",
        "prose_en",
        "prose_zh",
        "translation_en_zh",
        "translation_zh_en",
    }
    assert {key: ours[key] for key in expected} == pytest.approx(expected, abs=TOLERANCE)


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
def test_marian_cuts_targets_by_the_rules_of_the_target_language(tmp_path: Path):
    english, chinese = "The quick brown fox jumps over the lazy dog.", "敏捷的棕色狐狸跳过了懒狗。"
    pieces = ["</s>", "<unk>"]
    for side, text in (("source", english), ("target", chinese)):
        SentencePieceTrainer.train(
            sentence_iterator=iter([text] * 50),
            model_prefix=str(tmp_path / side),
            vocab_size=40,
            hard_vocab_limit=False,
            minloglevel=2,
        )
        (tmp_path / f"{side}.model").rename(tmp_path / f"{side}.spm")
        processor = SentencePieceProcessor(str(tmp_path / f"{side}.spm"))
        known = [processor.id_to_piece(index) for index in range(processor.vocab_size())]
        pieces += [piece for piece in known if piece not in {*pieces, "<s>"}]
    (tmp_path / "vocab.json").write_text(json.dumps({piece: index for index, piece in enumerate([*pieces, "<pad>"])}))
    folder, padding = tmp_path / "checkpoint", len(pieces)
    tokenizer = MarianTokenizer(*(str(tmp_path / name) for name in ("source.spm", "target.spm", "vocab.json")))
    sizes = ENCODER_DECODER["marian"] | {"decoder_start_token_id": padding, "pad_token_id": padding, "eos_token_id": 0}
    MarianMTModel(MarianConfig(vocab_size=padding + 1, decoder_vocab_size=padding + 1, **sizes)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)

    adapter = adapter_of(folder)

    assert adapter.text_of(adapter.text_tokens(chinese)) == chinese
    assert adapter.tokenizer.unk_token_id in adapter.tok_encode(chinese)
    assert adapter.tokenizer.unk_token_id not in adapter.tok_encode(english)
    assert (adapter.start, adapter.eot_token_id, adapter.steps([[2, 0]]).silent) == (padding, 0, [padding])

    shutil.copy(tmp_path / "vocab.json", folder / "target_vocab.json")
    edit_json(folder / "tokenizer_config.json", lambda config: config.update(separate_vocabs=True))
    with pytest.raises(Unsupported, match="Sources and targets have a vocabulary each"):
        adapter_of(folder)
