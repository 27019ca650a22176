"""A private or hidden repo leaks nowhere: its pages are the pages of a repo that does not exist."""

import pytest
from django.test import Client

from models_app.repos.models import Repo


@pytest.fixture(params=["private", "hidden"])
def secret(secret: Repo, request: pytest.FixtureRequest) -> Repo:
    Repo.objects.filter(pk=secret.pk).update(private=request.param == "private", hidden=request.param == "hidden")
    secret.refresh_from_db()
    return secret


PAGES = [
    "",
    "/tree/main",
    "/tree/main/folder",
    "/blob/main/README.md",
    "/commits/main",
    "/commit/main",
    "/evaluation",
    "/attention",
]
OWNERS_PAGES = ["/settings", "/upload/main"]
PROPOSALS = {"/upload/main"}  # who may not write may propose


@pytest.mark.parametrize("page", PAGES)
def test_a_private_repo_is_missing_for_others(client: Client, as_bob: Client, secret: Repo, page: str):
    for visitor in (client, as_bob):
        hidden = visitor.get(f"/alice/secret{page}")
        missing = visitor.get(f"/alice/nothing{page}")
        assert hidden.status_code == missing.status_code == 404
        assert _body(hidden.content) == _body(missing.content)


@pytest.mark.parametrize("page", ["", "/tree/main", "/blob/main/README.md", "/commits/main", "/commit/main"])
def test_its_owner_sees_it(as_alice: Client, secret: Repo, page: str):
    response = as_alice.get(f"/alice/secret{page}")
    assert response.status_code == 200
    badge = f"{'private' if secret.private else 'hidden'}</span>"
    assert badge in response.content.decode()


@pytest.mark.parametrize("page", OWNERS_PAGES)
def test_pages_of_writers(client: Client, as_bob: Client, as_alice: Client, tiny: Repo, page: str):
    assert client.get(f"/alice/tiny{page}").status_code == 302
    assert as_bob.get(f"/alice/tiny{page}").status_code == (200 if page in PROPOSALS else 403)
    assert as_alice.get(f"/alice/tiny{page}").status_code == 200


@pytest.mark.parametrize("page", OWNERS_PAGES)
def test_pages_of_writers_of_a_private_repo(as_bob: Client, as_alice: Client, secret: Repo, page: str):
    assert as_bob.get(f"/alice/secret{page}").status_code == 404
    assert as_alice.get(f"/alice/secret{page}").status_code == 200


@pytest.mark.parametrize("page", ["/", "/models", "/alice", "/models?q=secret", "/models?filter=en"])
def test_lists_leave_it_out(client: Client, as_bob: Client, as_alice: Client, secret: Repo, page: str):
    assert "/alice/secret" not in client.get(page).content.decode()
    assert "/alice/secret" not in as_bob.get(page).content.decode()
    assert "/alice/secret" in as_alice.get(page).content.decode()


def _body(content: bytes) -> str:
    """The page without what names the address asked for: the form's `next` and the CSRF token."""
    start = content.index(b"<main")
    return content[start : content.index(b"</main>")].decode().replace("secret", "nothing")
