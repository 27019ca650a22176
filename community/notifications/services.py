"""Tell members, in the transaction of what they are told of; follow threads; choose how mail comes."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from community.discussions.hooks import Happening
from community.discussions.models import Event, EventKind, Thread
from community.discussions.queries import check_takes_part, find_thread
from community.members.actors import ANONYMOUS, Actor
from community.members.models import User
from community.notifications import topics
from community.notifications.models import Level, Mail, MailPreference, Notification, Subscription
from community.subjects import kind_called
from hub.core.errors import Invalid
from hub.core.markdown.converting import mentions_in


def notify(  # noqa: PLR0913 (all by keyword)
    *,
    topic: str,
    recipients: Iterable[User],
    kind: str,
    key: int,
    actor: User | None = None,
    thread: Thread | None = None,
    comment: Event | None = None,
    target: str = "",
) -> None:
    """A row for each of `recipients` who is here, may see the subject, and is not the one who did it."""
    told = {user.pk: user for user in recipients if user.is_active and user != actor}
    about = kind_called(kind)
    if told and not about.visible_keys(ANONYMOUS).filter(pk=key).exists():
        readers = User.objects.filter(about.readers(key), pk__in=told)
        told = {pk: told[pk] for pk in readers.values_list("pk", flat=True)}
    rows = [
        Notification(
            recipient=user, topic=topic, actor=actor, kind=kind, key=key, thread=thread, comment=comment, target=target
        )
        for user in told.values()
    ]
    Notification.objects.bulk_create(rows)


def tell_of_thread(happening: Happening) -> None:
    """A handler of `community.discussions.hooks`."""
    thread, event, actor = happening.thread, happening.event, happening.actor
    commented = event is not None and event.kind == EventKind.COMMENT
    if happening.action == "edited" and event is not None:
        before, after = [version.text for version in event.versions.order_by("-pk")[:2]][::-1]
        _tell(happening, topics.MENTIONED, _members(mentions_in(after) - mentions_in(before)))
        return
    if happening.action not in {"opened", "added"}:
        return
    if happening.action == "opened" or commented:
        Subscription.objects.get_or_create(thread=thread, member=actor, defaults={"level": Level.PARTICIPATING})
    mentioned = _members(mentions_in(event.versions_of()[-1].text)) if event is not None and commented else set()
    _tell(happening, topics.MENTIONED, mentioned)
    if happening.action == "opened":
        _tell(happening, topics.OPENED, set(kind_called(thread.board.kind).keepers(thread.board.key)) - mentioned)
    elif commented:
        _tell(happening, topics.ANSWERED, _followers(thread) - mentioned)
    elif event is not None and event.kind == EventKind.STATUS:
        _tell(happening, topics.STATUS, _followers(thread))


def _tell(happening: Happening, topic: str, recipients: set[User]) -> None:
    """Those who muted the thread hear nothing of it, mentions neither."""
    if not recipients:
        return
    thread = happening.thread
    muted = set(Subscription.objects.filter(thread=thread, level=Level.MUTED).values_list("member", flat=True))
    notify(
        topic=topic,
        recipients=[user for user in recipients if user.pk not in muted],
        kind=thread.board.kind,
        key=thread.board.key,
        actor=happening.actor,
        thread=thread,
        comment=happening.event if happening.event and happening.event.kind == EventKind.COMMENT else None,
    )


def _members(names: set[str]) -> set[User]:
    return set(User.objects.filter(namespace__name__lower__in=names, is_active=True)) if names else set()


def _followers(thread: Thread) -> set[User]:
    followers = Subscription.objects.filter(thread=thread).exclude(level=Level.MUTED)
    return {subscription.member for subscription in followers.select_related("member")}


@transaction.atomic
def follow_thread(*, actor: Actor, thread: Thread, level: str) -> None:
    """Set the `Level` at which `actor` follows `thread`; "" ends it. Raises `WritingForbidden`, `ThreadNotFound`."""
    member = check_takes_part(actor)
    find_thread(actor, thread.pk)
    if not level:
        Subscription.objects.filter(thread=thread, member=member).delete()
    elif level in Level.values:
        Subscription.objects.update_or_create(thread=thread, member=member, defaults={"level": level})
    else:
        raise Invalid("level is one of " + ", ".join(Level.values))


def mark_read(*, member: User, notification: Notification | None = None) -> None:
    """Mark everything read, or only what is about the same thread as `notification`, or it alone."""
    unread = Notification.objects.filter(recipient=member, read_at=None)
    if notification is not None:
        same = {"thread": notification.thread} if notification.thread_id else {"pk": notification.pk}
        unread = unread.filter(**same)
    unread.update(read_at=timezone.now())


def choose_mail(*, member: User, mail: Mail) -> None:
    MailPreference.objects.update_or_create(member=member, defaults={"mail": mail})
