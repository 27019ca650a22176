from pathlib import Path

import pytest
from django.contrib.auth.models import Permission

from community.members.auth import actor_from_header
from community.members.errors import NameTaken
from community.members.models import AccessToken, User
from community.members.services import create_member
from hub.embedded.evaluator import NAME, ensure_token

pytestmark = pytest.mark.django_db


def test_token_is_private_and_may_only_evaluate(tmp_path: Path) -> None:
    ensure_token(tmp_path / "token")
    actor = actor_from_header(f"Bearer {(tmp_path / 'token').read_text()}")
    assert actor.user is not None
    assert actor.user.username == NAME
    assert actor.user.has_perm("models_app.evaluate")
    assert not actor.user.has_usable_password()
    assert actor.token is not None
    assert actor.token.scopes == {"global": ["evaluation.work"], "scoped": []}
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600


def test_valid_token_stays(tmp_path: Path) -> None:
    ensure_token(tmp_path / "token")
    before = (tmp_path / "token").read_text()
    ensure_token(tmp_path / "token")
    assert (tmp_path / "token").read_text() == before
    assert AccessToken.objects.count() == 1


@pytest.mark.parametrize("lost", ["file", "row"])
def test_lost_token_is_replaced(tmp_path: Path, lost: str) -> None:
    ensure_token(tmp_path / "token")
    before = (tmp_path / "token").read_text()
    if lost == "file":
        (tmp_path / "token").unlink()
    else:
        AccessToken.objects.all().delete()
    ensure_token(tmp_path / "token")
    after = (tmp_path / "token").read_text()
    assert after != before
    assert AccessToken.objects.count() == 1
    assert actor_from_header(f"Bearer {after}").user is not None


def test_person_who_holds_the_name_gets_no_right(tmp_path: Path) -> None:
    person = create_member(username=NAME, email="", password="a password of a person")
    with pytest.raises(NameTaken):
        ensure_token(tmp_path / "token")
    assert not User.objects.get(pk=person.pk).has_perm("models_app.evaluate")
    assert not (tmp_path / "token").exists()
    assert Permission.objects.filter(user=person).count() == 0
