import pytest

from models_app.leaderboard.rules import Order, parse_order

TASKS = frozenset({"prose", "grammar"})


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("", Order("overall")),
        ("-overall", Order("overall", reverse=True)),
        ("prose", Order("prose")),
        ("-grammar", Order("grammar", reverse=True)),
        ("name", Order("name")),
        ("-parameters", Order("parameters", reverse=True)),
        ("chess", Order("overall")),
        ("--prose", Order("overall")),
        ("'; DROP TABLE", Order("overall")),
    ],
)
def test_parse_order(text: str, order: Order) -> None:
    assert parse_order(text, TASKS) == order


def test_a_second_click_turns_the_order_round() -> None:
    order = Order("prose")
    assert str(order.after_click("prose")) == "-prose"
    assert str(order.after_click("prose").after_click("prose")) == "prose"
    assert str(order.after_click("grammar")) == "grammar"


def test_aria_sort() -> None:
    assert Order("prose").aria("grammar", higher_is_better=True) is None
    assert Order("grammar").aria("grammar", higher_is_better=True) == "descending"
    assert Order("prose").aria("prose", higher_is_better=False) == "ascending"
    assert Order("prose", reverse=True).aria("prose", higher_is_better=False) == "descending"
