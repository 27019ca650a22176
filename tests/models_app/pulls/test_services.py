"""Propose, push, merge; every refusal leaves rows and references as they were."""

import pytest

from community.discussions.errors import StatusRefused, ThreadNotFound, WritingForbidden
from community.discussions.models import ThreadStatus
from community.discussions.queries import history_of
from community.discussions.services import set_status
from community.members.actors import ANONYMOUS, Actor, Capability
from community.members.models import User
from models_app.gitstore.errors import MergeConflict, RevisionNotFound
from models_app.gitstore.objects import AddFile, AddPointer, Author, Change, CopyFile, DeleteFile, Pointer
from models_app.gitstore.repository import GitRepository
from models_app.pulls import services
from models_app.pulls.errors import NothingToMerge, ProposeInstead, PullRequestOver
from models_app.pulls.models import PullRequest
from models_app.pulls.queries import destination_for, find_pull, may_push, proposal_of
from models_app.repos.errors import WriteForbidden
from models_app.repos.models import Repo
from models_app.repos.queries import capability_subject
from models_app.repos.services import delete_repo, move_repo, set_visibility
from models_app.uploads import hooks
from models_app.uploads.errors import CardInvalid, LfsObjectMissing
from models_app.uploads.grants import Destination, grant, granted, usable
from tests.factories.members import AccessTokenFactory
from tests.models_app.hub_state import hub_state
from tests.models_app.pulls.conftest import CARD, commit_to, propose, push, stored


def merge(pull: PullRequest, by: User) -> PullRequest:
    return services.merge(actor=Actor(user=by), repo=pull.repo, number=pull.thread.number)


def past_the_checks(git: GitRepository, pull: PullRequest, change: Change, *, message: str = "Pushed") -> str:
    """A commit that git itself brought."""
    author = Author("Bob", "bob@example.org")
    return git.commit(branch=pull.reference, parent=None, changes=[change], author=author, message=message)


def test_a_reader_proposes(repo: Repo, bob: User, git: GitRepository) -> None:
    before = git.resolve("main")
    pull = propose(repo, bob, AddFile("new.txt", b"new"))
    head = git.resolve("refs/pr/1")
    assert (pull.reference, pull.thread.title, pull.thread.status) == ("refs/pr/1", "Improve", "open")
    assert [commit.sha for commit in git.history(head, without=before)] == [head]
    assert git.resolve("main") == pull.start_sha == before
    first, second = history_of(pull.thread)
    assert first.versions.get().text == "Because."
    assert second.data == {"oid": head, "subject": "Improve"}


def test_a_draft_begins_at_the_branch(repo: Repo, bob: User, git: GitRepository) -> None:
    pull = services.open_pull(actor=Actor(user=bob), repo=repo, title="To come", text="")
    assert pull.thread.status == ThreadStatus.DRAFT
    assert git.resolve(pull.reference) == git.resolve("main")
    with pytest.raises(NothingToMerge):
        services.merge(actor=Actor(user=repo.creator), repo=repo, number=1)


def test_from_an_older_commit(repo: Repo, alice: User, bob: User, git: GitRepository) -> None:
    older = git.resolve("main")
    commit_to(repo, alice, AddFile("later.txt", b"later"))
    pull = propose(repo, bob, AddFile("new.txt", b"new"), parent=older)
    assert pull.start_sha == older
    with pytest.raises(RevisionNotFound):
        propose(repo, bob, AddFile("new.txt", b"new"), parent="0" * 40)


def test_a_refused_commit_opens_nothing(repo: Repo, bob: User) -> None:
    before = hub_state()
    with pytest.raises(CardInvalid):
        propose(repo, bob, AddFile("README.md", b"---\nlicense: nonsense\n---\n"))
    with pytest.raises(LfsObjectMissing):
        propose(repo, bob, AddPointer("w.bin", Pointer("0" * 64, 1)))
    assert hub_state() == before


def test_a_reference_left_by_a_crash_is_overwritten(repo: Repo, alice: User, bob: User, git: GitRepository) -> None:
    git.put_reference("refs/pr/1", commit_to(repo, alice, AddFile("x", b"x")))
    commit_to(repo, alice, DeleteFile("x"))
    propose(repo, bob, AddFile("new.txt", b"new"))
    assert {entry.path for entry in git.entries(git.resolve("refs/pr/1"))} == {
        ".gitattributes", "README.md", "new.txt", "notes.txt",
    }  # fmt: skip


def test_who_may_push(repo: Repo, alice: User, bob: User, carol: User, git: GitRepository) -> None:
    pull = propose(repo, bob, AddFile("new.txt", b"new"))
    read = AccessTokenFactory(user=bob, kind="read")
    allowed = {Actor(user=alice): True, Actor(user=bob): True, Actor(user=bob, token=read): False}
    allowed |= {Actor(user=carol): False, ANONYMOUS: False}
    for actor, may in allowed.items():
        assert may_push(actor, repo, 1) is may
        assert not may_push(actor, repo, 2)
    push(pull, alice, AddFile("alice.txt", b"a"))
    push(pull, bob, AddFile("bob.txt", b"b"))
    assert [event.data["subject"] for event in history_of(pull.thread)[1:]] == ["Improve", "More", "More"]
    before = hub_state()
    with pytest.raises(WriteForbidden):
        push(pull, carol, AddFile("carol.txt", b"c"))
    assert hub_state() == before


@pytest.mark.parametrize("end", ["closed", "merged"])
def test_nobody_pushes_to_one_that_is_over(repo: Repo, alice: User, bob: User, end: str) -> None:
    pull = propose(repo, bob, AddFile("new.txt", b"new"))
    if end == "merged":
        merge(pull, alice)
    else:
        set_status(actor=Actor(user=bob), thread=pull.thread, status="closed")
    before = hub_state()
    for user in (alice, bob):
        assert not may_push(Actor(user=user), repo, 1)
        with pytest.raises(PullRequestOver):
            push(pull, user, AddFile("late.txt", b"l"))
    assert hub_state() == before


def test_a_private_repo_has_no_pull_requests_for_others(repo: Repo, alice: User, bob: User) -> None:
    pull = propose(repo, bob, AddFile("new.txt", b"new"))
    set_visibility(actor=Actor(user=alice), repo=repo, private=True)
    assert find_pull(Actor(user=bob), repo, 1) is None
    assert find_pull(Actor(user=alice), repo, 1) == pull
    before = hub_state()
    with pytest.raises(RevisionNotFound):
        push(pull, bob, AddFile("more.txt", b"m"))
    with pytest.raises(ThreadNotFound):
        propose(repo, bob, AddFile("more.txt", b"m"))
    assert hub_state() == before


def test_where_bytes_go(repo: Repo, alice: User, bob: User, carol: User) -> None:
    propose(repo, bob, AddFile("new.txt", b"new"))
    for revision in (None, "main", "refs/pr/1"):
        assert destination_for(Actor(user=alice), repo, revision) == Destination(repo)
    for revision in (None, "refs/pr/1"):
        assert destination_for(Actor(user=bob), repo, revision) == Destination(repo, bob.pk)
    with pytest.raises(ProposeInstead):
        destination_for(Actor(user=bob), repo, "main")
    with pytest.raises(WriteForbidden):
        destination_for(Actor(user=carol), repo, "refs/pr/1")
    with pytest.raises(WriteForbidden):
        destination_for(ANONYMOUS, repo, None)
    with pytest.raises(RevisionNotFound):
        destination_for(Actor(user=alice), repo, "refs/pr/2")


def test_proposed_bytes_are_their_senders_until_committed(repo: Repo, alice: User, bob: User, carol: User) -> None:
    blob = stored(b"proposed weights")
    Destination(repo, bob.pk).receive(blob)
    Destination(repo, bob.pk).receive(blob)  # again is nothing new
    change = AddPointer("w.bin", Pointer(blob.sha256, blob.size))
    assert usable(Actor(user=bob), repo, [blob.sha256]) == {blob.sha256: blob}
    for user in (alice, carol):
        assert usable(Actor(user=user), repo, [blob.sha256]) == {}
    assert granted(repo, [blob.sha256]) == {}
    with pytest.raises(LfsObjectMissing):
        propose(repo, carol, change)
    propose(repo, bob, change)
    assert granted(repo, [blob.sha256]) == {blob.sha256: blob}


def test_a_reader_cannot_reach_what_was_sent_but_never_committed(repo: Repo, bob: User) -> None:
    blob = stored(b"Alice's secret draft")
    grant(repo, blob)
    before = hub_state()
    with pytest.raises(LfsObjectMissing):
        propose(repo, bob, AddPointer("w.bin", Pointer(blob.sha256, blob.size)))
    assert hub_state() == before


def test_a_reader_may_move_what_lies_there(repo: Repo, alice: User, bob: User, git: GitRepository) -> None:
    blob = stored(b"weights")
    grant(repo, blob)
    commit_to(repo, alice, AddPointer("w.bin", Pointer(blob.sha256, blob.size)))
    propose(repo, bob, AddPointer("copy.bin", Pointer(blob.sha256, blob.size)), DeleteFile("w.bin"))
    assert git.entry(git.resolve("refs/pr/1"), "copy.bin").lfs == Pointer(blob.sha256, blob.size)


def test_merging_moves_the_branch_on(repo: Repo, alice: User, bob: User, git: GitRepository) -> None:
    pull = propose(repo, bob, AddFile("new.txt", b"new"), AddFile("README.md", CARD.replace(b"mit", b"apache-2.0")))
    base, head = git.resolve("main"), git.resolve("refs/pr/1")
    merged = merge(pull, alice)
    assert git.resolve("main") == merged.merge_sha == head
    assert merged.base_sha == base
    repo.refresh_from_db()
    assert (repo.head_sha, repo.licence, merged.thread.status) == (head, "Apache-2.0", "merged")
    assert history_of(pull.thread)[-1].data == {"status": "merged"}


def test_merging_beside_other_changes(repo: Repo, alice: User, bob: User, git: GitRepository) -> None:
    pull = propose(repo, bob, AddFile("new.txt", b"new"))
    ours, theirs = commit_to(repo, alice, AddFile("other.txt", b"o")), git.resolve("refs/pr/1")
    merged = merge(pull, alice)
    [commit] = git.history(merged.merge_sha, limit=1)
    assert (commit.title, commit.parents, commit.author_name) == ("Improve (#1)", (ours, theirs), "alice")
    assert {entry.path for entry in git.entries(merged.merge_sha)} >= {"new.txt", "other.txt"}
    shown = proposal_of(merged, git)
    assert (shown.base, shown.merge, [found.sha for found in shown.commits]) == (pull.start_sha, None, [theirs])


def test_a_merge_tells_those_who_watch_heads(
    repo: Repo, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull = propose(repo, bob, AddFile("new.txt", b"new"))
    heads: list[str] = []
    monkeypatch.setattr(hooks, "_handlers", [lambda repo: heads.append(repo.head_sha)])
    merged = merge(pull, alice)
    assert heads == [merged.merge_sha]


def test_conflicts_are_named(repo: Repo, alice: User, bob: User, git: GitRepository) -> None:
    pull = propose(repo, bob, AddFile("notes.txt", b"two\n"), AddFile("fine.txt", b"f"))
    commit_to(repo, alice, AddFile("notes.txt", b"three\n"))
    assert proposal_of(pull, git).conflicts == ["notes.txt"]
    before = hub_state()
    with pytest.raises(MergeConflict, match=r"notes\.txt"):
        merge(pull, alice)
    assert hub_state() == before


def test_a_merge_is_checked_like_a_commit(repo: Repo, alice: User, bob: User, git: GitRepository) -> None:
    pull = propose(repo, bob, AddFile("new.txt", b"new"))
    past_the_checks(git, pull, AddFile("README.md", b"---\nlicense: nonsense\n---\n"))
    before = hub_state()
    with pytest.raises(CardInvalid):
        merge(pull, alice)
    assert hub_state() == before


def test_bytes_that_never_came_are_not_merged(repo: Repo, alice: User, bob: User, git: GitRepository) -> None:
    pull = propose(repo, bob, AddFile("new.txt", b"new"))
    past_the_checks(git, pull, AddPointer("w.bin", Pointer("0" * 64, 7)))
    before = hub_state()
    with pytest.raises(LfsObjectMissing):
        merge(pull, alice)
    assert hub_state() == before


def test_who_may_merge(repo: Repo, alice: User, bob: User, carol: User) -> None:
    pull = propose(repo, bob, AddFile("new.txt", b"new"))
    before = hub_state()
    for user in (bob, carol):
        with pytest.raises(WriteForbidden):
            merge(pull, user)
    scopes = {"global": [], "scoped": [{"entity": {"type": "user", "name": "alice"}, "permissions": ["repo.write"]}]}
    token = AccessTokenFactory(user=alice, kind="fineGrained", scopes=scopes)
    writer, machine = Actor(user=alice, token=token), Actor(capability=Capability(capability_subject(repo), "write"))
    for actor, text in ((writer, "Thanks!"), (machine, "")):
        with pytest.raises(WritingForbidden):
            services.merge(actor=actor, repo=repo, number=1, text=text)
    assert not may_push(machine, repo, 1)
    assert hub_state() == before
    assert may_push(writer, repo, 1)
    services.merge(actor=writer, repo=repo, number=1)  # to merge is to write to the repo, to say something is not
    with pytest.raises(StatusRefused):
        merge(pull, alice)
    with pytest.raises(ThreadNotFound):
        services.merge(actor=Actor(user=alice), repo=repo, number=2)


def test_merged_by_hand(repo: Repo, alice: User, bob: User, git: GitRepository) -> None:
    """Also what a process leaves that died between git and the database."""
    pull = propose(repo, bob, AddFile("new.txt", b"new"))
    git.advance(branch="main", parent=git.resolve("main"), target=git.resolve(pull.reference))
    merged = merge(pull, alice)
    assert merged.merge_sha == git.resolve("main") == git.resolve(pull.reference)


def test_commits_that_git_pushed(repo: Repo, bob: User, git: GitRepository) -> None:
    pull = propose(repo, bob, AddFile("new.txt", b"new"))
    before = git.resolve(pull.reference)
    for name in ("a", "b"):
        past_the_checks(git, pull, CopyFile(name, "new.txt", before), message=f"Add {name}")
    services.note_commits(actor=Actor(user=bob), pull=pull, before=before)
    assert [event.data["subject"] for event in history_of(pull.thread)[2:]] == ["Add a", "Add b"]


def test_a_moved_repo_keeps_them(repo: Repo, alice: User, bob: User) -> None:
    pull = propose(repo, bob, AddFile("new.txt", b"new"))
    moved = move_repo(actor=Actor(user=alice), repo=repo, namespace="alice", name="tinier")
    assert find_pull(Actor(user=bob), moved, 1) == pull
    assert propose(moved, bob, AddFile("more.txt", b"more")).thread.number == 2
    assert merge(pull, alice).thread.status == "merged"


def test_deleting_the_repo_deletes_it_all(repo: Repo, alice: User, bob: User) -> None:
    propose(repo, bob, AddFile("new.txt", b"new"))
    delete_repo(actor=Actor(user=alice), repo=repo)
    state = hub_state()
    assert [state[table] for table in ("threads", "events", "comments", "pulls")] == [[], [], [], []]
