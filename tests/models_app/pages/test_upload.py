from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from models_app.blobs.models import Blob
from models_app.gitstore.repository import Entry, GitRepository, Pointer
from models_app.repos.models import Repo


def _entry(repo: Repo, path: str) -> Entry:
    git = GitRepository.open(repo.storage_id)
    return git.entry(git.resolve("main"), path)


def test_small_and_large_files_in_one_commit(as_alice: Client, tiny: Repo):
    large = b"\0" * 2000
    files = [SimpleUploadedFile("notes.txt", b"hello"), SimpleUploadedFile("weights.bin", large)]
    response = as_alice.post("/alice/tiny/upload/main", {"file": files, "folder": "/extra/", "summary": "Add both"})
    assert (response.status_code, response["Location"]) == (302, "/alice/tiny/tree/main/extra")
    assert _entry(tiny, "extra/notes.txt").size == 5
    assert _entry(tiny, "extra/weights.bin").lfs == Pointer(sha256(large).hexdigest(), 2000)
    git = GitRepository.open(tiny.storage_id)
    assert git.history(git.resolve("main"), limit=1)[0].title == "Add both"


def test_a_path_trick_changes_nothing(as_alice: Client, tiny: Repo):
    head = GitRepository.open(tiny.storage_id).resolve("main")
    files = [SimpleUploadedFile("notes.txt", b"hello")]
    response = as_alice.post("/alice/tiny/upload/main", {"file": files, "folder": "../up"})
    assert response.status_code == 422
    assert GitRepository.open(tiny.storage_id).resolve("main") == head


def test_a_card_with_an_unknown_licence_is_refused(as_alice: Client, tiny: Repo):
    head = GitRepository.open(tiny.storage_id).resolve("main")
    files = [SimpleUploadedFile("README.md", b"---\nlicense: apache-3\n---\n")]
    response = as_alice.post("/alice/tiny/upload/main", {"file": files})
    assert response.status_code == 422
    assert "apache-3" in response.content.decode()
    assert GitRepository.open(tiny.storage_id).resolve("main") == head


def test_nothing_chosen(as_alice: Client, tiny: Repo):
    assert as_alice.post("/alice/tiny/upload/main", {}).status_code == 422


@pytest.mark.django_db
def test_only_writers_upload(client: Client, as_bob: Client, tiny: Repo):
    blobs = Blob.objects.count()
    head = GitRepository.open(tiny.storage_id).resolve("main")
    for visitor, branch, status in ((client, "main", 302), (as_bob, "nothing", 404), (as_bob, "refs%2Fpr%2F1", 404)):
        files = [SimpleUploadedFile("weights.bin", b"\0" * 10)]
        address = f"/alice/tiny/upload/{branch}"
        assert visitor.post(address, {"file": files}, RAW_URI=address).status_code == status
    assert Blob.objects.count() == blobs
    assert GitRepository.open(tiny.storage_id).resolve("main") == head
