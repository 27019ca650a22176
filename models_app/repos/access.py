"""Gated repositories: who asks for the files, and who gets them."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from community.members.actors import Actor
from community.members.models import User
from community.notifications.services import notify
from community.notifications.topics import Topic
from hub.core.errors import Unauthenticated
from hub.core.jsondata import storable_text
from models_app.repos.errors import AccessRequestNotFound, AccessUnchanged, NotGated
from models_app.repos.hooks import RepoChange, repo_changed
from models_app.repos.models import AccessRequest, AccessStatus, Gate, Repo
from models_app.repos.queries import check_write
from models_app.repos.subject import KIND, keepers_of

MAX_REASON = 500  # characters
ACCESS_ASKED = Topic("access-asked", _("%(who)s asks for the files of %(what)s"), below="/settings/access")


@transaction.atomic
def set_gate(*, actor: Actor, repo: Repo, gate: str) -> None:
    """Put `repo` behind `gate` (a `Gate`), or open it ("").

    Who was given access keeps it: a gate that is put up again later finds its list.
    """
    check_write(actor, repo)
    Repo.objects.filter(pk=repo.pk).update(gated=gate)
    repo.gated = gate
    repo_changed(RepoChange("settings", repo))


@transaction.atomic
def ask_access(*, actor: Actor, repo: Repo, answers: Mapping[str, str]) -> AccessRequest:
    """The request of `actor` for the files of `repo`: accepted at once or pending, as the gate says.

    Asking again changes nothing, whatever became of the first request. Raises `NotGated`, `Unauthenticated`.
    """
    if actor.user is None:
        raise Unauthenticated("Sign in to ask for access.")
    _check_gated(repo)
    status = AccessStatus.ACCEPTED if repo.gated == Gate.AUTO else AccessStatus.PENDING
    defaults = {"status": status, "asked": True, "fields": dict(answers)}
    request, created = AccessRequest.objects.get_or_create(repo=repo, user=actor.user, defaults=defaults)
    if created and status == AccessStatus.PENDING:
        notify(topic=ACCESS_ASKED.name, recipients=keepers_of(repo), kind=KIND, key=repo.pk, actor=actor.user)
    return request


def request_of(actor: Actor, repo: Repo) -> AccessRequest | None:
    """What became of the request of `actor` for `repo`; None if there is none."""
    return AccessRequest.objects.filter(repo=repo, user=actor.user).first() if actor.user is not None else None


def access_requests(actor: Actor, repo: Repo) -> QuerySet[AccessRequest]:
    """The requests for `repo` with their members, for those who may write to it.

    Raises `WriteForbidden`, `NotGated`.
    """
    check_write(actor, repo)
    _check_gated(repo)
    return AccessRequest.objects.filter(repo=repo).select_related("user")


@transaction.atomic
def decide(*, actor: Actor, repo: Repo, which: Mapping[str, Any], status: str, reason: str = "") -> AccessRequest:
    """Give the request of `repo` with the fields `which` (``user`` or ``pk``) another `AccessStatus`.

    Raises `AccessRequestNotFound`, and `AccessUnchanged` if it has that status already.
    """
    found = access_requests(actor, repo).select_for_update(of=("self",)).filter(**which).first()
    if found is None:
        raise AccessRequestNotFound
    if found.status == status:
        raise AccessUnchanged(found.user.username, found.get_status_display())
    found.status = status
    found.rejection_reason = storable_text(reason)[:MAX_REASON] if status == AccessStatus.REJECTED else ""
    found.save(update_fields=["status", "rejection_reason"])
    return found


@transaction.atomic
def grant_access(*, actor: Actor, repo: Repo, user: User) -> AccessRequest:
    """Give `user` the files of `repo`, asked or not. Raises `AccessUnchanged` if they have them already."""
    requests = access_requests(actor, repo)
    accepted = {"status": AccessStatus.ACCEPTED}
    found, created = AccessRequest.objects.get_or_create(repo=repo, user=user, defaults=accepted | {"asked": False})
    if created:
        return found
    if not requests.filter(pk=found.pk).exclude(**accepted).update(**accepted, rejection_reason=""):
        raise AccessUnchanged(user.username, found.get_status_display())
    found.status, found.rejection_reason = AccessStatus.ACCEPTED, ""
    return found


def _check_gated(repo: Repo) -> None:
    if not repo.gated:
        raise NotGated(repo.full_id)
