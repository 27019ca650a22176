"""Mail about what is unread: at once or once a day, to addresses that their members have confirmed."""

import logging
from datetime import timedelta
from smtplib import SMTPException

from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from community.governance.audit import newest_hash
from community.members.actors import Actor
from community.members.models import User
from community.members.queries import is_email_verified
from community.notifications.models import Mail, MailPreference, Notification
from community.notifications.queries import Line, inbox, lines
from hub.core.paths import public_url

log = logging.getLogger(__name__)
_EVERY = timedelta(days=1)
_MEMBERS = 200  # in one go
_LINES = 100  # in one message
_SALT = "notifications.unsubscribe"


def send_due() -> None:
    """Mail to every member for whom it is time; a message that cannot be sent is tried again the next time."""
    for pk in _due()[:_MEMBERS]:
        try:
            _send(pk)
        except (OSError, SMTPException) as error:
            log.warning("A notification was not mailed: %s", error)


def _due() -> list[int]:
    """The members who have something new and unread, and whose turn it is."""
    waiting = Notification.objects.filter(read_at=None, mailed_at=None)
    members = User.objects.filter(is_active=True, pk__in=waiting.values("recipient"))
    at_once = Q(mail_preference__mail=Mail.IMMEDIATE)
    daily = Q(mail_preference=None) | Q(mail_preference__mail=Mail.DIGEST, mail_preference__sent_at=None)
    daily |= Q(mail_preference__mail=Mail.DIGEST, mail_preference__sent_at__lte=timezone.now() - _EVERY)
    return list(members.filter(at_once | daily).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _send(member_id: int) -> None:
    """One message. The row of the preference is the lock: of two workers, the second finds nothing left."""
    MailPreference.objects.get_or_create(member_id=member_id)
    preference = MailPreference.objects.select_for_update().get(member_id=member_id)
    member = User.objects.get(pk=member_id)
    rows = list(inbox(member).filter(read_at=None, mailed_at=None).order_by("pk")[:_LINES])
    now = timezone.now()
    Notification.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=now)
    preference.sent_at = now
    preference.save(update_fields=["sent_at"])
    shown = lines(Actor(user=member), rows)
    if shown and preference.mail != Mail.NEVER and is_email_verified(member):
        with translation.override(member.language or None):
            message(member, shown).send()


def message(member: User, shown: list[Line]) -> EmailMessage:
    number = len(shown)
    subject = shown[0].sentence if number == 1 else ngettext("%d notification", "%d notifications", number) % number
    leave = unsubscribe_address(member)
    parts = [f"{line.sentence}\n{line.place}\n{public_url(line.address)}" for line in shown]
    parts.append(_("How mail comes to you: %(settings)s\nNo more mail: %(leave)s") % {
        "settings": public_url(reverse("notification-settings")), "leave": leave
    })  # fmt: skip
    head = newest_hash()
    if head:  # in mailboxes, where nobody can change it
        parts.append(_("Newest hash of the hub’s audit log: %s") % head)
    return EmailMessage(
        subject=" ".join(subject.split()),
        body="\n\n".join(parts),
        to=[member.email],
        headers={"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )


def unsubscribe_address(member: User) -> str:
    """Where mail ends without signing in (RFC 8058); the signature says for whom."""
    return public_url(reverse("unsubscribe", args=[signing.dumps(member.pk, salt=_SALT)]))


def member_of(token: str) -> User | None:
    """Whom an address of `unsubscribe_address` is for; None if it is not one of ours."""
    try:
        pk = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=pk).first()
