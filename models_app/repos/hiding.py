"""Repos that moderators or a vote hid; the decision itself is a line of `community.moderation`."""

from django.db import transaction

from models_app.repos.hooks import RepoChange, repo_changed
from models_app.repos.models import Repo


@transaction.atomic
def hide(key: int, hidden: bool) -> None:  # noqa: FBT001 (as `community.subjects` has it)
    """Hide the repo from all but those who look after it, or show it again. Asks for no permission."""
    locked = Repo.objects.select_for_update(of=("self",)).select_related("namespace")
    repo = locked.filter(pk=key).first()
    if repo is not None and repo.hidden != hidden:
        repo.hidden = hidden
        repo.save(update_fields=["hidden"])
        repo_changed(RepoChange("settings", repo))
