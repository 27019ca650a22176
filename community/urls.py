"""Addresses of the people slices."""

from django.urls import include, path

urlpatterns = [
    path("", include("community.discussions.urls")),
    path("", include("community.forum.urls")),
    path("", include("community.moderation.urls")),
    path("", include("community.governance.urls")),
    path("", include("community.published.urls")),
    path("", include("community.notifications.urls")),
    path("", include("community.follows.urls")),
    path("", include("community.devices.urls")),
    path("", include("community.members.urls")),
]
