"""How much is stored, for whom, and how much of it really lies on the disk."""

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from community.members.actors import Actor
from community.members.models import Namespace
from models_app.blobs.models import Blob, BlobSegment, Xorb
from models_app.repos.models import Repo
from models_app.repos.queries import visible_repos
from models_app.uploads.models import UploadGrant
from models_app.uploads.quotas import allowed_bytes, blobs_of, used_bytes


@dataclass(frozen=True)
class Usage:
    """All in bytes.

    `files`: every file of every repo, as somebody who fetches them all receives them.
    `counted`: each large file once; that is what a limit looks at. `allowed`: the limit, None without.
    `stored`: what these need on the disk, chunks that files share counted once and compressed.
    """

    files: int
    counted: int
    stored: int
    allowed: int | None = None

    @property
    def ratio(self) -> float:
        """How many times its room on the disk the files are; 1 for nothing."""
        return self.files / self.stored if self.stored else 1.0


def with_storage(repos: QuerySet[Repo]) -> QuerySet[Repo]:
    """`repos`, each with ``.storage``: bytes of its large files of all times and of the small ones at its head."""
    grants = UploadGrant.objects.filter(repo=OuterRef("pk")).order_by().values("repo")
    large = Subquery(grants.annotate(total=Sum("blob__size")).values("total"), output_field=BigIntegerField())
    return repos.annotate(storage=Coalesce(large, Value(0)) + F("regular_bytes"))


def repos_of(actor: Actor, namespace: Namespace) -> QuerySet[Repo]:
    """The repos of `namespace` that `actor` may see, each with ``.storage``."""
    return with_storage(visible_repos(actor).filter(namespace=namespace))


def usage_of(namespace: Namespace) -> Usage:
    """What the repos of `namespace` hold, private ones too: for its members only.

    Chunks are looked at as if nobody else had any, so that no number tells what others store.
    """
    files = _total(with_storage(Repo.objects.filter(namespace=namespace)), "storage")
    regular = _total(Repo.objects.filter(namespace=namespace), "regular_bytes")
    stored = stored_bytes(blobs_of(namespace)) + regular
    return Usage(files, used_bytes(namespace), stored, allowed_bytes(namespace))


def stored_bytes(blobs: QuerySet[Blob]) -> int:
    """What `blobs` need: flat ones as they are; of the others each range of chunks once, as compressed as its xorb.

    An estimate, close enough for people: chunks of one xorb are not equally well compressed.
    """
    ranges = BlobSegment.objects.filter(blob__in=blobs.filter(flat=False).values("pk")).order_by("xorb")
    columns = ("xorb", "first_chunk", "last_chunk", "size", "xorb__raw_bytes", "xorb__stored_bytes")
    total = _total(blobs.filter(flat=True), "size")
    for _xorb, rows in groupby(ranges.values_list(*columns).distinct().iterator(), key=itemgetter(0)):
        sizes = list(rows)
        raw, stored = sizes[0][-2:]
        total += min(raw, sum(row[3] for row in sizes)) * stored // raw  # ranges may overlap
    return total


@dataclass(frozen=True)
class HubUsage:
    """The whole hub, for its operator. Sizes in bytes; `git` is not measured here."""

    repos: int
    private_repos: int
    files: int
    large_files: int
    large_bytes: int
    flat_objects: int
    flat_bytes: int
    xorbs: int
    xorb_bytes: int
    unused_bytes: int

    @property
    def stored(self) -> int:
        return self.flat_bytes + self.xorb_bytes


def hub_usage() -> HubUsage:
    flat, unused = Blob.objects.filter(flat=True), {"unused_since__isnull": False}
    return HubUsage(
        repos=Repo.objects.count(),
        private_repos=Repo.objects.filter(private=True).count(),
        files=_total(UploadGrant.objects.all(), "blob__size"),
        large_files=Blob.objects.count(),
        large_bytes=_total(Blob.objects.all(), "size"),
        flat_objects=flat.count(),
        flat_bytes=_total(flat, "size"),
        xorbs=Xorb.objects.count(),
        xorb_bytes=_total(Xorb.objects.all(), "stored_bytes"),
        unused_bytes=_total(flat.filter(**unused), "size") + _total(Xorb.objects.filter(**unused), "stored_bytes"),
    )


def largest_namespaces(limit: int) -> list[tuple[str, int]]:
    """(name, bytes of the files of all repos), the largest first."""
    repos = with_storage(Repo.objects.order_by()).values("namespace__name").annotate(total=Sum("storage"))
    return [(row["namespace__name"], row["total"]) for row in repos.order_by("-total")[:limit]]


def _total(rows: QuerySet[Any, Any], column: str) -> int:
    return rows.aggregate(sum=Sum(column))["sum"] or 0
