"""A few of the fuzzer's checkpoints, and those that once ended as they must not (``python -m tests.fuzz`` for more)."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import ARCHITECTURES, Change, Fuzzer, changes, fuzzer

EMPTY_PAIRS = ("post_processor", {"type": "TemplateProcessing", "single": [], "pair": [], "special_tokens": {}})
NOTHING = ("normalizer", {"type": "Replace", "pattern": {"Regex": "(?s).+"}, "content": ""})


@pytest.fixture(scope="module")
def fuzz() -> Iterator[Fuzzer]:
    with fuzzer() as made:
        yield made


@pytest.mark.parametrize(
    ("architecture", "change", "ending"),
    [
        ("gpt2", Change("config.json", "add", value=("activation_function", None)), "invalid_checkpoint"),
        ("bert", Change("config.json", "add", value=("add_cross_attention", -548)), "invalid_checkpoint"),
        ("gpt2", Change("config.json", "add", value=("eos_token_id", True)), "invalid_checkpoint"),
        ("gpt2", Change("config.json", "add", value=("architectures", True)), "unsupported"),
        ("gpt2", Change("config.json", "add", value=("architectures", [{}])), "unsupported"),
        ("xlnet", Change("config.json", "add", value=("return_dict", False)), "done"),
        ("bert", Change("tokenizer.json", "add", value=EMPTY_PAIRS), "invalid_checkpoint"),
        ("bert", Change("tokenizer.json", "add", value=NOTHING), "invalid_checkpoint"),
        ("llama", Change("tokenizer.json", "add", value=NOTHING), "invalid_checkpoint"),
    ],
)
def test_what_the_fuzzer_found(fuzz: Fuzzer, architecture: str, change: Change, ending: str):
    assert fuzz.run(architecture, [change]) == ending


@pytest.mark.slow  # each example is a whole evaluation in the real sandbox
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(architecture=st.sampled_from(ARCHITECTURES), spoilt=changes)
def test_a_spoilt_checkpoint_ends_with_a_known_class_and_the_sandbox_goes_on(
    fuzz: Fuzzer, architecture: str, spoilt: list[Change]
):
    fuzz.run(architecture, spoilt)


def test_the_fuzzers_checkpoints_are_good(fuzz: Fuzzer):
    assert [fuzz.run(architecture, []) for architecture in ARCHITECTURES] == ["done"] * 5
