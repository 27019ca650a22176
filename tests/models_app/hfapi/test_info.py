"""What the info route tells of a model: classes, lineage, evaluations."""

import json
from typing import get_args
from urllib.parse import urlencode

import pytest
from django.test import Client
from huggingface_hub import ModelInfo
from huggingface_hub.hf_api import ExpandDatasetProperty_T, ExpandModelProperty_T, ExpandSpaceProperty_T
from pytest_django import DjangoAssertNumQueries

from community.members.models import User
from models_app.hfapi.transformers_info import transformers_info
from models_app.repos.models import Repo, RepoTag
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RecordFactory, ScoreFactory
from tests.models_app.hfapi.caller import Caller, refusal
from tests.models_app.hfapi.conftest import MakeRepo

CARD = b"""---
license: mit
base_model: alice/base
pipeline_tag: fill-mask
widget:
- text: Paris is the [MASK] of France.
model-index:
- name: tiny
  results: []
---
"""
CONFIG = b'{"architectures": ["BertForMaskedLM"], "model_type": "bert"}'
API = "/api/models/alice/tiny"


@pytest.fixture
def bert(make_repo: MakeRepo) -> Repo:
    tokenizer = json.dumps({"mask_token": {"content": "[MASK]"}}).encode()
    return make_repo(files={"README.md": CARD, "config.json": CONFIG, "tokenizer_config.json": tokenizer})


def test_all_fields(nobody: Caller, bert: Repo) -> None:
    info = nobody.get(API).json()
    assert info["mask_token"] == "[MASK]"
    assert info["transformersInfo"] == {
        "auto_model": "AutoModelForMaskedLM",
        "pipeline_tag": "fill-mask",
        "processor": "AutoTokenizer",
    }
    assert info["widgetData"] == [{"text": "Paris is the [MASK] of France."}]
    assert info["model-index"] == [{"name": "tiny", "results": []}]
    assert (info["modelId"], info["author"], info["sha"]) == ("alice/tiny", "alice", bert.head_sha)
    assert (info["downloads"], info["downloadsAllTime"], info["likes"], info["trendingScore"]) == (0, 0, 0, 0)
    assert (info["gated"], info["disabled"], info["private"], info["spaces"]) == (False, False, False, [])
    assert info["usedStorage"] == bert.used_bytes


def test_a_broken_tokenizer_is_a_warning(make_repo: MakeRepo) -> None:
    repo = make_repo(files={"README.md": CARD, "tokenizer_config.json": b"["})
    assert repo.mask_token == ""
    assert any(warning.startswith("tokenizer_config.json could not be read") for warning in repo.warnings)


def test_lineage(nobody: Caller, stranger: Caller, owner: Caller, bert: Repo, make_repo: MakeRepo) -> None:
    make_repo("base")
    address = "/api/models/alice/base?expand=childrenModelCount&expand=baseModels"
    assert nobody.get(f"{API}?expand=baseModels").json()["baseModels"] == ["alice/base"]
    assert nobody.get(address).json()["childrenModelCount"] == 1
    Repo.objects.filter(pk=bert.pk).update(private=True)
    for caller, number in ((nobody, 0), (stranger, 0), (owner, 1)):
        assert caller.get(address).json()["childrenModelCount"] == number
        rows = caller.get("/api/models?expand=childrenModelCount&author=alice").json()
        assert {row["id"]: row["childrenModelCount"] for row in rows}["alice/base"] == number
        found = caller.get("/api/models?filter=base_model:finetune:alice/base").json()
        assert len(found) == number


def test_eval_results_are_the_hubs_records(nobody: Caller, bert: Repo) -> None:
    record = RecordFactory(run__repo=bert, run__commit_sha=bert.head_sha)
    ScoreFactory(record=record, task="overall", metric="score", value=0.5, stderr=None, n=200)
    ScoreFactory(record=record, task="grammar", metric="acc", value=0.75, stderr=0.0125)
    ScoreFactory(record=record, task="grammar", metric="f1", primary=False)
    RecordFactory(run__repo=bert, run__commit_sha="0" * 40)  # later, but of a commit that is the head no more
    results = nobody.get(f"{API}?expand=evalResults").json()["evalResults"]
    assert [entry["data"]["dataset"]["task_id"] for entry in results] == ["overall", "grammar"]
    suite = record.run.suite_version
    assert results[1]["data"] == {
        "dataset": {"id": "standard/1", "task_id": "grammar", "revision": suite.sha256},
        "value": 0.75,
        "verifyToken": record.signature,
        "date": record.created_at.date().isoformat(),
        "source": {"url": f"http://127.0.0.1:8000/api/evaluation/records/{record.sha256}", "name": "Leyuan"},
        "notes": f"acc ± 0.0125, n=100, commit {bert.head_sha}",
    }
    (row,) = nobody.get("/api/models?expand=evalResults").json()
    assert row["evalResults"] == results
    understood = ModelInfo(**row).eval_results
    assert understood is not None
    assert [(entry.task_id, entry.value, entry.verify_token) for entry in understood] == [
        ("overall", 0.5, record.signature),
        ("grammar", 0.75, record.signature),
    ]


@pytest.mark.parametrize(
    ("kind", "offered"),
    [("model", ExpandModelProperty_T), ("dataset", ExpandDatasetProperty_T), ("space", ExpandSpaceProperty_T)],
)
def test_every_field_that_the_client_offers_can_be_asked_for(
    nobody: Caller, make_repo: MakeRepo, kind: str, offered: object
) -> None:
    card = (
        b"---\nlicense: mit\nsdk: static\nmodels: [alice/base]\ndatasets: [alice/text]\npaperswithcode_id: tiny\n---\n"
    )
    repo = make_repo(kind=kind, files={"README.md": card})
    query = urlencode({"expand": [*get_args(offered), "xetEnabled"]}, doseq=True)
    (listed,) = nobody.get(f"/api/{kind}s?{query}").json()
    assert nobody.get(f"/api/{kind}s/alice/tiny?{query}").json() == listed
    assert (listed["id"], listed["sha"], listed["xetEnabled"]) == ("alice/tiny", repo.head_sha, True)
    of_kind = {
        "model": {},
        "dataset": {"paperswithcode_id": "tiny"},
        "space": {"sdk": "static", "models": ["alice/base"], "datasets": ["alice/text"]},
    }
    assert {name: listed[name] for name in of_kind["dataset"] | of_kind["space"] if name in listed} == of_kind[kind]


def test_an_unknown_field_is_refused_in_the_hubs_words(nobody: Caller, bert: Repo) -> None:
    status, _code, sentence = refusal(nobody.get(f"{API}?expand=stars"))
    assert status == 400
    assert sentence.startswith('✖ Invalid option: expected one of "author"|"baseModels"|"cardData"|')


@pytest.mark.parametrize(
    ("config", "files", "expected"),
    [
        ({}, [], {"auto_model": "AutoModel"}),
        (
            {"architectures": ["XForCausalLM"], "auto_map": {"AutoModelForCausalLM": "modeling_x.XForCausalLM"}},
            ["preprocessor_config.json", "tokenizer.json"],
            {
                "auto_model": "AutoModelForCausalLM",
                "custom_class": "modeling_x.XForCausalLM",
                "processor": "AutoImageProcessor",
            },
        ),
        (
            {"auto_map": ["x"], "architectures": [7]},
            ["processor_config.json"],
            {"auto_model": "AutoModel", "processor": "AutoProcessor"},
        ),
    ],
)
def test_transformers_info(config: dict[str, object], files: list[str], expected: dict[str, str]) -> None:
    assert transformers_info(config, "", files) == expected


@pytest.mark.parametrize("number", [1, 12])
def test_a_list_with_details_costs_the_same_whatever_its_length(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    for repo in RepoFactory.create_batch(number, creator=alice):
        ScoreFactory(record=RecordFactory(run__repo=repo))
        RepoTag.objects.create(repo=repo, tag="base_model:alice/base")
    address = "/api/models?expand=evalResults&expand=childrenModelCount&expand=baseModels"
    with django_assert_num_queries(5):  # the rows, their tags, records, scores, children
        assert len(Client().get(address).json()) == number
