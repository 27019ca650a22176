"""One entry for all methods."""

import hashlib

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
    return counts[terms.method](tally, terms)


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
