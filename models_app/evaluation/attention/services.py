"""Ask for the attention to a text, and tidy up."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from community.members.actors import Actor
from community.members.models import User
from hub.core.errors import Unauthenticated
from hub.core.jsondata import storable_text
from hub.core.tasks import ring
from models_app.architectures.designs import DESIGNS
from models_app.evaluation.attention import tasks
from models_app.evaluation.attention.errors import InvalidText, NoAttention, TooManyTexts
from models_app.evaluation.attention.models import AttentionLayer, AttentionRequest
from models_app.evaluation.attention.rules import (
    EXAMPLE,
    EXAMPLE_MEMORY,
    KEPT,
    MAX_CHARACTERS,
    MAX_WAITING,
    WITHOUT_ATTENTION,
    key_of,
)
from models_app.evaluation.models import RunState
from models_app.evaluation.routing import memory_needed
from models_app.repos.models import Repo, RepoKind
from models_app.repos.queries import check_content

_OPEN = (RunState.QUEUED, RunState.RUNNING)
_PRECISION = "float32"
_PRUNED_AT_ONCE = 500


def ask(*, actor: Actor, repo: Repo, text: str, target: str = "") -> AttentionRequest:
    """The request for `text` at the head of `repo`, which `actor` sees: a known one, or queued now.

    What failed, or was deleted since, is queued again. Raises `Unauthenticated`, `GatedRepo`, `NoAttention`,
    `InvalidText` or `TooManyTexts`.
    """
    user = actor.user
    if user is None:
        raise Unauthenticated(_("Sign in to have a text looked at."))
    check_content(actor, repo)
    check_shown(repo)
    text, target = _checked(text, name=_("text")), _checked(target, name=_("target"))
    if not text:
        raise InvalidText(_("Enter a text: a sentence or two."))
    if target and not takes_target(repo):
        raise InvalidText(_("Only encoder–decoders read a target text beside the text."))
    with transaction.atomic():
        known = _known(repo, text, target)
        if known is not None and (known.state in _OPEN or known.found):
            return known
        _check_limits(user)
        return _queue_again(known, user) if known is not None else _queue(repo, text, target, user)


def queue_example(repo: Repo, commit_sha: str) -> None:
    """Queue the example text at `commit_sha`, where that is the head of `repo` and its checkpoint a small one.

    Safe to call again.
    """
    needed = memory_needed(repo.parameters, _PRECISION)
    small = needed is not None and needed <= EXAMPLE_MEMORY
    if small and commit_sha == repo.head_sha and _is_shown(repo) and _known(repo, EXAMPLE, "") is None:
        _queue(repo, EXAMPLE, "", None)


def prune() -> int:
    """Delete weights that are older than `KEPT`, but for the example of a head; gives of how many requests, at most
    `_PRUNED_AT_ONCE`.
    """
    old = AttentionRequest.objects.filter(state=RunState.DONE, finished_at__lt=timezone.now() - KEPT)
    # The example stays as long as its commit is the head: it is short, and without it the page would show nothing.
    old = old.exclude(found={}).exclude(key=key_of(EXAMPLE, ""), commit_sha=F("repo__head_sha"))
    gone = list(old.values_list("pk", flat=True)[:_PRUNED_AT_ONCE])
    with transaction.atomic():
        AttentionLayer.objects.filter(request__in=gone).delete()
        return AttentionRequest.objects.filter(pk__in=gone).update(found={})


def check_shown(repo: Repo) -> None:
    """Raises `NoAttention` where there is nothing to look at, with the reason."""
    model_type = str(repo.config.get("model_type"))
    if model_type in WITHOUT_ATTENTION:
        raise NoAttention(
            _("Models of the kind “%(kind)s” have no attention: they mix tokens in another way.") % {"kind": model_type}
        )
    if not _is_shown(repo):
        raise NoAttention(
            _("There is nothing to look at: a model needs the config.json of a known architecture, and safetensors.")
        )


def takes_target(repo: Repo) -> bool:
    """Whether `repo` is an encoder–decoder."""
    design = DESIGNS.get(str(repo.config.get("model_type")))
    return design is not None and design.stack == "both"


def _is_shown(repo: Repo) -> bool:
    known = str(repo.config.get("model_type")) in DESIGNS
    return repo.kind == RepoKind.MODEL and known and bool(repo.parameters)  # of safetensors: pickles are not loaded


def _checked(text: str, *, name: str) -> str:
    text = storable_text(text).strip()
    if len(text) > MAX_CHARACTERS:
        raise InvalidText(
            _("The %(name)s has %(length)d characters; at most %(limit)d are read.")
            % {"name": name, "length": len(text), "limit": MAX_CHARACTERS}
        )
    return text


def _known(repo: Repo, text: str, target: str) -> AttentionRequest | None:
    rows = AttentionRequest.objects.select_for_update()
    return rows.filter(repo=repo, commit_sha=repo.head_sha, key=key_of(text, target)).first()


def _check_limits(user: User) -> None:
    """Raises `TooManyTexts`. Two at once may overshoot by one."""
    asked = AttentionRequest.objects.filter(requested_by=user)
    if asked.filter(state__in=_OPEN).count() >= MAX_WAITING:
        raise TooManyTexts(
            _("%(limit)d of your texts are waiting, which is as many as may. Try again when one is done.")
            % {"limit": MAX_WAITING}
        )
    limit = settings.ATTENTION_A_DAY
    if asked.filter(queued_at__gt=timezone.now() - timedelta(days=1)).count() >= limit:
        raise TooManyTexts(
            _("You have asked for %(limit)d texts within a day, which is as many as one may. Try again tomorrow.")
            % {"limit": limit}
        )


def _queue(repo: Repo, text: str, target: str, user: User | None) -> AttentionRequest:
    request, _created = AttentionRequest.objects.get_or_create(
        repo=repo,
        commit_sha=repo.head_sha,
        key=key_of(text, target),
        defaults={
            "text": text,
            "target": target,
            "requested_by": user,
            "memory_bytes": memory_needed(repo.parameters, _PRECISION),
        },
    )
    ring(tasks.attend_next, queue=tasks.QUEUE)
    return request


def _queue_again(request: AttentionRequest, user: User) -> AttentionRequest:
    request.state, request.queued_at, request.requested_by = RunState.QUEUED, timezone.now(), user
    request.losses, request.progress, request.log_tail = 0, {}, ""
    request.started_at = request.finished_at = None
    request.failure_class = request.failure_reason = ""
    request.save()
    ring(tasks.attend_next, queue=tasks.QUEUE)
    return request
