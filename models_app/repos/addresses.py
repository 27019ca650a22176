"""Where repos lie on the site."""

from models_app.repos.models import Repo, RepoKind

PREFIXES = {RepoKind.MODEL: "", RepoKind.DATASET: "datasets/", RepoKind.SPACE: "spaces/"}


def repo_path(repo: Repo) -> str:
    return path_of(repo.kind, repo.full_id)


def path_of(kind: str, full_id: str) -> str:
    """``/a/b`` for models, ``/datasets/a/b`` and ``/spaces/a/b`` for the others."""
    return f"/{PREFIXES[RepoKind(kind)]}{full_id}"
