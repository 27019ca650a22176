"""A member's own password, where git asks for one."""

import re
from copy import copy

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from community.members.actors import Actor
from community.members.errors import InvalidCredentials
from community.members.models import User
from community.members.queries import is_email_verified


def takes_passwords(request: HttpRequest) -> bool:
    """Whether this is an address of git."""
    return re.match(settings.PASSWORD_ADDRESSES, request.path) is not None


def actor_of_password(request: HttpRequest, name: str, password: str) -> Actor:
    """The member called `name`, by the rules of signing in: so many tries, and no more.

    Raises `InvalidCredentials`, also for members with a second step, for which git cannot ask: they use a token.
    """
    if "\0" in name:
        raise InvalidCredentials
    attempt = copy(request)
    attempt.method = "POST"  # of reads, allauth does not count the tries
    try:
        user = get_adapter(attempt).authenticate(attempt, username=name, password=password)
    except ValidationError:  # too many tries
        raise InvalidCredentials from None
    if not isinstance(user, User) or not user.is_active or is_mfa_enabled(user):
        raise InvalidCredentials
    if settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory" and not is_email_verified(user):
        raise InvalidCredentials
    return Actor(user=user)
