"""Addresses of the checkpoint slices; `pages` last, because its ``/<namespace>/<name>`` would catch the others."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
