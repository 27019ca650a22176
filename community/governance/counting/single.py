"""Yes or no, and approval."""

import json

from community.governance.counting.choices import ANSWERS, Tally
from community.governance.counting.pairs import dropped_by, failed_verdict, pairs_of
from community.governance.counting.terms import Outcome, Terms, meets_quorum, meets_ratio


def count_yesno(tally: Tally, terms: Terms) -> Outcome:
    """Abstentions are shown and decide nothing."""
    votes = dict.fromkeys(ANSWERS, 0)
    for choice, number in tally.items():
        votes[json.loads(choice)] += number
    ballots = sum(tally.values())
    if not meets_quorum(votes["yes"], terms):
        return Outcome("no_quorum", [], ballots, votes=votes, dropped={"yes": "quorum"})
    if not meets_ratio(votes["yes"], votes["no"], terms.ratio):
        return Outcome("rejected", [], ballots, votes=votes, dropped={"yes": "ratio"})
    return Outcome("passed", ["yes"], ballots, votes=votes)


def count_approval(tally: Tally, terms: Terms) -> Outcome:
    """As many winners as `seats`, those with the most approvals."""
    votes = dict.fromkeys(terms.options, 0)
    for choice, number in tally.items():
        for option in json.loads(choice):
            votes[option] += number
    dropped = dropped_by(pairs_of(tally, terms), terms)
    standing = {option: votes[option] for option in terms.contenders if option not in dropped}
    ballots = sum(tally.values())
    if not standing:
        return Outcome(failed_verdict(dropped), [], ballots, dropped=dropped, votes=votes)
    elected, level = top_of(standing, terms.seats)
    verdict = "tied" if level else "passed"
    return Outcome(verdict, sorted(elected + level), ballots, elected=elected, dropped=dropped, votes=votes)


def top_of(standing: dict[str, int], seats: int) -> tuple[list[str], list[str]]:
    """(those with a seat for certain, those level at the last seat and too many for it), each sorted."""
    in_order = sorted(standing.values(), reverse=True)
    if len(in_order) <= seats:
        return sorted(standing), []
    last = in_order[seats - 1]
    if in_order[seats] < last:
        return sorted(option for option in standing if standing[option] >= last), []
    certain = sorted(option for option in standing if standing[option] > last)
    return certain, sorted(option for option in standing if standing[option] == last)
