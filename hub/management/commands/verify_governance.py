"""``manage.py verify_governance``: are the log, the rolls and the votes what they were?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from community.governance.audit import head_hash
from community.governance.models import AuditEvent, Proposal
from community.governance.verification import problems


class Command(BaseCommand):
    """Changes nothing, and may run beside everything else. Its status is 1 if something does not fit."""

    help = "Check the log of decisions and every roll and ballot against their hashes, and count each vote again."

    def handle(self, *_args: object, **_options: Any) -> None:
        found = 0
        for problem in problems():
            found += 1
            self.stdout.write(problem)
        counted = Proposal.objects.exclude(result={}).count()
        self.stdout.write(f"{AuditEvent.objects.count()} lines of the log, {counted} votes counted again.")
        self.stdout.write(f"The log ends with {head_hash() or 'nothing'}.")
        if found:
            raise CommandError(f"Problems: {found}, see above.")
