"""What scanning found, as clients read it."""

import pytest

from models_app.repos.models import Repo
from models_app.scanning.models import Scan, ScannedFile
from models_app.scanning.services import scan_waiting
from tests.models_app.hfapi.caller import Caller
from tests.models_app.hfapi.conftest import MakeRepo
from tests.models_app.scanning import samples

TREE = "/api/models/alice/tiny/tree/main?expand=true&recursive=true"
INFO = "/api/models/alice/tiny?securityStatus=true"
TOKEN = samples.TOKENS["GitHub Token"]
FILES = {"evil.pkl": samples.EVIL, "own.pkl": samples.CUSTOM, "cut.pkl": samples.CUT_OFF, "notes.txt": TOKEN.encode()}
EVIL_IMPORTS = [{"module": "posix", "name": "system", "safety": "dangerous"}]


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    return make_repo(files=FILES)


def statuses(caller: Caller, address: str = TREE) -> dict[str, dict[str, object]]:
    return {entry["path"]: entry["securityFileStatus"] for entry in caller.get(address).json()}


def test_files_that_wait(nobody: Caller, repo: Repo) -> None:
    queued = {"status": "queued", "avScan": {"status": "queued"}, "pickleImportScan": {"status": "queued"}}

    assert statuses(nobody) == dict.fromkeys([".gitattributes", *sorted(FILES), "weights.bin"], queued)
    assert nobody.get(INFO).json()["securityRepoStatus"] == {"scansDone": False, "filesWithIssues": []}


def test_files_that_were_scanned(nobody: Caller, repo: Repo) -> None:
    scan_waiting(seconds=30)
    found = statuses(nobody)

    assert {path: status["status"] for path, status in found.items()} == {
        ".gitattributes": "safe",
        "cut.pkl": "caution",
        "evil.pkl": "unsafe",
        "notes.txt": "safe",
        "own.pkl": "suspicious",
        "weights.bin": "safe",
    }
    assert found["evil.pkl"] == {
        "status": "unsafe",
        "avScan": {"status": "unscanned"},
        "pickleImportScan": {"status": "unsafe", "pickleImports": EVIL_IMPORTS, "message": ""},
    }
    assert nobody.get(INFO).json()["securityRepoStatus"] == {
        "scansDone": True,
        "filesWithIssues": [
            {"path": "cut.pkl", "level": "caution"},
            {"path": "evil.pkl", "level": "unsafe"},
            {"path": "own.pkl", "level": "suspicious"},
        ],
    }


def test_only_who_asks_gets_it(nobody: Caller, repo: Repo) -> None:
    assert "securityRepoStatus" not in nobody.get("/api/models/alice/tiny").json()
    assert not any("securityFileStatus" in entry for entry in nobody.get("/api/models/alice/tiny/tree/main").json())


def test_secrets_are_never_told(nobody: Caller, owner: Caller, repo: Repo) -> None:
    scan_waiting(seconds=30)
    for caller in (nobody, owner):
        text = caller.get(TREE).content + caller.get(INFO).content
        assert TOKEN.encode() not in text
        assert b"GitHub" not in text


def test_a_file_of_before_the_hub_scanned(nobody: Caller, repo: Repo) -> None:
    ScannedFile.objects.all().delete()
    Scan.objects.all().delete()

    unscanned = {"status": "unscanned"}
    assert statuses(nobody)["evil.pkl"] == unscanned | {"avScan": unscanned, "pickleImportScan": unscanned}
    assert nobody.get(INFO).json()["securityRepoStatus"] == {"scansDone": False, "filesWithIssues": []}


def test_paths_info(nobody: Caller, repo: Repo) -> None:
    scan_waiting(seconds=30)
    answer = nobody.call(
        "POST",
        "/api/models/alice/tiny/paths-info/main",
        raw=b"paths=evil.pkl&paths=none&expand=true",
        content_type="application/x-www-form-urlencoded",
    )

    assert [(entry["path"], entry["securityFileStatus"]["status"]) for entry in answer.json()] == [
        ("evil.pkl", "unsafe")
    ]
