"""Flags of members, and what moderators decided. Subjects are opaque (`community.subjects`)."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.discussions.models import Event, Thread
from community.discussions.rules import REASON_MAX_LENGTH
from community.members.models import User
from community.moderation.rules import NOTE_MAX_LENGTH


class Verb(models.TextChoices):
    HIDE_COMMENT = "hide-comment", _("hid a comment")
    SHOW_COMMENT = "show-comment", _("showed a comment again")
    HIDE_THREAD = "hide-thread", _("hid a thread")
    SHOW_THREAD = "show-thread", _("showed a thread again")
    LOCK = "lock", _("locked a thread")
    UNLOCK = "unlock", _("unlocked a thread")
    PIN = "pin", _("pinned a thread")
    UNPIN = "unpin", _("unpinned a thread")
    SPLIT = "split", _("moved comments to a new thread")
    JOIN = "join", _("moved comments back")
    HIDE_SUBJECT = "hide-subject", _("hid all of it")
    SHOW_SUBJECT = "show-subject", _("showed it again")
    UPHOLD = "uphold", _("agreed with reports")
    DISMISS = "dismiss", _("dismissed flags")
    REOPEN = "reopen", _("took up flags again")
    SUSPEND = "suspend", _("suspended a decision")
    RESUME = "resume", _("put a decision into force again")


class ModerationAction(models.Model):
    """One decision, for everybody to read; `data` holds ids only, never what was hidden.

    `moderator` is None for what the hub did by itself (`automatic`), for a vote (`link` leads to it), and for accounts
    that are gone. A `SUSPEND` line undoes the decision that it `suspends` until a `RESUME` line overrules it; `link`
    leads to the proposal whose sponsors asked for it.
    """

    verb = models.CharField(max_length=12, choices=Verb)
    moderator = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    automatic = models.BooleanField(default=False)
    reason = models.CharField(max_length=REASON_MAX_LENGTH, blank=True)
    kind = models.CharField(max_length=20)
    key = models.BigIntegerField()
    thread = models.ForeignKey(Thread, on_delete=models.SET_NULL, null=True, related_name="decisions")
    comment = models.ForeignKey(Event, on_delete=models.SET_NULL, null=True, related_name="decisions")
    data = models.JSONField(default=dict, blank=True)
    link = models.CharField(max_length=100, blank=True)
    overrules = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="overruled_by")
    suspends = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="suspensions")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(verb__in=Verb.values), name="decision_verb_known")]
        indexes = [
            models.Index(fields=["kind", "key"], condition=models.Q(verb="suspend"), name="suspension_by_subject"),
        ]
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.verb} {self.kind} {self.key}"


class FlagReason(models.TextChoices):
    SPAM = "spam", _("Spam or advertising")
    ABUSE = "abuse", _("Insult, threat or harassment")
    OFF_TOPIC = "off-topic", _("Does not belong here")
    RIGHTS = "rights", _("Breaks a licence, or somebody's rights")
    DANGER = "danger", _("Harmful files or private data")
    OTHER = "other", _("Something else")


class Flag(models.Model):
    """A member's word that a comment, or without one a whole subject, needs a moderator.

    `weighty` says whether the member was trusted at that time; `decision` is what came of it.
    """

    member = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    key = models.BigIntegerField()
    comment = models.ForeignKey(Event, on_delete=models.CASCADE, null=True, related_name="flags")
    reason = models.CharField(max_length=12, choices=FlagReason)
    note = models.CharField(max_length=NOTE_MAX_LENGTH, blank=True)
    weighty = models.BooleanField(default=False)
    decision = models.ForeignKey(ModerationAction, on_delete=models.SET_NULL, null=True, related_name="flags")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(reason__in=FlagReason.values), name="flag_reason_known"),
            models.UniqueConstraint(
                fields=["member", "comment"], condition=models.Q(comment__isnull=False), name="flag_once_per_comment"
            ),
            models.UniqueConstraint(
                fields=["member", "kind", "key"],
                condition=models.Q(comment=None, decision=None),
                name="flag_open_once_per_subject",
            ),
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.member_id} flags {self.kind} {self.key}"
