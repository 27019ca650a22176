"""A counted result in words and lengths."""

from fractions import Fraction

import pytest

from community.governance.counting.choices import canonical
from community.governance.counting.count import count
from community.governance.counting.terms import METHODS, Terms
from community.governance.reports import quorum_text, report_of
from tests.factories.votes import TITLES, counted


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_told(method: str) -> None:
    result, _sheet, _names = counted(method)
    report = report_of(result, TITLES)
    assert report.verdict == result["outcome"]["verdict"]
    assert (report.turnout.members, report.turnout.voted, report.turnout.voted_length) == (5, 5, 100.0)
    assert bool(report.bars) == (method in {"yesno", "approval", "star"})
    assert bool(report.pairs) == (method == "schulze")
    assert (report.stages is not None) == (method == "stv")


def test_answers() -> None:
    report = report_of(counted("yesno")[0], TITLES)
    assert [(bar.label, bar.value, round(bar.length), bar.won) for bar in report.bars] == [
        ("Yes", 3, 100, True),
        ("No", 1, 33, False),
        ("Abstain", 1, 33, False),
    ]
    assert report.winners == ["Yes"]


def test_a_final_of_stars_tells_its_votes() -> None:
    terms = Terms("star", ("a", "b", "n"), "n")
    ballots = [{"a": 5, "b": 1}] * 2 + [{"a": 3, "b": 4}] * 3
    outcome = count({canonical(choice, terms): ballots.count(choice) for choice in ballots}, terms).as_json()
    report = report_of({"terms": terms.as_json(), "roll_size": 5, "outcome": outcome}, TITLES)
    assert report.winners == ["Böhnen 豆"]
    assert report.steps == ["Final, by how many gave one more stars than the other: Böhnen 豆 3, Apples 2."]


def test_pairs() -> None:
    report = report_of(counted("schulze")[0], TITLES)
    first = report.pairs[0]
    assert first.label == "Apples"
    assert [cell and (cell.votes, cell.against, cell.won) for cell in first.cells] == [
        None,
        (2, 1, True),
        (3, 1, True),
    ]
    assert report.steps[0].startswith("Unbeaten, or beaten only by each other: Apples")


def test_stages_end_where_an_option_is_out() -> None:
    terms = Terms("stv", ("a", "b", "c", "n"), "n", seats=1)
    ballots = [[["a"]]] * 4 + [[["b"], ["c"]]] * 3 + [[["c"], ["b"]]] * 2
    tally = {canonical(choice, terms): ballots.count(choice) for choice in ballots}
    outcome = count(tally, terms, draw="0").as_json()
    result = {"terms": terms.as_json(), "roll_size": 20, "outcome": outcome}
    stages = report_of(result, {**TITLES, "c": "Cabbage"}).stages
    assert stages is not None
    assert stages.heads == ["First preferences", "Cabbage is out"]
    assert stages.quota == "5"
    rows = {row.label: row for row in stages.rows}
    assert [amount and (amount.text, amount.mark) for amount in rows["Cabbage"].amounts] == [
        ("2", ""),
        ("0", "excluded"),
    ]
    assert [amount and (amount.text, amount.mark) for amount in rows["Böhnen 豆"].amounts] == [
        ("3", ""),
        ("5", "elected"),
    ]
    assert rows["Böhnen 豆"].elected
    assert not rows["Apples"].elected


@pytest.mark.parametrize(("squared", "text"), [(9, "3"), (Fraction(9 * 1000, 4), "47.5"), (Fraction(25, 4), "2.5")])
def test_a_quorum_is_never_shown_smaller_than_it_is(squared: Fraction | int, text: str) -> None:
    assert quorum_text(Terms("yesno", (), quorum_squared=Fraction(squared))) == text


def test_an_empty_box() -> None:
    terms = Terms("schulze", ("a", "n"), "n", quorum_squared=Fraction(9))
    result = {"terms": terms.as_json(), "roll_size": 0, "outcome": count({}, terms).as_json()}
    report = report_of(result, TITLES)
    assert (report.turnout.voted_length, report.verdict) == (0.0, "no_quorum")
    assert report.fallen == [("Apples", "too few approvals")]
