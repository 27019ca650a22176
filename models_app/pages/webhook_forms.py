"""What a webhook shall be, as a member writes it."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from community.members.models import Namespace, Organization
from community.members.rules import name_problem
from community.webhooks.models import Webhook
from community.webhooks.rules import MAX_WATCHED, SECRET_MAX_LENGTH, URL_MAX_LENGTH
from community.webhooks.services import Wish
from models_app.repos.addresses import PREFIXES
from models_app.repos.models import RepoKind

_DOMAINS = [
    ("repo", _("Repositories: made, changed, moved, deleted")),
    ("discussion", _("Discussions: opened, changed, commented")),
]
_MAX_TEXT = MAX_WATCHED * 300


class WebhookForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=URL_MAX_LENGTH,
        help_text=_("Gets a POST for every event: https://ci.example.org/hook"),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    watched = forms.CharField(
        label=_("What it follows"),
        max_length=_MAX_TEXT,
        help_text=_(
            "One in each line: a member or organisation (alice) for all their repositories, a model (alice/tiny), "
            "or a dataset (datasets/alice/poems)."
        ),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "off"}),
    )
    domains = forms.MultipleChoiceField(label=_("Events"), choices=_DOMAINS, widget=forms.CheckboxSelectMultiple)
    secret = forms.CharField(
        label=_("Secret"),
        max_length=SECRET_MAX_LENGTH,
        required=False,
        help_text=_("Signs every request, so that your server can tell that it came from here."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_watched(self) -> list[tuple[str, str]]:
        lines = [line.strip() for line in self.cleaned_data["watched"].splitlines()]
        return [_thing(line) for line in lines if line]

    def wish(self) -> Wish:
        data: dict[str, Any] = self.cleaned_data
        return Wish(url=data["url"], watched=data["watched"], domains=data["domains"], secret=data["secret"])


def initial_of(webhook: Webhook) -> dict[str, Any]:
    """What the form shows of a webhook that is there."""
    lines = [written(item.kind, item.name) for item in webhook.watched.all()]
    return {"url": webhook.url, "watched": "\n".join(lines), "domains": webhook.domains, "secret": webhook.secret}


def written(kind: str, name: str) -> str:
    """(``dataset``, ``alice/poems``) → ``datasets/alice/poems``; members and organisations by their bare name."""
    return f"{PREFIXES[RepoKind(kind)]}{name}" if kind in RepoKind.values else name


def _thing(line: str) -> tuple[str, str]:
    kind, rest = RepoKind.MODEL, line
    for other, prefix in PREFIXES.items():
        if prefix and line.startswith(prefix):
            kind, rest = other, line.removeprefix(prefix)
    namespace, slash, name = rest.partition("/")
    if name_problem(namespace) or (slash and name_problem(name)):
        raise forms.ValidationError(_g("“%(line)s” is not a name or a repository.") % {"line": line[:200]})
    return (kind.value, rest) if slash else _owner(namespace)


def _owner(name: str) -> tuple[str, str]:
    namespace = Namespace.objects.filter(name__lower=name.lower()).first()
    if namespace is None:
        raise forms.ValidationError(_g("There is no member or organisation called “%(name)s”.") % {"name": name})
    is_organization = Organization.objects.filter(namespace=namespace).exists()
    return ("org" if is_organization else "user"), namespace.name
