"""The log of all that is decided: each line carries the hash of the one before, so that none can be changed unseen."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from community.governance.counting.count import sha256_of
from community.governance.models import AuditEvent, AuditHead, Proposal
from community.members.models import User
from hub.core.remembered import Remembered

HEAD = 1  # the key of the one row


@transaction.atomic
def append(
    *, verb: str, actor: User | None, proposal: Proposal | None, payload: Mapping[str, Any] | None = None
) -> AuditEvent:
    """Add a line; `actor` is None for what time did. Writers come one after the other, so a caller does this last."""
    AuditHead.objects.get_or_create(pk=HEAD, defaults={"hash": ""})
    head = AuditHead.objects.select_for_update().get(pk=HEAD)
    body = canonical_json(
        {
            "at": timezone.now().isoformat(),
            "actor": actor.username if actor is not None else "",
            "verb": verb,
            "proposal": proposal.pk if proposal is not None else None,
            "payload": dict(payload or {}),
        }
    )
    event = AuditEvent.objects.create(
        previous=head.hash, hash=sha256_of(f"{head.hash}\n{body}"), body=body, proposal=proposal
    )
    head.hash = event.hash
    head.save(update_fields=["hash"])
    transaction.on_commit(newest_hash.forget)
    return event


def canonical_json(content: Any) -> str:
    return json.dumps(content, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def head_hash() -> str:
    """The hash of the newest line; "" before the first. Whoever notes it can tell later if the log was rewritten."""
    head = AuditHead.objects.filter(pk=HEAD).first()
    return head.hash if head is not None else ""


newest_hash = Remembered(head_hash, seconds=5)  # for every page's footer, so that many people note it
