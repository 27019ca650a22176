"""Addresses of notifications."""

from django.urls import path

from community.notifications import api, pages

urlpatterns = [
    path("api/notifications", api.InboxView.as_view()),
    path("api/notifications/read", api.ReadAllView.as_view()),
    path("api/notifications/<int:notification>/read", api.ReadView.as_view()),
    path("api/notifications/mail", api.MailView.as_view()),
    path("api/discussions/<int:thread>/follow", api.FollowView.as_view()),
    path("notifications", pages.inbox_page, name="inbox"),
    path("notifications/read", pages.read_all, name="inbox-read"),
    path("notifications/<int:notification>", pages.open_notification, name="notification"),
    path("notifications/unsubscribe/<token>", pages.unsubscribe, name="unsubscribe"),
    path("settings/notifications", pages.settings_page, name="notification-settings"),
    path("discussions/<int:thread>/follow", pages.follow_thread, name="thread-follow"),
]
