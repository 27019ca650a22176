"""Pull requests of a repo, and who may write to their references."""

from dataclasses import dataclass

from community.discussions.queries import may_take_part, visible_threads
from community.members.actors import Actor
from models_app.gitstore.errors import RevisionNotFound
from models_app.gitstore.repository import DEFAULT_BRANCH, Commit, GitRepository, Merge
from models_app.pulls.errors import ProposeInstead, PullRequestOver
from models_app.pulls.models import PullRequest
from models_app.pulls.rules import number_of
from models_app.repos.errors import WriteForbidden
from models_app.repos.models import Repo
from models_app.repos.queries import may_write
from models_app.uploads.grants import Destination, destination_of

MAX_COMMITS = 250  # shown of one pull request


def find_pull(actor: Actor, repo: Repo, number: int) -> PullRequest | None:
    """The pull request with this number, its thread joined; None if there is none that `actor` may see."""
    threads = visible_threads(actor).filter(number=number)
    pulls = PullRequest.objects.select_related("thread__author", "thread__board", "repo__namespace")
    return pulls.filter(repo=repo, thread__in=threads).first()


def may_push(actor: Actor, repo: Repo, number: int) -> bool:
    """Whether `actor` may move ``refs/pr/<number>``: its author and the repo's writers, until it is closed or merged.

    This, or `check_push`, is the only place that decides it, for every way of pushing.
    """
    pull = find_pull(actor, repo, number)
    return pull is not None and pull.thread.is_open and _may_push(actor, pull)


def check_push(actor: Actor, repo: Repo, number: int) -> PullRequest:
    """The pull request that `actor` may push to. Raises `RevisionNotFound`, `WriteForbidden`, `PullRequestOver`."""
    pull = find_pull(actor, repo, number)
    if pull is None:
        raise RevisionNotFound(f"refs/pr/{number}")
    if not _may_push(actor, pull):
        raise WriteForbidden(repo.full_id)
    if not pull.thread.is_open:
        raise PullRequestOver(number)
    return pull


def _may_push(actor: Actor, pull: PullRequest) -> bool:
    if actor.user is None:  # a machine: the thread could not say who it was
        return False
    own = actor.user.pk == pull.thread.author_id
    return may_write(actor, pull.repo) or (own and may_take_part(actor))


def destination_for(actor: Actor, repo: Repo, revision: str | None) -> Destination:
    """Where bytes go that `actor` sends for a commit to `revision`, or to a pull request to come (None).

    Raises `WriteForbidden`, `ProposeInstead` and what `check_push` raises.
    """
    destination = destination_of(actor, repo)
    number = number_of(revision or "")
    if number is not None:
        check_push(actor, repo, number)
    elif revision is not None and destination.proposer_id is not None:
        raise ProposeInstead(repo.full_id)
    return destination


@dataclass(frozen=True)
class Proposal:
    """What a pull request would change, or has changed.

    `base` is the commit that its changes are compared with, `commits` are those it brings, newest first. `merge` says
    how it would be merged; None once it is.
    """

    base: str | None
    head: str
    commits: list[Commit]
    merge: Merge | None

    @property
    def conflicts(self) -> list[str]:
        return self.merge.conflicts if self.merge is not None else []


def proposal_of(pull: PullRequest, git: GitRepository) -> Proposal:
    """Read from git; nothing is written."""
    head = git.resolve(pull.reference)
    base: str | None
    if pull.merge_sha:
        # Without its base (the history was rewritten since) there is nothing to compare with.
        merge, base = None, pull.base_sha if git.holds(pull.base_sha) else head
    else:
        merge = git.plan_merge(git.resolve(f"refs/heads/{DEFAULT_BRANCH}"), head)
        base = merge.base
    commits = git.history(head, limit=MAX_COMMITS, without=base)
    return Proposal(base=base, head=head, commits=commits, merge=merge)
