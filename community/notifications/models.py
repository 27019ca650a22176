"""What members are told, which threads they follow, and how they want mail."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.discussions.models import Event, Thread
from community.members.models import User


class Notification(models.Model):
    """One thing that a member is told. No name of what it is about is kept: it is looked up when it is shown, or sent,
    and is not there for who may not see it any more. `target` is a path without names (``/moderation/log/7``).
    """

    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    topic = models.CharField(max_length=20)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=20)
    key = models.BigIntegerField()
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, null=True, related_name="+")
    comment = models.ForeignKey(Event, on_delete=models.CASCADE, null=True, related_name="+")
    target = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["recipient", "-id"], name="notification_by_recipient"),
            models.Index(fields=["recipient"], condition=models.Q(read_at=None), name="notification_unread"),
            models.Index(
                fields=["recipient"], condition=models.Q(read_at=None, mailed_at=None), name="notification_to_mail"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} for {self.recipient_id}"


class Level(models.TextChoices):
    """How a member follows a thread. Who writes in one takes part until they say otherwise."""

    PARTICIPATING = "participating", _("taking part")
    WATCHING = "watching", _("watching")
    MUTED = "muted", _("muted")


class Subscription(models.Model):
    member = models.ForeignKey(User, on_delete=models.CASCADE, related_name="subscriptions")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="subscriptions")
    level = models.CharField(max_length=13, choices=Level)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thread", "member"], name="subscription_once"),
            models.CheckConstraint(condition=models.Q(level__in=Level.values), name="subscription_level_known"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.level} {self.thread_id}"


class Mail(models.TextChoices):
    DIGEST = "digest", _("Once a day, all in one message")
    IMMEDIATE = "immediate", _("At once")
    NEVER = "never", _("Never")


class MailPreference(models.Model):
    """Without a row: a digest. `sent_at` is when the last mail went out."""

    member = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="mail_preference")
    mail = models.CharField(_("mail"), max_length=10, choices=Mail, default=Mail.DIGEST)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(mail__in=Mail.values), name="mail_preference_known")]

    def __str__(self) -> str:
        return f"{self.member_id}: {self.mail}"
