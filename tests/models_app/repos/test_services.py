"""Create, hide and delete repositories."""

import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks

from community.members.actors import ANONYMOUS, Actor
from community.members.models import Role, User
from hub.core.errors import DomainError
from models_app.gitstore.repository import GitRepository
from models_app.repos import services
from models_app.repos.errors import NamespaceClosed, RepoNameInvalid, RepoNotFound, RepoTaken, WriteForbidden
from models_app.repos.models import Repo
from models_app.repos.rules import LFS_PATTERNS, default_gitattributes
from tests.factories.members import AccessTokenFactory, MembershipFactory, OrganizationFactory
from tests.models_app.hub_state import hub_state


def create(user: User, name: str = "tiny", namespace: str | None = None, *, private: bool = False) -> Repo:
    return services.create_repo(
        actor=Actor(user=user), kind="model", namespace=namespace or user.username, name=name, private=private
    )


def test_a_new_repo_has_one_commit_with_the_default_attributes(alice: User) -> None:
    repo = create(alice)
    git = GitRepository.open(repo.storage_id)
    (commit,) = git.history(git.resolve("main"))
    assert (commit.title, commit.author_name, commit.author_email) == (
        "initial commit",
        "alice",
        "alice@users.noreply.127.0.0.1",
    )
    (entry,) = git.entries(commit.sha)
    assert (entry.path, git.read(entry.oid)) == (".gitattributes", default_gitattributes())
    repo.refresh_from_db()
    assert (repo.full_id, repo.head_sha, repo.used_bytes, repo.creator) == ("alice/tiny", commit.sha, entry.size, alice)


def test_the_default_attributes_name_35_patterns() -> None:
    lines = default_gitattributes().decode().splitlines()
    assert len(LFS_PATTERNS) == len(set(LFS_PATTERNS)) == len(lines) == 35
    assert lines[0] == "*.7z filter=lfs diff=lfs merge=lfs -text"
    assert lines[-1] == "*tfevents* filter=lfs diff=lfs merge=lfs -text"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "-a", "a.", "a--b", "a..b", "a.git", "a.GIT", "a/b", "a b", "名", "a\0", "a" * 97, "a\n"]
)
def test_bad_names_are_refused(alice: User, name: str) -> None:
    before = hub_state()
    with pytest.raises(RepoNameInvalid):
        create(alice, name)
    assert hub_state() == before


@pytest.mark.parametrize("name", ["a", "A.b_c-d", "a" * 96, "_private", "0"])
def test_good_names_are_taken(alice: User, name: str) -> None:
    assert create(alice, name).name == name


@pytest.mark.parametrize("again", ["tiny", "TINY"])
def test_a_name_in_use_is_refused_in_any_case(alice: User, again: str) -> None:
    create(alice)
    before = hub_state()
    with pytest.raises(RepoTaken) as refusal:
        create(alice, again)
    assert (refusal.value.full_id, refusal.value.kind) == ("alice/tiny", "model")
    assert hub_state() == before


def test_kinds_have_names_of_their_own(alice: User) -> None:
    create(alice)
    dataset = services.create_repo(
        actor=Actor(user=alice), kind="dataset", namespace="ALICE", name="tiny", private=False
    )
    assert (dataset.full_id, dataset.kind) == ("alice/tiny", "dataset")


def test_nobody_creates_under_a_name_of_others(alice: User, bob: User) -> None:
    OrganizationFactory(name="lab", admin=bob)
    read_only = AccessTokenFactory(user=alice, kind="read")
    before = hub_state()
    for actor, namespace in [
        (ANONYMOUS, "alice"),
        (Actor(user=alice), "bob"),
        (Actor(user=alice), "lab"),
        (Actor(user=alice), "nobody"),
        (Actor(user=alice), "nul\0"),
        (Actor(user=alice, token=read_only), "alice"),
    ]:
        with pytest.raises(NamespaceClosed):
            services.create_repo(actor=actor, kind="model", namespace=namespace, name="tiny", private=False)
    assert hub_state() == before


def test_a_failure_of_git_leaves_nothing(alice: User) -> None:
    before = hub_state()
    Path(settings.GIT_DIR).parent.mkdir(exist_ok=True)
    Path(settings.GIT_DIR).write_text("a file where the folder should be")
    with pytest.raises(Exception, match=r"git|Not a directory"):
        create(alice)
    Path(settings.GIT_DIR).unlink()
    assert hub_state() == before


@pytest.mark.django_db(transaction=True)
def test_of_many_who_create_one_name_at_once_one_wins(alice: User) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def attempt() -> None:
        start.wait()
        try:
            outcomes.append(create(alice).full_id)
        except RepoTaken as refusal:
            outcomes.append(f"taken: {refusal.full_id}")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["alice/tiny", *["taken: alice/tiny"] * 3]
    (repo,) = Repo.objects.all()
    assert [path.stem for path in Path(settings.GIT_DIR).glob("*/*/*")] == [str(repo.storage_id)]


def test_visibility_and_deletion(
    alice: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    repo = create(alice)
    services.set_visibility(actor=Actor(user=alice), repo=repo, private=True)
    assert Repo.objects.get().private is True
    with django_capture_on_commit_callbacks(execute=True):
        services.delete_repo(actor=Actor(user=alice), repo=repo)
    assert not Repo.objects.exists()
    assert list(Path(settings.GIT_DIR).glob("*/*/*")) == []


@pytest.mark.parametrize(("private", "refusal"), [(False, WriteForbidden), (True, RepoNotFound)])
def test_others_change_nothing(alice: User, bob: User, *, private: bool, refusal: type[DomainError]) -> None:
    repo = create(alice, private=private)
    before = hub_state()
    actor = Actor(user=bob)
    changes = [
        lambda: services.set_visibility(actor=actor, repo=repo, private=False),
        lambda: services.delete_repo(actor=actor, repo=repo),
        lambda: services.create_branch(actor=actor, repo=repo, name="x", start="main"),
        lambda: services.create_tag(actor=actor, repo=repo, name="x", target="main", message=""),
        lambda: services.delete_branch(actor=actor, repo=repo, name="main"),
        lambda: services.delete_tag(actor=actor, repo=repo, name="x"),
    ]
    for change in changes:
        with pytest.raises(refusal):
            change()
    assert hub_state() == before


def test_contributors_of_an_organization_write_to_their_own_repos_only(alice: User, bob: User, carol: User) -> None:
    lab = OrganizationFactory(name="lab", admin=alice)
    MembershipFactory(organization=lab, user=bob, role=Role.CONTRIBUTOR)
    MembershipFactory(organization=lab, user=carol, role=Role.WRITE)
    of_alice, of_bob = create(alice, "a", "lab"), create(bob, "b", "lab")
    services.create_branch(actor=Actor(user=bob), repo=of_bob, name="x", start="main")
    services.create_branch(actor=Actor(user=carol), repo=of_bob, name="y", start="main")
    with pytest.raises(WriteForbidden):
        services.create_branch(actor=Actor(user=bob), repo=of_alice, name="x", start="main")


def test_downloads_are_counted(alice: User) -> None:
    repo = create(alice)
    services.count_download(repo=repo)
    services.count_download(repo=repo)
    repo.refresh_from_db()
    assert repo.downloads == 2
