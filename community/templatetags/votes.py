"""How pages name the votes that changed what they show: ``{% load votes %}``."""

from django import template

from community.governance.audit import newest_hash
from community.governance.offices import Tools, tools_of
from community.governance.rules import proposal_address
from community.members.models import User
from community.published import footer

register = template.Library()


@register.simple_tag
def code_of_conduct() -> str:
    return footer.code_of_conduct()


@register.simple_tag
def audit_head() -> str:
    """The hash of the log's newest line; "" before the first."""
    return newest_hash()


@register.simple_tag
def office_tools(member: User) -> Tools:
    return tools_of(member)


@register.inclusion_tag("components/voted.html")
def voted(number: int) -> dict[str, object]:
    """“vote #7”, a link to it."""
    return {"number": number, "address": proposal_address(number)}


@register.inclusion_tag("components/featured.html")
def featured(number: int) -> dict[str, object]:
    """A badge that leads to the vote by which a model is featured."""
    return voted(number)
