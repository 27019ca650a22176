"""What scanning found, as the library parses it."""

import pytest

from tests.contract.conftest import MakeClient
from tests.running_hub import RunningHub

pytestmark = pytest.mark.contract

UPLOAD = """
api.create_repo(repo_id)
api.create_commit(repo_id, [
    CommitOperationAdd("model.pkl", b"cos\\nsystem\\n(S'true'\\ntR."),
    CommitOperationAdd("config.json", b"{}"),
], commit_message="Fill")
result = api.model_info(repo_id, securityStatus=True).security_repo_status
"""
LOOK = """
import time
deadline = time.monotonic() + 60
while not (status := api.model_info(repo_id, securityStatus=True).security_repo_status)["scansDone"]:
    assert time.monotonic() < deadline
    time.sleep(0.1)
(listed,) = [entry for entry in api.list_repo_tree(repo_id, expand=True) if entry.path == "model.pkl"]
(asked,) = api.get_paths_info(repo_id, ["model.pkl"], expand=True)
(config,) = api.get_paths_info(repo_id, ["config.json"], expand=True)
security = listed.security
result = [status, asked.security == security, security.safe, security.status, security.pickle_import_scan,
          security.av_scan, config.security.safe]
"""


def test_what_scanning_found(hub_server: RunningHub, client: MakeClient, repo_id: str) -> None:
    assert client().python(UPLOAD, repo_id=repo_id) == {"scansDone": False, "filesWithIssues": []}
    imports = [{"module": "os", "name": "system", "safety": "dangerous"}]
    with hub_server.worker("default"):
        for version in ("2.4", "0.36"):
            assert client(version).python(LOOK, repo_id=repo_id) == [
                {"scansDone": True, "filesWithIssues": [{"path": "model.pkl", "level": "unsafe"}]},
                True,
                False,
                "unsafe",
                {"status": "unsafe", "pickleImports": imports, "message": ""},
                {"status": "unscanned"},
                True,
            ]
