"""``python -m tests.community.governance.due_vote VOTERS``: in the empty database of the environment, a vote in which
all have voted, and which publishes a page when it passes. ``… end``: let what it waits for be over.
"""

import sys
from datetime import timedelta

import django

django.setup()

from django.core.management import call_command  # noqa: E402 (once Django is set up)
from django.utils import timezone  # noqa: E402

from bench.full_vote import end, make_members, open_frozen  # noqa: E402
from community.governance import electorate  # noqa: E402
from community.governance.models import (  # noqa: E402
    Ballot,
    BallotLink,
    ElectorateMember,
    Option,
    Participation,
    Proposal,
    Revision,
)
from community.governance.opening import freeze  # noqa: E402
from community.members.models import User  # noqa: E402

PAGE = {"verb": "page.publish", "params": {"slug": "conduct", "title": "Conduct", "body": "Be kind."}}


def main(voters: int) -> None:
    call_command("migrate", verbosity=0)
    electorate.register(lambda _since: User.objects.values("pk"))
    make_members(voters)
    proposal = Proposal.objects.create(kind="charter", title="Be kind", state="discussion", sponsors_needed=0)
    option = Option.objects.create(proposal=proposal, key="a", title="Be kind")
    Revision.objects.create(option=option, number=1, body="Please.", action=PAGE)
    Option.objects.create(proposal=proposal, key="none", title="None of the above", is_default=True)
    freeze(proposal)
    open_frozen(proposal)
    roll = list(ElectorateMember.objects.order_by("pk"))
    rows = Participation.objects.bulk_create(Participation(proposal=proposal, member=member) for member in roll)
    ballots = Ballot.objects.bulk_create(
        Ballot(proposal=proposal, tag=f"{member.pk * 7919 % 10**9:064}", choice='"yes"' if member.pk % 5 else '"no"')
        for member in roll
    )
    BallotLink.objects.bulk_create(
        BallotLink(participation=row, ballot=ballot) for row, ballot in zip(rows, ballots, strict=True)
    )


def let_end() -> None:
    proposal = Proposal.objects.get()
    if proposal.state == "voting":
        end(proposal)
    else:
        Proposal.objects.update(due_at=timezone.now() - timedelta(seconds=1))


if __name__ == "__main__":
    let_end() if sys.argv[1] == "end" else main(int(sys.argv[1]))
