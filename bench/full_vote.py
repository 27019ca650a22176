"""One large vote on the environment's empty database: ``python -m bench.full_vote VOTERS CASTS`` prints the seconds
that it took to open it, to cast the first votes in 16 threads, to close it, and to verify it, as JSON.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings.base")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.governance import CONTENDERS, TERMS, ranking  # noqa: E402
from community.governance import clock, electorate, triggers  # noqa: E402
from community.governance.casting import cast  # noqa: E402
from community.governance.counting.choices import canonical  # noqa: E402
from community.governance.counting.recounting import receipt_tag  # noqa: E402
from community.governance.models import (  # noqa: E402
    Ballot,
    BallotLink,
    ElectorateMember,
    Option,
    Participation,
    Proposal,
    Revision,
)
from community.governance.opening import freeze, open_vote  # noqa: E402
from community.governance.transitions import lock  # noqa: E402
from community.governance.verification import problems  # noqa: E402
from community.members.actors import Actor  # noqa: E402
from community.members.models import Namespace, User  # noqa: E402
from hub.core.batches import batched  # noqa: E402

THREADS, BATCH = 16, 5_000


def main(voters: int, casts: int) -> None:
    populate(voters)
    statement = {"verb": "none", "params": {}}
    proposal = propose("ordinary", dict.fromkeys(CONTENDERS, statement))
    seconds = {"open": timed(partial(open_frozen, proposal))}
    roll = list(ElectorateMember.objects.select_related("user").order_by("pk"))
    chance = Random(2)  # noqa: S311 (the same ballots each time)
    seconds["cast"] = timed(partial(cast_all, proposal, roll[:casts], [ranking(chance) for _ in range(casts)]))
    fill(proposal, roll[casts:], partial(_ballot, proposal, chance))
    end(proposal)
    seconds["close"] = timed(partial(clock.advance, proposal.pk))
    proposal.refresh_from_db()
    if proposal.result["outcome"]["ballots"] != voters:
        sys.exit(f"{proposal.state}: {proposal.result}")
    found: list[str] = []
    seconds["verify"] = timed(lambda: found.extend(problems()))
    if found:
        sys.exit("\n".join(found))
    json.dump(seconds, sys.stdout)


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def populate(number: int) -> None:
    """Bring the database up to date, with so many members, who all may vote."""
    call_command("migrate", verbosity=0)
    electorate.register(lambda _since: User.objects.values("pk"))
    joined = timezone.now() - timedelta(days=100)
    names = Namespace.objects.bulk_create((Namespace(name=f"bench-{place:06}") for place in range(number)), BATCH)
    members = (User(username=name.name, namespace=name, date_joined=joined) for name in names)
    User.objects.bulk_create(members, BATCH)


@transaction.atomic
def propose(kind: str, actions: Mapping[str, Any]) -> Proposal:
    """An option for each key of `actions` and the default one, the text frozen."""
    proposal = Proposal.objects.create(kind=kind, title="A large vote", state="discussion", sponsors_needed=0)
    for key, action in actions.items():
        option = Option.objects.create(proposal=proposal, key=key, title=key)
        Revision.objects.create(option=option, number=1, body=key, action=action)
    Option.objects.create(proposal=proposal, key="none", title="None of the above", is_default=True)
    freeze(proposal)
    return proposal


@transaction.atomic
def open_frozen(proposal: Proposal) -> None:
    open_vote(lock(proposal.pk))


def cast_all(proposal: Proposal, voters: Sequence[ElectorateMember], choices: Sequence[Any]) -> None:
    def work(part: int) -> None:
        for voter, choice in zip(voters[part::THREADS], choices[part::THREADS], strict=True):
            cast(actor=Actor(user=voter.user), proposal=proposal, choice=choice)
        connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))


def fill(
    proposal: Proposal, voters: Sequence[ElectorateMember], ballot_of: Callable[[ElectorateMember], Ballot]
) -> None:
    """The votes of `voters`, in bulk but as the service writes them."""
    for some in batched(voters, BATCH):
        rows = Participation.objects.bulk_create(Participation(proposal=proposal, member=voter) for voter in some)
        ballots = Ballot.objects.bulk_create(map(ballot_of, some))
        links = zip(rows, ballots, strict=True)
        BallotLink.objects.bulk_create(BallotLink(participation=row, ballot=ballot) for row, ballot in links)


def _ballot(proposal: Proposal, chance: Random, voter: ElectorateMember) -> Ballot:
    tag = receipt_tag(f"{chance.getrandbits(128):032x}", proposal.pk, voter.username)
    return Ballot(proposal=proposal, tag=tag, choice=canonical(ranking(chance), TERMS))


def end(proposal: Proposal) -> None:
    """Let the time of voting be over, which no program may do."""
    triggers.remove(connection)
    now = timezone.now() - timedelta(seconds=1)
    Proposal.objects.filter(pk=proposal.pk).update(closes_at=now, due_at=now)
    triggers.install(connection)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
