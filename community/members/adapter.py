"""The hub's rules for django-allauth: names, members with a namespace, addresses in mails."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse

from community.members import services
from community.members.models import User
from hub.core.errors import DomainError
from hub.core.paths import public_url


@dataclass(frozen=True)
class Site:
    """What allauth's mails say of the hub."""

    name: str
    domain: str


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def clean_username(self, username: str, shallow: bool = False) -> str:  # noqa: FBT001, FBT002, ARG002 (its signature)
        try:
            services.check_name(username)
        except DomainError as error:
            raise ValidationError(error.message) from error
        return username

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:  # noqa: FBT001, FBT002, ARG002
        """Make the member and the namespace together. Raises `NameTaken` when another was faster since the check."""
        data = form.cleaned_data
        return services.create_member(username=data["username"], email=data["email"], password=data["password1"])

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Bring the member's language along to this browser."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if user.language:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax")
        return response

    def format_email_subject(self, subject: str) -> str:
        return f"[{settings.HUB_NAME}] {subject}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """As allauth does, with links from PUBLIC_URL: a request's Host header is the sender's word, not the hub's."""
        links = {
            key: public_url(_path_and_query(value))
            for key, value in context.items()
            if key.endswith("_url") and isinstance(value, str)
        }
        site = Site(name=settings.HUB_NAME, domain=settings.PUBLIC_URL)
        super().send_mail(template_prefix, email, {**context, **links, "current_site": site})


def _path_and_query(url: str) -> str:
    return urlsplit(url)._replace(scheme="", netloc="").geturl()
