"""What votes may publish."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.governance.actions import Action, Change, Field, Plan, Values
from community.governance.errors import ActionRefused
from community.governance.models import Proposal, PublishedPage
from community.governance.rules import TITLE_MAX_LENGTH
from community.published.footer import code_of_conduct
from community.published.queries import page_at
from community.published.rules import SLUG_MAX_LENGTH, is_slug


class PublishPage(Action):
    verb = "page.publish"
    title = gettext_lazy("Publish a page")
    fields = (
        Field(
            "slug",
            gettext_lazy("Address"),
            max_length=SLUG_MAX_LENGTH,
            help=gettext_lazy("Its place below /pages. Every page of the hub leads to “code-of-conduct”."),
        ),
        Field("title", gettext_lazy("Title"), max_length=TITLE_MAX_LENGTH),
        Field("body", gettext_lazy("Text"), "long", help=gettext_lazy("Markdown")),
    )

    def describe(self, params: Mapping[str, Any]) -> str:
        shown = {"title": params.get("title"), "slug": params.get("slug")}
        return _("“%(title)s” is published at /pages/%(slug)s.") % shown

    def plan(self, values: Values) -> Plan:
        if not is_slug(values["slug"]):
            raise ActionRefused(_("An address consists of small letters, digits and single hyphens."))
        page = page_at(values["slug"])
        url = reverse("published-page", args=[values["slug"]]) if page is not None else ""
        before = (page.title, page.body) if page is not None else ("", "")
        lines = zip((_("Title"), _("Text")), before, (values["title"], values["body"]), strict=True)
        changes = [Change(what, old, new, url) for what, old, new in lines if old != new]

        def do(proposal: Proposal) -> None:
            PublishedPage.objects.create(**values, proposal=proposal)
            transaction.on_commit(code_of_conduct.forget)

        return Plan(changes, page.pk if page is not None else None, do)
