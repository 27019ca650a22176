"""Files that are made once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

from hub.core.files import made_once


def test_first_callers_get_one_text(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(made_once, tmp_path / "id", lambda: str(uuid4()), scratch=tmp_path) for _ in range(8)]
        texts = {call.result() for call in calls}
    assert len(texts) == 1
    assert made_once(tmp_path / "id", lambda: "another", scratch=tmp_path) in texts
    assert [path.name for path in tmp_path.iterdir()] == ["id"]


def test_a_secret_is_for_its_owner(tmp_path: Path) -> None:
    assert made_once(tmp_path / "new" / "key", lambda: "密", scratch=tmp_path, private=True) == "密"
    assert (tmp_path / "new" / "key").stat().st_mode & 0o777 == 0o600
