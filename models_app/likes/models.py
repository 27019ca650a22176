"""Which member likes which repo. `Repo.likes` counts these rows."""

from django.db import models
from django.utils import timezone

from community.members.models import User
from models_app.repos.models import Repo


class Like(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="likes")
    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="like_rows")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "repo"], name="like_once")]

    def __str__(self) -> str:
        return f"{self.user} likes {self.repo_id}"
