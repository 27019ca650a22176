"""Where each page of a repo lives: the one place that spells these addresses."""

from hub.core.paths import encode_path, encode_segment
from models_app.gitstore.repository import DEFAULT_BRANCH
from models_app.repos import addresses
from models_app.repos.models import Repo


def repo_path(repo: Repo, *parts: str) -> str:
    """``/ns/name/part/…``; parts are already encoded (`tree_path` and `file_path` do)."""
    return "/".join([addresses.repo_path(repo), *(part for part in parts if part)])


def list_path(repo: Repo) -> str:
    """The list of all repos of this kind: ``/models``, ``/datasets``."""
    return f"/{repo.kind}s"


def file_path(repo: Repo, view: str, revision: str = DEFAULT_BRANCH, path: str = "") -> str:
    """The address of `path` at `revision` under `view`: tree, blob, raw, resolve, commits, commit, upload."""
    return repo_path(repo, view, encode_segment(revision), encode_path(path))
