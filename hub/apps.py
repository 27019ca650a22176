from django.apps import AppConfig


class HubConfig(AppConfig):
    """The project itself: settings, the embedded supervisor and management commands."""

    name = "hub"
