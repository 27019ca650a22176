"""What arrives, what is tried again, and what is refused."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from community.members.actors import ANONYMOUS, Actor
from community.members.errors import NotAllowed
from community.members.models import AccessToken, User
from hub.core.errors import DomainError
from models_app.blobs.reader import open_blob
from models_app.gitstore.objects import AddFile
from models_app.gitstore.repository import GitRepository
from models_app.imports import history, runner, services
from models_app.imports.errors import EndpointClosed, ImportNotFound, ImportOver, TooManyImports
from models_app.imports.models import ImportJob
from models_app.imports.progress import claim
from models_app.imports.queries import get_import
from models_app.imports.rules import CLAIM, MAX_ATTEMPTS, MAX_RUNNING, MAX_WAITING
from models_app.licences.models import LicenceDecision
from models_app.repos.models import Repo
from models_app.repos.queries import visible_repos
from models_app.repos.services import create_branch, create_repo, create_tag, delete_repo
from models_app.scanning.models import Scan
from models_app.scanning.queries import scans_of
from models_app.uploads.models import MultipartUpload, UploadGrant
from models_app.uploads.queries import blob_of
from tests.enacting import passed
from tests.factories.members import NamespaceFactory
from tests.models_app.imports.conftest import CARD, SHA, WEIGHTS, Ask, SourceHub
from tests.models_app.pages.conftest import add_large, commit
from tests.receiver import plain, receiver

WEIGHTS_PATH = f"/them/tiny/resolve/{SHA}/weights.bin"


def run(job: ImportJob) -> ImportJob:
    ImportJob.objects.filter(pk=job.pk).update(due_at=timezone.now())
    runner.run(job.pk)
    return ImportJob.objects.select_related("repo__namespace", "user").get(pk=job.pk)


def content(repo: Repo, path: str) -> bytes:
    git = GitRepository.open(repo.storage_id)
    entry = git.entry(git.resolve("main"), path)
    return b"".join(open_blob(blob_of(repo, entry))) if entry.lfs else git.read(entry.oid)


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    """Announce a part of the file, send a little, and hang up."""
    handler.send_response(206)
    handler.send_header("Content-Length", "2000000")
    handler.end_headers()
    handler.wfile.write(WEIGHTS[:1000])


def test_an_import_without_git_is_one_commit(ask: Ask, source: SourceHub) -> None:
    job = ask()
    assert (job.state, job.repo.private) == ("queued", True)
    assert not visible_repos(ANONYMOUS).exists()
    job = run(job)
    assert (job.state, job.problem, job.files_done, job.files_total) == ("done", "", 1, 1)
    assert job.bytes_done == job.bytes_total == len(WEIGHTS)
    repo = job.repo
    assert (repo.private, repo.licence, repo.source_url) == (False, "MIT", f"{source.url}/them/tiny")
    assert repo.card_data["base_model"] == "a/b"
    assert content(repo, "README.md") == CARD
    assert content(repo, "weights.bin") == WEIGHTS
    git = GitRepository.open(repo.storage_id)
    titles = [commit.title for commit in git.history(repo.head_sha)]
    assert titles == [f"Import them/tiny at {SHA}", "initial commit"]
    assert git.refs("refs/import/") == []
    assert source.asked("weights.bin") == ["bytes=0-1999999", "bytes=2000000-3999999", "bytes=4000000-5119999"]
    assert not MultipartUpload.objects.exists()
    assert [grant.committed for grant in UploadGrant.objects.filter(repo=repo)] == [True]


def test_a_member_without_room(ask: Ask, source: SourceHub, settings: Settings) -> None:
    settings.MEMBER_QUOTA_BYTES = 1_000_000
    job = run(ask())
    assert job.state == "failed"
    assert "do not fit" in job.problem
    assert source.asked("weights.bin") == []


def test_a_private_import_stays_private(ask: Ask) -> None:
    assert run(ask(private=True)).repo.private


def test_a_lost_connection_costs_one_part(ask: Ask, source: SourceHub) -> None:
    calls: list[str] = []

    def second_part_breaks(handler: BaseHTTPRequestHandler) -> None:
        calls.append(handler.headers["Range"])
        if len(calls) == 2:
            cut_off(handler)
        else:
            source.send(handler, WEIGHTS)

    source.odd[WEIGHTS_PATH] = second_part_breaks
    job = run(ask())
    assert (job.state, job.attempts, job.repo.private) == ("queued", 1, True)
    assert job.problem == "The connection broke off."
    assert timedelta(0) < job.due_at - timezone.now() < timedelta(seconds=16)
    job = run(job)
    assert job.state == "done"
    assert calls == ["bytes=0-1999999", "bytes=2000000-3999999", "bytes=2000000-3999999", "bytes=4000000-5119999"]
    assert content(job.repo, "weights.bin") == WEIGHTS


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_source_in_trouble_is_asked_again_a_few_times(ask: Ask, source: SourceHub, status: int) -> None:
    source.odd["/api/models/them/tiny/revision/main"] = plain(status)
    job = ask()
    for _ in range(MAX_ATTEMPTS):
        job = run(job)
    assert (job.state, job.problem) == ("failed", f"The source answered {status}.")
    del source.odd["/api/models/them/tiny/revision/main"]
    services.retry(job=job)
    assert run(job).state == "done"


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_source_that_says_no_is_believed(ask: Ask, source: SourceHub, status: int) -> None:
    source.odd["/api/models/them/tiny/revision/main"] = plain(status, **{"X-Error-Message": "Gated, sorry."})
    job = run(ask())
    assert job.state == "failed"
    assert job.problem == "The source has no such repository, or keeps it from us. Gated, sorry."
    assert job.repo.private


@pytest.mark.parametrize(
    "body",
    [
        b"<html>", b"[]", b"{}", b'{"sha": "x", "siblings": []}', b'{"sha": "%s", "siblings": [5]}' % SHA.encode(),
        b'{"sha": "%s", "siblings": [{"rfilename": "a", "size": -1}]}' % SHA.encode(),
        b'{"sha": "%s", "siblings": [{"rfilename": "a", "size": 1, "lfs": {"size": 1, "sha256": "../x"}}]}'
        % SHA.encode(),
        b"[" * 100_000,
    ],
    ids=range(8),
)  # fmt: skip
def test_nonsense_is_refused(ask: Ask, source: SourceHub, body: bytes) -> None:
    source.odd["/api/models/them/tiny/revision/main"] = plain(200, body)
    job = run(ask())
    assert (job.state, job.problem) == ("failed", "The source does not answer as a Hugging Face hub does.")


@pytest.mark.parametrize("path", ["../up", "/etc/passwd", ".git/config", "a//b"])
def test_paths_that_lead_out_are_refused(ask: Ask, source: SourceHub, path: str) -> None:
    source.files[path] = b"x"
    source.odd[f"/them/tiny/resolve/{SHA}/{path}"] = plain(206, b"x")
    job = run(ask())
    assert job.state == "failed"
    assert GitRepository.open(job.repo.storage_id).count_history(job.repo.head_sha) == 1


def test_a_licence_that_a_vote_retired_is_refused(ask: Ask, source: SourceHub, alice: User) -> None:
    LicenceDecision.objects.create(licence="MIT", accepted=False, proposal=passed(alice))
    job = run(ask())
    assert job.state == "failed"
    assert "MIT is not accepted for new uploads" in job.problem
    assert GitRepository.open(job.repo.storage_id).count_history(job.repo.head_sha) == 1


def test_other_bytes_than_the_hash_says_are_refused_and_not_kept(ask: Ask, source: SourceHub) -> None:
    wrong = bytes(len(WEIGHTS))
    source.odd[WEIGHTS_PATH] = lambda handler: source.send(handler, wrong)
    job = run(ask())
    assert job.state == "failed"
    assert hashlib.sha256(wrong).hexdigest() in job.problem
    assert not UploadGrant.objects.exists()
    assert not MultipartUpload.objects.exists()
    del source.odd[WEIGHTS_PATH]
    services.retry(job=job)
    assert run(job).state == "done"


def test_bytes_of_others_are_not_opened_by_their_hash(ask: Ask, source: SourceHub, bob: User) -> None:
    """The hub has the content already, for somebody else; a source that cannot send it gets nothing."""
    run(ask(name="first", private=True))
    source.odd[WEIGHTS_PATH] = plain(404)
    job = run(ask(name="second"))
    assert job.state == "failed"
    assert not UploadGrant.objects.filter(repo=job.repo).exists()


def test_redirects_lead_to_public_addresses_only(ask: Ask, source: SourceHub) -> None:
    with receiver() as inner:
        source.odd[WEIGHTS_PATH] = plain(302, Location=f"{inner.url}/secret")
        job = run(ask())
        assert inner.requests == []
    assert job.state == "failed"
    assert "Only the ports" in job.problem


def test_the_token_goes_to_the_source_alone(source: SourceHub, alice: User, settings: Settings) -> None:
    with receiver() as elsewhere:
        settings.OUTBOUND_HOSTS = {elsewhere.url.removeprefix("http://")}
        elsewhere.answer = lambda handler: source.send(handler, WEIGHTS)
        source.odd[WEIGHTS_PATH] = plain(302, Location=f"{elsewhere.url}/signed?x=1")
        wish = services.Wish(source.url, "them/tiny", "model", "alice", "here", private=False)
        job = services.make_job(actor=Actor(user=alice), wish=wish, by_command=True)
        progress = claim(job.pk, by_command=True)
        assert progress is not None
        runner.work(progress, token="hf_theirs")
        job.refresh_from_db()
        assert (job.state, job.problem) == ("done", "")
        assert {got.headers.get("Authorization") for got in elsewhere.requests} == {None}
    assert {got.headers["Authorization"] for got in source.server.requests} == {"Bearer hf_theirs"}


def test_redirects_without_end(ask: Ask, source: SourceHub) -> None:
    source.odd[WEIGHTS_PATH] = plain(302, Location=WEIGHTS_PATH)
    job = run(ask())
    assert (job.state, job.problem) == ("failed", "The source redirects without end.")


def during_the_download(source: SourceHub, act: Callable[[], None]) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        act()
        connection.close()  # of the server's own thread
        source.send(handler, WEIGHTS)

    source.odd[WEIGHTS_PATH] = answer


@pytest.mark.django_db(transaction=True)
def test_cancelled_meanwhile(ask: Ask, source: SourceHub) -> None:
    job = ask()
    during_the_download(source, lambda: ImportJob.objects.filter(state="running").update(state="cancelled"))
    job = run(job)
    assert (job.state, job.repo.private) == ("cancelled", True)
    with pytest.raises(ImportOver):
        services.cancel(job=job)


@pytest.mark.django_db(transaction=True)
def test_the_repo_was_deleted_meanwhile(ask: Ask, source: SourceHub, alice: User) -> None:
    job = ask()
    during_the_download(
        source, lambda: [delete_repo(actor=Actor(user=alice), repo=repo) for repo in Repo.objects.all()] and None
    )
    runner.run(job.pk)
    assert not ImportJob.objects.exists()
    assert not Repo.objects.exists()


def test_a_member_who_lost_the_right_meanwhile(ask: Ask) -> None:
    job = ask()
    Repo.objects.update(namespace=NamespaceFactory(), creator=None)
    job = run(job)
    assert (job.state, job.repo.private) == ("failed", True)


def test_a_worker_that_died_is_followed_by_another(ask: Ask) -> None:
    job = ask()
    dead = claim(job.pk)
    assert dead is not None
    runner.run(job.pk)
    assert ImportJob.objects.get().state == "running"  # it may be alive
    ImportJob.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    job = ImportJob.objects.get()
    runner.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 0)
    assert timedelta(minutes=1) <= CLAIM


def test_not_too_many_at_once(ask: Ask) -> None:
    jobs = [ask(name=f"n{number}") for number in range(MAX_RUNNING + 1)]
    for job in jobs[:-1]:
        assert claim(job.pk) is not None
    runner.run(jobs[-1].pk)
    jobs[-1].refresh_from_db()
    assert jobs[-1].state == "queued"


@pytest.mark.parametrize(
    "change",
    [
        {"source_id": "a/b/c"}, {"source_id": "../etc"}, {"source_id": "a b/c"}, {"name": "bad name"},
        {"namespace": "bob"}, {"endpoint": "https://elsewhere.example"},
    ],
)  # fmt: skip
def test_refusals_make_nothing(ask: Ask, bob: User, change: dict[str, str]) -> None:
    with pytest.raises(DomainError):
        ask(**change)
    assert not ImportJob.objects.exists()
    assert not Repo.objects.exists()


def test_members_import_only_from_where_the_operator_says(ask: Ask, settings: Settings) -> None:
    settings.IMPORT_ENDPOINTS = []
    with pytest.raises(EndpointClosed):
        ask()


def test_a_limit_of_each_member(ask: Ask) -> None:
    for number in range(MAX_WAITING):
        ask(name=f"n{number}")
    with pytest.raises(TooManyImports):
        ask()
    assert Repo.objects.count() == MAX_WAITING


def test_a_token_imports_nothing_and_sees_nothing(ask: Ask, source: SourceHub, alice: User, bob: User) -> None:
    job = ask()
    actor = Actor(user=alice, token=AccessToken(user=alice, kind="write"))
    wish = services.Wish(source.url, "them/tiny", "model", "alice", "x", private=False)
    with pytest.raises(NotAllowed):
        services.request_import(actor=actor, wish=wish)
    for other in (actor, Actor(user=bob), ANONYMOUS):
        with pytest.raises(ImportNotFound):
            get_import(other, job.pk)


@pytest.fixture
def neighbour(live_server: LiveServer, source: SourceHub, settings: Settings, bob: User) -> Repo:
    """A repo of this very hub, as a source that speaks git: two commits, a branch, an annotated tag."""
    settings.IMPORT_ENDPOINTS = [live_server.url]
    actor = Actor(user=bob)
    repo = create_repo(actor=actor, kind="model", namespace="bob", name="there", private=False)
    commit(actor, repo, AddFile("README.md", CARD), summary="A card")
    add_large(actor, repo, "weights.bin", WEIGHTS)
    create_branch(actor=actor, repo=repo, name="dev", start="main")
    create_tag(actor=actor, repo=repo, name="v1", target="main", message="First")
    commit(actor, repo, AddFile("side.txt", b"side"), summary="Aside", revision="dev")
    repo.refresh_from_db()
    return repo


@pytest.mark.django_db(transaction=True)
def test_an_import_by_git_has_the_same_commits(neighbour: Repo, ask: Ask, live_server: LiveServer) -> None:
    Scan.objects.all().delete()  # as if it came from another hub
    job = run(ask(endpoint=live_server.url, source_id="bob/there"))
    assert (job.state, job.problem) == ("done", "")
    there, here = (GitRepository.open(repo.storage_id) for repo in (neighbour, job.repo))
    assert job.repo.head_sha == neighbour.head_sha
    assert [here.branches(), here.tags()] == [there.branches(), there.tags()]
    assert here.refs("refs/import/") == []
    assert content(job.repo, "weights.bin") == WEIGHTS
    assert (job.repo.private, job.repo.licence) == (False, "MIT")
    dev = here.entries(here.resolve("dev"), recursive=True)
    assert scans_of(job.repo, dev).keys() == {".gitattributes", "README.md", "side.txt", "weights.bin"}


@pytest.mark.django_db(transaction=True)
def test_history_that_no_commit_could_hold_is_refused(
    neighbour: Repo, ask: Ask, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MAX_SMALL_BYTES", len(CARD) - 1)
    job = run(ask(endpoint=live_server.url, source_id="bob/there"))
    assert job.state == "failed"
    assert job.problem.endswith("is too large to lie in git itself.")
    assert job.repo.private
    git = GitRepository.open(job.repo.storage_id)
    assert git.count_history(git.resolve("main")) == 1
