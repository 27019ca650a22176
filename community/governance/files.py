"""A counted vote as files to keep, and the program that counts them again."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from community.governance import queries
from community.governance.closing import sheet_of, voters_of
from community.governance.counting.bundle import recount_program
from community.governance.counting.terms import Terms
from community.governance.deeds import proposal_at
from community.governance.electorate import lines
from community.governance.errors import NotCounted
from community.governance.exports import blt_of, csv_of, devotee_of, names_for
from community.governance.models import Proposal
from community.members.auth import actor_of

_TEXT = "text/plain; charset=utf-8"


def _titles(proposal: Proposal) -> dict[str, str]:
    """Not in the reader's language: everybody gets the same bytes."""
    return {option.key: option.title for option in queries.options_of(proposal)}


def _result(proposal: Proposal, result: Mapping[str, Any]) -> str:  # noqa: ARG001 (like the others)
    return json.dumps(result, indent=1, ensure_ascii=False) + "\n"


def _ballots(proposal: Proposal, _result: Mapping[str, Any]) -> str:
    return sheet_of(proposal)[1]


def _voters(proposal: Proposal, _result: Mapping[str, Any]) -> str:
    return voters_of(proposal)


def _roll(proposal: Proposal, _result: Mapping[str, Any] | None = None) -> str:
    return lines(queries.roll_of(proposal).values_list("username", flat=True))


def _csv(proposal: Proposal, result: Mapping[str, Any]) -> str:
    return csv_of(Terms.of_json(result["terms"]), sheet_of(proposal)[1])


def _blt(proposal: Proposal, result: Mapping[str, Any]) -> str:
    kind, sheet = sheet_of(proposal)
    return blt_of(Terms.of_json(result["terms"]), sheet, kind, proposal.title, _titles(proposal))


def _devotee(proposal: Proposal, result: Mapping[str, Any]) -> str:
    kind, sheet = sheet_of(proposal)
    return devotee_of(Terms.of_json(result["terms"]), sheet, kind, _titles(proposal))


_WRITERS: Mapping[str, tuple[Callable[[Proposal, Mapping[str, Any]], str], str]] = {
    "result.json": (_result, "application/json"),
    "ballots.txt": (_ballots, _TEXT),
    "voters.txt": (_voters, _TEXT),
    "roll.txt": (_roll, _TEXT),
    "ballots.csv": (_csv, "text/csv; charset=utf-8"),
    "ballots.blt": (_blt, _TEXT),
    "tally.txt": (_devotee, _TEXT),
}


def text_of(proposal: Proposal, name: str) -> tuple[str, str]:
    """(content, type) of a file: the roll once voting is open, all else once it is counted.

    Raises `NotCounted`, also for a file that such a vote has not.
    """
    if name == "roll.txt" and proposal.electorate is not None:
        return _roll(proposal), _TEXT
    result = queries.result_of(proposal)
    if result is None or name not in names_for(result["terms"]["method"]):
        raise NotCounted
    write, content_type = _WRITERS[name]
    return write(proposal, result), content_type


@require_safe
def file_page(request: HttpRequest, number: int, name: str) -> HttpResponse:
    text, content_type = text_of(proposal_at(actor_of(request), number), name)
    return _download(text, content_type, f"proposal-{number}-{name}")


@require_safe
def recount_page(_request: HttpRequest) -> HttpResponse:
    return _download(recount_program(), "text/x-python; charset=utf-8", "recount.py")


def _download(text: str, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        text, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
