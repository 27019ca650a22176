"""How a file is shown: as coloured text, as a card, as a picture, as a list of tensors, or only for download."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from models_app.cards.rendering import render_blob
from models_app.gitstore.repository import Entry, GitRepository
from models_app.pages.addresses import file_path
from models_app.pages.highlighting import highlight_source
from models_app.pages.tensors import TensorTable, read_tensors
from models_app.repos.models import Repo

MAX_TEXT = 1024 * 1024  # bytes of a text file that are worth a page
_PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg"}
_PROSE = {".md", ".markdown"}


@dataclass(frozen=True)
class FileView:
    """`kind` chooses the part of ``blob.html``; `reason` says why a file is only offered for download."""

    kind: Literal["source", "prose", "picture", "tensors", "download"]
    html: SafeString = field(default_factory=SafeString)
    lines: int = 0
    address: str = ""
    tensors: TensorTable | None = None
    reason: str = ""


def view_of(repo: Repo, git: GitRepository, entry: Entry, *, revision: str, source: bool) -> FileView:
    """The best view of `entry`; with `source`, prose as the text it is written in."""
    suffix = PurePosixPath(entry.path).suffix.lower()
    if suffix in _PICTURES and not source:
        return FileView("picture", address=file_path(repo, "resolve", revision, entry.path))
    if suffix == ".safetensors":
        return _tensor_view(repo, git, entry)
    if entry.lfs is not None or entry.size > MAX_TEXT:
        too_large = entry.size > MAX_TEXT
        reason = _("This file is too large to be shown.") if too_large else _("This kind of file is not shown.")
        return FileView("download", reason=reason)
    text = _text(git.read(entry.oid))
    if text is None:
        return FileView("download", reason=_("This file is not text."))
    if suffix in _PROSE and not source:
        folder = file_path(repo, "resolve", revision, entry.path.rpartition("/")[0])
        return FileView("prose", html=render_blob(entry.oid, text.encode, f"{folder}/"))
    return FileView("source", html=highlight_source(text, entry.path), lines=len(text.splitlines()))


def _tensor_view(repo: Repo, git: GitRepository, entry: Entry) -> FileView:
    try:
        return FileView("tensors", tensors=read_tensors(repo, git, entry))
    except ValueError as error:
        reason = _("The header of this file cannot be read: %(problem)s.") % {"problem": error}
        return FileView("download", reason=reason)


def _text(content: bytes) -> str | None:
    """`content` as UTF-8 text, or None where it is something else."""
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
