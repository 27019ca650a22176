"""What the demo community has decided and has to decide, proposed and voted as members do. It may be done again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from community.governance.casting import cast
from community.governance.models import Option, Proposal
from community.governance.opening import freeze, open_vote
from community.governance.proposing import propose, submit
from community.governance.queries import main_option
from community.governance.sponsoring import add_option, sponsor
from community.governance.transitions import lock
from hub.embedded.demo.catalogue import PEOPLE, Checkpoint
from hub.embedded.demo.people import actor_called


@dataclass(frozen=True)
class Room:
    """A room that `author` wants in the forum, with two who sponsor that."""

    author: str
    sponsors: tuple[str, str]
    title: str
    slug: str
    name: str
    about: str

    @property
    def action(self) -> dict[str, Any]:
        room = {"slug": self.slug, "name": self.name, "description": self.about}
        return {"verb": "category.add", "params": room}


_VOTE_LASTS = timedelta(seconds=20)
_OWN_CLOCK = (
    "*The demo has a clock of its own: this was discussed for no time, and voted on for twenty seconds.* "
    "*演示社区有自己的时钟：这项提案没有经过讨论期，投票只开放了二十秒。*"
)
_FIRST = Room(
    "lin", ("noor", "mei"), "A paper club in the forum · 论文会", "paper-club", "Paper club · 论文会", "A paper a week."
)
_RIVALS = (
    Room(
        "noor",
        ("kofi", "sofia"),
        "Rather a training diary · 训练日记",
        "training-diary",
        "Training diary · 训练日记",
        "What went wrong, and what helped.",
    ),
    Room(
        "mei",
        ("yuto", "lin"),
        "Rather small data · 小数据",
        "small-data",
        "Small data · 小数据",
        "Data sets that one person can read.",
    ),
)
_BALLOTS = {
    "ada": [["a"], ["b"]],
    "lin": [["a"], ["c"]],
    "noor": [["b"], ["a"]],
    "mei": [["c"], ["a"], ["none"]],
    "kofi": [["a", "b"], ["c"]],
    "sofia": [["a"], ["b"], ["c"]],
    "yuto": [["c"], ["b"]],
}
_TRANSLATORS = Room(
    "lin",
    ("ada", "noor"),
    "A room for translators",
    "translations",
    "Translations · 翻译",
    "For models that translate, and for the words of this hub.",
)


@transaction.atomic
def hold_a_vote() -> tuple[int, str] | None:
    """A vote among three rooms. The hub counts it when its time is over, as any other.

    Gives its number and the administrator's receipt; None if an earlier start has held it.
    """
    proposal = _proposed(_FIRST.author, "ordinary", _FIRST.title, f"{_FIRST.about}\n\n{_OWN_CLOCK}", _FIRST.action)
    if proposal is None:
        return None
    _sponsor(_FIRST, main_option(proposal))
    for room in _RIVALS:
        option = add_option(
            actor=actor_called(room.author), proposal=proposal, title=room.title, body=room.about, action=room.action
        )
        _sponsor(room, option)
    vote = lock(proposal.pk)
    freeze(vote)
    open_vote(vote, closes_at=timezone.now() + _VOTE_LASTS)
    receipts = {name: cast(actor=actor_called(name), proposal=vote, choice=choice) for name, choice in _BALLOTS.items()}
    return vote.pk, receipts[PEOPLE[0].name].code


def begin_decisions(checkpoints: Sequence[Checkpoint]) -> None:
    """One model is proposed for the home page, which passes unless somebody objects; and a room of the forum, which is
    being discussed. Both go on by themselves, at the pace of the rules.
    """
    author = PEOPLE[1].name
    featured = {"verb": "model.feature", "params": {"repo": checkpoints[0].repo_id}}
    title = f"Feature {checkpoints[0].repo_id}"
    _proposed(author, "lazy", title, "Small enough to read in an evening, and it tells stories.", featured)
    body = "Three of us translate. Let us have a room for it.\n\n我们有三个人在做翻译，希望有一个自己的版块。"
    room = _proposed(_TRANSLATORS.author, "ordinary", _TRANSLATORS.title, body, _TRANSLATORS.action)
    if room is not None:
        _sponsor(_TRANSLATORS, main_option(room))


def _proposed(author: str, kind: str, title: str, body: str, action: Mapping[str, Any]) -> Proposal | None:
    """Submitted; None if an earlier start has done so."""
    if Proposal.objects.filter(author__username=author, kind=kind, title=title).exists():
        return None
    actor = actor_called(author)
    return submit(actor=actor, proposal=propose(actor=actor, kind=kind, title=title, body=body, action=action))


def _sponsor(room: Room, option: Option) -> None:
    for name in room.sponsors:
        sponsor(actor=actor_called(name), option=option)
