"""One entry for all methods."""

import hashlib
from dataclasses import replace

from community.governance.counting.choices import Tally
from community.governance.counting.ranked import count_schulze
from community.governance.counting.single import count_approval, count_yesno
from community.governance.counting.stars import count_star
from community.governance.counting.terms import Outcome, Terms
from community.governance.counting.transfers import count_stv


def count(tally: Tally, terms: Terms, draw: str = "") -> Outcome:
    """`draw` is what lots are cast from, where a method needs them: the hash of the tally sheet."""
    if terms.method == "stv":
        return count_stv(tally, terms, draw)
    counts = {"yesno": count_yesno, "approval": count_approval, "schulze": count_schulze, "star": count_star}
    outcome = counts[terms.method](tally, terms)
    return by_lot(outcome, terms, draw) if outcome.verdict == "tied" and terms.ties == "lot" else outcome


def by_lot(outcome: Outcome, terms: Terms, draw: str) -> Outcome:
    """Those who are level, in an order that anybody can draw again, for the seats that are left."""
    level = sorted(set(outcome.winners) - set(outcome.elected), key=lambda option: sha256_of(f"{draw}|{option}"))
    drawn = level[: terms.seats - len(outcome.elected)]
    winners = sorted([*outcome.elected, *drawn])
    return replace(
        outcome, verdict="passed", winners=winners, rounds=[*outcome.rounds, {"level": sorted(level), "lot": drawn}]
    )


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
