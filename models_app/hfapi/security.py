"""What scanning found, in the Hub's words."""

from collections.abc import Iterable, Mapping
from typing import Any

from models_app.gitstore.objects import Entry
from models_app.scanning.models import Scan, ScanStatus
from models_app.scanning.queries import all_done
from models_app.scanning.rules import highest_safety

_UNSCANNED = "unscanned"
_IMPORT_STATUS = {"innocuous": "safe", "suspicious": "suspicious", "dangerous": "unsafe"}


def file_security(scan: Scan | None) -> dict[str, Any]:
    """``securityFileStatus`` of a file. Secrets are not in it: only its owner may learn of them."""
    if scan is None:
        return {"status": _UNSCANNED, "avScan": {"status": _UNSCANNED}, "pickleImportScan": {"status": _UNSCANNED}}
    return {"status": scan.status, "avScan": _antivirus(scan), "pickleImportScan": _imports(scan)}


def _antivirus(scan: Scan) -> dict[str, Any]:
    if scan.status == ScanStatus.QUEUED:
        return {"status": scan.status}
    if not scan.virus_checked:
        return {"status": _UNSCANNED}
    return {"status": "unsafe", "virusNames": [scan.virus]} if scan.virus else {"status": "safe"}


def _imports(scan: Scan) -> dict[str, Any]:
    if scan.status == ScanStatus.QUEUED:
        return {"status": scan.status}
    status = _IMPORT_STATUS[highest_safety(scan.imports)]
    if status == "safe" and scan.problem:
        status = "caution" if scan.is_issue else "error"
    return {"status": status, "pickleImports": scan.imports, "message": scan.get_problem_display()}


def repo_security(entries: Iterable[Entry], scans: Mapping[str, Scan]) -> dict[str, Any]:
    """``securityRepoStatus`` of the files `entries`."""
    files = list(entries)
    issues = [{"path": path, "level": scan.status} for path, scan in scans.items() if scan.is_issue]
    return {"scansDone": all_done(files, scans), "filesWithIssues": issues}
