"""The leaderboard as browsers get it."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.factories.evaluations import SuiteVersionFactory
from tests.models_app.leaderboard.conftest import Finish, finish

__all__ = ["finish"]
pytestmark = pytest.mark.django_db


def text_of(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def heads(page: Any) -> dict[str, tuple[str, str]]:
    """Column → (where its head leads, aria-sort)."""
    found = re.findall(r'<th scope="col"([^>]*)><a href="([^"]*)">([^<]*)</a>', page.content.decode())
    return {
        label: (href.replace("&amp;", "&"), "".join(re.findall(r'aria-sort="(\w+)"', attributes)))
        for attributes, href, label in found
    }


def test_empty_states(finish: Finish) -> None:
    assert "No suite is active yet" in text_of(Client().get("/leaderboard"))
    SuiteVersionFactory()
    page = Client().get("/leaderboard")
    assert "No model is evaluated yet" in text_of(page)
    assert 'href="/queue"' in page.content.decode()
    finish("small", 0.4)
    assert "No model fits these filters" in text_of(Client().get("/leaderboard?q=large"))


def test_a_row(finish: Finish) -> None:
    finish("small", 0.4, licence="mit", parameter_count=1_200_000)
    page = Client().get("/leaderboard")
    assert "1 alice/small mit causal 1.2M 40.0 ± 1.0 2.000 ± 0.010 0.750 ± 0.010" in text_of(page)
    html = page.content.decode()
    assert '<circle class="whisker__dot" cx="40.00%" cy="8" r="3">' in html
    assert '<line class="whisker__reach" x1="39.00%" x2="41.00%" y1="8" y2="8">' in html
    assert 'href="/alice/small/evaluation"' in html
    assert "style=" not in html


def test_heads_sort_and_turn_round_and_keep_the_rest(finish: Finish) -> None:
    finish("small", 0.4)
    first = heads(Client().get("/leaderboard?q=small&tasks=grammar&page=1"))
    assert list(first) == ["Model", "Parameters", "Overall", "Grammar"]
    assert first["Overall"] == ("?q=small&tasks=grammar&sort=-overall", "descending")
    assert first["Grammar"] == ("?q=small&tasks=grammar&sort=grammar", "")
    second = heads(Client().get("/leaderboard?sort=prose"))
    assert second["Prose"] == ("?sort=-prose", "ascending")
    assert second["Overall"] == ("?sort=overall", "")


def test_titles_follow_the_language(finish: Finish) -> None:
    finish("small", 0.4)
    page = Client().get("/leaderboard", headers={"Accept-Language": "zh-hans"})
    assert "散文" in text_of(page)


def test_pages_keep_the_filters(finish: Finish) -> None:
    for number in range(51):
        finish(f"model-{number:02}", number / 100)
    page = Client().get("/leaderboard?q=model&sort=name")
    assert 'rel="next" href="?q=model&amp;sort=name&amp;page=2"' in page.content.decode()
    page = Client().get("/leaderboard?q=model&sort=name&page=2")
    assert 'rel="prev" href="?q=model&amp;sort=name&amp;page=1"' in page.content.decode()
    assert "51 models" in text_of(page)


def test_a_wrong_number_is_told_beside_its_field(finish: Finish) -> None:
    finish("small", 0.4)
    page = Client().get("/leaderboard?min_parameters=lots")
    assert page.status_code == 200
    assert "Write a number such as 350M or 1.5B." in text_of(page)
    assert "alice/small" in text_of(page)


@pytest.mark.parametrize("count", [2, 20])
def test_a_fixed_number_of_queries(finish: Finish, count: int, django_assert_num_queries: Any) -> None:
    for number in range(count):
        finish(f"model-{number}", number / 20)
    with django_assert_num_queries(5):
        assert Client().get("/leaderboard").status_code == 200


def test_private_models_are_for_their_owner(finish: Finish) -> None:
    record = finish("secret", 0.9, private=True, licence="cc0-1.0")
    for query in ("", "?q=secret", "?licence=cc0-1.0", "?sort=prose"):
        page = Client().get(f"/leaderboard{query}")
        assert "alice/secret" not in text_of(page)
    assert "cc0-1.0" not in text_of(Client().get("/leaderboard"))
    owner = Client()
    owner.force_login(record.run.repo.creator)
    assert "alice/secret private cc0-1.0" in text_of(owner.get("/leaderboard"))
