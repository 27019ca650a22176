"""Names that no database takes: they are missing like any other."""

import pytest

from tests.models_app.hfapi.caller import Caller, refusal


@pytest.mark.parametrize(
    "address",
    [
        "/api/users/a%00b/overview",
        "/api/users/a%00b/followers",
        "/api/users/a%00b/likes",
        "/api/organizations/a%00b/members",
        "/api/collections/a%00b/c%00d",
        "/api/models/a%00b/c/likers",
    ],
)
def test_nul(owner: Caller, address: str) -> None:
    assert refusal(owner.get(address))[0] == 404


def test_nul_in_bodies(owner: Caller) -> None:
    assert refusal(owner.post("/api/collections", {"title": "x", "namespace": "a\0b"}))[0] == 403
    assert owner.post("/api/users/a%00b/follow").status_code == 404


@pytest.mark.parametrize("address", ["/a%00b", "/likes/a%00b", "/community/a%00b/followers", "/collections/a%00b"])
def test_nul_in_pages(owner: Caller, address: str) -> None:
    assert owner.get(address).status_code == 404
