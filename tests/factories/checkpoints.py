"""Repos and blobs as rows. A repo whose git side matters is made by ``repos.services.create_repo`` instead."""

import hashlib

import factory

from models_app.blobs.models import Blob
from models_app.repos.models import Repo, RepoKind
from tests.factories.members import MemberFactory


class RepoFactory(factory.django.DjangoModelFactory[Repo]):
    """``RepoFactory(creator=alice, name="tiny")``: a model of its creator, with a head."""

    class Meta:
        model = Repo

    kind = RepoKind.MODEL
    creator = factory.SubFactory(MemberFactory)
    namespace = factory.LazyAttribute(lambda repo: repo.creator.namespace)
    name = factory.Sequence(lambda n: f"repo-{n}")
    head_sha = factory.Sequence(lambda n: hashlib.sha1(f"commit {n}".encode(), usedforsecurity=False).hexdigest())


class BlobFactory(factory.django.DjangoModelFactory[Blob]):
    class Meta:
        model = Blob

    sha256 = factory.Sequence(lambda n: hashlib.sha256(f"blob {n}".encode()).hexdigest())
    size = 1000
    flat = True
