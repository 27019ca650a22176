"""The parts of Hub addresses. Importing this module makes its converters known to `django.urls.path`."""

from django.urls import register_converter

from models_app.repos.models import RepoKind

KINDS = {"models": RepoKind.MODEL, "datasets": RepoKind.DATASET, "spaces": RepoKind.SPACE}


class KindConverter:
    """``models`` ↔ the kind ``model``, and so on."""

    regex = "models|datasets|spaces"

    def to_python(self, value: str) -> str:
        return KINDS[value].value

    def to_url(self, kind: str) -> str:
        return f"{kind}s"


class CommonRevisionConverter:
    """A revision that no page address has in its place: the default branch, or a full sha."""

    regex = "main|[0-9a-f]{40}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, revision: str) -> str:
        return revision


register_converter(KindConverter, "kind")
register_converter(CommonRevisionConverter, "common_revision")
