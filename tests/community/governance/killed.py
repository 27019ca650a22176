"""``python -m tests.community.governance.killed PROPOSAL``: let time go on, and be killed at every point.

A process begins the step and kills itself before its first statement, another before its second, and so on, until one
comes to the end. After each the state of the hub is printed, as a line.
"""

import hashlib
import os
import signal
import sys
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402 (once Django is set up)

from community.governance import clock  # noqa: E402
from community.governance.models import (  # noqa: E402
    AuditEvent,
    AuditHead,
    Ballot,
    BallotLink,
    Office,
    Participation,
    Proposal,
    PublishedPage,
)
from community.moderation.models import ModerationAction  # noqa: E402

TABLES = (AuditEvent, AuditHead, Ballot, BallotLink, Participation, Office, PublishedPage, ModerationAction)


def main(proposal_id: int) -> None:
    statement = 0
    while True:
        statement += 1
        process = os.fork()
        if not process:
            advance_until(proposal_id, statement)
        _process, status = os.waitpid(process, 0)
        print(state_of(proposal_id), flush=True)  # noqa: T201 (what the test reads)
        connection.close()  # no connection may be shared with the next process
        if not os.WIFSIGNALED(status):
            sys.exit(os.waitstatus_to_exitcode(status))


def advance_until(proposal_id: int, last: int) -> None:
    left = last

    def count_down(execute: Any, *arguments: Any) -> Any:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*arguments)

    with connection.execute_wrapper(count_down):
        clock.advance(proposal_id)
    os._exit(0)


def state_of(proposal_id: int) -> str:
    """The state's name, and a hash of all that may have changed but for times."""
    rows = [list(table._default_manager.order_by("pk").values()) for table in TABLES]
    digest = hashlib.sha256(repr(rows).encode()).hexdigest()
    return f"{Proposal.objects.get(pk=proposal_id).state} {digest}"


if __name__ == "__main__":
    main(int(sys.argv[1]))
