"""Addresses of published pages."""

from django.urls import path

from community.published import api, pages

urlpatterns = [
    path("api/pages", api.PagesView.as_view()),
    path("api/pages/<slug:slug>", api.PageView.as_view()),
    path("pages", pages.index_page, name="published-pages"),
    path("pages/<slug:slug>", pages.published_page, name="published-page"),
]
