"""Addresses of notifications."""

from django.urls import path

from community.notifications import pages

urlpatterns = [
    path("notifications", pages.inbox_page, name="inbox"),
    path("notifications/read", pages.read_all, name="inbox-read"),
    path("notifications/<int:notification>", pages.open_notification, name="notification"),
    path("notifications/unsubscribe/<token>", pages.unsubscribe, name="unsubscribe"),
    path("settings/notifications", pages.settings_page, name="notification-settings"),
    path("discussions/<int:thread>/follow", pages.follow_thread, name="thread-follow"),
]
