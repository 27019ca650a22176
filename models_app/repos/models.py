"""A repository's row. Its content is a bare git repository; what lists need of it is kept here as facets."""

import uuid

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.governance.models import Proposal
from community.members.models import Namespace, User

MAX_MASK_TOKEN = 60


class RepoKind(models.TextChoices):
    MODEL = "model", _("model")
    DATASET = "dataset", _("dataset")
    SPACE = "space", _("space")


class Gate(models.TextChoices):
    """Who gets the files of a repo that everybody may see; the empty word stands for everybody."""

    AUTO = "auto", _("Whoever asks gets access at once")
    MANUAL = "manual", _("You decide on each request")


class Repo(models.Model):
    """`namespace/name` of one kind. The facets below are read from the head commit by `uploads` and rebuilt at will."""

    kind = models.CharField(max_length=8, choices=RepoKind, default=RepoKind.MODEL)
    namespace = models.ForeignKey(Namespace, on_delete=models.PROTECT, related_name="repos")
    name = models.CharField(max_length=96)
    creator = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="created_repos")
    private = models.BooleanField(_("private"), default=False)
    hidden = models.BooleanField(default=False)  # by moderators or a vote: from all but those who may read private ones
    featured_by = models.ForeignKey(Proposal, on_delete=models.PROTECT, null=True, related_name="+")  # the vote
    gated = models.CharField(_("access"), max_length=8, choices=Gate, blank=True)
    storage_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_modified = models.DateTimeField(default=timezone.now)
    downloads = models.PositiveBigIntegerField(default=0)
    likes = models.PositiveIntegerField(default=0)
    trend = models.FloatField(default=0)  # sum of likes and downloads with forward decay, see `trending`

    source_url = models.CharField(max_length=500, blank=True)  # where it was imported from

    # Facets of the default branch's head.
    head_sha = models.CharField(max_length=40, blank=True)
    licence = models.CharField(_("licence"), max_length=80, blank=True)
    pipeline_tag = models.CharField(_("task"), max_length=60, blank=True)
    library_name = models.CharField(_("library"), max_length=60, blank=True)
    card_data = models.JSONField(default=dict, blank=True)
    config = models.JSONField(default=dict, blank=True)
    mask_token = models.CharField(max_length=MAX_MASK_TOKEN, blank=True)
    parameters = models.JSONField(default=dict, blank=True)  # {dtype: count} from the safetensors headers
    parameter_count = models.PositiveBigIntegerField(null=True)
    outline = models.JSONField(default=dict, blank=True)  # shapes in those headers: `architectures.rules.Outline`
    used_bytes = models.PositiveBigIntegerField(default=0)  # bytes of the files at the head
    regular_bytes = models.PositiveBigIntegerField(default=0)  # those of them that lie in git itself
    warnings = models.JSONField(default=list, blank=True)  # sentences: what could not be read from the head

    class Meta:
        constraints = [
            models.UniqueConstraint("kind", "namespace", Lower("name"), name="repo_name_unique_any_case"),
            models.CheckConstraint(condition=models.Q(kind__in=RepoKind.values), name="repo_kind_known"),
            models.CheckConstraint(condition=models.Q(gated__in=["", *Gate.values]), name="repo_gate_known"),
        ]
        indexes = [
            # Each is one order of the lists to the last tie, so a page is read off it, whoever asks: private repos are
            # looked at one by one.
            models.Index(fields=["kind", "-last_modified", "-id"], name="repo_by_change"),
            models.Index(fields=["kind", "-downloads", "-id"], name="repo_by_downloads"),
            models.Index(fields=["kind", "-created_at", "-id"], name="repo_by_age"),
            models.Index(fields=["kind", "-likes", "-id"], name="repo_by_likes"),
            models.Index(fields=["kind", "-trend", "-id"], name="repo_by_trend"),
            models.Index(fields=["namespace", "kind", "-last_modified", "-id"], name="repo_by_owner"),
            # All that lists search and count by: read instead of the far wider rows.
            models.Index(
                fields=[
                    "kind",
                    "private",
                    "hidden",
                    "namespace",
                    "name",
                    "licence",
                    "pipeline_tag",
                    "library_name",
                    "parameter_count",
                ],
                name="repo_facets",
            ),
        ]

    def __str__(self) -> str:
        return self.full_id

    @property
    def full_id(self) -> str:
        """``namespace/name``; select_related("namespace") before reading it in a loop."""
        return f"{self.namespace.name}/{self.name}"

    @property
    def is_public(self) -> bool:
        """Whether everybody sees it; `queries.PUBLIC` of a query."""
        return not (self.private or self.hidden)


class RepoTag(models.Model):
    """One filterable word of a repo's card: a language, ``license:mit``, ``base_model:a/b``, a free tag."""

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="tag_rows")
    tag = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "tag"], name="repo_tag_once")]
        indexes = [models.Index(fields=["tag"], name="repo_tag_by_tag")]
        ordering = ["pk"]  # the order of the card

    def __str__(self) -> str:
        return self.tag


class RepoAlias(models.Model):
    """A name that a repo had before it was moved; it leads there until a new repo takes it."""

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="aliases")
    kind = models.CharField(max_length=8, choices=RepoKind)
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=96)

    class Meta:
        constraints = [models.UniqueConstraint("kind", "namespace", Lower("name"), name="repo_alias_unique_any_case")]

    def __str__(self) -> str:
        return f"{self.namespace.name}/{self.name}"


class AccessStatus(models.TextChoices):
    PENDING = "pending", _("pending")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")


class AccessRequest(models.Model):
    """Whether a member may have the files of a gated repo."""

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="access_requests")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_requests")
    status = models.CharField(max_length=8, choices=AccessStatus)
    asked = models.BooleanField()  # True: the member asked, and agreed that the owners learn their e-mail address
    fields = models.JSONField(default=dict, blank=True)  # {question of the card: answer}
    rejection_reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repo", "user"], name="access_request_once"),
            models.CheckConstraint(condition=models.Q(status__in=AccessStatus.values), name="access_status_known"),
        ]
        indexes = [models.Index(fields=["repo", "status", "-created_at"], name="access_request_by_status")]

    def __str__(self) -> str:
        return f"{self.user} in {self.repo_id}: {self.status}"
