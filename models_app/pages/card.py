"""The first page of a repo: its card, its facts, and how to use or fill it."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from models_app.cards.frontmatter import texts
from models_app.cards.rendering import render_blob
from models_app.cards.starter import starter_card
from models_app.evaluation.queries import overall_score
from models_app.gitstore.errors import EntryNotFound
from models_app.gitstore.repository import DEFAULT_BRANCH, GitRepository
from models_app.licences.errors import UnknownLicence
from models_app.licences.rules import Licence, normalize
from models_app.pages.addresses import file_path
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.pages.snippets import upload_commands
from models_app.repos.models import Repo, RepoKind

CARD = "README.md"
MAX_CARD = 1024 * 1024  # bytes
_SCAFFOLD = {CARD, ".gitattributes"}


@dataclass(frozen=True)
class CardFacts:
    """What the side column lists."""

    licence: Licence | None
    languages: list[str]
    base_models: list[str]
    datasets: list[str]
    tags: list[str]
    architecture: str


@require_safe
def card_page(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    repo = open_repo(request, namespace, name, kind)
    git = GitRepository.open(repo.storage_id)
    sha = git.resolve(DEFAULT_BRANCH)
    shown = {
        "card": _rendered_card(repo, git, sha),
        "facts": _facts(repo),
        "overall": overall_score(repo),
        "is_empty": all(entry.path in _SCAFFOLD for entry in git.entries(sha)),
        "upload_commands": upload_commands(repo.full_id, repo.kind),
        "starter_card": starter_card(repo.name, pipeline_tag=repo.pipeline_tag, library_name=repo.library_name),
    }
    return render(request, "models_app/pages/card.html", repo_context(request, repo, "card") | shown)


def _rendered_card(repo: Repo, git: GitRepository, sha: str) -> SafeString:
    """The card's body as HTML; empty where there is none that can be shown."""
    try:
        entry = git.entry(sha, CARD)
    except EntryNotFound:
        return SafeString("")
    if entry.kind != "file" or entry.lfs is not None or entry.size > MAX_CARD:
        return SafeString("")
    return render_blob(entry.oid, lambda: git.read(entry.oid), f"{file_path(repo, 'resolve')}/")


def _facts(repo: Repo) -> CardFacts:
    data = repo.card_data
    architectures = repo.config.get("architectures")
    return CardFacts(
        licence=_licence(repo.licence),
        languages=texts(data, "language"),
        base_models=texts(data, "base_model"),
        datasets=texts(data, "datasets"),
        tags=texts(data, "tags")[:30],
        architecture=str(architectures[0])[:80] if isinstance(architectures, list) and architectures else "",
    )


def _licence(identifier: str) -> Licence | None:
    try:
        return normalize(identifier) if identifier else None
    except UnknownLicence:
        return None
