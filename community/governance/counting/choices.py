"""What stands on a ballot, as canonical text, and what it says of each pair of options."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from community.governance.counting.terms import Terms

ANSWERS = ("yes", "no", "abstain")
MAX_SCORE = 5

Tally = Mapping[str, int]  # {canonical choice: how many ballots say it}


class InvalidChoice(ValueError):
    """No ballot of this vote can say that."""


def canonical(choice: Any, terms: Terms) -> str:
    """The one text for `choice`; raises `InvalidChoice`.

    yesno: one of `ANSWERS` · approval: a list of options · schulze: a list of tiers, the best first, each a list of
    options · stv: the same, with one option in each tier · star: {option: 0 to 5}. Whatever is left out stays out.
    """
    check = {"yesno": _answer, "approval": _approved, "star": _scores}.get(terms.method, _ranking)
    return json.dumps(check(choice, terms), separators=(",", ":"), sort_keys=True)


def _answer(choice: Any, _terms: Terms) -> Any:
    if choice not in ANSWERS:
        raise InvalidChoice("Answer yes, no or abstain.")
    return choice


def _approved(choice: Any, terms: Terms) -> Any:
    if not isinstance(choice, list):
        raise InvalidChoice("Give a list of the options that you approve of.")
    return _known_once(choice, terms)


def _ranking(choice: Any, terms: Terms) -> Any:
    if not isinstance(choice, list) or not all(isinstance(tier, list) and tier for tier in choice):
        raise InvalidChoice("Give a list of tiers, the best first, each a list of options.")
    if terms.method == "stv" and any(len(tier) > 1 for tier in choice):
        raise InvalidChoice("Give each place to one option only.")
    _known_once([option for tier in choice for option in tier], terms)
    return [sorted(tier) for tier in choice]


def _scores(choice: Any, terms: Terms) -> Any:
    if not isinstance(choice, dict):
        raise InvalidChoice("Give each option 0 to 5 stars.")
    _known_once(list(choice), terms)
    if not all(type(score) is int and 0 <= score <= MAX_SCORE for score in choice.values()):
        raise InvalidChoice("Give each option 0 to 5 stars.")
    return {option: score for option, score in choice.items() if score}


def _known_once(options: list[Any], terms: Terms) -> list[str]:
    if not all(option in terms.options for option in options):
        raise InvalidChoice("There is no such option in this vote.")
    if len(set(options)) < len(options):
        raise InvalidChoice("Name each option once.")
    return sorted(options)


def tiers_of(choice: str, terms: Terms) -> list[list[str]]:
    """The options of a ballot with options, the best first; equal ones together."""
    content = json.loads(choice)
    if terms.method == "approval":
        return [tier for tier in (content, _others(content, terms)) if tier]
    if terms.method == "star":
        by_score: dict[int, list[str]] = {}
        for option in terms.options:
            by_score.setdefault(content.get(option, 0), []).append(option)
        return [by_score[score] for score in sorted(by_score, reverse=True)]
    ranking: list[list[str]] = content
    if terms.unranked == "last":
        rest = _others([option for tier in ranking for option in tier], terms)
        return [*ranking, rest] if rest else ranking
    return ranking


def _others(named: Sequence[str], terms: Terms) -> list[str]:
    if len(named) == len(terms.options):
        return []
    return [option for option in terms.options if option not in named]
