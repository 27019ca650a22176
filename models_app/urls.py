"""Addresses of the checkpoint slices; `pages` last, because its ``/<namespace>/<name>`` would catch the others."""

from django.urls import URLPattern, URLResolver, include, path

from models_app.evaluation.records.api import KeySetView
from models_app.licences.api import LicencesView

urlpatterns: list[URLPattern | URLResolver] = [
    path(".well-known/jwks.json", KeySetView.as_view(), name="key-set"),
    path("api/evaluation/", include("models_app.evaluation.urls")),
    path("api/licences", LicencesView.as_view()),
    path("api/leaderboard", include("models_app.leaderboard.urls")),
    path("", include("models_app.hfapi.urls")),
    path("", include("models_app.pages.urls")),
]
