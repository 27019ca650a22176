"""The count: in one piece, published, recountable, and parted from the voters."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import CharField, Model
from django.db.models.expressions import RawSQL
from django.utils import timezone

from community.governance import closing
from community.governance.casting import Receipt, cast
from community.governance.counting.bundle import recount_program
from community.governance.electorate import lines
from community.governance.models import AuditEvent, Ballot, BallotLink, ElectorateMember, Participation, Proposal, State
from community.governance.queries import contenders_of, result_of
from community.members.actors import Actor
from tests.community.governance.conftest import decided, log_of, make_members, opened, pass_time, vote_all
from tests.factories.members import MemberFactory

pytestmark = pytest.mark.django_db
FILES = ("result.json", "ballots.txt", "voters.txt", "roll.txt")


def publish(folder: Path, proposal: Proposal) -> None:
    """What the hub gives to whoever counts again."""
    names = proposal.electorate.members.values_list("username", flat=True) if proposal.electorate else []
    texts = (
        json.dumps(result_of(proposal)),
        closing.sheet_of(proposal)[1],
        closing.voters_of(proposal),
        lines(names),
    )
    for name, text in zip(FILES, texts, strict=True):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "recount.py").write_text(recount_program(), encoding="utf-8")


def recount(folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "recount.py", *FILES], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("rivals", [(), ("Rather this", "Rather that")])
def test_anybody_comes_to_the_same_without_the_hub(
    members: list[Actor], tmp_path: Path, rivals: tuple[str, ...]
) -> None:
    proposal = opened(members, *rivals)
    choices: list[Any] = ["yes", "no", "abstain"]
    if rivals:
        choices = [[["a"], ["b"]], [["b", "c"], ["none"]], [["c"], ["a"]], [["none"]]]
    chance = Random(7)  # noqa: S311 (the same in each run)
    for actor in members:
        cast(actor=actor, proposal=proposal, choice=chance.choice(choices))
    pass_time(proposal)
    publish(tmp_path, proposal)
    code, said = recount(tmp_path)
    assert code == 0, said
    result = result_of(proposal)
    assert result is not None
    assert json.loads(said.removeprefix("Correct: ")) == result["outcome"]
    assert len((tmp_path / "ballots.txt").read_text().splitlines()) == 16


def test_the_log_keeps_result_and_hashes(members: list[Actor]) -> None:
    proposal = decided(members, opened(members), yes=6, no=3)
    line = json.loads(proposal.events.latest("pk").body)
    assert line["payload"] == {"from": "voting", "to": "passed", "result": proposal.result}
    assert (line["actor"], line["proposal"]) == ("", proposal.pk)
    assert proposal.electorate is not None
    assert proposal.result["roll_sha256"] == proposal.electorate.sha256
    assert {name for name in proposal.result if name.endswith("sha256")} == {
        "ballots_sha256",
        "voters_sha256",
        "roll_sha256",
    }


@pytest.mark.parametrize(("yes", "no"), [(3, 1), (9, 0)])
def test_of_few_ballots_or_equal_ones_only_the_tally_is_published(members: list[Actor], yes: int, no: int) -> None:
    proposal = decided(members, opened(members), yes=yes, no=no)
    assert closing.sheet_of(proposal) == ("tally", f'{no}\t"no"\n' * bool(no) + f'{yes}\t"yes"\n')
    assert proposal.result["sheet"] == "tally"


def test_a_public_vote_says_who_voted_what_once_it_is_over(members: list[Actor]) -> None:
    proposal = decided(members, opened(members, secret=False), yes=6, no=1)
    kind, sheet = closing.sheet_of(proposal)
    assert (kind, proposal.result["sheet"]) == ("names", "names")
    assert sheet == "".join(f'm{number:02}\t"{"no" if number == 6 else "yes"}"\n' for number in range(7))


def test_a_tie_is_voted_on_again_by_the_same_roll_and_then_drawn(members: list[Actor]) -> None:
    proposal = opened(members, "Rather this")
    for number, actor in enumerate(members):
        cast(actor=actor, proposal=proposal, choice=[["a"], ["b"]] if number % 2 else [["b"], ["a"]])
    pass_time(proposal)
    assert (proposal.state, proposal.due_at) == (State.TIED, None)
    again = proposal.runoffs.get()
    assert (again.state, again.electorate, again.preconditions) == (
        State.VOTING,
        proposal.electorate,
        proposal.preconditions,
    )
    assert [(option.key, option.title) for option in contenders_of(again)] == [
        ("a", "A question"),
        ("b", "Rather this"),
    ]
    assert (again.terms["options"], again.terms["default"], again.terms["ties"]) == (["a", "b"], None, "lot")
    for number, actor in enumerate(members[:4]):
        cast(actor=actor, proposal=again, choice=[["a"]] if number % 2 else [["b"]])
    pass_time(again)
    outcome = again.result["outcome"]
    assert (again.state, outcome["verdict"], len(outcome["winners"])) == (State.PASSED, "passed", 1)
    assert outcome["rounds"][-1] == {"level": ["a", "b"], "lot": outcome["winners"]}
    assert again.runoffs.count() == 0
    assert pass_time(again).state == State.ENACTED
    assert log_of(again) == ["voting", "passed", "enacted"]


def test_votes_that_open_on_one_day_share_a_roll(members: list[Actor]) -> None:
    first, second = opened(members), opened(members[3:])
    MemberFactory(username="one-more", date_joined=timezone.now() - timedelta(days=31))
    third = opened(members[6:])
    assert first.electorate == second.electorate
    assert third.electorate not in {None, first.electorate}
    assert ElectorateMember.objects.count() == 16 + 17


def voted(members: list[Actor], proposal: Proposal) -> dict[str, tuple[Receipt, str]]:
    """All vote, in an order by chance: {name: (receipt, choice)}."""
    chance = Random(11)  # noqa: S311 (as above)
    order = list(members)
    chance.shuffle(order)
    cast_by = {}
    for actor in order:
        choice = chance.choice(["yes", "no", "abstain"])
        assert actor.user is not None
        cast_by[actor.user.username] = (cast(actor=actor, proposal=proposal, choice=choice), choice)
    return cast_by


@pytest.mark.usefixtures("everybody_may_vote")
def test_nothing_joins_voters_to_ballots_after_the_count() -> None:
    """By ids, by the order of rows on disk, by the transaction that wrote them, by times, by the log."""
    proposal = opened(make_members(300))
    truth = voted([Actor(user=member.user) for member in ElectorateMember.objects.all()], proposal)
    before = set(Ballot.objects.values_list("pk", flat=True))
    # While votes are cast whoever reads the database can know; PostgreSQL may have filled gaps that other rows left.
    assert linkable(proposal, truth) > 50
    pass_time(proposal)
    assert BallotLink.objects.count() == 0
    assert before.isdisjoint(Ballot.objects.values_list("pk", flat=True))
    assert linkable(proposal, truth) < 10  # 1 is expected by chance
    assert len(transactions_of(Ballot) | transactions_of(Participation)) == 1
    columns = {model: {field.name for field in model._meta.fields} for model in (Ballot, Participation)}
    assert columns == {Ballot: {"id", "proposal", "tag", "choice"}, Participation: {"id", "proposal", "member"}}
    known = [receipt.tag for receipt, _choice in truth.values()] + [receipt.code for receipt, _choice in truth.values()]
    everything = dump_of_all_tables(leaving_out={"community_ballot"})
    assert [text for text in known if text in everything] == []


def linkable(proposal: Proposal, truth: dict[str, tuple[Receipt, str]]) -> int:
    """How many voters are found by putting the rows of both tables side by side as they lie on the disk."""
    column = "ctid" if connection.vendor == "postgresql" else "rowid"
    place = RawSQL(column, ())  # noqa: S611 (one of these two words)
    tags = proposal.ballots.order_by(place).values_list("tag", flat=True)
    member_names = dict(ElectorateMember.objects.values_list("pk", "username"))
    names = [
        member_names[member] for member in proposal.participations.order_by(place).values_list("member", flat=True)
    ]
    return sum(truth[name][0].tag == tag for name, tag in zip(names, tags, strict=True))


def transactions_of(model: type[Model]) -> set[str]:
    """Those that wrote the rows, as PostgreSQL remembers."""
    if connection.vendor != "postgresql":
        return {"one"}
    rows = model._default_manager.annotate(transaction=RawSQL("xmin::text", (), output_field=CharField()))
    return set(rows.values_list("transaction", flat=True))


def dump_of_all_tables(leaving_out: set[str]) -> str:
    return "\n".join(
        repr(list(model._default_manager.values()))
        for model in apps.get_models()
        if model._meta.db_table not in leaving_out
    )


@pytest.mark.usefixtures("committed", "everybody_may_vote")
@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_the_files_of_the_database_forget_the_links() -> None:
    """Of SQLite: a backup made after the count holds no id that a link had, not even in pages that are free."""
    proposal = opened(make_members(40))
    voted([Actor(user=member.user) for member in ElectorateMember.objects.all()], proposal)
    ids = [link.ballot_id.hex for link in BallotLink.objects.all()]
    database = Path(str(connection.settings_dict["NAME"]))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert sum(name.encode() in database.read_bytes() for name in ids) == 40
    pass_time(proposal)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    left = database.read_bytes() + Path(f"{database}-wal").read_bytes()
    assert [name for name in ids if name.encode() in left] == []


@pytest.mark.usefixtures("committed", "everybody_may_vote")
@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_a_backup_made_after_the_count_joins_nobody() -> None:
    """Of PostgreSQL: what `pg_dump` writes holds no receipt and no id that a ballot or its link had, and ballots lie
    there in the order of the sheet.
    """
    proposal = opened(make_members(40))
    truth = voted([Actor(user=member.user) for member in ElectorateMember.objects.all()], proposal)
    ids = [str(link.ballot_id) for link in BallotLink.objects.all()]
    before = dumped()
    assert all(name in before for name in ids)
    pass_time(proposal)
    after = dumped()
    codes = [receipt.code for receipt, _choice in truth.values()]
    assert [name for name in [*ids, *codes] if name in after] == []
    tags = [receipt.tag for receipt, _choice in truth.values()]
    assert sorted(tags, key=after.index) == sorted(tags) != sorted(tags, key=before.index)
    assert linkable(proposal, truth) < 10


def dumped() -> str:
    """A backup, as `docs/operations.md` makes it, but as text."""
    database = connection.settings_dict
    program = max(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"), key=lambda path: int(path.parts[4]))
    address = ["--host", database["HOST"], "--username", database["USER"], database["NAME"]]
    return subprocess.run([program, *address], capture_output=True, text=True, check=True).stdout


def test_a_count_that_fails_leaves_the_vote_as_it_was(members: list[Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    proposal = opened(members)
    vote_all(members, proposal, yes=6)
    links, events = BallotLink.objects.count(), AuditEvent.objects.count()
    monkeypatch.setattr(closing, "voters_of", lambda _proposal: 1 / 0)
    pass_time(proposal)
    assert (proposal.state, proposal.result, proposal.failures) == (State.VOTING, {}, 1)
    assert (BallotLink.objects.count(), AuditEvent.objects.count()) == (links, events)
    monkeypatch.undo()
