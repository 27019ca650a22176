"""Broken cards, configs and weights of a commit that has landed are warnings, never errors."""

import json

import numpy as np
import pytest
from safetensors.numpy import save

from models_app.repos.models import Repo
from tests.models_app.uploads.conftest import Commit, StoreLarge

WEIGHTS = save({"w": np.zeros((3, 4), dtype=np.float32), "b": np.zeros((5,), dtype=np.float16)})


def refreshed(repo: Repo) -> Repo:
    repo.refresh_from_db()
    return repo


def test_parameters_are_read_from_the_header(repo: Repo, commit: Commit, store_large: StoreLarge) -> None:
    commit(store_large("model.safetensors", WEIGHTS))
    assert (refreshed(repo).parameters, repo.parameter_count, repo.warnings) == ({"F32": 12, "F16": 5}, 17, [])


def test_small_weights_may_lie_in_git(repo: Repo, commit: Commit) -> None:
    commit({"model.safetensors": WEIGHTS})
    assert refreshed(repo).parameter_count == 17


def test_shards_are_added_up(repo: Repo, commit: Commit, store_large: StoreLarge) -> None:
    shards = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    index = {"metadata": {}, "weight_map": {"a": shards[0], "b": shards[1], "c": shards[1]}}
    commit(
        {"model.safetensors.index.json": json.dumps(index).encode()},
        *(store_large(shard, WEIGHTS) for shard in shards),
    )
    assert refreshed(repo).parameters == {"F32": 24, "F16": 10}


def test_an_adapter_alone_is_counted(repo: Repo, commit: Commit, store_large: StoreLarge) -> None:
    commit(store_large("adapter_model.safetensors", WEIGHTS), store_large("nested/x.safetensors", WEIGHTS))
    assert refreshed(repo).parameter_count == 17


def test_without_safetensors_the_number_is_unknown(repo: Repo, commit: Commit, store_large: StoreLarge) -> None:
    commit(store_large("pytorch_model.bin", b"\x80pickle"))
    assert (refreshed(repo).parameters, repo.parameter_count, repo.warnings) == ({}, None, [])


@pytest.mark.parametrize(
    ("files", "warning"),
    [
        ({"config.json": b"{"}, "config.json could not be read: "),
        ({"config.json": b"[]"}, "config.json could not be read: it is not a JSON object."),
        ({"config.json": b"[" * 200_000}, "config.json could not be read: it is nested too deeply"),
        ({"config.json": b" " * 1_100_000}, "config.json could not be read: it is too large."),
        ({"model.safetensors": b""}, "The weights could not be read: model.safetensors: it is not a safetensors file."),
        ({"model.safetensors": b"\xff" * 100}, "The weights could not be read: model.safetensors: it is not a saf"),
        ({"model.safetensors": (2).to_bytes(8, "little") + b"[]"}, "The weights could not be read: model.safetensors"),
        ({"model.safetensors.index.json": b"{}"}, "The weights could not be read: model.safetensors.index.json has no"),
        (
            {"model.safetensors.index.json": b'{"weight_map": {"w": "../x"}}'},
            "The weights could not be read: model.safetensors.index.json names '../x', which is not there.",
        ),
    ],
)
def test_what_is_broken_is_a_warning(repo: Repo, commit: Commit, files: dict[str, bytes], warning: str) -> None:
    sha = commit(files)
    (sentence,) = refreshed(repo).warnings
    assert sentence.startswith(warning)
    assert (repo.head_sha, repo.config, repo.parameters) == (sha, {}, {})


def test_a_broken_card_that_came_another_way_is_a_warning(
    repo: Repo, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models_app.uploads.services.check_card", lambda *_: None)  # as if git itself had brought it
    sha = commit({"README.md": b"---\nlicense: mitt\n---\n"})
    (sentence,) = refreshed(repo).warnings
    assert sentence.startswith('"license": ')
    assert (repo.head_sha, repo.licence) == (sha, "")


def test_a_card_without_licence_is_committed_with_a_warning(repo: Repo, commit: Commit) -> None:
    commit({"README.md": b"---\nlanguage: en\n---\n"})
    assert refreshed(repo).warnings == ["The card names no license: say under which terms others may use this."]


def test_a_nul_and_a_surrogate_reach_no_database(repo: Repo, commit: Commit) -> None:
    commit({"config.json": b'{"a": "\\u0000\\ud800", "b": NaN}'}, summary="with \0 and \ud800")
    assert refreshed(repo).config == {"a": "��", "b": None}
