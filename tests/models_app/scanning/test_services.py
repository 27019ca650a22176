from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from community.members.actors import Actor
from community.members.models import User
from models_app.gitstore.objects import AddFile, Pointer
from models_app.gitstore.pointers import pointer_text
from models_app.gitstore.repository import GitRepository
from models_app.pulls.services import propose
from models_app.repos.models import Repo
from models_app.repos.services import create_branch, delete_repo
from models_app.scanning import services
from models_app.scanning.examination import Examiner
from models_app.scanning.models import Scan, ScannedFile
from models_app.scanning.queries import all_done, scans_of, secrets_of, summary_of, waiting
from tests.models_app.scanning import samples
from tests.models_app.scanning.conftest import Commit, MakeRepo

Work = Callable[[], None]
OS = [{"module": "posix", "name": "system", "safety": "dangerous"}]


def statuses(repo: Repo) -> dict[str, str]:
    return dict(ScannedFile.objects.filter(repo=repo).order_by("path").values_list("path", "scan__status"))


def at(repo: Repo, revision: str = "main") -> dict[str, Scan]:
    git = GitRepository.open(repo.storage_id)
    return scans_of(repo, git.entries(git.resolve(revision), recursive=True))


def test_new_files_are_queued_with_the_commit_and_scanned(repo: Repo, commit: Commit, scan: Work) -> None:
    commit(
        repo,
        {"README.md": b"# Tiny\n", "sub/custom.pkl": samples.CUSTOM},
        large={"model.bin": samples.archive(data_pkl=samples.EVIL), "model.safetensors": samples.safetensors()},
    )
    assert set(statuses(repo).values()) == {"queued"}

    scan()

    assert statuses(repo) == {
        ".gitattributes": "safe",
        "README.md": "safe",
        "model.bin": "unsafe",
        "model.safetensors": "safe",
        "sub/custom.pkl": "suspicious",
    }
    found = at(repo)["model.bin"]
    assert (found.imports, found.has_pickle, found.virus_checked, found.attempts) == (OS, True, False, 1)
    assert found.scanned_at is not None


def test_a_content_is_scanned_once(alice: User, bob: User, make_repo: MakeRepo, commit: Commit, scan: Work) -> None:
    first, second = make_repo(alice), make_repo(bob)
    for repo in (first, second):
        commit(repo, {"a.txt": b"same"}, large={"a.bin": samples.EVIL, "copy/b.pkl": samples.EVIL})
    scan()
    commit(second, {"again.txt": b"same"})

    assert not waiting().exists()
    assert Scan.objects.filter(status="unsafe").count() == 1
    assert statuses(second)["again.txt"] == "safe"


def test_one_content_under_two_kinds_of_name(repo: Repo, commit: Commit, scan: Work) -> None:
    commit(repo, {"notes.txt": samples.EVIL_TEXT, "notes.pkl": samples.EVIL_TEXT})
    scan()

    assert (statuses(repo)["notes.txt"], statuses(repo)["notes.pkl"]) == ("safe", "unsafe")


def test_the_head_is_followed(repo: Repo, commit: Commit, scan: Work) -> None:
    old = commit(repo, {"a.pkl": samples.EVIL, "b.txt": b"b"})
    scan()
    commit(repo, {"a.pkl": samples.HARMLESS})

    assert statuses(repo)["a.pkl"] == "queued"
    scan()
    assert statuses(repo) == {".gitattributes": "safe", "a.pkl": "safe", "b.txt": "safe"}
    assert at(repo, old)["a.pkl"].status == "unsafe"


def test_other_branches_are_scanned_too(alice: User, repo: Repo, commit: Commit, scan: Work) -> None:
    create_branch(actor=Actor(user=alice), repo=repo, name="dev", start="main")
    commit(repo, {"hidden.pkl": samples.EVIL}, revision="dev")
    scan()

    assert at(repo, "dev")["hidden.pkl"].status == "unsafe"
    assert "hidden.pkl" not in statuses(repo)
    assert summary_of(repo).worst == "safe"


def test_what_others_propose_is_scanned(bob: User, repo: Repo, scan: Work) -> None:
    proposed, _sha = propose(
        actor=Actor(user=bob),
        repo=repo,
        parent=None,
        summary="Trust me",
        description="",
        changes=[AddFile("hidden.pkl", samples.EVIL)],
    )
    scan()

    assert at(repo, proposed.reference)["hidden.pkl"].status == "unsafe"
    assert "hidden.pkl" not in statuses(repo)


def test_a_pointer_to_anothers_private_file_tells_nothing(
    alice: User, bob: User, make_repo: MakeRepo, commit: Commit, scan: Work
) -> None:
    private, public = make_repo(alice, "secret", private=True), make_repo(bob)
    commit(private, {}, large={"model.bin": samples.EVIL})
    scan()
    pointer = GitRepository.open(private.storage_id).entry(private.head_sha, "model.bin").lfs
    assert isinstance(pointer, Pointer)
    commit(public, {"model.bin": pointer_text(pointer)})
    scan()

    assert statuses(private)["model.bin"] == "unsafe"
    assert statuses(public)["model.bin"] == "safe"
    assert at(public)["model.bin"].imports == []


def test_secrets(repo: Repo, commit: Commit, scan: Work) -> None:
    commit(repo, {"train.py": f"x = 1\nTOKEN = '{samples.TOKENS['GitHub Token']}'\n".encode()})
    scan()

    assert [(file.path, file.scan.secrets) for file in secrets_of(repo)] == [
        ("train.py", [{"kind": "GitHub Token", "line": 2}])
    ]
    assert statuses(repo)["train.py"] == "safe"  # what others see does not point at it
    assert samples.TOKENS["GitHub Token"] not in str(list(Scan.objects.values()))


def test_summary_puts_the_worst_first(
    repo: Repo, commit: Commit, scan: Work, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    commit(repo, {"a.pkl": samples.CUT_OFF, "b.pkl": samples.CUSTOM, "c.pkl": samples.EVIL})
    assert (summary_of(repo).waiting, summary_of(repo).worst) == (4, "queued")
    scan()

    with django_assert_num_queries(2):
        summary = summary_of(repo)
    assert [file.path for file in summary.issues] == ["c.pkl", "b.pkl", "a.pkl"]
    assert (summary.files, summary.waiting, summary.failed, summary.issue_count) == (4, 0, 0, 3)
    assert summary.worst == "unsafe"
    assert summary.issues[0].scan.risky_imports == ["posix.system"]


def test_all_done(repo: Repo, commit: Commit, scan: Work) -> None:
    sha = commit(repo, {"a.txt": b"a"})
    entries = list(GitRepository.open(repo.storage_id).entries(sha, recursive=True))

    assert not all_done(entries, scans_of(repo, entries))
    scan()
    assert all_done(entries, scans_of(repo, entries))
    assert not all_done(entries, {})


def test_a_claimed_scan_is_left_to_its_worker_until_that_is_dead(repo: Repo, commit: Commit, scan: Work) -> None:
    commit(repo, {"a.txt": b"a"})
    now = timezone.now()
    Scan.objects.update(claimed_until=now + timedelta(minutes=1))
    scan()
    assert statuses(repo)["a.txt"] == "queued"

    Scan.objects.update(claimed_until=now - timedelta(seconds=1))
    scan()
    assert statuses(repo)["a.txt"] == "safe"


def test_a_content_that_kills_its_workers_is_given_up(repo: Repo, commit: Commit, scan: Work) -> None:
    commit(repo, {"a.txt": b"a"})
    Scan.objects.update(attempts=3)
    scan()

    found = at(repo)["a.txt"]
    assert (found.status, found.problem) == ("error", "limit")


def test_what_cannot_be_found_is_an_error(
    alice: User, repo: Repo, commit: Commit, scan: Work, make_repo: MakeRepo
) -> None:
    commit(repo, {"a.txt": b"only here"})
    delete_repo(actor=Actor(user=alice), repo=repo)
    scan()
    assert set(Scan.objects.values_list("status", "problem")) == {("error", "missing")}

    again = make_repo(alice, "again")
    commit(again, {"a.txt": b"only here"})
    scan()
    assert statuses(again) == {".gitattributes": "safe", "a.txt": "safe"}


def test_the_work_stops_in_time_and_says_that_there_is_more(repo: Repo, commit: Commit) -> None:
    commit(repo, {"a.txt": b"a", "b.txt": b"b"})

    assert services.scan_waiting(seconds=0) is True
    assert waiting().count() == 3


def test_a_head_of_many_files_costs_as_many_queries_as_one_of_few(
    repo: Repo, commit: Commit, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for few in ({"1.txt": b"1"}, {f"{n}.txt": str(n).encode() for n in range(100, 140)}):
        commit(repo, few)
        ScannedFile.objects.all().delete()
        Scan.objects.all().delete()
        with django_assert_num_queries(8):
            services.queue_head(repo)


def test_without_a_virus_scanner_that_answers(repo: Repo, commit: Commit, scan: Work, settings: Settings) -> None:
    settings.CLAMD_ADDRESS = "unix:///nowhere/clamd.ctl"
    commit(repo, {"a.txt": b"a", "b.pkl": samples.EVIL})
    scan()

    found = at(repo)
    assert (found["a.txt"].status, found["a.txt"].problem) == ("error", "antivirus")
    assert (found["b.pkl"].status, found["b.pkl"].imports) == ("unsafe", OS)

    settings.CLAMD_ADDRESS = ""
    call_command("rescan", "--failed")
    scan()
    assert statuses(repo)["a.txt"] == "safe"


def test_rescan(
    alice: User, repo: Repo, commit: Commit, scan: Work, make_repo: MakeRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    other = make_repo(alice, "other")
    commit(repo, {"a.txt": b"a"})
    commit(other, {"b.txt": b"b"})
    scan()
    ScannedFile.objects.filter(repo=repo).delete()  # as of a hub from before there were scans

    call_command("rescan", "alice/tiny")
    assert capsys.readouterr().out == "2 contents are queued.\n"
    assert (statuses(repo)["a.txt"], statuses(other)["b.txt"]) == ("queued", "safe")
    scan()
    call_command("rescan")
    assert capsys.readouterr().out == "3 contents are queued.\n"
    with pytest.raises(CommandError, match="There is no repository called alice/none"):
        call_command("rescan", "alice/none")


def test_two_workers_share_the_work(repo: Repo, commit: Commit) -> None:
    commit(repo, {f"{n}.txt": str(n).encode() for n in range(3)})
    taken = [services._claim() for _ in range(5)]

    assert len({scan.pk for scan in taken if scan}) == 4
    assert taken[4] is None
    with Examiner() as examiner:
        for scan in filter(None, taken):
            services.scan_content(scan, examiner)
    assert set(statuses(repo).values()) == {"safe"}
