"""Uploads on their way to a commit."""

import uuid

from django.db import models
from django.utils import timezone

from community.members.models import Namespace, User
from models_app.blobs.models import Blob
from models_app.repos.models import Repo


class UploadGrant(models.Model):
    """A repo may point to a blob because somebody who may write to it sent (or could read) the bytes.

    Without it a pointer to somebody else's private blob, of which only the sha256 is known, would open it.
    """

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="grants")
    blob = models.ForeignKey(Blob, on_delete=models.CASCADE, related_name="grants")
    committed = models.BooleanField(default=False)  # whoever may read the repo knows that the blob is in it
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    unused_since = models.DateTimeField(null=True, editable=False)  # no commit of the repo points there, since then

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "blob"], name="upload_grant_once")]

    def __str__(self) -> str:
        return f"{self.blob_id} in {self.repo_id}"


class StorageQuota(models.Model):
    """How many bytes one namespace may use, instead of the hub's default; None: without limit."""

    namespace = models.OneToOneField(Namespace, on_delete=models.CASCADE, related_name="storage_quota")
    allowed_bytes = models.PositiveBigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.namespace}: {self.allowed_bytes}"


class ProposedUpload(models.Model):
    """Bytes that a member who may only read a repo has sent to propose them there.

    Nobody else may point to them. Once a commit of a pull request does, whoever sees that may read them: a grant.
    """

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    blob = models.ForeignKey(Blob, on_delete=models.CASCADE, related_name="proposals")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "user", "blob"], name="proposed_upload_once")]

    def __str__(self) -> str:
        return f"{self.blob_id} for {self.repo_id}"


class Attachment(models.Model):
    """A picture, video or sound that a member put into a comment. Whoever knows the id may see it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="attachments")
    media_type = models.CharField(max_length=20)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"{self.media_type} {self.pk}"


class MultipartUpload(models.Model):
    """An LFS upload in parts. They lie in the object store under ``parts/<id>/<number>``.

    With `direct` clients send them to the store itself, which knows the upload by that name.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="multipart_uploads")
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    chunk_size = models.PositiveBigIntegerField()
    direct = models.CharField(max_length=1024, blank=True)
    proposed = models.BooleanField(default=False)  # by somebody who may only read the repo
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"{self.sha256} ({self.size} bytes)"


class KnownReference(models.Model):
    """Where a branch, tag or pull request of `repo` led when the handlers of `repos.hooks` were last told of it."""

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="known_references")
    name = models.CharField(max_length=1000)  # in full; more than an index of PostgreSQL takes
    target = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"{self.name} of {self.repo_id}: {self.target}"
