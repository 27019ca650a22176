"""What every page shows is asked for now and then only."""

import itertools

import pytest

from hub.core import remembered
from hub.core.remembered import Remembered


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which passes when a test says so."""
    clock = [100.0]
    monkeypatch.setattr(remembered.time, "monotonic", lambda: clock[0])
    return clock


def test_it_asks_once_in_its_time(now: list[float]) -> None:
    numbers = Remembered(itertools.count(1).__next__, seconds=5)
    assert [numbers(), numbers()] == [1, 1]
    now[0] += 4.9
    assert numbers() == 1
    now[0] += 0.1
    assert [numbers(), numbers()] == [2, 2]


def test_it_forgets_and_is_told(now: list[float]) -> None:
    numbers = Remembered(itertools.count(1).__next__, seconds=5)
    assert (numbers(), numbers.know(7), numbers()) == (1, 7, 7)
    numbers.forget()
    assert numbers() == 2


def test_what_fails_is_asked_again() -> None:
    answers = iter([ZeroDivisionError, 5])

    def ask() -> int:
        answer = next(answers)
        if isinstance(answer, int):
            return answer
        raise answer

    number = Remembered(ask, seconds=5)
    with pytest.raises(ZeroDivisionError):
        number()
    assert number() == 5
