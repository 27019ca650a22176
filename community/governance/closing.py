"""How a vote ends: ballots are parted from their voters, counted, and published, all in one transaction."""

# ruff: noqa: S608 (every word in these statements is the code's own)

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from community.governance.counting.count import count, sha256_of
from community.governance.counting.recounting import tally_of
from community.governance.counting.terms import Terms
from community.governance.electorate import lines
from community.governance.models import Ballot, BallotLink, Participation, Proposal, State
from community.governance.opening import open_run_off
from community.governance.queries import kind_of
from community.governance.rules import FEWEST_BALLOTS
from community.governance.transitions import lock, move
from community.governance.triggers import BALLOT, LINK, MEMBER, PARTICIPATION

_OF = "proposal_id = %s"
# Of SQLite, in KiB: ids are in no order, so that a page of their index is written again and again until the end.
_WHILE_PARTING, _ELSE = "PRAGMA cache_size = -65536", "PRAGMA cache_size = -2000"


def close(proposal: Proposal) -> None:
    """Count a vote whose time is over. The caller holds the proposal locked: votes that are being cast are in, and the
    next ones are refused.
    """
    proposal.state = State.COUNTING
    proposal.save(update_fields=["state"])
    if proposal.secret:
        _part(proposal)
    proposal.result = result_now(proposal)
    verdict = State(proposal.result["outcome"]["verdict"])
    passed = verdict == State.PASSED
    move(proposal, verdict, due_at=enacts_at(proposal) if passed else None, payload={"result": proposal.result})
    if verdict == State.TIED:
        open_run_off(proposal, proposal.result["outcome"]["winners"])
    if proposal.confirms_id and not passed:
        move(lock(proposal.confirms_id), State.REJECTED)


def enacts_at(proposal: Proposal) -> datetime | None:
    """When what passes now is carried out: without time to wait it is due already. What was held has waited."""
    hours = 0 if proposal.confirms_id else kind_of(proposal.kind).timelock_hours
    return timezone.now() + timedelta(hours=hours) if hours else proposal.due_at


def _part(proposal: Proposal) -> None:
    """Destroy what tells whose a ballot is, and in which order votes came: all rows are written anew, ballots by tag
    and voters by name. Dropping the links alone would leave every voter to be found by the order of rows.

    The database does it by itself: 100,000 ballots would take seconds on their way through Python. The copies in
    between are sorted too, for they may lie on the disk for a moment.
    """
    new_id = "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(_WHILE_PARTING)
        cursor.execute(
            f"CREATE TEMPORARY TABLE cast_ballot AS SELECT tag, choice FROM {BALLOT} WHERE {_OF} ORDER BY tag",
            [proposal.pk],
        )
        cursor.execute(
            f"CREATE TEMPORARY TABLE cast_voter AS SELECT m.id, m.username FROM {PARTICIPATION} p "
            f"JOIN {MEMBER} m ON m.id = p.member_id WHERE {_OF} ORDER BY m.username",
            [proposal.pk],
        )
        drop_votes(proposal)
        cursor.execute(
            f"INSERT INTO {BALLOT} (id, proposal_id, tag, choice) "
            f"SELECT {new_id}, %s, tag, choice FROM cast_ballot ORDER BY tag",
            [proposal.pk],
        )
        cursor.execute(
            f"INSERT INTO {PARTICIPATION} (proposal_id, member_id) SELECT %s, id FROM cast_voter ORDER BY username",
            [proposal.pk],
        )
        cursor.execute("DROP TABLE cast_ballot")
        cursor.execute("DROP TABLE cast_voter")


def drop_votes(proposal: Proposal) -> None:
    """Delete links, ballots and participations; the database lets nobody do so once a vote is over."""
    ballots, voters = Ballot.objects.filter(proposal=proposal), Participation.objects.filter(proposal=proposal)
    for rows in (BallotLink.objects.filter(participation__in=voters), ballots, voters):
        rows._raw_delete(rows.db)  # noqa: SLF001 (Django would read all that may hang on 100,000 rows)
    transaction.on_commit(_forget_deleted_rows, robust=True)


def result_now(proposal: Proposal) -> dict[str, Any]:
    """What `recount.py` takes, from the rows as they are."""
    assert proposal.electorate is not None  # noqa: S101 (the database refuses a vote without a roll)
    kind, sheet = sheet_of(proposal)
    terms = Terms.of_json(proposal.terms)
    outcome = count(tally_of(sheet, kind), terms, draw=sha256_of(sheet))
    return {
        "proposal": proposal.pk,
        "sheet": kind,
        "terms": terms.as_json(),
        "roll_size": proposal.electorate.size,
        "ballots_sha256": sha256_of(sheet),
        "voters_sha256": sha256_of(voters_of(proposal)),
        "roll_sha256": proposal.electorate.sha256,
        "outcome": outcome.as_json(),
    }


def sheet_of(proposal: Proposal) -> tuple[str, str]:
    """(kind, text) of the tally sheet, a line for each ballot: ``ballots`` begin with their tags, ``names`` of a public
    vote with those of the voters. Few ballots, or all alike, would tell who voted what: of them only a ``tally``.
    """
    if not proposal.secret:
        named = BallotLink.objects.filter(participation__proposal=proposal)
        return "names", _sheet(named.values_list("participation__member__username", "ballot__choice"))
    ballots = list(proposal.ballots.values_list("tag", "choice"))
    numbers = Counter(choice for _tag, choice in ballots)
    if len(ballots) < FEWEST_BALLOTS or len(numbers) == 1:
        return "tally", "".join(f"{number}\t{choice}\n" for choice, number in sorted(numbers.items()))
    return "ballots", _sheet(ballots)


def _sheet(ballots: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{head}\t{choice}\n" for head, choice in sorted(ballots))


def voters_of(proposal: Proposal) -> str:
    """Who voted, as it is published."""
    return lines(proposal.participations.values_list("member__username", flat=True))


def _forget_deleted_rows() -> None:
    """Let the files of the database keep no more than its rows: the links are gone, their traces shall be too."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"VACUUM (FULL) {LINK}")
            cursor.execute(f"VACUUM {BALLOT}, {PARTICIPATION}")
        else:  # deleted rows are overwritten (`secure_delete`), but for what still lies in the journal
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute(_ELSE)
