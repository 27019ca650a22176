"""Programs that ask to sign in as a member, and those that were let in."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.members.models import AccessToken, User


class RequestState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    APPROVED = "approved", _("Approved")
    DENIED = "denied", _("Denied")


class DeviceRequest(models.Model):
    """A program that waits for a member to type its code. Of its own, secret code only an HMAC is kept."""

    digest = models.CharField(max_length=64, unique=True)
    user_code = models.CharField(max_length=9, unique=True)
    address = models.GenericIPAddressField(null=True)  # where it asked from
    program = models.CharField(max_length=200)  # what it calls itself
    state = models.CharField(max_length=8, choices=RequestState, default=RequestState.PENDING)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True)  # who decided
    kind = models.CharField(max_length=12, blank=True)  # of the token that was approved
    interval = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=RequestState.values), name="device_state_known")
        ]

    def __str__(self) -> str:
        return self.user_code


class DeviceLogin(models.Model):
    """How a program renews its access token. Revoking the token ends this too."""

    token = models.OneToOneField(AccessToken, on_delete=models.CASCADE, related_name="device_login")
    digest = models.CharField(max_length=64, unique=True)
    previous_digest = models.CharField(max_length=64, blank=True, db_index=True)
    renewed_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.token)
