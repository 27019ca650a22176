"""Who follows whom. A namespace stands for its owner, so one table serves members and organisations."""

from django.db import models
from django.utils import timezone

from community.members.models import Namespace, User


class Follow(models.Model):
    follower = models.ForeignKey(User, on_delete=models.CASCADE, related_name="follows")
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="follows")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["follower", "namespace"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.follower} follows {self.namespace}"
