"""What the demo members think of each other's work: follows, likes, and a collection. It may be done again."""

import itertools
from collections.abc import Sequence

from community.follows.services import follow
from community.members.actors import ANONYMOUS, Actor
from community.members.models import Namespace
from hub.core.errors import Conflict
from hub.embedded.demo.catalogue import COLLECTION, ORGANIZATION, PEOPLE, Checkpoint
from hub.embedded.demo.people import actor_called
from models_app.collections.models import Collection
from models_app.collections.services import Changes, add_item, create_collection
from models_app.likes.services import like
from models_app.repos.models import RepoKind
from models_app.repos.queries import get_repo


def keep_company(checkpoints: Sequence[Checkpoint]) -> None:
    """Everybody follows everybody and the organisation, likes what others made, and finds it all in one collection."""
    actors = [actor_called(person.name) for person in PEOPLE]
    for one, other in itertools.permutations(actors, 2):
        if other.user is not None and other.user.namespace is not None:
            follow(actor=one, namespace=other.user.namespace)
    garden = Namespace.objects.get(name=ORGANIZATION)
    for actor in actors:
        follow(actor=actor, namespace=garden)
    collection = _collection(actors[0])
    for checkpoint in checkpoints:
        repo = get_repo(ANONYMOUS, RepoKind.MODEL, checkpoint.repo_id)
        for actor in actors:
            if actor.user is not None and actor.user.username != checkpoint.author:
                like(actor=actor, repo=repo)
        try:
            add_item(actor=actors[0], collection=collection, target=repo, note=checkpoint.summary)
        except Conflict:
            continue  # an earlier start has added it


def _collection(actor: Actor) -> Collection:
    title, description = COLLECTION
    made = Collection.objects.filter(namespace__name=ORGANIZATION, title=title).select_related("namespace").first()
    changes = Changes(title=title, description=description)
    return made or create_collection(actor=actor, namespace=ORGANIZATION, changes=changes)
