"""What happened in a thread, ready to be shown: one page of it at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.core.paginator import Paginator
from django.utils.safestring import SafeString

from community.discussions import queries
from community.discussions.models import Event, EventKind, Thread
from community.discussions.queries import Rights, Tally
from community.members.actors import Actor
from community.members.models import User
from community.members.queries import names_among
from hub.core.markdown.mentions import candidates
from hub.core.markdown.rendering import Base, render_each

MAX_EVENTS = 50  # on one page


@dataclass(frozen=True)
class Step:
    """One event; `html` and `edits` (how often it was changed) only of comments."""

    event: Event
    html: SafeString
    edits: int
    may_edit: bool
    may_hide: bool
    reactions: Sequence[Tally] = field(default_factory=tuple)


@dataclass(frozen=True)
class Talk:
    """Page `number` of `count` of a thread; `numbers` are the pages to offer, None where some are left out."""

    thread: Thread
    steps: list[Step]
    rights: Rights
    number: int
    count: int
    numbers: list[int | None]

    @property
    def previous(self) -> int:
        return self.number - 1

    @property
    def next(self) -> int:
        return self.number + 1

    @property
    def people(self) -> list[User]:
        """Who takes part in what is shown, each once."""
        return list(dict.fromkeys(step.event.author for step in self.steps if step.event.author is not None))


def read_page(actor: Actor, thread: Thread, base: Base, number: int) -> Talk:
    """Page `number` of `thread`, or the last one: a fixed number of queries, however long the thread is."""
    pages = Paginator(range(thread.events.count()), MAX_EVENTS)
    number = min(number, pages.num_pages)
    history = queries.history_of(thread, (number - 1) * MAX_EVENTS, MAX_EVENTS)
    rights = queries.rights_in(actor, thread, history)
    elided = pages.get_elided_page_range(number, on_each_side=2, on_ends=1)
    return Talk(
        thread=thread,
        steps=_steps(actor, history, rights, base),
        rights=rights,
        number=number,
        count=pages.num_pages,
        numbers=[found if isinstance(found, int) else None for found in elided],
    )


def _steps(actor: Actor, history: list[Event], rights: Rights, base: Base) -> list[Step]:
    texts = {event.pk: versions[-1].text for event in history if (versions := event.versions_of())}
    shown = comments_html(texts, base)
    reactions = queries.reactions_to(actor, [event for event in history if event.kind == EventKind.COMMENT])
    return [
        Step(
            event=event,
            html=shown.get(event.pk, SafeString("")),
            edits=max(len(event.versions_of()) - 1, 0),
            may_edit=event.pk in rights.editable,
            may_hide=event.pk in rights.hideable,
            reactions=reactions.get(event.pk, ()),
        )
        for event in history
    ]


def comments_html(texts: dict[int, str], base: Base) -> dict[int, SafeString]:
    """{key: Markdown} as {key: HTML}, mentions of members as links: one query, and none where nothing is mentioned."""
    names = {key: candidates(text) for key, text in texts.items()}
    known = names_among({name for found in names.values() for name in found})
    return render_each({key: (text, frozenset(names[key] & known)) for key, text in texts.items()}, base)


def comment_html(text: str, base: Base) -> SafeString:
    return comments_html({0: text}, base)[0]


def event_address(thread_address: str, event: Event) -> str:
    """Where `event` is shown: on one of the pages of its thread."""
    before = Event.objects.filter(thread=event.thread_id, pk__lt=event.pk).count()
    page = f"?page={before // MAX_EVENTS + 1}" if before >= MAX_EVENTS else ""
    return f"{thread_address}{page}#event-{event.pk}"
