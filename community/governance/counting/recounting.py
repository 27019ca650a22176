"""The program in `recount.py`: checks what the hub published about one vote, and counts it again.

python3 recount.py result.json ballots.txt voters.txt roll.txt
python3 recount.py result.json ballots.txt --receipt CODE --username NAME
"""

import argparse
import hmac
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from community.governance.counting.choices import canonical
from community.governance.counting.count import count, sha256_of
from community.governance.counting.terms import Terms, approvals_needed_squared


def receipt_tag(receipt: str, proposal: int, username: str) -> str:
    """What stands before a ballot on the tally sheet. The name is in it, so no two voters can be given one line."""
    return hmac.new(bytes.fromhex(receipt), f"{proposal}|{username}".encode(), "sha256").hexdigest()


def tally_of(sheet: str, kind: str) -> Counter[str]:
    """A sheet of ``ballots`` has a line for each (tag, choice), one of ``tally`` for each choice (number, choice)."""
    tally: Counter[str] = Counter()
    for line in sheet.splitlines():
        head, _, choice = line.partition("\t")
        tally[choice] += int(head) if kind == "tally" else 1
    return tally


def problems_of(result: dict[str, Any], sheet: str, voters: str | None = None, roll: str | None = None) -> list[str]:
    """What does not agree with `result`; nothing, if all is well."""
    problems = [
        f"The {name} do not have the published hash."
        for name, text in (("ballots", sheet), ("voters", voters), ("roll", roll))
        if text is not None and sha256_of(text) != result[f"{name}_sha256"]
    ]
    terms = Terms.of_json(result["terms"])
    tally = tally_of(sheet, result["sheet"])
    if any(canonical(json.loads(choice), terms) != choice for choice in tally):
        problems.append("A choice is not written in the one canonical way.")
    if terms.quorum_squared != approvals_needed_squared(result["roll_size"]):
        problems.append("The quorum does not follow from the size of the roll.")
    problems += _voters_problems(result, sum(tally.values()), voters, roll)
    outcome = count(tally, terms, draw=sha256_of(sheet)).as_json()
    if json.loads(json.dumps(outcome)) != result["outcome"]:
        problems.append(f"The count differs: {json.dumps(outcome)}")
    return problems


def _voters_problems(result: dict[str, Any], ballots: int, voters: str | None, roll: str | None) -> list[str]:
    problems = []
    if voters is not None and len(voters.splitlines()) != ballots:
        problems.append("There are not as many ballots as voters.")
    if roll is not None and len(roll.splitlines()) != result["roll_size"]:
        problems.append("The roll does not have the published size.")
    if voters is not None and roll is not None and not set(voters.splitlines()) <= set(roll.splitlines()):
        problems.append("Somebody voted who is not on the roll.")
    return problems


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if everything agrees."""
    parser = argparse.ArgumentParser(description="Check and count again what a hub published about a vote.")
    parser.add_argument("result")
    parser.add_argument("ballots")
    parser.add_argument("voters", nargs="?")
    parser.add_argument("roll", nargs="?")
    parser.add_argument("--receipt")
    parser.add_argument("--username")
    given = parser.parse_args(arguments)
    result = json.loads(Path(given.result).read_text(encoding="utf-8"))
    sheet, voters, roll = (
        Path(path).read_bytes().decode() if path else None for path in (given.ballots, given.voters, given.roll)
    )
    if given.receipt:
        tag = receipt_tag(given.receipt, result["proposal"], given.username)
        found = [line for line in (sheet or "").splitlines() if line.startswith(f"{tag}\t")]
        print(found[0] if found else "This receipt is on no line of the sheet.")  # noqa: T201 (a program for a terminal)
        return 0 if found else 1
    problems = problems_of(result, sheet or "", voters, roll)
    print("\n".join(problems) or f"Correct: {json.dumps(result['outcome'], indent=1)}")  # noqa: T201 (as above)
    return 1 if problems else 0
