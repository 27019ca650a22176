"""The first page of a repo: its card, its facts, and how to use or fill it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community.members.actors import Actor
from community.members.auth import actor_of
from models_app.cards.frontmatter import texts
from models_app.cards.lineage import child_tag
from models_app.cards.rendering import render_blob
from models_app.cards.starter import starter_card
from models_app.evaluation.queries import primary_score
from models_app.gitstore.repository import DEFAULT_BRANCH, GitRepository
from models_app.licences.errors import UnknownLicence
from models_app.licences.rules import Licence, normalize
from models_app.pages.addresses import file_path, list_path
from models_app.pages.architecture import architecture_card
from models_app.pages.card_file import CARD, card_entry
from models_app.pages.gate import gate_panel
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.pages.snippets import upload_commands
from models_app.repos.models import Repo, RepoKind
from models_app.scanning.queries import secrets_of, summary_of
from models_app.search.lineage import Base, bases_of, children_of

CHILDREN_SHOWN = 5
_SCAFFOLD = {CARD, ".gitattributes"}


@dataclass(frozen=True)
class CardFacts:
    """What the side column lists."""

    licence: Licence | None
    languages: list[str]
    datasets: list[str]
    tags: list[str]
    architecture: str


@dataclass(frozen=True)
class Family:
    """What the model was made from (and how, as a label), and the models made from it, most downloaded first."""

    made: str
    bases: list[Base]
    children: list[Repo]
    child_count: int
    children_path: str


@require_safe
def card_page(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    repo = open_repo(request, namespace, name, kind)
    git = GitRepository.open(repo.storage_id)
    sha = git.resolve(DEFAULT_BRANCH)
    context = repo_context(request, repo, "card")
    shown = {
        "card": _rendered_card(repo, git, sha),
        "facts": _facts(repo),
        "gate": gate_panel(request, repo),
        "overall": primary_score(repo),
        "architecture": architecture_card(repo) if repo.kind == RepoKind.MODEL else None,
        "is_empty": all(entry.path in _SCAFFOLD for entry in git.entries(sha)),
        "upload_commands": upload_commands(repo.full_id, repo.kind),
        "family": _family(actor_of(request), repo) if repo.kind == RepoKind.MODEL else None,
        "scans": summary_of(repo),
        "secret_files": secrets_of(repo) if context["may_write"] else [],
        "starter_card": starter_card(repo.name, pipeline_tag=repo.pipeline_tag, library_name=repo.library_name),
    }
    return render(request, "models_app/pages/card.html", context | shown)


def _family(actor: Actor, repo: Repo) -> Family:
    relation, bases = bases_of(actor, repo)
    children = children_of(actor, repo)
    labels = {
        "finetune": _("Fine-tuned from"),
        "adapter": _("Adapter for"),
        "quantized": _("Quantised from"),
        "merge": _("Merged from"),
    }
    return Family(
        made=labels.get(relation, _("Base model")),
        bases=bases,
        children=list(children.order_by("-downloads", "-pk")[:CHILDREN_SHOWN]),
        child_count=children.count(),
        children_path=f"{list_path(repo)}?{urlencode({'filter': child_tag(repo.full_id)})}",
    )


def _rendered_card(repo: Repo, git: GitRepository, sha: str) -> SafeString:
    """The card's body as HTML; empty where there is none that can be shown."""
    entry = card_entry(git, sha)
    if entry is None:
        return SafeString("")
    return render_blob(entry.oid, lambda: git.read(entry.oid), f"{file_path(repo, 'resolve')}/")


def _facts(repo: Repo) -> CardFacts:
    data = repo.card_data
    architectures = repo.config.get("architectures")
    return CardFacts(
        licence=_licence(repo.licence),
        languages=texts(data, "language"),
        datasets=texts(data, "datasets"),
        tags=texts(data, "tags")[:30],
        architecture=str(architectures[0])[:80] if isinstance(architectures, list) and architectures else "",
    )


def _licence(identifier: str) -> Licence | None:
    try:
        return normalize(identifier) if identifier else None
    except UnknownLicence:
        return None
