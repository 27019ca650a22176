from django.apps import AppConfig


class HubConfig(AppConfig):
    """The project itself: settings, the embedded supervisor and management commands."""

    name = "hub"

    def ready(self) -> None:
        from hub.core import checks  # noqa: F401 (they register themselves)
