"""What stands before the files of a gated repo, for those who do not have access yet."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from community.members.auth import actor_of
from models_app.cards.gating import GateText, gate_text
from models_app.cards.rendering import render_blob
from models_app.cards.rules import parse_card
from models_app.gitstore.repository import GitRepository
from models_app.pages.addresses import file_path, repo_path
from models_app.pages.card_file import card_entry
from models_app.pages.gate_forms import AskAccessForm
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.repos.access import ask_access, request_of
from models_app.repos.models import AccessRequest, AccessStatus, Gate, Repo, RepoKind
from models_app.repos.queries import may_read_content


@dataclass(frozen=True)
class GatePanel:
    """`request` is what the visitor has asked before; without one a signed-in visitor gets `form`."""

    text: GateText
    prompt: SafeString
    request: AccessRequest | None
    form: AskAccessForm
    automatic: bool


def gate_panel(request: HttpRequest, repo: Repo, form: AskAccessForm | None = None) -> GatePanel | None:
    """What to show this visitor before the files of `repo`; None if they may have them."""
    actor = actor_of(request)
    if may_read_content(actor, repo):
        return None
    text = _text_of(repo)
    # Remembered under the head, of which the text is a part.
    key, base = f"gate of {repo.head_sha}", f"{file_path(repo, 'resolve')}/"
    return GatePanel(
        text=text,
        prompt=render_blob(key, text.prompt.encode, base) if text.prompt else SafeString(""),
        request=request_of(actor, repo),
        form=form or AskAccessForm(questions=text.questions),
        automatic=repo.gated == Gate.AUTO,
    )


def _text_of(repo: Repo) -> GateText:
    """From the card itself: PostgreSQL's JSON, which `Repo.card_data` is, would forget the order of the questions."""
    git = GitRepository.open(repo.storage_id)
    entry = card_entry(git, repo.head_sha)
    return gate_text(parse_card(git.read(entry.oid).decode(errors="replace")).data if entry else {})


def closed_page(request: HttpRequest, repo: Repo, panel: GatePanel, *, tab: str, status: int = 403) -> HttpResponse:
    """The gate in place of a page that would show what is in a file."""
    context = repo_context(request, repo, tab) | {"gate": panel}
    return render(request, "models_app/pages/closed.html", context, status=status)


@login_required
@require_POST
def ask(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    """Ask for the files."""
    repo = open_repo(request, namespace, name, kind)
    form = AskAccessForm(request.POST, questions=_text_of(repo).questions)
    panel = gate_panel(request, repo, form)
    if panel is not None and not form.is_valid():
        return closed_page(request, repo, panel, tab="card", status=422)
    if panel is not None:
        asked = ask_access(actor=actor_of(request), repo=repo, answers=form.answers)
        if asked.status == AccessStatus.ACCEPTED:
            messages.success(request, _("You have access to the files of %(name)s now.") % {"name": repo.full_id})
        else:
            messages.success(request, _("Your request was sent to the owners of %(name)s.") % {"name": repo.full_id})
    return redirect(repo_path(repo))
