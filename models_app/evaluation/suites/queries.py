"""Which versions of suites there are. Everybody may read them."""

from django.db.models import QuerySet

from models_app.evaluation.errors import SuiteNotFound
from models_app.evaluation.models import SuiteActivation, SuiteFile, SuiteVersion


def active_suite() -> SuiteVersion | None:
    return SuiteVersion.objects.filter(active=True).first()


def rated_versions() -> QuerySet[SuiteVersion]:
    """Suite versions that are or were active: those that the hub has results of, the active one first."""
    return SuiteVersion.objects.exclude(activated_at=None).order_by("-active", "-activated_at", "-pk")


def known_versions() -> QuerySet[SuiteVersion]:
    """All of them, by suite, the newest of each first, with who proposed them."""
    versions = SuiteVersion.objects.select_related("proposed_by").defer("definition", "files")
    return versions.order_by("suite", "-version")


def activations() -> QuerySet[SuiteActivation]:
    """The log, newest first."""
    return SuiteActivation.objects.select_related("suite_version", "activated_by").order_by("-pk")


def get_suite_content(sha256: str) -> SuiteVersion:
    """The version whose files have this hash. Raises `SuiteNotFound`."""
    found = SuiteVersion.objects.filter(sha256=sha256).order_by("pk").first()
    if found is None:
        raise SuiteNotFound
    return found


def get_suite_file(sha256: str) -> bytes:
    """The content of a file of some version. Raises `SuiteNotFound`."""
    found = SuiteFile.objects.filter(pk=sha256).first()
    if found is None:
        raise SuiteNotFound
    return bytes(found.content)


def get_suite_version(suite: str, version: int) -> SuiteVersion:
    """Raises `SuiteNotFound`."""
    found = SuiteVersion.objects.filter(suite=suite, version=version).first()
    if found is None:
        raise SuiteNotFound
    return found
