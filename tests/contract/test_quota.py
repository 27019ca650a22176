"""What members see when their space is used up."""

import random
from pathlib import Path

import pytest

from tests.contract.clients import ASKING, CURRENT
from tests.contract.conftest import MakeClient
from tests.running_hub import RunningHub

pytestmark = pytest.mark.contract
TRY = """
try:
    result = str(api.upload_file(path_or_fileobj=path, path_in_repo="weights.bin", repo_id=repo_id))
except Exception as error:
    found = []
    while error is not None:
        found.append(str(error))
        error = error.__cause__ or error.__context__
    result = " | ".join(found)
"""


@pytest.mark.parametrize(("version", "disable_xet"), [(CURRENT, "0"), (CURRENT, "1"), *((old, "0") for old in ASKING)])
def test_the_sentence_reaches_the_member(
    hub_server: RunningHub, client: MakeClient, tmp_path: Path, version: str, disable_xet: str
) -> None:
    name = f"thrifty-{version.replace('.', '-')}-{disable_xet}"
    token = hub_server.make_member(name)
    hub_server.manage("quota", name, "1MB")
    file = tmp_path / "weights.bin"
    file.write_bytes(random.Random(name).randbytes(3_000_000))  # noqa: S311 (the same bytes each time)
    machine = client(version, token=token, HF_HUB_DISABLE_XET=disable_xet)
    machine.python("api.create_repo(repo_id); result = None", repo_id=f"{name}/tiny")
    said = machine.python(TRY, path=str(file), repo_id=f"{name}/tiny")
    assert f"{name} uses 1.5 kB of the 1.0 MB it may use, and 3.0 MB more do not fit." in said
    hub_server.manage("quota", name, "4MB")
    assert f"{name}/tiny/" in machine.python(TRY, path=str(file), repo_id=f"{name}/tiny")


def test_repos_with_their_storage(hub_server: RunningHub, client: MakeClient) -> None:
    machine = client(token=hub_server.make_member("owner"))
    machine.python("api.create_repo('owner/tiny', private=True); result = None")
    listed = machine.python("result = [(repo.id, repo.type, repo.visibility) for repo in api.list_user_repos()]")
    assert listed == [["owner/tiny", "model", "private"]]
    assert "owner/tiny" in machine.hf("repos", "ls")
