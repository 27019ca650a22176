"""What votes do to the rooms of the forum."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.forum.errors import CategoryNotFound, SlugInvalid, SlugTaken
from community.forum.models import Category
from community.forum.rules import DESCRIPTION_MAX_LENGTH, NAME_MAX_LENGTH, SLUG_MAX_LENGTH, is_slug
from community.forum.subject import address_of
from community.governance.actions import Action, Change, Field, Plan, Values
from community.governance.errors import ActionRefused
from community.governance.models import Proposal

_SLUG = Field(
    "slug",
    gettext_lazy("Address"),
    max_length=SLUG_MAX_LENGTH,
    help=gettext_lazy("Its place below /forum: small letters, digits, -."),
)
_NAME = Field("name", gettext_lazy("Name"), max_length=NAME_MAX_LENGTH)
_DESCRIPTION = Field(
    "description", gettext_lazy("What belongs here"), required=False, max_length=DESCRIPTION_MAX_LENGTH
)


class AddCategory(Action):
    verb = "category.add"
    title = gettext_lazy("Open a room in the forum")
    fields = (_SLUG, _NAME, _DESCRIPTION)

    def describe(self, params: Mapping[str, Any]) -> str:
        shown = {"name": params.get("name"), "slug": params.get("slug")}
        return _("The forum gets the room “%(name)s” at /forum/%(slug)s.") % shown

    def plan(self, values: Values) -> Plan:
        if not is_slug(values["slug"]):
            raise ActionRefused(SlugInvalid().message)
        there = Category.objects.filter(slug=values["slug"]).first()
        if there is not None and (there.name, there.description) != (values["name"], values["description"]):
            raise ActionRefused(SlugTaken().message)
        changes = [] if there is not None else [Change(address_of(values["slug"]), "", values["name"])]

        def do(proposal: Proposal) -> None:
            last = Category.objects.order_by("-position").values_list("position", flat=True).first() or 0
            Category.objects.create(**values, position=last + 1, proposal=proposal)

        return Plan(changes, there is not None, do)


class RenameCategory(Action):
    verb = "category.rename"
    title = gettext_lazy("Name a room of the forum anew")
    fields = (_SLUG, _NAME, _DESCRIPTION)

    def describe(self, params: Mapping[str, Any]) -> str:
        shown = {"name": params.get("name"), "slug": params.get("slug")}
        return _("The room at /forum/%(slug)s is called “%(name)s”.") % shown

    def plan(self, values: Values) -> Plan:
        room = Category.objects.filter(slug=values["slug"]).first()
        if room is None:
            raise ActionRefused(CategoryNotFound().message)
        before = {"name": room.name, "description": room.description}
        wanted = {"name": values["name"], "description": values["description"] or room.description}
        lines = [("name", _("Name")), ("description", _("What belongs here"))]
        changes = [
            Change(what, before[key], wanted[key], address_of(room.slug))
            for key, what in lines
            if before[key] != wanted[key]
        ]

        def do(proposal: Proposal) -> None:
            Category.objects.filter(pk=room.pk).update(**wanted, proposal=proposal)

        return Plan(changes, [room.pk, before], do)
