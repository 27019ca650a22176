"""A counted vote as files: for spreadsheets, and for the programs that others count with. Reads texts, no database."""

import csv
import io
import json
from collections.abc import Mapping

from community.governance.counting.terms import Terms
from community.governance.reports import Titles

_PLACES = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # one sign for each place, as devotee writes them
_RANKED = ("schulze", "stv")
_FILES = ("result.json", "ballots.txt", "voters.txt", "roll.txt", "ballots.csv")
_RANKED_FILES = ("ballots.blt", "tally.txt")


def names_for(method: str) -> list[str]:
    """The files of a vote by `method`."""
    return [*_FILES, *(_RANKED_FILES if method in _RANKED else ())]


def csv_of(terms: Terms, sheet: str) -> str:
    """A line for each line of `sheet`: its tag, its voter or the number of such ballots, then a column for each option
    (its place from 1, its stars, or 1 for approved) or, of a yes/no vote, the answer.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    options = ("answer",) if terms.method == "yesno" else terms.options
    writer.writerow(["ballot", *options])
    for head, choice in _lines(sheet):
        marks = _marks(choice, terms)
        writer.writerow([head, *(marks.get(option, "") for option in options)])
    return text.getvalue()


def blt_of(terms: Terms, sheet: str, kind: str, title: str, titles: Titles) -> str:
    """Of a ranked vote, as OpaVote and OpenSTV read it; ``=`` between options of one place."""
    number = {option: str(place) for place, option in enumerate(terms.options, 1)}
    lines = [f"{len(terms.options)} {terms.seats}"]
    for head, choice in _lines(sheet):
        tiers = ["=".join(number[option] for option in tier) for tier in json.loads(choice)]
        lines.append(" ".join([head if kind == "tally" else "1", *tiers, "0"]))
    lines += ["0", *(_quoted(titles.get(option, option)) for option in terms.options), _quoted(title)]
    return "\n".join(lines) + "\n"


def devotee_of(terms: Terms, sheet: str, kind: str, titles: Titles) -> str:
    """Of a ranked vote, as Debian publishes tally sheets: ``V: 21-3``, a sign for each option, ``-`` for unranked."""
    lines = [f"Option {_PLACES[place]}: {titles.get(option, option)}" for place, option in enumerate(terms.options)]
    lines.append("")
    for head, choice in _lines(sheet):
        marks = _marks(choice, terms)
        places = "".join(_PLACES[marks[option] - 1] if option in marks else "-" for option in terms.options)
        lines += [f"V: {places}"] * int(head) if kind == "tally" else [f"V: {places}\t{head}"]
    return "\n".join(lines) + "\n"


def _lines(sheet: str) -> list[tuple[str, str]]:
    return [(head, choice) for head, _, choice in (line.partition("\t") for line in sheet.splitlines())]


def _marks(choice: str, terms: Terms) -> Mapping[str, int]:
    """{option: its mark on a ballot}; what the voter left out is missing."""
    content = json.loads(choice)
    if terms.method == "yesno":
        return {"answer": content}
    if terms.method == "star":
        return dict(content)
    if terms.method == "approval":
        return dict.fromkeys(content, 1)
    return {option: place for place, tier in enumerate(content, 1) for option in tier}


def _quoted(text: str) -> str:
    return '"{}"'.format(text.replace('"', "'"))
