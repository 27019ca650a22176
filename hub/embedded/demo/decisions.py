"""Two things for the demo community to decide, proposed as members do. It may be done again."""

from collections.abc import Mapping, Sequence
from typing import Any

from community.governance.models import Proposal
from community.governance.proposing import propose, submit
from community.governance.queries import main_option
from community.governance.sponsoring import sponsor
from community.members.actors import Actor
from community.members.models import User
from hub.embedded.demo.catalogue import PEOPLE, Checkpoint

_ROOM = {
    "slug": "translations",
    "name": "Translations · 翻译",
    "description": "For models that translate, and for the words of this hub.",
}


def begin_decisions(checkpoints: Sequence[Checkpoint]) -> None:
    """One model is proposed for the home page, which passes unless somebody objects; and a room of the forum, which is
    being discussed. Both go on by themselves, at the pace of the rules.
    """
    admin, author, *_others = (Actor(user=User.objects.get(username=person.name)) for person in PEOPLE)
    featured = {"verb": "model.feature", "params": {"repo": checkpoints[0].repo_id}}
    title = f"Feature {checkpoints[0].repo_id}"
    _proposed(author, "lazy", title, "Small enough to read in an evening, and it tells stories.", featured)
    title = "A room for translators"
    body = "Three of us translate. Let us have a room for it.\n\n我们有三个人在做翻译，希望有一个自己的版块。"
    room = _proposed(author, "ordinary", title, body, {"verb": "category.add", "params": _ROOM})
    if room is not None:
        sponsor(actor=admin, option=main_option(room))


def _proposed(actor: Actor, kind: str, title: str, body: str, action: Mapping[str, Any]) -> Proposal | None:
    """Submitted; None if an earlier start has done so."""
    if Proposal.objects.filter(author=actor.user, kind=kind, title=title).exists():
        return None
    return submit(actor=actor, proposal=propose(actor=actor, kind=kind, title=title, body=body, action=action))
