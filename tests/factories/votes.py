"""What the hub publishes of small counted votes, without a hub."""

from collections import Counter
from typing import Any

from community.governance.counting.choices import canonical
from community.governance.counting.count import count, sha256_of
from community.governance.counting.recounting import receipt_tag
from community.governance.counting.terms import Terms, approvals_needed_squared

RECEIPT = "00" * 16
TITLES = {"a": "Apples", "b": "Böhnen 豆", "n": "None of the above"}
CHOICES: dict[str, list[Any]] = {
    "yesno": ["yes", "yes", "yes", "no", "abstain"],
    "approval": [["a"], ["a", "b"], ["a"], ["n"], []],
    "schulze": [[["a"], ["b"]], [["a"]], [["a", "b"]], [["b"]], [["n"]]],
    "stv": [[["a"], ["b"]], [["a"]], [["a"], ["n"]], [["b"]], [["b"], ["a"]]],
    "star": [{"a": 5}, {"a": 3, "b": 4}, {"a": 1}, {"b": 2}, {"n": 5}],
}


def small_terms(method: str) -> Terms:
    """Of a vote among five; options a, b and n, of which the last is the default."""
    default = None if method == "yesno" else "n"
    options = () if method == "yesno" else ("a", "b", "n")
    return Terms(method, options, default, approvals_needed_squared(5), seats=2 if method == "stv" else 1)


def counted(method: str) -> tuple[dict[str, Any], str, str]:
    """(result, ballots, voters) of proposal 7, in which voter-0 to voter-4 said `CHOICES`, all with one receipt."""
    terms = small_terms(method)
    choices = [canonical(choice, terms) for choice in CHOICES[method]]
    tags = [receipt_tag(RECEIPT, 7, f"voter-{number}") for number in range(5)]
    sheet = "".join(sorted(f"{tag}\t{choice}\n" for tag, choice in zip(tags, choices, strict=True)))
    names = "".join(f"voter-{number}\n" for number in range(5))
    result = {
        "proposal": 7,
        "sheet": "ballots",
        "terms": terms.as_json(),
        "roll_size": 5,
        "ballots_sha256": sha256_of(sheet),
        "voters_sha256": sha256_of(names),
        "roll_sha256": sha256_of(names),
        "outcome": count(Counter(choices), terms, draw=sha256_of(sheet)).as_json(),
    }
    return result, sheet, names
