"""What a member has been told, as far as they may see it now."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from community.discussions.models import Thread
from community.discussions.queries import is_moderator
from community.members.actors import Actor
from community.members.errors import NotAllowed
from community.members.models import User
from community.members.rules import Permission
from community.notifications.errors import NotificationNotFound
from community.notifications.models import Mail, MailPreference, Notification, Subscription
from community.notifications.topics import topic_called
from community.subjects import Subject, describe, visible_keys_among
from hub.core.errors import Unauthenticated

MOST_COUNTED = 99


def unread_count(member: User) -> int:
    """How much is unread, counted up to one more than `MOST_COUNTED`: one query on an index of the unread."""
    unread = Notification.objects.filter(recipient=member, read_at=None)
    return len(unread.values_list("pk", flat=True)[: MOST_COUNTED + 1])


def inbox(member: User) -> QuerySet[Notification]:
    """All that `member` was told, with what a line of it shows joined."""
    return Notification.objects.filter(recipient=member).select_related("actor", "thread")


def get_notification(member: User, notification_id: int) -> Notification:
    """Raises `NotificationNotFound`, also for those of others."""
    found = inbox(member).filter(pk=notification_id).first()
    if found is None:
        raise NotificationNotFound
    return found


@dataclass(frozen=True)
class Line:
    """A notification in words. `place` is the name of the subject, `address` a path of this site."""

    notification: Notification
    sentence: str
    place: str
    address: str


def reader(actor: Actor) -> User:
    """The member whose inbox `actor` may read. Raises `Unauthenticated`, and `NotAllowed` for a token that may not even
    read its member's own namespace.
    """
    if actor.user is None:
        raise Unauthenticated(_("Sign in to do this."))
    if not actor.token_allows(Permission.REPO_READ, actor.user.username):
        raise NotAllowed(_("This access token may not read what you are told."))
    return actor.user


def lines(actor: Actor, rows: Sequence[Notification]) -> list[Line]:
    """What `actor` may see of `rows` now; two or three queries for each kind of subject among them."""
    subjects = describe(visible_keys_among(actor, ((row.kind, row.key) for row in rows)))
    moderates = is_moderator(actor)
    found = []
    for row in rows:
        subject, topic = subjects.get((row.kind, row.key)), topic_called(row.topic)
        if subject is None or topic is None or (row.thread is not None and row.thread.hidden and not moderates):
            continue
        what = row.thread.title if row.thread is not None else subject.title
        sentence = str(topic.sentence) % {"who": row.actor.username if row.actor is not None else "–", "what": what}
        found.append(Line(row, sentence, subject.title, _address(row, subject, topic.below)))
    return found


def _address(row: Notification, subject: Subject, below: str) -> str:
    if row.target:
        return row.target
    if row.comment_id is not None:
        return reverse("comment", args=[row.comment_id])
    return reverse("thread", args=[row.thread_id]) if row.thread_id is not None else f"{subject.address}{below}"


def level_of(member: User, thread: Thread) -> str:
    """The `Level` at which `member` follows `thread`, or ""."""
    return Subscription.objects.filter(member=member, thread=thread).values_list("level", flat=True).first() or ""


def mail_of(member: User) -> str:
    chosen = MailPreference.objects.filter(member=member).values_list("mail", flat=True).first()
    return chosen or Mail.DIGEST
