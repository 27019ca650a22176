"""Repo addresses and facts in templates: ``{% load repos %}``."""

from django import template

from models_app.licences.errors import UnknownLicence
from models_app.licences.rules import normalize
from models_app.pages import addresses
from models_app.repos.models import Repo

register = template.Library()


@register.simple_tag
def repo_url(repo: Repo, *parts: str) -> str:
    """``{% repo_url repo "evaluation" %}``: the address of `repo`, or of one of its pages."""
    return addresses.repo_path(repo, *parts)


@register.simple_tag
def list_url(repo: Repo) -> str:
    return addresses.list_path(repo)


@register.simple_tag
def file_url(repo: Repo, view: str, revision: str, path: str = "") -> str:
    """``{% file_url repo "tree" revision path %}``."""
    return addresses.file_path(repo, view, revision, path)


@register.filter
def licence_name(identifier: str) -> str:
    """The full name of a kept licence id; the id itself where it has none."""
    try:
        return normalize(identifier).name
    except UnknownLicence:
        return identifier
