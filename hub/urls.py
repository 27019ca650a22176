"""Every address of the hub: the project's own, then people, then checkpoints (whose ``/<namespace>/…`` come last)."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from hub.core.health import health
from hub.core.pages import set_theme

urlpatterns = [
    path("", include("django_prometheus.urls")),
    path("healthz", health, name="health"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("theme", set_theme, name="theme"),
    path("", include("community.urls")),  # its sign-up goes before allauth's
    path("accounts/", include("allauth.urls")),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    # Its script comes from an address of its own: the Content-Security-Policy allows none inside a page.
    path(
        "api/docs",
        SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="api_docs.html"),
        name="api-docs",
    ),
    path("", include("models_app.urls")),
]
