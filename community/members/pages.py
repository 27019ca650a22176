"""Sign-up, and the settings of a member: profile and access tokens."""

from allauth.account.views import SignupView as AllauthSignupView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from community.members import queries, services
from community.members.actors import Actor
from community.members.errors import NameTaken
from community.members.forms import AccessTokenForm, ProfileForm
from community.members.models import TokenKind, User
from hub.core.errors import DomainError


class MemberRequest(HttpRequest):
    """What a view behind `login_required` receives."""

    user: User
    actor: Actor


class SignupView(AllauthSignupView):  # type: ignore[misc]  # allauth ships no types
    def form_valid(self, form: Form) -> HttpResponse:
        try:
            response: HttpResponse = super().form_valid(form)
        except NameTaken as error:  # between the form's check and the write, somebody else took the name
            form.add_error("username", error.message)
            response = self.form_invalid(form)
        return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: MemberRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method != "POST" or not form.is_valid():
        return render(request, "community/members/profile.html", {"form": form})
    services.update_member(user=request.user, **form.cleaned_data)
    messages.success(request, _("Your profile was saved."))
    response = redirect("profile-settings")
    if request.user.language:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, request.user.language, samesite="Lax")
    return response


@login_required
def tokens(request: MemberRequest) -> HttpResponse:
    return render(request, "community/members/tokens.html", {"tokens": queries.access_tokens_of(request.user)})


@login_required
@never_cache
@sensitive_variables("text")
@require_http_methods(["GET", "HEAD", "POST"])
def new_token(request: MemberRequest) -> HttpResponse:
    """The form; after a POST the one page that ever shows the token's text (no redirect: it is kept nowhere)."""
    form = AccessTokenForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            token, text = services.create_access_token(
                user=request.user,
                name=form.cleaned_data["name"],
                kind=TokenKind(form.cleaned_data["kind"]),
                scopes=form.scopes(),
                expires_at=form.expires_at(),
            )
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return render(request, "community/members/token_created.html", {"token": token, "text": text})
    return render(request, "community/members/new_token.html", {"form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_token(request: MemberRequest, token_id: int) -> HttpResponse:
    token = queries.get_access_token(request.user, token_id)
    if request.method != "POST":
        return render(request, "community/members/revoke_token.html", {"token": token})
    services.revoke_access_token(user=request.user, token_id=token_id)
    messages.success(request, _("The token “%(name)s” was revoked.") % {"name": token.name})
    return redirect("token-settings")
