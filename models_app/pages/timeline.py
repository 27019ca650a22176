"""What happened in a thread, ready to be shown."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.safestring import SafeString

from community.discussions.models import Event, EventKind
from community.discussions.queries import Rights
from hub.core.markdown.rendering import render_once
from models_app.cards.rendering import base_of
from models_app.pages.addresses import file_path
from models_app.repos.models import Repo


@dataclass(frozen=True)
class Step:
    """One event; `html` and `edits` (how often it was changed) only of comments."""

    event: Event
    html: SafeString
    edits: int
    may_edit: bool
    may_hide: bool


def timeline(repo: Repo, history: Iterable[Event], rights: Rights) -> list[Step]:
    return [_step(repo, event, rights) for event in history]


def _step(repo: Repo, event: Event, rights: Rights) -> Step:
    versions = list(event.versions.all()) if event.kind == EventKind.COMMENT else []
    return Step(
        event=event,
        html=comment_html(repo, versions[-1].text) if versions else SafeString(""),
        edits=max(len(versions) - 1, 0),
        may_edit=event.pk in rights.editable,
        may_hide=event.pk in rights.hideable,
    )


def comment_html(repo: Repo, text: str) -> SafeString:
    """A comment's Markdown; relative links lead to the files of `repo`."""
    return render_once(text, base_of(f"{file_path(repo, 'resolve')}/"))
