"""Addresses of accounts, organisations and their settings."""

from django.urls import path
from django.views.generic import RedirectView

from community.members import organization_pages, pages

urlpatterns = [
    path("login", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("join", RedirectView.as_view(pattern_name="account_signup", query_string=True)),
    path("accounts/signup/", pages.SignupView.as_view()),  # in front of allauth's own, under the same name
    path("settings", RedirectView.as_view(pattern_name="profile-settings")),
    path("settings/profile", pages.profile, name="profile-settings"),
    path("settings/tokens", pages.tokens, name="token-settings"),
    path("settings/tokens/new", pages.new_token, name="new-token"),
    path("settings/tokens/<int:token_id>/revoke", pages.revoke_token, name="revoke-token"),
    path("settings/organizations", organization_pages.organizations, name="organizations"),
    path("settings/organizations/<name>", organization_pages.organization, name="organization-settings"),
    path("settings/organizations/<name>/members", organization_pages.set_member, name="set-member"),
    path(
        "settings/organizations/<name>/members/<username>/remove",
        organization_pages.remove_member,
        name="remove-member",
    ),
    path("organizations/new", organization_pages.new_organization, name="new-organization"),
]
