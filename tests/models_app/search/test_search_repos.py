"""What a list shows under each filter, to whom, and at what cost."""

import pytest
from django.http import QueryDict

from community.members.actors import ANONYMOUS, Actor
from community.members.models import User
from hub.core.errors import Invalid
from models_app.repos.models import Repo, RepoTag
from models_app.search.queries import FacetValue, RepoSearch, search_repos
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RunFactory

BEAR = {
    "licence": "MIT",
    "pipeline_tag": "text-generation",
    "library_name": "transformers",
    "parameter_count": 120_000_000,
}
CAT = {
    "licence": "Apache-2.0",
    "pipeline_tag": "fill-mask",
    "library_name": "transformers",
    "parameter_count": 7_000_000_000,
}


@pytest.fixture
def bear(alice: User) -> Repo:
    repo = RepoFactory(creator=alice, name="tiny-bear", downloads=5, **BEAR)
    RepoTag.objects.bulk_create(RepoTag(repo=repo, tag=tag) for tag in ("en", "zh", "poetry", "license:mit"))
    return repo


@pytest.fixture
def cat(bob: User) -> Repo:
    repo = RepoFactory(creator=bob, name="big-cat", downloads=50, **CAT)
    RepoTag.objects.bulk_create(RepoTag(repo=repo, tag=tag) for tag in ("en", "license:apache-2.0"))
    return repo


def search(query: str = "", actor: Actor = ANONYMOUS, kind: str = "model", limit: int = 30) -> RepoSearch:
    return search_repos(actor, kind, QueryDict(query), limit=limit)


def names(found: RepoSearch) -> list[str]:
    return [repo.name for repo in found.rows]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["big-cat", "tiny-bear"]),
        ("q=BEAR", ["tiny-bear"]),
        ("q=alice", ["tiny-bear"]),
        ("q=alice/tiny", ["tiny-bear"]),
        ("q=alice/cat", []),
        ("q=poetry", ["tiny-bear"]),
        ("q=tiny+poetry", ["tiny-bear"]),
        ("q=big+poetry", []),
        ("author=BOB", ["big-cat"]),
        ("licence=mit", ["tiny-bear"]),
        ("licence=MIT&licence=apache-2.0", ["big-cat", "tiny-bear"]),
        ("task=fill-mask", ["big-cat"]),
        ("library=transformers", ["big-cat", "tiny-bear"]),
        ("library=gguf", []),
        ("language=zh", ["tiny-bear"]),
        ("language=zh&language=en", ["big-cat", "tiny-bear"]),
        ("filter=en&filter=poetry", ["tiny-bear"]),
        ("filter=license:apache-2.0", ["big-cat"]),
        ("min_parameters=1B", ["big-cat"]),
        ("max_parameters=120M", ["tiny-bear"]),
        ("min_parameters=0.1k&max_parameters=6.9b", ["tiny-bear"]),
        ("sort=name", ["big-cat", "tiny-bear"]),
        ("sort=createdAt", ["big-cat", "tiny-bear"]),
        ("sort=downloads", ["big-cat", "tiny-bear"]),
        ("sort=parameters", ["big-cat", "tiny-bear"]),
    ],
)
def test_each_filter_narrows_the_list(bear: Repo, cat: Repo, query: str, expected: list[str]):
    found = search(query)

    assert names(found) == expected
    assert found.total == len(expected)
    assert not found.filter.form.errors


def test_only_repos_with_a_finished_run_have_results(bear: Repo, cat: Repo):
    RunFactory(repo=bear, state="done")
    RunFactory(repo=cat, state="queued")

    assert names(search("results=true")) == ["tiny-bear"]


def test_an_unknown_licence_says_what_was_meant_and_filters_nothing(bear: Repo, cat: Repo):
    found = search("licence=apach-2.0&sort=name")

    assert names(found) == ["big-cat", "tiny-bear"]
    assert found.filter.form.errors["licence"] == [
        "“apach-2.0” is not a known licence: did you mean Apache-2.0, Apache-1.0, Apache-1.1?"
    ]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("min_parameters=many", "min_parameters"),
        ("max_parameters=-1", "max_parameters"),
        ("max_parameters=999999999999T", "max_parameters"),
        ("sort=luck", "sort"),
        ("q=" + "x" * 201, "q"),
        ("task=" + "x" * 201, "task"),
        ("&".join(f"filter=t{n}" for n in range(21)), "filter"),
        ("task=a%00b", "task"),
        ("q=a%00b", "q"),
    ],
)
def test_a_senseless_filter_is_named_and_left_out(bear: Repo, cat: Repo, query: str, field: str):
    found = search(query)

    assert list(found.filter.form.errors) == [field]
    assert names(found) == ["big-cat", "tiny-bear"]


def test_a_private_repo_is_neither_listed_nor_counted_for_others(bear: Repo, alice: User, bob: User):
    Repo.objects.filter(pk=bear.pk).update(private=True)

    for actor in (ANONYMOUS, Actor(user=bob)):
        hidden = search("", actor)
        assert (hidden.rows, hidden.total) == ([], 0)
        assert hidden.facets == {"licence": [], "task": [], "library": []}
    assert names(search("", Actor(user=alice))) == ["tiny-bear"]
    assert search("", Actor(user=alice)).facets["licence"] == [FacetValue("MIT", 1, chosen=False)]


def test_a_facet_counts_what_the_other_filters_leave(bear: Repo, cat: Repo):
    facets = search("licence=MIT&task=text-generation").facets

    assert facets["licence"] == [FacetValue("MIT", 1, chosen=True)]
    assert facets["task"] == [FacetValue("text-generation", 1, chosen=True)]
    assert search("licence=MIT").facets["licence"] == [
        FacetValue("Apache-2.0", 1, chosen=False),
        FacetValue("MIT", 1, chosen=True),
    ]


def test_a_chosen_value_stays_on_offer_without_repos(bear: Repo):
    assert search("licence=ISC").facets["licence"] == [
        FacetValue("MIT", 1, chosen=False),
        FacetValue("ISC", 0, chosen=True),
    ]


def test_other_kinds_are_other_lists(bear: Repo, alice: User):
    RepoFactory(creator=alice, name="poems", kind="dataset")

    assert names(search(kind="dataset")) == ["poems"]
    assert names(search("results=true", kind="dataset")) == ["poems"]  # a filter of checkpoints only


def test_pages_follow_each_other_in_every_order(alice: User):
    for number in range(7):
        RepoFactory(creator=alice, name=f"m{number}", parameter_count=number * 10 if number % 2 else None, downloads=1)
    for sort in ("lastModified", "createdAt", "downloads", "name", "parameters"):
        seen, query = [], QueryDict(f"sort={sort}", mutable=True)
        while True:
            found = search_repos(ANONYMOUS, "model", query, limit=2)
            seen += names(found)
            if found.next_cursor is None:
                break
            query["cursor"] = found.next_cursor
        assert sorted(seen) == [f"m{n}" for n in range(7)], sort


def test_the_cursor_of_another_order_is_refused(bear: Repo, cat: Repo):
    cursor = search("sort=name", limit=1).next_cursor

    with pytest.raises(Invalid, match="start again at the first page"):
        search(f"sort=downloads&cursor={cursor}")


@pytest.mark.parametrize("number", [1, 12])
def test_the_number_of_queries_does_not_depend_on_the_number_of_repos(
    django_assert_num_queries: pytest.FixtureRequest, alice: User, number: int
):
    for index in range(number):
        RepoFactory(creator=alice, name=f"m{index}", licence="MIT", pipeline_tag=f"t{index}")

    with django_assert_num_queries(6):  # what is found, rows, total, three facets
        assert [repo.full_id for repo in search("q=m").rows]


def test_rare_and_common_tags_find_the_same(bear: Repo, cat: Repo, monkeypatch: pytest.MonkeyPatch):
    for rare in (500, 1, 0):
        monkeypatch.setattr("models_app.search.filters.RARE", rare)
        assert names(search("filter=poetry&sort=name")) == ["tiny-bear"]
        assert names(search("filter=en&sort=name")) == ["big-cat", "tiny-bear"]
        assert names(search("filter=en&filter=license:mit")) == ["tiny-bear"]
        assert names(search("filter=none")) == []
