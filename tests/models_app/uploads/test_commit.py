"""What a commit changes, and that a refused one changes nothing."""

import hashlib
import threading

import pytest
from django.db import connection

from community.members.actors import Actor
from community.members.models import User
from hub.core.errors import DomainError, Stale, Unprocessable
from models_app.blobs.services import store_lfs
from models_app.gitstore.errors import EntryNotFound, RevisionNotFound
from models_app.gitstore.objects import AddBlob, AddFile, AddPointer, DeleteFile, DeleteFolder, Pointer
from models_app.gitstore.repository import GitRepository
from models_app.repos.errors import RepoNotFound, WriteForbidden
from models_app.repos.models import Repo
from models_app.repos.services import create_branch, create_repo, create_tag, set_visibility
from models_app.uploads import hooks
from models_app.uploads.errors import BlobMissing, CardInvalid, LfsObjectMissing, LfsSizeWrong
from models_app.uploads.grants import grant
from models_app.uploads.queries import blob_of
from models_app.uploads.services import commit_changes, reconcile_heads, refresh_head
from tests.models_app.hub_state import hub_state
from tests.models_app.uploads.conftest import Commit, StoreLarge

CARD = b"---\nlicense: mit\nlanguage: [en, zh]\npipeline_tag: text-generation\ntags: [tiny]\n---\n# Tiny\n"
CONFIG = b'{"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}'


def test_a_commit_writes_git_and_the_row(repo: Repo, git: GitRepository, commit: Commit) -> None:
    sha = commit({"README.md": CARD, "config.json": CONFIG}, summary="Add a card")
    repo.refresh_from_db()
    assert git.resolve("main") == repo.head_sha == sha
    (newest, _) = git.history(sha)
    assert (newest.title, newest.author_name, newest.date) == ("Add a card", "alice", repo.last_modified)
    assert (repo.licence, repo.pipeline_tag, repo.library_name) == ("MIT", "text-generation", "transformers")
    assert repo.card_data["language"] == ["en", "zh"]
    assert repo.config["model_type"] == "gpt2"
    assert repo.used_bytes == sum(entry.size for entry in git.entries(sha))
    tags = set(repo.tag_rows.values_list("tag", flat=True))
    assert tags == {"transformers", "text-generation", "gpt2", "tiny", "en", "zh", "license:mit"}
    assert repo.warnings == []


def test_facets_follow_the_head(repo: Repo, commit: Commit) -> None:
    commit({"README.md": CARD, "config.json": CONFIG})
    commit(DeleteFile("README.md"), DeleteFile("config.json"))
    repo.refresh_from_db()
    assert (repo.licence, repo.pipeline_tag, repo.card_data, repo.config) == ("", "", {}, {})
    assert not repo.tag_rows.exists()


def test_a_commit_to_another_branch_leaves_the_facets(repo: Repo, alice: User, commit: Commit) -> None:
    create_branch(actor=Actor(user=alice), repo=repo, name="draft", start="main")
    head = GitRepository.open(repo.storage_id).resolve("main")
    commit({"README.md": CARD}, revision="refs/heads/draft")
    repo.refresh_from_db()
    assert (repo.head_sha, repo.licence) == (head, "")


def test_an_old_parent_is_refused(commit: Commit, git: GitRepository) -> None:
    old = git.resolve("main")
    new = commit({"a.txt": b"1"})
    before = hub_state()
    with pytest.raises(Stale):
        commit({"a.txt": b"2"}, parent=old)
    assert hub_state() == before
    assert commit({"a.txt": b"2"}, parent=new[:7])


def test_a_repeated_commit_is_made_once(commit: Commit, git: GitRepository) -> None:
    parent = git.resolve("main")
    first = commit({"a.txt": b"1"}, parent=parent)
    assert commit({"a.txt": b"1"}, parent=parent) == first
    assert len(git.history(first)) == 2


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ([AddFile("../up", b"")], Unprocessable),
        ([AddFile("..\\up", b"")], Unprocessable),
        ([AddFile("/abs", b"")], Unprocessable),
        ([AddFile("nul\0", b"")], Unprocessable),
        ([AddFile("x/" * 2048 + "y", b"")], Unprocessable),
        ([AddFile(".gitattributes/x", b"")], Unprocessable),
        ([DeleteFile("missing")], EntryNotFound),
        ([DeleteFolder("missing")], EntryNotFound),
        ([AddFile("a", b"1"), DeleteFile("missing")], EntryNotFound),
        ([AddBlob("a", "0" * 40)], DomainError),
        ([AddPointer("w.bin", Pointer("0" * 64, 1))], LfsObjectMissing),
        ([AddFile("README.md", b"---\nlicense: mitt\n---\n")], CardInvalid),
        ([AddFile("README.md", b"---\nmodel-index: foo\n---\n")], CardInvalid),
        ([AddFile("README.md", b"---\na: [\n---\n")], CardInvalid),
    ],
)
def test_bad_changes_change_nothing(commit: Commit, changes: list[AddFile], refusal: type[DomainError]) -> None:
    before = hub_state()
    with pytest.raises(refusal):
        commit(*changes)
    assert hub_state() == before


def test_an_unknown_licence_is_refused_with_near_matches(commit: Commit) -> None:
    with pytest.raises(CardInvalid) as refusal:
        commit({"README.md": b"---\nlicense: apache2\n---\n"})
    assert "Apache-2.0" in refusal.value.message
    assert refusal.value.message.endswith("Nothing was committed.")


def test_a_card_below_the_root_is_any_file(commit: Commit) -> None:
    assert commit({"docs/README.md": b"---\nlicense: mitt\n---\n"})


@pytest.mark.parametrize("revision", ["refs/tags/v1", "refs/pr/1", "missing", "v1", "..", "a b", "", "\0"])
def test_only_branches_take_commits(repo: Repo, alice: User, commit: Commit, revision: str) -> None:
    create_tag(actor=Actor(user=alice), repo=repo, name="v1", target="main", message="")
    before = hub_state()
    with pytest.raises(RevisionNotFound):
        commit({"a.txt": b"1"}, revision=revision)
    assert hub_state() == before


def test_others_commit_nothing(repo: Repo, alice: User, bob: User, commit: Commit) -> None:
    for private, refusal in ((False, WriteForbidden), (True, RepoNotFound)):
        set_visibility(actor=Actor(user=alice), repo=repo, private=private)
        before = hub_state()
        with pytest.raises(refusal):
            commit({"a.txt": b"1"}, by=bob)
        assert hub_state() == before


def test_a_pointer_must_tell_the_size(commit: Commit, store_large: StoreLarge) -> None:
    pointer = store_large("w.bin", b"weights").pointer
    before = hub_state()
    with pytest.raises(LfsSizeWrong):
        commit(AddPointer("w.bin", Pointer(pointer.sha256, 8)))
    assert hub_state() == before


def test_bytes_of_others_cannot_be_pointed_to(repo: Repo, bob: User, commit: Commit) -> None:
    theirs = create_repo(actor=Actor(user=bob), kind="model", namespace="bob", name="secret", private=True)
    sha256 = hashlib.sha256(b"secret").hexdigest()
    grant(theirs, store_lfs(sha256=sha256, size=6, chunks=[b"secret"]))
    before = hub_state()
    with pytest.raises(LfsObjectMissing):
        commit(AddPointer("w.bin", Pointer(sha256, 6)))
    assert hub_state() == before


def test_a_pointer_written_as_a_file_opens_nothing(repo: Repo, git: GitRepository, bob: User, commit: Commit) -> None:
    theirs = create_repo(actor=Actor(user=bob), kind="model", namespace="bob", name="secret", private=True)
    sha256 = hashlib.sha256(b"secret").hexdigest()
    grant(theirs, store_lfs(sha256=sha256, size=6, chunks=[b"secret"]))
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize 6\n"
    sha = commit({"model.safetensors": text.encode()})
    with pytest.raises(BlobMissing):
        blob_of(repo, git.entry(sha, "model.safetensors"))
    repo.refresh_from_db()
    (warning,) = repo.warnings
    assert warning == (
        "The weights could not be read: model.safetensors: The content of “model.safetensors” was never uploaded to "
        "this repository: only a pointer to it is there."
    )


def test_a_large_file_can_be_used_in_another_repo_of_its_writer(
    alice: User, repo: Repo, commit: Commit, store_large: StoreLarge
) -> None:
    pointer = store_large("w.bin", b"weights")
    commit(pointer)
    copy = create_repo(actor=Actor(user=alice), kind="model", namespace="alice", name="copy", private=False)
    sha = commit_changes(
        actor=Actor(user=alice), repo=copy, revision="main", parent=None, summary="c", description="", changes=[pointer]
    )
    blob = blob_of(copy, GitRepository.open(copy.storage_id).entry(sha, "w.bin"))
    assert blob.sha256 == pointer.pointer.sha256


def test_a_failing_handler_does_not_undo_a_commit_that_has_landed(
    repo: Repo, git: GitRepository, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_repo: Repo) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(hooks, "_handlers", [fail])
    sha = commit({"README.md": CARD})
    repo.refresh_from_db()
    assert git.resolve("main") == sha != repo.head_sha
    monkeypatch.setattr(hooks, "_handlers", [])
    reconcile_heads()
    repo.refresh_from_db()
    assert (repo.head_sha, repo.licence) == (sha, "MIT")


def test_handlers_run_once_a_head_and_are_registered_once(
    repo: Repo, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(hooks, "_handlers", [])

    def note(changed: Repo) -> None:
        seen.append(changed.head_sha)

    hooks.register(note)
    hooks.register(note)
    sha = commit({"a.txt": b"1"})
    reconcile_heads()
    assert seen == [sha]


def test_refresh_head_bears_repetition(repo: Repo, commit: Commit) -> None:
    commit({"README.md": CARD})
    before = hub_state()
    refresh_head(repo)
    refresh_head(repo)
    assert {**hub_state(), "tags": before["tags"]} == before


def test_reconcile_goes_on_past_a_repo_without_a_folder(alice: User, repo: Repo, commit: Commit) -> None:
    lost = create_repo(actor=Actor(user=alice), kind="model", namespace="alice", name="lost", private=False)
    Repo.objects.filter(pk=repo.pk).update(head_sha="")
    sha = commit({"a.txt": b"1"})
    Repo.objects.filter(pk=repo.pk).update(head_sha="")
    GitRepository.delete(lost.storage_id)
    reconcile_heads()
    repo.refresh_from_db()
    assert repo.head_sha == sha


@pytest.mark.django_db(transaction=True)
def test_commits_at_once_all_land(repo: Repo, git: GitRepository, commit: Commit) -> None:
    failures: list[BaseException] = []

    def one(number: int) -> None:
        try:
            commit({f"{number}.txt": b"x"})
        except BaseException as error:  # noqa: BLE001 (seen below)
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    repo.refresh_from_db()
    assert git.resolve("main") == repo.head_sha
    assert {entry.path for entry in git.entries(repo.head_sha)} == {".gitattributes", *(f"{n}.txt" for n in range(4))}
