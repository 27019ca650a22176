"""Forms of accounts, organisations and tokens. Rules stay in `services`; forms only read and show."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from community.members.models import (
    BIO_MAX_LENGTH,
    TOKEN_NAME_MAX_LENGTH,
    Membership,
    Namespace,
    Organization,
    Role,
    TokenKind,
    User,
)
from community.members.queries import namespaces_of
from community.members.rules import GLOBAL_PERMISSIONS, NAME_MAX_LENGTH, SCOPED_PERMISSIONS, Permission

NAME_HELP = _("Part of every address. Letters, digits, '-', '_' and '.'; up to 96 characters.")


def _without_placeholders(form: forms.Form) -> None:
    """Every field has a visible label; a placeholder would only repeat it."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class LoginForm(AllauthLoginForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _without_placeholders(self)
        self.fields["login"].label = _("Username or email")
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["remember"].label = _("Stay signed in")


class SignupForm(AllauthSignupForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _without_placeholders(self)
        self.fields["username"].help_text = NAME_HELP
        self.fields["username"].widget.attrs["maxlength"] = NAME_MAX_LENGTH


class AboutForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the type checker only
    """What members and organisations say of themselves."""

    bio = forms.CharField(
        label=_("About"), required=False, max_length=BIO_MAX_LENGTH, widget=forms.Textarea(attrs={"rows": 4})
    )
    homepage = forms.URLField(label=_("Home page"), required=False, max_length=200, assume_scheme="https")


class ProfileForm(AboutForm):
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("Like the browser")), *settings.LANGUAGES]
    )

    class Meta:
        model = User
        fields = ["full_name", "bio", "homepage", "language"]


class NewOrganizationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=NAME_MAX_LENGTH, help_text=NAME_HELP)
    full_name = forms.CharField(label=_("Full name"), max_length=120, required=False)


class OrganizationForm(AboutForm):
    class Meta:
        model = Organization
        fields = ["full_name", "bio", "homepage"]


class MembershipForm(forms.Form):
    username = forms.CharField(label=_("Username"), max_length=NAME_MAX_LENGTH)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.READ)


def role_form(membership: Membership) -> MembershipForm:
    """A small form beside each member, to change the role."""
    form = MembershipForm(initial={"username": membership.user.username, "role": membership.role}, auto_id=False)
    form.fields["username"].widget = forms.HiddenInput()
    label = gettext("Role of %(name)s") % {"name": membership.user.username}
    form.fields["role"].widget.attrs["aria-label"] = label
    return form


EXPIRIES = {
    "7": _("7 days"),
    "30": _("30 days"),
    "90": _("90 days"),
    "365": _("1 year"),
    "never": _("Never"),
}
GLOBAL = [permission.value for permission in GLOBAL_PERMISSIONS]
SCOPED = [permission.value for permission in SCOPED_PERMISSIONS]
PERMISSION_LABELS: dict[str, str | Promise] = {
    Permission.REPO_READ: _("Read private repos"),
    Permission.REPO_WRITE: _("Create and change repos"),
    Permission.DISCUSSION_WRITE: _("Take part in discussions and open pull requests"),
    Permission.EVALUATION_WORK: _("Evaluate checkpoints (for evaluation workers)"),
    Permission.WEBHOOKS: _("Manage webhooks (which tell of all that you may see)"),
}
KIND_LABELS: list[tuple[str, str | Promise]] = [
    (TokenKind.READ, _("Read: download all that you may see")),
    (TokenKind.WRITE, _("Write: also create, upload, change and delete")),
    (TokenKind.FINE_GRAINED, _("Fine-grained: only what you choose below")),
]


class AccessTokenForm(forms.Form):
    """A fine-grained token may be limited to the repos of each namespace that `user` belongs to."""

    name = forms.CharField(
        label=_("Name"), max_length=TOKEN_NAME_MAX_LENGTH, help_text=_("What the token is for; only you see it.")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=KIND_LABELS, widget=forms.RadioSelect, initial=TokenKind.READ)
    expires = forms.ChoiceField(label=_("Expires"), choices=list(EXPIRIES.items()), initial="90")
    permissions = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.namespaces = list(namespaces_of(user).order_by("name"))
        self.groups: list[tuple[str, list[tuple[str, str | Promise]]]] = [
            (namespace.name, [(_scoped(permission, namespace), PERMISSION_LABELS[permission]) for permission in SCOPED])
            for namespace in self.namespaces
        ]
        hub_wide = [(permission, PERMISSION_LABELS[permission]) for permission in GLOBAL]
        self.groups.append((gettext("The whole hub"), hub_wide))
        self.fields["permissions"].choices = self.groups  # type: ignore[attr-defined]  # a ChoiceField, see above

    def permission_groups(self) -> list[tuple[str, list[forms.boundfield.BoundWidget]]]:
        """The check boxes of each namespace, for the template."""
        boxes = iter(self["permissions"])
        return [(label, list(islice(boxes, len(choices)))) for label, choices in self.groups]

    def expires_at(self) -> datetime | None:
        choice = self.cleaned_data["expires"]
        return None if choice == "never" else timezone.now() + timedelta(days=int(choice))

    def scopes(self) -> dict[str, Any] | None:
        """The chosen permissions in the shape of `create_access_token`; ``None`` for the other kinds."""
        if self.cleaned_data["kind"] != TokenKind.FINE_GRAINED:
            return None
        chosen = set(self.cleaned_data["permissions"])
        scoped = [(namespace, [p for p in SCOPED if _scoped(p, namespace) in chosen]) for namespace in self.namespaces]
        return {
            "global": [permission for permission in GLOBAL if permission in chosen],
            "scoped": [
                {"entity": {"type": self._type_of(namespace), "name": namespace.name}, "permissions": permissions}
                for namespace, permissions in scoped
                if permissions
            ],
        }

    def _type_of(self, namespace: Namespace) -> str:
        return "user" if namespace.pk == self.user.namespace_id else "org"


def _scoped(permission: str, namespace: Namespace) -> str:
    return f"{permission}:{namespace.name}"
