"""The part of a pull request that the community's thread cannot know."""

from django.db import models

from community.discussions.models import Thread
from models_app.repos.models import Repo


class PullRequest(models.Model):
    """A thread that carries commits for a repo's default branch, on the reference ``refs/pr/<number of the thread>``.

    `start_sha` is where that reference began. `base_sha` and `merge_sha` are empty until it is merged: what the default
    branch and it had in common then, and the commit by which the branch got its changes.
    """

    thread = models.OneToOneField(Thread, on_delete=models.CASCADE, primary_key=True, related_name="pull_request")
    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="pull_requests")
    start_sha = models.CharField(max_length=40)
    base_sha = models.CharField(max_length=40, blank=True)
    merge_sha = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"refs/pr/{self.thread.number}"
