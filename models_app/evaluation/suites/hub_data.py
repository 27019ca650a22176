"""Rows of a suite's task that lie in a dataset repository of this hub: found at its head, named by commit and hash.

Only public datasets without a gate are taken: every worker has to read them, and whoever doubts a result. Files are
looked at, nothing of a dataset is run.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from django.utils.translation import gettext as _

from community.members.actors import ANONYMOUS
from hub.core.errors import NotFound
from models_app.blobs.reader import open_blob
from models_app.evaluation.errors import InvalidSuite
from models_app.evaluation.suites.tables import NotATable, Shape, shape_of
from models_app.gitstore.repository import DEFAULT_BRANCH, Entry, GitRepository
from models_app.repos.models import Repo, RepoKind
from models_app.repos.queries import get_repo, may_read_content
from models_app.uploads.queries import blob_of

MAX_FILE_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Dataset:
    """An open dataset repository at one commit."""

    repo: Repo
    git: GitRepository
    commit: str

    @classmethod
    def at(cls, full_id: str, revision: str) -> "Dataset":
        """Raises `InvalidSuite` for a dataset that not everybody may read, `NotFound` for an unknown revision."""
        try:
            repo = get_repo(ANONYMOUS, RepoKind.DATASET, full_id)
        except NotFound as error:
            raise InvalidSuite(
                _(
                    "this hub has no public dataset %(repo)s. Make it with `hf upload %(repo)s FOLDER . "
                    "--repo-type dataset`, or `manage.py import_model %(repo)s --kind dataset --from ENDPOINT`; of a "
                    "private one nobody could check the results."
                )
                % {"repo": full_id}
            ) from error
        if not may_read_content(ANONYMOUS, repo):
            raise InvalidSuite(
                _("the dataset %(repo)s asks for access, so workers could not read it: take its gate away.")
                % {"repo": full_id}
            )
        git = GitRepository.open(repo.storage_id)
        return cls(repo, git, git.resolve(revision))

    def first_match(self, patterns: Sequence[str]) -> list[str]:
        """The paths that the first of `patterns` that finds any stands for, in their order."""
        paths = [entry.path for entry in self.git.entries(self.commit, recursive=True) if entry.kind == "file"]
        found = ([path for path in paths if fnmatchcase(path, pattern)] for pattern in patterns)
        return next((sorted(some) for some in found if some), [])

    def described(self, path: str, columns: Sequence[str]) -> dict[str, Any]:
        """``{"path", "sha256", "size", "rows"}`` of a file that has `columns`. Raises `InvalidSuite`."""
        try:
            sha256, size, shape = self._look(self.git.entry(self.commit, path))
        except (NotFound, NotATable) as error:
            raise InvalidSuite(
                _("%(path)s of the dataset %(repo)s cannot be used: %(why)s.")
                % {"path": path, "repo": self.repo.full_id, "why": str(error).rstrip(".")}
            ) from error
        missing = [name for name in columns if name not in shape.columns]
        if missing:
            raise InvalidSuite(
                _("%(path)s of the dataset %(repo)s lacks the columns %(missing)s; it has %(columns)s.")
                % {
                    "path": path,
                    "repo": self.repo.full_id,
                    "missing": ", ".join(missing),
                    "columns": ", ".join(shape.columns)[:500],
                }
            )
        return {"path": path, "sha256": sha256, "size": size, "rows": shape.rows}

    def _look(self, entry: Entry) -> tuple[str, int, Shape]:
        if entry.size > MAX_FILE_BYTES:
            raise NotATable(f"it is larger than {MAX_FILE_BYTES // 2**20} MiB")
        if entry.lfs is not None:
            blob = blob_of(self.repo, entry)
            shape = shape_of(entry.path, blob.size, lambda start, end: b"".join(open_blob(blob, start, end)))
            return blob.sha256, blob.size, shape
        content = self.git.read(entry.oid)
        shape = shape_of(entry.path, len(content), lambda start, end: content[start:end])
        return hashlib.sha256(content).hexdigest(), len(content), shape


def pinned(data: Mapping[str, Any], *, full_id: str, most_rows: int | None) -> dict[str, Any]:
    """What a template says about a task's `data`, with the head of the dataset `full_id` and the files it has there.

    Of their rows the first `most_rows` count (None: all). Raises `InvalidSuite`.
    """
    dataset = Dataset.at(full_id, DEFAULT_BRANCH)
    paths = dataset.first_match(data["files"])
    if not paths:
        raise InvalidSuite(
            _("the dataset %(repo)s has none of the files that are looked for: %(files)s.")
            % {"repo": full_id, "files": ", ".join(data["files"])}
        )
    files = [dataset.described(path, data["columns"]) for path in paths]
    rows = sum(file["rows"] for file in files)
    place = {"repo": dataset.repo.full_id, "commit": dataset.commit, "files": files}
    return {**data, **place, "rows": rows if most_rows is None else min(rows, most_rows)}


def check_hub_data(content: Mapping[str, Any]) -> None:
    """Whether what the parsed ``suite.yaml`` says about files of this hub's datasets is so. Raises `InvalidSuite`."""
    for name, data in hub_data(content):
        try:
            dataset = Dataset.at(data["repo"], data["commit"])
            found = [dataset.described(file["path"], data["columns"]) for file in data["files"]]
        except (InvalidSuite, NotFound) as error:
            raise InvalidSuite(task_problem(name, error.message)) from error
        if found != data["files"]:
            raise InvalidSuite(
                task_problem(name, _("the files of %(repo)s are others than suite.yaml says.") % {"repo": data["repo"]})
            )


def hub_data(content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Task and ``data`` of each task whose rows lie in a dataset."""
    return ((name, entry["data"]) for name, entry in content["tasks"].items() if "repo" in entry["data"])


def task_problem(name: str, why: str) -> str:
    return _("Task %(task)s: %(why)s") % {"task": name, "why": why}
