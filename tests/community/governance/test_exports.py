"""Files of a counted vote, for spreadsheets and other programs."""

from community.governance.counting.terms import Terms
from community.governance.exports import blt_of, csv_of, devotee_of
from tests.factories.votes import TITLES, small_terms

RANKED = 'tag1\t[["a"],["b"]]\ntag2\t[["a","b"],["n"]]\ntag3\t[]\n'
TALLY = '2\t[["a"],["b"]]\n1\t[]\n'


def test_a_table_of_ranks() -> None:
    assert csv_of(small_terms("schulze"), RANKED).splitlines() == ["ballot,a,b,n", "tag1,1,2,", "tag2,1,1,2", "tag3,,,"]


def test_tables_of_the_other_methods() -> None:
    assert csv_of(small_terms("yesno"), 'tag1\t"yes"\n').splitlines() == ["ballot,answer", "tag1,yes"]
    assert csv_of(small_terms("approval"), 'tag1\t["a","n"]\n').splitlines() == ["ballot,a,b,n", "tag1,1,,1"]
    assert csv_of(small_terms("star"), 'tag1\t{"a":5,"b":2}\n').splitlines() == ["ballot,a,b,n", "tag1,5,2,"]


def test_blt() -> None:
    text = blt_of(small_terms("stv"), RANKED, "ballots", 'The "board"', TITLES)
    assert text.splitlines() == [
        "3 2",
        "1 1 2 0",
        "1 1=2 3 0",
        "1 0",
        "0",
        '"Apples"',
        '"Böhnen 豆"',
        '"None of the above"',
        "\"The 'board'\"",
    ]
    assert blt_of(small_terms("stv"), TALLY, "tally", "x", {}).splitlines()[1:3] == ["2 1 2 0", "1 0"]


def test_devotee() -> None:
    text = devotee_of(small_terms("schulze"), RANKED, "ballots", TITLES)
    assert text.splitlines() == [
        "Option 1: Apples",
        "Option 2: Böhnen 豆",
        "Option 3: None of the above",
        "",
        "V: 12-\ttag1",
        "V: 112\ttag2",
        "V: ---\ttag3",
    ]
    assert devotee_of(small_terms("schulze"), TALLY, "tally", TITLES).splitlines()[4:] == ["V: 12-", "V: 12-", "V: ---"]


def test_devotee_has_a_sign_for_every_place() -> None:
    options = tuple(f"o{number}" for number in range(12))
    ranking = ",".join(f'["{option}"]' for option in options)
    text = devotee_of(Terms("schulze", options), f"tag\t[{ranking}]\n", "ballots", {})
    assert text.splitlines()[-1] == "V: 123456789ABC\ttag"
