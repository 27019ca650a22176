"""Addresses of discussions that belong to no subject; those of a subject lie below its own address."""

from django.urls import path

from community.discussions import pages

urlpatterns = [path("discussions", pages.recent_page, name="discussions")]
