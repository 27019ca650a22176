"""Many at once: what was accepted is what is published, whatever the order; a killed process leaves all or nothing."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from community.discussions.models import Thread
from community.discussions.services import open_thread
from community.discussions.upkeep import set_mark
from community.forum.models import Category
from community.governance import clock, triggers
from community.governance.casting import cast
from community.governance.closing import sheet_of
from community.governance.errors import VotingClosed
from community.governance.models import AuditEvent, Ballot, BallotLink, Participation, Proposal, PublishedPage, State
from community.governance.proposing import propose, submit
from community.governance.queries import main_option
from community.governance.sponsoring import sponsor
from community.governance.verification import problems
from community.members.actors import Actor
from community.moderation.models import ModerationAction
from tests.community.governance.conftest import (
    STATEMENT,
    decided,
    make_members,
    opened,
    pass_time,
    seconded,
    vote_all,
)

pytestmark = pytest.mark.usefixtures("committed", "everybody_may_vote")


def at_once(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """What all of them give, begun at one moment in threads of their own."""
    start = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def set_end(proposal: Proposal, **later: float) -> None:
    triggers.remove(connection)
    ends = timezone.now() + timedelta(**later)
    Proposal.objects.filter(pk=proposal.pk).update(closes_at=ends, due_at=ends)
    triggers.install(connection)


def test_twenty_windows_of_one_member_make_one_ballot() -> None:
    members = make_members(16)
    proposal = opened(members)
    receipts = at_once([lambda: cast(actor=members[0], proposal=proposal, choice="yes")] * 20)
    assert len({receipt.tag for receipt in receipts}) == 1
    assert sum(bool(receipt.code) for receipt in receipts) == 1
    assert (Ballot.objects.count(), Participation.objects.count(), BallotLink.objects.count()) == (1, 1, 1)


def test_twenty_vote_and_change_while_it_is_closed() -> None:
    """The vote ends under their hands. Every vote that was accepted is counted, every other refused."""
    members = make_members(60)
    proposal = opened(members)
    vote_all(members[40:], proposal, no=20)
    set_end(proposal, seconds=0.4)

    def keep_voting(voters: list[Actor]) -> list[str]:
        """The tags of votes that were accepted, the newest choice of each being yes."""
        accepted: list[str] = []
        while True:
            for actor in voters:
                try:
                    accepted.append(cast(actor=actor, proposal=proposal, choice="yes").tag)
                except VotingClosed:
                    return accepted

    def keep_closing() -> list[str]:
        while Proposal.objects.get(pk=proposal.pk).state == State.VOTING:
            clock.advance(proposal.pk)
        return []

    works = [partial(keep_voting, members[number::20]) for number in range(20)]
    accepted = {tag for tags in at_once([*works, keep_closing, keep_closing]) for tag in tags}
    proposal.refresh_from_db()
    assert proposal.state in {State.PASSED, State.REJECTED, State.NO_QUORUM}
    ballots = dict(proposal.ballots.values_list("tag", "choice"))
    assert {tag for tag, choice in ballots.items() if choice == '"yes"'} == accepted
    assert proposal.result["outcome"]["ballots"] == len(ballots) == proposal.participations.count()
    assert BallotLink.objects.count() == 0
    assert AuditEvent.objects.filter(proposal=proposal, body__contains='"to":"voting"').count() == 1
    assert AuditEvent.objects.filter(proposal=proposal, body__contains='"result":').count() == 1
    assert list(problems()) == []


def test_a_step_is_made_once_however_many_look() -> None:
    proposal = seconded(make_members(16))
    Proposal.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    at_once([lambda: clock.advance(proposal.pk)] * 10)
    assert AuditEvent.objects.filter(body__contains='"to":"frozen"').count() == 1
    assert list(problems()) == []


def test_five_last_sponsors_open_one_discussion() -> None:
    members = make_members(16)
    proposal = submit(
        actor=members[0],
        proposal=propose(actor=members[0], kind="ordinary", title="A question", body="All of it.", action=STATEMENT),
    )
    option = main_option(proposal)
    at_once([partial(sponsor, actor=actor, option=option) for actor in members[1:6]])
    assert AuditEvent.objects.filter(body__contains='"to":"discussion"').count() == 1
    assert option.sponsorships.count() == 5


def appealed(members: list[Actor]) -> tuple[Proposal, Thread]:
    """A proposal to overrule that a thread of its first member was locked."""
    room = Category.objects.create(slug="garden", name="Garden")
    thread = open_thread(actor=members[0], kind="forum", key=room.pk, title="Which soil?", text="Peat")
    set_mark(thread, "locked", value=True)
    decision = ModerationAction.objects.create(verb="lock", kind="forum", key=room.pk, thread=thread)
    action = {"verb": "decision.overrule", "params": {"decision": decision.pk}}
    draft = propose(actor=members[0], kind="override", title="Let us talk", body="All of it.", action=action)
    return submit(actor=members[0], proposal=draft), thread


def test_ten_sponsors_suspend_a_decision_once() -> None:
    members = make_members(16)
    proposal, thread = appealed(members)
    at_once([partial(sponsor, actor=actor, option=main_option(proposal)) for actor in members[1:11]])
    thread.refresh_from_db()
    assert (thread.locked, ModerationAction.objects.filter(verb="suspend").count()) == (False, 1)
    assert AuditEvent.objects.filter(body__contains="action.suspended").count() == 1
    assert list(problems()) == []


def test_a_process_killed_while_a_suspension_ends_leaves_all_or_nothing(tmp_path: Path) -> None:
    members = make_members(16)
    proposal, thread = appealed(members)
    for actor in members[1:5]:
        sponsor(actor=actor, option=main_option(proposal))
    pass_time(pass_time(proposal))
    vote_all(members, proposal, no=3)
    states = killed_at_every_statement(proposal, tmp_path)
    thread.refresh_from_db()
    assert [name.split()[0] for name in dict.fromkeys(states)] == ["voting", "no_quorum"]
    assert (thread.locked, ModerationAction.objects.filter(verb="resume").count()) == (True, 1)
    assert list(problems()) == []


def killed_at_every_statement(proposal: Proposal, tmp_path: Path) -> list[str]:
    """The state of the hub after each time that a process was killed on its way, and at last after one that was not."""
    database = connection.settings_dict
    url = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        url = f"postgres://{database['USER']}@/{database['NAME']}?host={database['HOST']}"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "hub.settings.base",
        "HUB_DATABASE_URL": url,
        "HUB_DATA_DIR": str(tmp_path),
        "HUB_REDIS_URL": settings.REDIS_URL,
    }
    if proposal.state == State.VOTING:
        set_end(proposal, seconds=-1)
    else:
        Proposal.objects.filter(pk=proposal.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    done = subprocess.run(
        [sys.executable, "-m", "tests.community.governance.killed", str(proposal.pk)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    proposal.refresh_from_db()
    return done.stdout.splitlines()


def test_a_process_killed_while_it_counts_leaves_all_or_nothing(tmp_path: Path) -> None:
    members = make_members(16)
    proposal = opened(members)
    vote_all(members, proposal, yes=9, no=3)
    states = killed_at_every_statement(proposal, tmp_path)
    assert [name.split()[0] for name in dict.fromkeys(states)] == ["voting", "passed"]  # and of each one kind
    assert states.count(states[0]) > 15
    assert (proposal.state, BallotLink.objects.count(), Ballot.objects.count()) == (State.PASSED, 0, 12)
    assert sheet_of(proposal)[0] == "ballots"
    assert list(problems()) == []


def test_a_process_killed_while_it_carries_out_leaves_all_or_nothing(tmp_path: Path) -> None:
    members = make_members(16)
    page = {"verb": "page.publish", "params": {"slug": "conduct", "title": "Conduct", "body": "Be kind."}}
    proposal = decided(members, opened(members, kind="charter", action=page), yes=9)
    states = killed_at_every_statement(proposal, tmp_path)
    assert [name.split()[0] for name in dict.fromkeys(states)] == ["passed", "enacted"]
    assert states.count(states[0]) > 8
    assert [page.body for page in PublishedPage.objects.all()] == ["Be kind."]
    assert list(problems()) == []
