"""Ask how files should travel, then commit them."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from hub.core.errors import Invalid, TooLarge
from models_app.blobs.services import check_free
from models_app.gitstore.objects import AddBlob, AddPointer, Change, DeleteFile, DeleteFolder, Pointer
from models_app.hfapi.bodies import body_of
from models_app.hfapi.http import RepoView
from models_app.hfapi.ndjson import Line, read_lines
from models_app.hfapi.parameters import flag
from models_app.hfapi.representations import JSONObject, repo_url
from models_app.pulls.queries import destination_for
from models_app.pulls.rules import number_of
from models_app.pulls.services import check_base, propose, push
from models_app.uploads.checks import check_branch
from models_app.uploads.grants import usable
from models_app.uploads.queries import Candidate, UploadPlan, plan_uploads
from models_app.uploads.rules import MAX_REGULAR_BYTES
from models_app.uploads.services import commit_changes

MAX_BODY = 512 * 1024 * 1024  # clients send at most 100 MB of regular files at once, a third more as base64
MAX_CHANGES = 50_000
_SHA256 = re.compile(r"[0-9a-f]{64}")


class WriteView(RepoView):
    """A view for those who may write to the revision; looked at before anything of the body is read.

    With ``create_pr=1`` the commit will open a pull request, for which the right to read is enough.
    """

    opens_pull: bool

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.opens_pull = flag(request, "create_pr")
        destination_for(self.actor, self.repo, None if self.opens_pull else self.revision)
        if self.opens_pull:
            check_base(self.git, self.revision)


class Preupload(WriteView):
    @extend_schema(
        operation_id="preupload", request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["commits"]
    )
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """For each of {files: [{path, size, sample}]}: large or regular, ignored or not, and what is there now."""
        data = self.json()
        files, ignore = data.get("files"), data.get("gitIgnore")
        if not isinstance(files, list) or not isinstance(ignore, str | None):
            raise Invalid("Give files as a list, and gitIgnore as text or not at all.")
        candidates = [_candidate(file) for file in files]
        plans = list(plan_uploads(self.git, self.sha, candidates, ignore=ignore))
        large = {plan.path for plan in plans if plan.large}
        check_free(sum(candidate.size for candidate in candidates if candidate.path in large))
        return Response({"files": [_plan_object(plan) for plan in plans], "commitOid": self.sha})


def _candidate(file: Any) -> Candidate:
    match file:
        case {"path": str(path), "size": int(size)} if size >= 0:
            sample = file.get("sample") or ""
        case _:
            raise Invalid("Each file needs a path and a size.")
    try:
        return Candidate(path=path, size=size, sample=base64.b64decode(sample))
    except (binascii.Error, ValueError, TypeError):
        raise Invalid(f"The sample of {path[:200]!r} is not base64.") from None


def _plan_object(plan: UploadPlan) -> JSONObject:
    answer = {"path": plan.path, "uploadMode": "lfs" if plan.large else "regular", "shouldIgnore": plan.ignored}
    return answer | ({"oid": plan.oid} if plan.oid is not None else {})


class CommitView(WriteView):
    @extend_schema(
        operation_id="commit",
        request={"application/x-ndjson": OpenApiTypes.STR},
        responses=OpenApiTypes.OBJECT,
        tags=["commits"],
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        """Commit the changes that the lines of the body describe to a branch."""
        number = number_of(self.revision)
        if number is None:
            check_branch(self.revision)
        _ = self.sha  # an unknown branch is refused before its files are read
        pieces = body_of(request._request, limit=MAX_BODY)  # noqa: SLF001 (the socket, past DRF's parsers)
        draft = self._draft(read_lines(pieces, max_file=MAX_REGULAR_BYTES))
        url = repo_url(self.repo.kind, self.repo.full_id)
        answer = {"success": True, "hookOutput": ""}
        if self.opens_pull:
            pull, sha = propose(actor=self.actor, repo=self.repo, **draft.parts)
            answer["pullRequestUrl"] = f"{url}/discussions/{pull.thread.number}"
        elif number is not None:
            sha = push(actor=self.actor, repo=self.repo, number=number, **draft.parts)
        else:
            sha = commit_changes(actor=self.actor, repo=self.repo, revision=self.revision, **draft.parts)
        return Response(answer | {"commitOid": sha, "commitUrl": f"{url}/commit/{sha}"})

    def _draft(self, lines: Iterable[Line]) -> "Draft":
        draft = Draft()
        for line in lines:
            if line.key == "header":
                draft.read_header(line.value)
            elif len(draft.changes) < MAX_CHANGES:
                draft.changes.append(self._change(line))
            else:
                raise TooLarge(f"A commit has at most {MAX_CHANGES} changes: split it.")
        if not draft.summary:
            raise Invalid("The commit has no header with a summary.")
        return draft

    def _change(self, line: Line) -> Change:
        read = self._READERS.get(line.key)
        path = line.value.get("path")
        if read is None or not isinstance(path, str):
            raise Invalid(f"{line.key[:40]!r} with path {str(path)[:200]!r} is no change of a commit.")
        return read(self, path, line)

    def _file(self, path: str, line: Line) -> AddBlob:
        if line.content is None or line.value.get("encoding", "base64") != "base64":
            raise Invalid(f"The content of {path[:200]!r} must be base64.")
        # Into git at once: memory holds one file, and a blob that no commit names is swept by git.
        return AddBlob(path, self.git.write_blob(line.content))

    def _large_file(self, path: str, line: Line) -> AddPointer:
        oid, size = line.value.get("oid"), line.value.get("size")
        if not (isinstance(oid, str) and _SHA256.fullmatch(oid) and isinstance(size, int | None)):
            raise Invalid(f"{path[:200]!r} needs the sha256 of its content as oid, and its size in bytes.")
        if size is None:  # a copy: the hub knows the size
            blob = usable(self.actor, self.repo, [oid]).get(oid)
            size = blob.size if blob else 0
        return AddPointer(path, Pointer(oid, size))

    _READERS: Mapping[str, Callable[["CommitView", str, Line], Change]] = {
        "file": _file,
        "lfsFile": _large_file,
        "deletedFile": lambda _view, path, _line: DeleteFile(path),
        "deletedFolder": lambda _view, path, _line: DeleteFolder(path),
    }


@dataclass
class Draft:
    """A commit as far as its body has been read."""

    summary: str = ""
    description: str = ""
    parent: str | None = None
    changes: list[Change] = field(default_factory=list)

    @property
    def parts(self) -> JSONObject:
        """The arguments that every service which commits takes."""
        return {
            "parent": self.parent,
            "summary": self.summary,
            "description": self.description,
            "changes": self.changes,
        }

    def read_header(self, value: JSONObject) -> None:
        summary, description, parent = value.get("summary"), value.get("description"), value.get("parentCommit")
        if not (isinstance(summary, str) and isinstance(description, str | None) and isinstance(parent, str | None)):
            raise Invalid("The header needs a summary; summary, description and parentCommit are text.")
        self.summary, self.description, self.parent = summary, description or "", parent or None
