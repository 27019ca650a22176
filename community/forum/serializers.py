"""Shapes of the forum's rooms."""

from typing import Any

from rest_framework import serializers

from community.forum.rules import DESCRIPTION_MAX_LENGTH, NAME_MAX_LENGTH, SLUG_MAX_LENGTH


class RoomSerializer(serializers.Serializer[Any]):
    """A category with what is in it (`queries.Room`)."""

    slug = serializers.CharField(source="category.slug")
    name = serializers.CharField(source="category.title")
    description = serializers.CharField(source="category.about")
    position = serializers.IntegerField(source="category.position")
    key = serializers.IntegerField(source="category.pk", help_text="With the kind “forum”, the subject of its threads.")
    threads = serializers.IntegerField()
    updated_at = serializers.DateTimeField(allow_null=True)


class RoomRequest(serializers.Serializer[Any]):
    slug = serializers.CharField(max_length=SLUG_MAX_LENGTH)
    name = serializers.CharField(max_length=NAME_MAX_LENGTH)
    description = serializers.CharField(max_length=DESCRIPTION_MAX_LENGTH, default="", allow_blank=True)
    position = serializers.IntegerField(min_value=0, max_value=1000, default=0)
