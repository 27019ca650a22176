"""Threads about a subject, and what happened in them."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.discussions.rules import TITLE_MAX_LENGTH
from community.members.models import User


class Board(models.Model):
    """Where the threads about one subject hang (see `community.subjects`). It gives out their numbers: 1, 2, 3 …"""

    kind = models.CharField(max_length=20)
    key = models.BigIntegerField()
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="board_once_per_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class ThreadStatus(models.TextChoices):
    """`DRAFT` and `MERGED` are for threads that carry a proposed change; what a change is, the community cannot say."""

    DRAFT = "draft", _("draft")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    MERGED = "merged", _("merged")


class Thread(models.Model):
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="threads")
    number = models.PositiveIntegerField()
    title = models.CharField(_("title"), max_length=TITLE_MAX_LENGTH)
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="threads")
    status = models.CharField(max_length=8, choices=ThreadStatus, default=ThreadStatus.OPEN)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)  # of the last event
    pinned = models.BooleanField(default=False)  # before the others of its board
    locked = models.BooleanField(default=False)  # then only moderators write in it
    hidden = models.BooleanField(default=False)  # then only moderators see it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["board", "number"], name="thread_number_once"),
            models.CheckConstraint(condition=models.Q(status__in=ThreadStatus.values), name="thread_status_known"),
            models.CheckConstraint(condition=~models.Q(title=""), name="thread_has_title"),
        ]
        indexes = [
            models.Index(fields=["-updated_at"], name="thread_by_activity"),
            models.Index(fields=["board", "-pinned", "-updated_at"], name="thread_by_board"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"

    @property
    def is_over(self) -> bool:
        """Whether nothing can change the status any more."""
        return self.status == ThreadStatus.MERGED

    @property
    def is_open(self) -> bool:
        return self.status in {ThreadStatus.DRAFT, ThreadStatus.OPEN}


class EventKind(models.TextChoices):
    """The words are those of the Hugging Face API, which is as good a vocabulary as any."""

    COMMENT = "comment"
    STATUS = "status-change"
    TITLE = "title-change"
    COMMIT = "commit"


class Event(models.Model):
    """One step of a thread. `data` by kind: {status}, {from, to}, {oid, subject}; a comment has `versions` instead.

    Of a `hidden` comment the versions are gone if its author hid it; a moderator's decision keeps them for the day it
    is overruled, and nobody is shown them: read them with `versions_of`.
    """

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=16, choices=EventKind)
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    data = models.JSONField(default=dict, blank=True)
    hidden = models.BooleanField(default=False)
    reply_to = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=EventKind.values), name="event_kind_known"),
            models.CheckConstraint(
                condition=models.Q(hidden=False) | models.Q(kind=EventKind.COMMENT), name="event_hidden_is_comment"
            ),
        ]
        # A page in the midst of a long thread is read off the first; what a member wrote lately off the second.
        indexes = [
            models.Index(fields=["thread", "id"], name="event_in_thread"),
            models.Index(fields=["author", "-created_at"], name="event_by_author"),
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} in {self.thread_id}"

    def versions_of(self) -> "list[CommentVersion]":
        """What the comment said and says, oldest first; nothing once it is hidden."""
        return [] if self.hidden else list(self.versions.all())


class CommentVersion(models.Model):
    """What a comment said from `created_at` on; the last one is what it says now."""

    comment = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="versions")
    text = models.TextField()
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:40]


class ReactionKind(models.TextChoices):
    AGREE = "agree", "👍"
    DISAGREE = "disagree", "👎"
    LOVE = "love", "❤️"
    LAUGH = "laugh", "😄"
    CHEER = "cheer", "🎉"
    WONDER = "wonder", "🤔"


class Reaction(models.Model):
    """What a member thinks of a comment without a word; of each kind at most one."""

    comment = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="reactions")
    member = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=ReactionKind)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comment", "member", "kind"], name="reaction_once"),
            models.CheckConstraint(condition=models.Q(kind__in=ReactionKind.values), name="reaction_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.kind} {self.comment_id}"
