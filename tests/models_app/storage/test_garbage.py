"""What garbage collection removes, and above all what it leaves."""

import hashlib
import uuid
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from community.members.actors import Actor
from community.members.models import User
from models_app.blobs.models import Blob, BlobSegment, Xorb
from models_app.blobs.reader import open_blob
from models_app.blobs.services import store_lfs
from models_app.blobs.store import object_store
from models_app.gitstore.objects import DeleteFile
from models_app.gitstore.repository import GitRepository
from models_app.repos.models import Repo
from models_app.repos.services import delete_repo
from models_app.storage.errors import DatabaseEmpty
from models_app.storage.garbage import Collected, collect_garbage
from models_app.storage.tasks import collect_garbage as task
from models_app.uploads.attachments import attach
from models_app.uploads.grants import Destination
from models_app.uploads.models import MultipartUpload, ProposedUpload, UploadGrant
from models_app.uploads.multipart import start_multipart
from tests.models_app.blobs.conftest import CONTENTS
from tests.models_app.blobs.recording_store import Recording
from tests.models_app.hub_state import hub_state
from tests.models_app.storage.conftest import WEIGHTS, Turn, commit, make_repo, point, send, send_by_xet, stored

pytestmark = pytest.mark.django_db(transaction=True)


def amounts(collected: Collected) -> dict[str, tuple[int, int]]:
    """What is not nothing."""
    found = {name: (amount.count, amount.size) for name, amount in vars(collected).items()}
    return {name: amount for name, amount in found.items() if amount != (0, 0)}


def test_what_a_commit_points_to_stays(repo: Repo, recording: Recording, objects: Path, days_pass: Turn) -> None:
    blobs = [send(repo, WEIGHTS), *send_by_xet(repo, recording)]
    commit(repo, *(point(f"{number}.bin", blob) for number, blob in enumerate(blobs)))
    before = stored(objects)
    for _ in range(2):
        days_pass(100)
        assert amounts(collect_garbage()) == {}
    assert stored(objects) == before
    assert [b"".join(open_blob(blob)) for blob in blobs] == [WEIGHTS, *CONTENTS]


def test_an_old_revision_is_a_commit_too(repo: Repo, objects: Path, days_pass: Turn) -> None:
    blob = send(repo, WEIGHTS)
    commit(repo, point("folder/weights.bin", blob))
    commit(repo, DeleteFile("folder/weights.bin"))
    collect_garbage()
    days_pass(100)
    assert amounts(collect_garbage()) == {}
    assert stored(objects) == [blob.sha256]


def test_other_branches_count_until_they_are_gone(repo: Repo, objects: Path, days_pass: Turn) -> None:
    blob = send(repo, WEIGHTS)
    git = GitRepository.open(repo.storage_id)
    git.create_branch("draft", "main")
    commit(repo, point("weights.bin", blob), branch="draft")
    days_pass(100)
    assert amounts(collect_garbage()) == {}
    git.delete_branch("draft")
    assert amounts(collect_garbage()) == {"waiting": (1, 8000)}
    assert UploadGrant.objects.count() == 1
    days_pass(27)
    assert amounts(collect_garbage()) == {"waiting": (1, 8000)}
    days_pass(2)
    assert amounts(collect_garbage()) == {"files": (1, 8000)}
    assert stored(objects) == []
    assert not Blob.objects.exists()
    assert not UploadGrant.objects.exists()


def test_a_deleted_repo_frees_what_no_other_uses(
    repo: Repo, alice: User, recording: Recording, objects: Path, days_pass: Turn
) -> None:
    other = make_repo(alice, "other")
    shared, own = send(repo, WEIGHTS), send(repo, b"own")
    blobs = send_by_xet(repo, recording)
    commit(other, point("weights.bin", send(other, WEIGHTS)))
    commit(repo, *(point(f"{number}.bin", blob) for number, blob in enumerate([shared, own, *blobs])))
    delete_repo(actor=Actor(user=alice), repo=repo)
    size = 3 + sum(xorb.stored_bytes for xorb in Xorb.objects.all())
    assert amounts(collect_garbage()) == {"waiting": (2, size)}
    days_pass(29)
    assert amounts(collect_garbage()) == {"files": (1, 3), "xorbs": (1, size - 3)}
    assert stored(objects) == [shared.sha256]
    assert (Blob.objects.get(), Xorb.objects.count(), BlobSegment.objects.count()) == (shared, 0, 0)


def test_an_upload_that_never_became_a_commit(repo: Repo, objects: Path, days_pass: Turn) -> None:
    send(repo, WEIGHTS)
    collect_garbage()
    days_pass(29)
    commit(repo, point("weights.bin", send(repo, WEIGHTS)))  # in the last moment
    assert amounts(collect_garbage()) == {}
    days_pass(29)
    assert amounts(collect_garbage()) == {}
    assert len(stored(objects)) == 1


def test_what_is_proposed_has_its_weeks_too(repo: Repo, bob: User, objects: Path, days_pass: Turn) -> None:
    blob = store_lfs(sha256=hashlib.sha256(WEIGHTS).hexdigest(), size=len(WEIGHTS), chunks=[WEIGHTS])
    collect_garbage()
    days_pass(29)
    Destination(repo, bob.pk).receive(blob)
    assert amounts(collect_garbage()) == {}
    assert stored(objects) == [blob.pk]
    ProposedUpload.objects.update(created_at=timezone.now() - timedelta(days=29))
    assert amounts(collect_garbage()) == {}
    days_pass(29)
    collect_garbage()
    days_pass(29)
    assert amounts(collect_garbage()) == {"files": (1, 8000)}


def test_attachments_stay_with_their_member(repo: Repo, bob: User, objects: Path, days_pass: Turn) -> None:
    kept = attach(actor=Actor(user=bob), media_type="image/png", chunks=[WEIGHTS])
    for _ in range(2):
        collect_garbage()
        days_pass(29)
    assert stored(objects) == [kept.blob_id]
    bob.delete()
    assert amounts(collect_garbage()) == {"waiting": (1, 8000)}
    days_pass(29)
    assert amounts(collect_garbage()) == {"files": (1, 8000)}


def test_a_dry_run_says_the_same_and_changes_nothing(
    repo: Repo, alice: User, recording: Recording, objects: Path, days_pass: Turn
) -> None:
    send(repo, WEIGHTS)
    send_by_xet(repo, recording)
    collect_garbage()
    days_pass(29)
    object_store().put("parts/0000-1/1", [b"part"])
    before = hub_state(), stored(objects)
    days_pass(29)
    said = amounts(collect_garbage(dry_run=True))
    assert (hub_state(), stored(objects)) == before
    assert said["files"] == (1, 8000)
    assert amounts(collect_garbage()) == said


def test_objects_without_a_row(repo: Repo, objects: Path, days_pass: Turn) -> None:
    """What a process left that was killed between the object and its row."""
    object_store().put("lfs/" + "0" * 64, [b"flat"])
    object_store().put("xorbs/" + "1" * 64, [b"xorb"])
    assert amounts(collect_garbage()) == {}
    days_pass(29)
    assert amounts(collect_garbage()) == {"files": (1, 4), "xorbs": (1, 4)}
    assert (stored(objects), Blob.objects.count(), Xorb.objects.count()) == ([], 0, 0)


def test_parts_and_scratch_files(repo: Repo, alice: User, objects: Path, days_pass: Turn) -> None:
    upload = start_multipart(user=alice, destination=Destination(repo), sha256="0" * 64, size=100)
    object_store().put(f"parts/{upload.pk}/1", [b"living"])
    object_store().put(f"parts/{uuid.uuid4()}/1", [b"dead"])
    scratch = objects / "tmp" / "left"
    scratch.write_bytes(b"x")
    loose = GitRepository.path_of(repo.storage_id) / "objects" / "tmp_obj_left"
    loose.write_bytes(b"x")
    days_pass(29)
    assert amounts(collect_garbage()) == {"parts": (1, 4)}
    assert object_store().exists(f"parts/{upload.pk}/1")
    assert (scratch.exists(), loose.exists()) == (False, False)
    assert MultipartUpload.objects.count() == 1


def test_git_repositories_of_nobody(repo: Repo, days_pass: Turn) -> None:
    orphan = uuid.uuid4()
    GitRepository.create(orphan)
    condemned = GitRepository.path_of(orphan).with_suffix(".deleted-1")
    condemned.mkdir()
    assert amounts(collect_garbage()) == {}
    days_pass(29)
    assert amounts(collect_garbage())["repositories"][0] == 1
    assert not GitRepository.path_of(orphan).exists()
    assert not condemned.exists()
    assert GitRepository.open(repo.storage_id).branches()


@pytest.mark.parametrize("broken", ["a folder", "a branch", "everything"])
def test_a_broken_history_keeps_all_of_its_files(
    repo: Repo, objects: Path, days_pass: Turn, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    """What cannot be read may point to anything. A backup of git brings it back, and the files must be there then."""
    blob, other = send(repo, WEIGHTS), send(repo, b"in no commit")
    sha = commit(repo, point("folder/weights.bin", blob))
    git = GitRepository.open(repo.storage_id)
    if broken == "everything":
        GitRepository.delete(repo.storage_id)
    else:
        oid = git.entry(sha, "folder").oid if broken == "a folder" else sha
        (git.path / "objects" / oid[:2] / oid[2:]).unlink()
    for _ in range(2):
        days_pass(29)
        collect_garbage()
    assert stored(objects) == sorted([blob.pk, other.pk])
    assert UploadGrant.objects.filter(unused_since=None).count() == 2
    assert "is broken: nothing of it was marked" in caplog.text


def test_a_history_that_breaks_after_it_was_marked(repo: Repo, objects: Path, days_pass: Turn) -> None:
    blob = send(repo, WEIGHTS)
    collect_garbage()
    commit(repo, point("weights.bin", blob))
    UploadGrant.objects.update(unused_since=timezone.now())
    days_pass(29)
    GitRepository.delete(repo.storage_id)
    collect_garbage()
    assert stored(objects) == [blob.pk]


def test_never_with_an_empty_database(objects: Path, days_pass: Turn) -> None:
    object_store().put("lfs/" + "0" * 64, [b"flat"])
    days_pass(100)
    with pytest.raises(DatabaseEmpty):
        collect_garbage()
    assert stored(objects) == ["0" * 64]


def test_a_bucket(repo: Repo, bucket: str, settings: Settings) -> None:
    settings.OBJECT_STORE = bucket
    commit(repo, point("kept.bin", send(repo, WEIGHTS)))
    lost = send(repo, b"lost")
    object_store().put("parts/0000-1/1", [b"part"])
    found = amounts(collect_garbage(grace=timedelta(seconds=-2)))  # S3 tells times in whole seconds
    assert found == {"files": (1, 4), "parts": (1, 4)}
    assert [item.size for item in object_store().objects("lfs")] == [8000]
    assert not Blob.objects.filter(pk=lost.pk).exists()


def test_command_and_task(repo: Repo, objects: Path, days_pass: Turn) -> None:
    send(repo, WEIGHTS)
    task()
    days_pass(29)
    output = StringIO()
    call_command("collect_garbage", "--dry-run", stdout=output)
    assert "     1 large file       : 8.0 kB" in output.getvalue().splitlines()
    assert len(stored(objects)) == 1
    call_command("collect_garbage", "--grace-days", "28", stdout=output)
    assert output.getvalue().splitlines()[8] == "Removed:"
    assert stored(objects) == []
