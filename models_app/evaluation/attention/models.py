"""Texts whose attention members want to see, and the weights that workers found."""

import uuid

from django.conf import settings
from django.db import models

from community.members.models import User
from models_app.evaluation.models import WORK_CONSTRAINTS, Work
from models_app.repos.models import Repo


class AttentionRequest(Work):
    """One text (of an encoder–decoder with its target) at one commit. Whoever asks for the same gets the same row.

    `found` is what came out, without the weights: ``{"family", "read", "read_target", "parts": [{"name", "rows",
    "columns", "causal", "heads", "layers"}]}``. It is empty until then, and again once the weights were deleted.
    """

    what = "The computation"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="attention_requests")
    commit_sha = models.CharField(max_length=40)
    text = models.TextField()
    target = models.TextField(blank=True)  # of an encoder–decoder; blank: what it writes itself
    key = models.CharField(max_length=64)  # `rules.key_of` both
    # The member who asked last, whose limit it counts for; None for the example that the hub asks for.
    requested_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="attention_requests")
    found = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repo", "commit_sha", "key"], name="attention_text_once"),
            *WORK_CONSTRAINTS,
        ]
        indexes = [
            models.Index(fields=["state", "queued_at"], name="attention_queue_order"),
            models.Index(fields=["requested_by", "-queued_at"], name="attention_by_member"),
            models.Index(fields=["finished_at"], name="attention_by_age"),
        ]

    def __str__(self) -> str:
        return f"attention {self.pk}: {self.state}"

    @property
    def limit_seconds(self) -> int:
        return int(settings.ATTENTION_SECONDS)


class AttentionLayer(models.Model):
    """The weights of one layer: little-endian float16, (heads, rows, columns) of its part in `found`."""

    request = models.ForeignKey(AttentionRequest, on_delete=models.CASCADE, related_name="layers")
    part = models.CharField(max_length=10)
    layer = models.PositiveSmallIntegerField()  # from 0
    weights = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "part", "layer"], name="attention_layer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.layer}"
