"""Webhooks of members, and what is to be, or was, sent to each."""

import uuid

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.members.models import User
from community.webhooks.rules import SECRET_MAX_LENGTH, URL_MAX_LENGTH


class Webhook(models.Model):
    """An address that a member wants to be told at. `domains` are the kinds of event it is for."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(_("address"), max_length=URL_MAX_LENGTH)
    secret = models.CharField(_("secret"), max_length=SECRET_MAX_LENGTH, blank=True)
    domains = models.JSONField(default=list)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    failing_since = models.DateTimeField(null=True)  # nothing arrived since then
    gave_up_at = models.DateTimeField(null=True)  # when the hub itself disabled it

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.url


class Watched(models.Model):
    """One thing that a webhook follows. `kind` and `name` mean nothing here but equality, `name` in any case."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="watched")
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint("webhook", "kind", Lower("name"), name="watched_once")]
        indexes = [models.Index("kind", Lower("name"), name="watched_by_name")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("Pending")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")


class Delivery(models.Model):
    """One event for one webhook: the outbox. Written with the change itself; what was answered is kept for its owner.

    `subject` is what the owner must still be allowed to see when it is sent (`events.may_see`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    subject = models.CharField(max_length=100)
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)  # while it is being sent: when another worker may try
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    # The last attempt.
    attempted_at = models.DateTimeField(null=True)
    milliseconds = models.PositiveIntegerField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True)  # headers and the beginning of the body
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=DeliveryState.values), name="delivery_state_known")
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], name="delivery_by_due"),
            models.Index(fields=["webhook", "-created_at"], name="delivery_by_age"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def dot(self) -> str:
        """The word of the interface for a state like this one."""
        return {"pending": "queued", "delivered": "done", "failed": "failed"}[self.state]
