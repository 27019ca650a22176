"""What a model's heads look at in a text. All of the page's state is in its address (`attention_figure.Choice`)."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from community.members.auth import actor_of
from hub.core.caching import unless_known
from hub.core.errors import DomainError
from models_app.evaluation.attention import queries, services
from models_app.evaluation.attention.errors import AttentionDeleted, AttentionNotFound, NoAttention
from models_app.evaluation.attention.models import AttentionRequest
from models_app.evaluation.attention.pictures import overview_picture
from models_app.evaluation.attention.rules import EXAMPLE, Part, parts_of
from models_app.pages.attention_figure import Choice, Figure, Overview, chosen_part, figure, overview
from models_app.pages.attention_forms import TextForm
from models_app.pages.gate import closed_page, gate_panel
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.repos.models import Repo

_KEEP_SECONDS = 3600  # of pictures, in the reader's own browser


@dataclass(frozen=True)
class View:
    """The attention to one text, as the visitor chose to see it."""

    parts: list[Part]
    part: Part
    choice: Choice
    overview: Overview
    figure: Figure
    read: int  # tokens of the whole text
    read_target: int | None

    @property
    def part_links(self) -> list[tuple[str, str, bool]]:
        """(name, address, whether it is chosen) of each part."""
        return [
            (
                part.name,
                self.choice.address(part=part.name, layer=0, head=0, row=len(part.rows) - 1),
                part.name == self.part.name,
            )
            for part in self.parts
        ]

    @property
    def last_layer(self) -> int:
        return self.part.layers - 1

    @property
    def last_head(self) -> int:
        return self.part.heads - 1

    @property
    def shown(self) -> int:
        """Tokens of the text that are shown."""
        return len(self.parts[0].columns)

    @property
    def shown_target(self) -> int:
        return len(self.parts[-1].rows)

    @property
    def writes_itself(self) -> bool:
        """Whether an encoder–decoder was given no target."""
        return self.read_target is None and any(part.name == "cross" for part in self.parts)

    @property
    def is_cut(self) -> bool:
        return self.shown < self.read

    @property
    def is_target_cut(self) -> bool:
        return self.read_target is not None and self.shown_target < self.read_target


@require_safe
def attention_page(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """The text that the address names, else the example."""
    repo = open_repo(request, namespace, name)
    panel = gate_panel(request, repo)
    if panel is not None:
        return closed_page(request, repo, panel, tab="attention")
    found = _chosen(request, repo)
    text = {"text": found.text, "target": found.target} if found else {"text": EXAMPLE}
    form = TextForm(initial=text, takes_target=services.takes_target(repo))
    return _page(request, repo, found, form)


@login_required
@require_POST
def ask(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """Have a text computed, then show it."""
    repo = open_repo(request, namespace, name)
    panel = gate_panel(request, repo)
    if panel is not None:
        return closed_page(request, repo, panel, tab="attention")
    form = TextForm(request.POST, takes_target=services.takes_target(repo))
    if form.is_valid():
        try:
            found = services.ask(actor=actor_of(request), repo=repo, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            address = reverse("attention", args=[repo.namespace.name, repo.name])
            return redirect(f"{address}?id={found.pk}")
    return _page(request, repo, None, form, status=422)


@require_safe
def live(request: HttpRequest, namespace: str, name: str, request_id: UUID) -> HttpResponse:
    """The state of a text, fetched every two seconds until it is over; then the page is loaded anew."""
    repo = open_repo(request, namespace, name)
    place = queries.place_of(_of_repo(request, repo, request_id))
    response = render(request, "models_app/attention/_live.html", {"repo": repo, "place": place})
    if not place.live:
        response["HX-Refresh"] = "true"
    return response


@require_safe
def picture(request: HttpRequest, namespace: str, name: str, request_id: UUID, part: str) -> HttpResponse:
    """All heads of a part in one picture."""
    repo = open_repo(request, namespace, name)
    found = _of_repo(request, repo, request_id)
    shown = queries.part_of(found, part)
    response = HttpResponse(overview_picture(queries.layers_of(found, shown), shown), content_type="image/png")
    response["Cache-Control"] = f"private, max-age={_KEEP_SECONDS}"
    return unless_known(request, response)


def _chosen(request: HttpRequest, repo: Repo) -> AttentionRequest | None:
    """Raises `AttentionNotFound` where the address names a text that is not there."""
    wanted = request.GET.get("id", "")
    if not wanted:
        return queries.example_of(repo)
    try:
        request_id = UUID(wanted)
    except ValueError:
        raise AttentionNotFound from None
    return _of_repo(request, repo, request_id)


def _of_repo(request: HttpRequest, repo: Repo, request_id: UUID) -> AttentionRequest:
    found = queries.get_request(actor_of(request), request_id)
    if found.repo_id != repo.pk:
        raise AttentionNotFound
    return found


def _page(
    request: HttpRequest, repo: Repo, found: AttentionRequest | None, form: TextForm, *, status: int = 200
) -> HttpResponse:
    shown = {
        "form": form,
        "place": queries.place_of(found) if found else None,
        "view": _view(request, found) if found else None,
        "refusal": _refusal(repo),
        "own": queries.own_requests(actor_of(request), repo),
    }
    context = repo_context(request, repo, "attention") | shown
    return render(request, "models_app/attention/page.html", context, status=status)


def _refusal(repo: Repo) -> str:
    """Why there is nothing to look at in `repo`; empty where there is."""
    try:
        services.check_shown(repo)
    except NoAttention as error:
        return error.message
    return ""


def _view(request: HttpRequest, found: AttentionRequest) -> View | None:
    """None while there are no weights. A choice beyond the last layer, head or row becomes the last."""
    parts = parts_of(found.found)
    if not parts:
        return None
    part = chosen_part(parts, request.GET.get("part", ""))
    choice = Choice(
        request_id=str(found.pk),
        part=part.name,
        layer=_number(request, "layer", part.layers, default=0),
        head=_number(request, "head", part.heads, default=0),
        row=_number(request, "row", len(part.rows), default=len(part.rows) - 1),
    )
    try:
        head = queries.head_weights(found, part, choice.layer, choice.head)
    except AttentionDeleted:  # between two queries
        return None
    return View(
        parts=parts,
        part=part,
        choice=choice,
        overview=overview(part, choice),
        figure=figure(part, head, choice),
        read=found.found["read"],
        read_target=found.found["read_target"],
    )


def _number(request: HttpRequest, key: str, count: int, *, default: int) -> int:
    value = request.GET.get(key, "")
    return min(int(value[:6]), count - 1) if value.isascii() and value.isdigit() else default
