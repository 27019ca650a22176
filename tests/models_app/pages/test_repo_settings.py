import pytest
from django.test import Client

from models_app.repos.models import Repo


def test_visibility(as_alice: Client, tiny: Repo):
    response = as_alice.post("/alice/tiny/settings/visibility", {"visibility": "private"})
    assert response.status_code == 302
    tiny.refresh_from_db()
    assert tiny.private


def test_only_writers_change_it(client: Client, as_bob: Client, tiny: Repo):
    assert client.post("/alice/tiny/settings/visibility", {"visibility": "private"}).status_code == 302
    assert as_bob.post("/alice/tiny/settings/visibility", {"visibility": "private"}).status_code == 403
    tiny.refresh_from_db()
    assert not tiny.private


def test_deletion_wants_the_full_name(as_alice: Client, tiny: Repo):
    for typed in ("", "tiny", "alice/other", "Alice/Tiny"):
        response = as_alice.post("/alice/tiny/settings/delete", {"confirmation": typed})
        assert response.status_code == 422
        assert Repo.objects.filter(pk=tiny.pk).exists()


def test_deletion(as_alice: Client, tiny: Repo):
    response = as_alice.post("/alice/tiny/settings/delete", {"confirmation": "alice/tiny"})
    assert (response.status_code, response["Location"]) == (302, "/alice")
    assert not Repo.objects.exists()
    assert as_alice.get("/alice/tiny").status_code == 404


@pytest.mark.parametrize("path", ["/alice/tiny/settings/delete", "/alice/secret/settings/delete"])
def test_only_writers_delete(as_bob: Client, tiny: Repo, secret: Repo, path: str):
    response = as_bob.post(path, {"confirmation": path.removeprefix("/").removesuffix("/settings/delete")})
    assert response.status_code == (403 if "tiny" in path else 404)
    assert Repo.objects.count() == 2
