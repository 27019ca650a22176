"""Lists of repos."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from community.members.models import User
from models_app.repos.models import Repo, RepoTag
from tests.factories.checkpoints import RepoFactory
from tests.models_app.hfapi.caller import Caller, refusal
from tests.models_app.hfapi.conftest import MakeRepo, caller_for

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def repos(alice: User, bob: User) -> list[Repo]:
    """Four models: later ones are newer, and less often downloaded."""
    rows = []
    for number, (creator, name, tags) in enumerate(
        [
            (alice, "gpt2-tiny", ["license:mit", "en", "text-generation"]),
            (alice, "bert_tiny", ["license:mit", "zh", "fill-mask"]),
            (bob, "gpt2-large", ["license:apache-2.0", "en", "text-generation"]),
            (bob, "llama", []),
        ]
    ):
        moment = START + timedelta(days=number)
        repo = RepoFactory(
            creator=creator, name=name, last_modified=moment, created_at=moment, downloads=10 - number,
            parameter_count=10**6 * (number + 1), pipeline_tag="text-generation",
        )  # fmt: skip
        RepoTag.objects.bulk_create(RepoTag(repo=repo, tag=tag) for tag in tags)
        rows.append(repo)
    return rows


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["llama", "gpt2-large", "bert_tiny", "gpt2-tiny"]),
        ("sort=downloads", ["gpt2-tiny", "bert_tiny", "gpt2-large", "llama"]),
        ("sort=createdAt", ["llama", "gpt2-large", "bert_tiny", "gpt2-tiny"]),
        ("search=GPT2", ["gpt2-large", "gpt2-tiny"]),
        ("search=bob/gpt2", ["gpt2-large"]),
        ("search=tiny%20alice", ["bert_tiny", "gpt2-tiny"]),
        ("search=bert_", ["bert_tiny"]),
        ("search=%25", []),
        ("author=Bob", ["llama", "gpt2-large"]),
        ("author=nobody", []),
        ("filter=license:mit", ["bert_tiny", "gpt2-tiny"]),
        ("filter=license:mit&filter=en", ["gpt2-tiny"]),
        ("filter=license:mit,en", ["gpt2-tiny"]),
        ("pipeline_tag=fill-mask", ["bert_tiny"]),
        ("num_parameters=min:2M,max:3M", ["gpt2-large", "bert_tiny"]),
        ("num_parameters=min:0.004B", ["llama"]),
        ("limit=1", ["llama"]),
    ],
)
def test_filters(nobody: Caller, repos: list[Repo], query: str, names: list[str]) -> None:
    assert [row["id"].partition("/")[2] for row in nobody.get(f"/api/models?{query}").json()] == names


@pytest.mark.parametrize(
    "query",
    ["sort=name", "limit=0", "limit=-1", "limit=x", "limit=%D9%A1", "cursor=x", "num_parameters=6B", "search=%00",
     "filter=%00", "author=%00", "expand=none", "&".join(["filter=x"] * 31), f"search={'x%20' * 31}"],
)  # fmt: skip
def test_bad_queries(nobody: Caller, repos: list[Repo], query: str) -> None:
    assert refusal(nobody.get(f"/api/models?{query}"))[0] == 400


def test_pages_follow_the_link(nobody: Caller, repos: list[Repo]) -> None:
    address, seen = "/api/models?limit=3&filter=", []
    while address:
        response = nobody.get(address)
        seen.append([row["id"] for row in response.json()])
        link = response.get("Link", "")
        assert not link or link.startswith("<http://127.0.0.1:8000/api/models?limit=3&filter=&cursor=")
        address = link.removeprefix("<http://127.0.0.1:8000").removesuffix('>; rel="next"')
    assert seen == [["bob/llama", "bob/gpt2-large", "alice/bert_tiny"], ["alice/gpt2-tiny"]]


def test_rows(nobody: Caller, make_repo: MakeRepo) -> None:
    repo = make_repo()
    (row,) = nobody.get("/api/models").json()
    assert set(row) == {
        "_id", "id", "modelId", "author", "likes", "trendingScore", "private", "gated", "downloads", "tags",
        "pipeline_tag", "library_name", "createdAt",
    }  # fmt: skip
    (full,) = nobody.get("/api/models?full=true&config=true").json()
    assert set(full) - set(row) == {"siblings", "sha", "lastModified", "disabled", "cardData", "config"}
    assert (full["sha"], {"rfilename": "weights.bin"} in full["siblings"]) == (repo.head_sha, True)
    (chosen,) = nobody.get("/api/models?expand=downloads").json()
    assert set(chosen) == {"_id", "id", "downloads"}


def test_kinds_are_listed_apart(nobody: Caller, alice: User) -> None:
    RepoFactory(creator=alice, kind="dataset", name="corpus")
    assert nobody.get("/api/models").json() == []
    assert [row["id"] for row in nobody.get("/api/datasets").json()] == ["alice/corpus"]


def test_what_lists_can_be_filtered_by(nobody: Caller, alice: User, bob: User) -> None:
    RepoFactory(creator=alice, pipeline_tag="fill-mask", library_name="transformers")
    RepoFactory(creator=alice, pipeline_tag="secret-task", private=True)
    answer = nobody.get("/api/models-tags-by-type").json()
    assert answer["pipeline_tag"] == [{"type": "pipeline_tag", "id": "fill-mask", "label": "fill-mask"}]
    assert answer["library"] == [{"type": "library", "id": "transformers", "label": "transformers"}]
    assert {"type": "license", "id": "license:mit", "label": "MIT License"} in answer["license"]
    tasks = caller_for(alice).get("/api/models-tags-by-type").json()["pipeline_tag"]
    assert [task["id"] for task in tasks] == ["fill-mask", "secret-task"]
    assert nobody.get("/api/datasets-tags-by-type").json()["pipeline_tag"] == []


@pytest.mark.parametrize("number", [1, 12])
def test_a_list_costs_the_same_whatever_its_length(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    RepoFactory.create_batch(number, creator=alice)
    with django_assert_num_queries(2):  # the rows with their namespaces, their tags
        assert len(Client().get("/api/models").json()) == number
