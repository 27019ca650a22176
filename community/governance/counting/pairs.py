"""How many prefer one option to another, and who falls before any contest."""

from collections.abc import Mapping

from community.governance.counting.choices import Tally, tiers_of
from community.governance.counting.terms import Terms, meets_quorum, meets_ratio

Pairs = Mapping[str, Mapping[str, int]]  # pairs[a][b]: ballots that put a above b


def pairs_of(tally: Tally, terms: Terms) -> dict[str, dict[str, int]]:
    """Counts for all pairs. A row is one long integer with a field for each option, so a ballot costs an addition for
    each option that it names, not one for each pair.
    """
    width = sum(tally.values()).bit_length()  # of a field: no count exceeds the ballots
    unit = {option: 1 << (width * place) for place, option in enumerate(terms.options)}
    rows = dict.fromkeys(terms.options, 0)
    for choice, number in tally.items():
        below = 0
        for tier in reversed(tiers_of(choice, terms)):
            for option in tier:
                rows[option] += number * below
            for option in tier:
                below += unit[option]
    field = (1 << width) - 1
    return {
        one: {other: rows[one] >> (width * place) & field for place, other in enumerate(terms.options) if other != one}
        for one in terms.options
    }


def dropped_by(pairs: Pairs, terms: Terms) -> dict[str, str]:
    """Debian A.5.2 and A.5.3: {option: why} for those that miss the quorum or do not beat the default well enough."""
    if terms.default is None:
        return {}
    dropped = {}
    for option in terms.contenders:
        in_favour, against = pairs[option][terms.default], pairs[terms.default][option]
        if not meets_quorum(in_favour, terms):
            dropped[option] = "quorum"
        elif not meets_ratio(in_favour, against, terms.ratio_of(option)):
            dropped[option] = "ratio"
    return dropped


def failed_verdict(dropped: Mapping[str, str]) -> str:
    """Why a vote without a winner failed: no quorum, if more approvals were all that anything lacked."""
    return "no_quorum" if dropped and set(dropped.values()) == {"quorum"} else "rejected"
