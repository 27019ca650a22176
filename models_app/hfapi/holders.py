"""To whom a link or token for one repo was given, as ids in its signed text: it opens what its holder may have now."""

from dataclasses import dataclass

from community.members.actors import Actor, Capability, Right
from community.members.queries import recall_actor
from models_app.repos.errors import RepoNotFound
from models_app.repos.models import Repo
from models_app.repos.queries import capability_subject, check_content, visible_repos
from models_app.uploads.grants import Destination, destination_of

HOLDER_WORDS = 3  # repo, user, token; the last two may be empty
_MACHINE = "machine"  # in the place of the user: who held a capability of the repo itself


def words_of(actor: Actor, repo: Repo) -> list[str]:
    """`actor`, who gets something for `repo`, as words without a colon."""
    if actor.capability is not None:
        own = actor.capability.subject == capability_subject(repo)
        return [str(repo.pk), _MACHINE if own else "", ""]
    return [str(repo.pk), *(str(row.pk) if row is not None else "" for row in (actor.user, actor.token))]


@dataclass(frozen=True)
class Holder:
    """`actor` is the member, with the token of then, as both are now: nobody once either has ended."""

    repo: Repo
    actor: Actor

    def check_read(self) -> None:
        """Raises `RepoNotFound` or `GatedRepo` once the holder has lost the right to the repo's files."""
        if not visible_repos(self.actor).filter(pk=self.repo.pk).exists():
            raise RepoNotFound
        check_content(self.actor, self.repo)

    @property
    def destination(self) -> Destination:
        """For whom the bytes are that it sends. Raises `WriteForbidden`, `RepoNotFound` once the right is lost."""
        return destination_of(self.actor, self.repo)


def holder_from(words: list[str], right: Right) -> Holder:
    """The holder whose `words_of` these are. Raises `RepoNotFound` if the repo is gone."""
    repo_id, user_id, token_id = words
    repo = Repo.objects.select_related("namespace").filter(pk=repo_id).first()
    if repo is None:
        raise RepoNotFound
    if user_id == _MACHINE:
        return Holder(repo, Actor(capability=Capability(capability_subject(repo), right)))
    return Holder(repo, recall_actor(int(user_id) if user_id else None, int(token_id) if token_id else None))
