"""Addresses of published pages."""

from django.urls import path

from community.published import pages

urlpatterns = [
    path("pages", pages.index_page, name="published-pages"),
    path("pages/<slug:slug>", pages.published_page, name="published-page"),
]
