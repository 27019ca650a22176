"""Bases and children, as far as one may see them."""

import pytest
from pytest_django import DjangoAssertNumQueries

from community.members.actors import ANONYMOUS, Actor
from community.members.models import User
from models_app.repos.models import Repo, RepoAlias, RepoTag
from models_app.search.lineage import Base, bases_of, children_of, count_children
from tests.factories.checkpoints import RepoFactory


def tagged(repo: Repo, *tags: str) -> Repo:
    RepoTag.objects.bulk_create(RepoTag(repo=repo, tag=tag) for tag in tags)
    return repo


@pytest.fixture
def base(alice: User) -> Repo:
    return RepoFactory(creator=alice, name="Base")


@pytest.fixture
def child(bob: User) -> Repo:
    return tagged(RepoFactory(creator=bob, name="child"), "base_model:alice/Base", "base_model:finetune:alice/Base")


def test_a_base_is_found_in_any_case(child: Repo, base: Repo):
    assert bases_of(ANONYMOUS, child) == ("finetune", [Base("alice/Base", base)])


def test_a_base_that_moved_is_found_by_its_former_name(child: Repo, base: Repo, alice: User):
    RepoAlias.objects.create(repo=base, kind=base.kind, namespace=base.namespace, name=base.name)
    base.name = "moved"
    base.save()
    assert bases_of(ANONYMOUS, child) == ("finetune", [Base("alice/Base", base)])
    other = RepoFactory(creator=alice, name="base")  # whoever has the name now comes first
    assert bases_of(ANONYMOUS, child) == ("finetune", [Base("alice/Base", other)])
    Repo.objects.filter(pk__in=[base.pk, other.pk]).update(private=True)
    assert bases_of(ANONYMOUS, child) == ("finetune", [Base("alice/Base", None)])


def test_bases_elsewhere_and_nonsense_are_named_only(bob: User):
    repo = tagged(RepoFactory(creator=bob), "base_model:openai/gpt2", "base_model:gpt2", "base_model:a/../b")
    assert bases_of(ANONYMOUS, repo) == (
        "",
        [Base("openai/gpt2", None), Base("gpt2", None), Base("a/../b", None)],
    )


def test_hidden_relatives_are_neither_linked_nor_counted(child: Repo, base: Repo, alice: User, bob: User):
    Repo.objects.update(private=True)
    for actor, sees_base, sees_child in (
        (ANONYMOUS, False, False),
        (Actor(user=alice), True, False),
        (Actor(user=bob), False, True),
    ):
        _relation, (found,) = bases_of(actor, child)
        assert found == Base("alice/Base", base if sees_base else None)
        assert list(children_of(actor, base)) == ([child] if sees_child else [])
        assert count_children(actor, [base, child]) == ({base.pk: 1} if sees_child else {})


def test_counting_takes_one_query(child: Repo, base: Repo, django_assert_num_queries: DjangoAssertNumQueries):
    repos = list(Repo.objects.select_related("namespace"))
    with django_assert_num_queries(1):
        assert count_children(ANONYMOUS, repos) == {base.pk: 1}
