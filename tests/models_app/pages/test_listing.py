import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from community.members.models import User
from models_app.search.queries import PAGE
from tests.factories.checkpoints import RepoFactory


@pytest.fixture
def shelf(alice: User) -> None:
    RepoFactory(creator=alice, name="poem", licence="MIT", pipeline_tag="text-generation", parameter_count=10**6)
    RepoFactory(creator=alice, name="bert", licence="Apache-2.0", pipeline_tag="fill-mask", parameter_count=10**9)


@pytest.mark.usefixtures("shelf")
class TestFilters:
    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("", {"poem", "bert"}),
            ("q=poe", {"poem"}),
            ("licence=MIT", {"poem"}),
            ("licence=MIT&licence=Apache-2.0", {"poem", "bert"}),
            ("task=fill-mask", {"bert"}),
            ("min_parameters=10M", {"bert"}),
            ("q=poem&language=&min_parameters=&licence=&author=", {"poem"}),
            ("q=poem&task=fill-mask", set()),
        ],
    )
    def test_the_address_decides(self, client: Client, query: str, names: set[str]):
        page = client.get(f"/models?{query}").content.decode()
        assert {name for name in ("poem", "bert") if f'href="/alice/{name}"' in page} == names

    def test_choices_say_how_many_they_would_leave(self, client: Client):
        page = client.get("/models?task=fill-mask").content.decode()
        assert 'value="fill-mask" id="task-1" checked' in page
        assert 'value="text-generation"' in page  # another task widens
        assert 'value="MIT"' not in page  # no model with this task has it

    def test_what_makes_no_sense_is_said(self, client: Client):
        response = client.get("/models?min_parameters=many&sort=luck")
        assert response.status_code == 200
        assert "Write a number such as 350M or 1.5B." in response.content.decode()

    def test_nothing_fits(self, client: Client):
        page = client.get("/models?q=zebra").content.decode()
        assert "Nothing fits" in page
        assert 'href="/models"' in page


def test_no_models_yet(client: Client, db: None):
    assert "hf upload me/my-model" in client.get("/models").content.decode()


def test_no_datasets_yet(client: Client, db: None):
    assert "--repo-type dataset" in client.get("/datasets").content.decode()


def test_pages_follow_each_other(client: Client, alice: User):
    RepoFactory.create_batch(PAGE + 1, creator=alice, licence="MIT")
    first = client.get("/models?licence=MIT")
    cursor = first.context["search"].next_cursor
    assert f"?licence=MIT&amp;cursor={cursor}" in first.content.decode()
    second = client.get("/models", {"licence": "MIT", "cursor": cursor})
    assert len(second.context["search"].rows) == 1
    assert client.get("/models", {"cursor": "nonsense"}).status_code == 400


def test_a_fixed_number_of_queries(client: Client, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries):
    for size in (1, 20):
        RepoFactory.create_batch(size, creator=alice, licence="MIT", pipeline_tag="text-generation")
        with django_assert_max_num_queries(5):
            client.get("/models?licence=MIT")
