"""What is known of repos beyond their rows, read for a whole list at once and only where it was asked for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from community.members.actors import Actor
from models_app.evaluation.models import Record
from models_app.evaluation.queries import newest_records
from models_app.repos.models import Repo
from models_app.search.lineage import count_children


@dataclass(frozen=True)
class Details:
    """Both by the repo's id: the newest evaluation, and how many visible models were made from it."""

    records: Mapping[int, Record] = field(default_factory=dict)
    children: Mapping[int, int] = field(default_factory=dict)


NO_DETAILS = Details()


def details_of(actor: Actor, repos: Sequence[Repo], fields: Collection[str]) -> Details:
    """The details of `repos`, which `actor` may read, that the output `fields` need."""
    return Details(
        records=newest_records(repos) if "evalResults" in fields else {},
        children=count_children(actor, repos) if "childrenModelCount" in fields else {},
    )
