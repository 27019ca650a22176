"""People, organisations, the one name space they share, and their access tokens."""

from django.contrib.auth.models import AbstractUser
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

BIO_MAX_LENGTH = 2000


class Namespace(models.Model):
    """The first half of every repo id. One name, one owner: a member or an organisation."""

    name = models.CharField(max_length=96)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="namespace_name_unique_any_case")]

    def __str__(self) -> str:
        return self.name

    @property
    def owner(self) -> "User | Organization | None":
        """Whom the name belongs to; select_related("user", "organization") before reading it in a loop."""
        return getattr(self, "user", None) or getattr(self, "organization", None)

    @property
    def is_organization(self) -> bool:
        return isinstance(self.owner, Organization)


class User(AbstractUser):
    """A member. `username` equals the name of `namespace`."""

    namespace = models.OneToOneField(Namespace, on_delete=models.PROTECT, related_name="user", null=True)
    full_name = models.CharField(_("full name"), max_length=120, blank=True)
    bio = models.TextField(_("about"), blank=True, validators=[MaxLengthValidator(BIO_MAX_LENGTH)])
    homepage = models.URLField(_("home page"), blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)

    first_name = None  # type: ignore[assignment]  # one name field: not every culture splits names
    last_name = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.username


class Organization(models.Model):
    namespace = models.OneToOneField(Namespace, on_delete=models.PROTECT, related_name="organization")
    full_name = models.CharField(_("full name"), max_length=120)
    bio = models.TextField(_("about"), blank=True, validators=[MaxLengthValidator(BIO_MAX_LENGTH)])
    homepage = models.URLField(_("home page"), blank=True)
    members = models.ManyToManyField(User, through="Membership", related_name="organizations")

    def __str__(self) -> str:
        return self.namespace.name


class Role(models.TextChoices):
    """What a member may do in an organisation; each role includes the ones before it."""

    READ = "read", _("Read: see private repos")
    CONTRIBUTOR = "contributor", _("Contributor: create repos and write to own ones")
    WRITE = "write", _("Write: write to every repo")
    ADMIN = "admin", _("Admin: manage members and settings")


class Membership(models.Model):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization} ({self.role})"


TOKEN_NAME_MAX_LENGTH = 96


class TokenKind(models.TextChoices):
    READ = "read", _("Read")
    WRITE = "write", _("Write")
    FINE_GRAINED = "fineGrained", _("Fine-grained")


class AccessToken(models.Model):
    """A secret that acts for a member. Only an HMAC of it is kept; the text is shown once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_tokens")
    name = models.CharField(_("name"), max_length=TOKEN_NAME_MAX_LENGTH)
    kind = models.CharField(_("kind"), max_length=12, choices=TokenKind)
    # fineGrained only, in the shape of whoami-v2; see `tokens.create_access_token`.
    scopes = models.JSONField(default=dict, blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    pepper_id = models.CharField(max_length=16, editable=False)
    hint = models.CharField(max_length=4, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="token_name_once_per_member"),
            models.CheckConstraint(condition=models.Q(kind__in=TokenKind.values), name="token_kind_known"),
        ]
        indexes = [models.Index(fields=["hint"], name="token_by_hint")]

    def __str__(self) -> str:
        return f"{self.name} (…{self.hint})"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()
