"""The hub's signature of a record, checked as a stranger would: with a JOSE library and the published keys."""

import json

import jwt
import pytest
from django.test import Client
from pytest_django import Settings

from community.members.models import User
from hub.core.signing import new_signing_key
from models_app.evaluation.models import Record, SigningKey
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RecordFactory, RunFactory

pytestmark = pytest.mark.django_db


def claims_of(record: Record) -> dict[str, object]:
    token = Client().get(f"/api/evaluation/records/{record.sha256}/signature").content.decode()
    keys = jwt.PyJWKSet.from_dict(Client().get("/.well-known/jwks.json").json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    found: dict[str, object] = jwt.decode(token, key, algorithms=["EdDSA"])
    return found


def test_what_a_signature_says() -> None:
    record = RecordFactory()
    claims = claims_of(record)
    assert claims.pop("iat")
    assert claims == {
        "iss": "http://127.0.0.1:8000",
        "sub": f"{record.run.repo.full_id}@{record.run.commit_sha}",
        "suite": f"standard/{record.run.suite_version.version}",
        "record": record.sha256,
    }


def test_old_signatures_outlive_the_key(settings: Settings) -> None:
    old = RecordFactory()
    settings.SIGNING_KEY = new_signing_key()
    new = RecordFactory()
    assert [claims_of(record)["record"] for record in (old, new)] == [old.sha256, new.sha256]
    assert SigningKey.objects.count() == 2


def test_no_private_half_is_published() -> None:
    RecordFactory()
    (key,) = Client().get("/.well-known/jwks.json").json()["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "alg"}
    assert "PRIVATE" not in json.dumps(key)


def test_another_key_signs_nothing_for_us(settings: Settings) -> None:
    record = RecordFactory()
    SigningKey.objects.all().delete()
    settings.SIGNING_KEY = new_signing_key()
    RecordFactory()
    with pytest.raises(KeyError):
        claims_of(record)


def test_a_private_record_keeps_its_signature(alice: User, bob: User) -> None:
    run = RunFactory(repo=RepoFactory(creator=alice, name="secret", private=True), done=True)
    address = f"/api/evaluation/records/{RecordFactory(run=run).sha256}/signature"
    for user, status in ((None, 404), (bob, 404), (alice, 200)):
        client = Client()
        if user is not None:
            client.force_login(user)
        assert client.get(address).status_code == status
