"""What the examining process says of harmless, careless and hostile files."""

import os
import random
import time
import zipfile
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_app.scanning.examination import LIMIT, Examiner, Findings
from models_app.scanning.rules import OTHER, PICKLE, SAFETENSORS
from tests.models_app.scanning import samples

OS_SYSTEM = [{"module": os.system.__module__, "name": "system", "safety": "dangerous"}]
CLASSIC = [{"module": "os", "name": "system", "safety": "dangerous"}]
ORDERED = [{"module": "collections", "name": "OrderedDict", "safety": "innocuous"}]
CUSTOM = [{"module": "my_model", "name": "Net", "safety": "suspicious"}]


@pytest.fixture(scope="module")
def examiner() -> Iterator[Examiner]:
    with Examiner() as examiner:
        yield examiner


def look(examiner: Examiner, content: bytes, read_as: str = PICKLE) -> Findings:
    return examiner.examine(lambda start, end: [content[start:end]], size=len(content), read_as=read_as)


@pytest.mark.parametrize(
    ("content", "imports", "problem"),
    [
        (samples.EVIL, OS_SYSTEM, ""),
        (samples.EVIL_TEXT, CLASSIC, ""),
        (samples.HARMLESS, [], ""),
        (samples.ORDERED, ORDERED, ""),
        (samples.CUSTOM, CUSTOM, ""),
        (samples.OLD_TORCH, ORDERED, ""),
        (samples.OLD_TORCH[:60] + b"ccollecti\x93", [], "pickle"),
        (samples.CUT_OFF, [], "pickle"),
        (samples.EVIL + b"\xffrest", OS_SYSTEM, "pickle"),
        (samples.archive(data_pkl=samples.ORDERED, version=b"3"), ORDERED, ""),
        (samples.archive(data_pkl=samples.EVIL, version=b"3"), OS_SYSTEM, ""),
        (samples.archive(method=zipfile.ZIP_DEFLATED, hidden_txt=samples.EVIL), OS_SYSTEM, ""),
        (samples.archive(data_pkl=samples.EVIL_TEXT), CLASSIC, ""),
        (samples.EVIL + samples.archive(data_pkl=samples.ORDERED), OS_SYSTEM + ORDERED, "pickle"),
        (samples.array([1.0, 2.0]), [], ""),
        (samples.archive(arr_npy=samples.array([1.0, 2.0])), [], ""),
        (b"\x1f\x8b" + bytes(50), [], "archive"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(50), [], "archive"),
        (b"GGUF" + bytes(100), [], ""),
        (b"", [], ""),
    ],
)
def test_imports(examiner: Examiner, content: bytes, imports: list[dict[str, str]], problem: str) -> None:
    found = look(examiner, content)

    assert sorted(found.imports, key=str) == sorted(imports, key=str)
    assert found.problem == problem
    assert found.examined


def test_arrays_of_objects_are_pickles(examiner: Examiner) -> None:
    import numpy as np

    found = look(examiner, samples.array(np.array([samples.Evil()], dtype=object)))

    assert OS_SYSTEM[0] in found.imports
    assert found.has_pickle


@pytest.mark.parametrize(
    ("content", "read_as", "has_pickle"),
    [
        (samples.HARMLESS, PICKLE, True),
        (samples.CUT_OFF, PICKLE, True),
        (samples.OLD_TORCH, PICKLE, True),
        (b"just text", PICKLE, False),
        (samples.HARMLESS, OTHER, True),
        (b"just text", OTHER, False),
        (samples.EVIL_TEXT, OTHER, False),  # nobody opens a .txt as a pickle
    ],
)
def test_what_counts_as_a_pickle(examiner: Examiner, content: bytes, read_as: str, *, has_pickle: bool) -> None:
    assert look(examiner, content, read_as).has_pickle is has_pickle


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (samples.safetensors(), ""),
        (samples.safetensors(end=12), "header"),
        (b"\xff" * 40, "header"),
        (b"", "header"),
        (samples.HARMLESS, "header"),
    ],
)
def test_safetensors(examiner: Examiner, content: bytes, problem: str) -> None:
    assert look(examiner, content, SAFETENSORS).problem == problem


def test_a_pickle_in_the_clothes_of_safetensors(examiner: Examiner) -> None:
    found = look(examiner, samples.EVIL, SAFETENSORS)

    assert (found.imports, found.problem) == (OS_SYSTEM, "header")


def test_secrets_by_kind_and_line_only(examiner: Examiner) -> None:
    text = "\n".join(f"# line\nkey = {token}" for token in samples.TOKENS.values())

    found = look(examiner, text.encode(), OTHER)

    assert found.secrets == [{"kind": kind, "line": 2 * number} for number, kind in enumerate(samples.TOKENS, start=1)]
    assert not any(token in repr(found) for token in samples.TOKENS.values())


@pytest.mark.parametrize("content", [b"\0" + samples.TOKENS["GitHub Token"].encode(), b"\xff\xfe hf_", b"no secret"])
def test_no_secrets(examiner: Examiner, content: bytes) -> None:
    assert look(examiner, content, OTHER).secrets == []


def test_a_text_longer_than_the_limit_is_data(examiner: Examiner) -> None:
    token = samples.TOKENS["GitHub Token"].encode()

    assert look(examiner, token + b"\n" * 1024 * 1024, OTHER).secrets == []


def test_only_what_is_needed_is_read(examiner: Examiner) -> None:
    """Of a checkpoint of 64 MB, the list of members and the one pickle."""
    content = samples.archive(data_pkl=samples.ORDERED, weights=bytes(64_000_000))
    asked: list[int] = []

    def read(start: int, end: int) -> list[bytes]:
        asked.append(end - start)
        return [content[start:end]]

    assert examiner.examine(read, size=len(content), read_as=PICKLE).imports == ORDERED
    assert sum(asked) < 2_000_000


def test_a_file_that_takes_too_long_costs_its_child_only() -> None:
    slow = b"\x80\x02" + b"N0" * 950_000 + b"N."  # None, and away with it, over and over
    with Examiner(seconds=1) as examiner:
        begun = time.monotonic()
        assert look(examiner, slow) == LIMIT
        assert time.monotonic() - begun < 10
        examiner._seconds = 30  # a busy machine may take more than a second to start the next child
        assert look(examiner, samples.EVIL).imports == OS_SYSTEM


@pytest.mark.parametrize(
    "before", [b"", samples.OLD_TORCH[: samples.OLD_TORCH.index(b"\x80\x02ccollections")]], ids=["plain", "old torch"]
)
def test_padding_does_not_hide_an_import(examiner: Examiner, before: bytes) -> None:
    """More opcodes than can be kept in memory, and the import behind them."""
    found = look(examiner, before + b"\x80\x02" + b"N0" * 1_050_000 + b"cos\nsystem\n.")

    assert found.problem == "limit"


def test_a_bomb_is_no_harmless_file(examiner: Examiner) -> None:
    bomb = samples.archive(method=zipfile.ZIP_DEFLATED, data_pkl=b"\x80\x02X\xff\xff\xff\x7f" + bytes(30_000_000))

    assert look(examiner, bomb).problem == "pickle"


def test_nothing_is_ever_loaded(examiner: Examiner, tmp_path: object) -> None:
    proof = f"{tmp_path}/loaded"
    content = b"cos\nsystem\n(S'touch " + proof.encode() + b"'\ntR."
    look(examiner, content)
    look(examiner, samples.archive(data_pkl=content))

    assert not os.path.exists(proof)  # noqa: PTH110 (the shortest question)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prefix=st.sampled_from([b"", b"\x80\x02", b"PK\x03\x04", b"\x93NUMPY\x01\x00", samples.OLD_TORCH[:60]]),
    rest=st.binary(max_size=400),
    read_as=st.sampled_from([PICKLE, SAFETENSORS, OTHER]),
)
def test_any_bytes_get_an_answer(examiner: Examiner, prefix: bytes, rest: bytes, read_as: str) -> None:
    assert look(examiner, prefix + rest, read_as).examined


def test_damaged_archives_get_an_answer(examiner: Examiner) -> None:
    whole = bytearray(samples.archive(data_pkl=samples.ORDERED, arr_npy=samples.array([1.0])))
    dice = random.Random(7)  # noqa: S311 (the same damage each time)
    for _ in range(200):
        damaged = bytearray(whole)
        for _ in range(3):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        assert look(examiner, bytes(damaged)).examined
