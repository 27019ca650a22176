from django.apps import AppConfig


class CommunityConfig(AppConfig):
    """People: members, organisations, and (in later slices) discussions and governance."""

    name = "community"
