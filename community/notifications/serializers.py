"""Shapes of the inbox and of how one follows threads."""

from typing import Any

from rest_framework import serializers

from community.notifications.models import Level, Mail
from hub.core.api import AddressField, PageParameters


class InboxFilter(PageParameters):
    unread = serializers.BooleanField(default=False, help_text="Only what is unread.")


class NotificationSerializer(serializers.Serializer[Any]):
    """A notification in words (`queries.Line`)."""

    id = serializers.IntegerField(source="notification.pk")
    topic = serializers.CharField(source="notification.topic")
    sentence = serializers.CharField()
    place = serializers.CharField(help_text="What it is about.")
    address = AddressField()
    thread = serializers.IntegerField(source="notification.thread_id", allow_null=True)
    comment = serializers.IntegerField(source="notification.comment_id", allow_null=True)
    created_at = serializers.DateTimeField(source="notification.created_at")
    read_at = serializers.DateTimeField(source="notification.read_at", allow_null=True)


class InboxSerializer(serializers.Serializer[Any]):
    notifications = NotificationSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class MailSerializer(serializers.Serializer[Any]):
    mail = serializers.ChoiceField(Mail.choices)


class LevelSerializer(serializers.Serializer[Any]):
    level = serializers.ChoiceField(Level.choices, allow_blank=True, help_text="Empty: not at all.")
