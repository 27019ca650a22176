"""``python -m tests.community.governance.due_vote VOTERS``: in the empty database of the environment, a vote in which
all have voted, and which publishes a page when it passes. ``… end``: let what it waits for be over.
"""

import sys
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402 (once Django is set up)

from bench.full_vote import end, fill, open_frozen, populate, propose  # noqa: E402
from community.governance.models import Ballot, ElectorateMember, Proposal  # noqa: E402

PAGE = {"verb": "page.publish", "params": {"slug": "conduct", "title": "Conduct", "body": "Be kind."}}


def main(voters: int) -> None:
    populate(voters)
    proposal = propose("charter", {"a": PAGE})
    open_frozen(proposal)

    def ballot_of(member: ElectorateMember) -> Ballot:
        tag = f"{member.pk * 7919 % 10**9:064}"
        return Ballot(proposal=proposal, tag=tag, choice='"yes"' if member.pk % 5 else '"no"')

    fill(proposal, list(ElectorateMember.objects.order_by("pk")), ballot_of)


def let_end() -> None:
    proposal = Proposal.objects.get()
    if proposal.state == "voting":
        end(proposal)
    else:
        Proposal.objects.update(due_at=timezone.now() - timedelta(seconds=1))


if __name__ == "__main__":
    let_end() if sys.argv[1] == "end" else main(int(sys.argv[1]))
