"""Shapes of threads and of what happens in them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from community.discussions.models import CommentVersion, EventKind, ThreadStatus
from community.discussions.rules import MAX_TEXT, REASON_MAX_LENGTH, TITLE_MAX_LENGTH
from hub.core.api import AddressField, PageParameters


class ThreadFilter(PageParameters):
    author = serializers.CharField(max_length=100, required=False, help_text="Only threads that this member began.")


class AboutSerializer(serializers.Serializer[Any]):
    """A subject; `kind` and `key` name it for good."""

    kind = serializers.CharField(source="thread.board.kind", help_text="forum, repo, …")
    key = serializers.IntegerField(source="thread.board.key")
    title = serializers.CharField(source="subject.title")
    address = AddressField(source="subject.address")


class ThreadSerializer(serializers.Serializer[Any]):
    """A thread with its subject (`changes.Found`)."""

    id = serializers.IntegerField(source="thread.pk")
    number = serializers.IntegerField(source="thread.number", help_text="Among the threads of its subject.")
    about = AboutSerializer(source="*")
    address = AddressField()
    title = serializers.CharField(source="thread.title")
    author = serializers.CharField(source="thread.author.username", allow_null=True, default=None)
    status = serializers.ChoiceField(ThreadStatus.choices, source="thread.status")
    pinned = serializers.BooleanField(source="thread.pinned")
    locked = serializers.BooleanField(source="thread.locked", help_text="Only moderators write in it.")
    hidden = serializers.BooleanField(source="thread.hidden", help_text="Only moderators see it.")
    comments = serializers.IntegerField(source="thread.comment_count")
    created_at = serializers.DateTimeField(source="thread.created_at")
    updated_at = serializers.DateTimeField(source="thread.updated_at")


class ThreadPageSerializer(serializers.Serializer[Any]):
    threads = ThreadSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class ReactionSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    count = serializers.IntegerField()
    mine = serializers.BooleanField()


class EventSerializer(serializers.Serializer[Any]):
    """One event (`queries.Said`); comments have a text, the other kinds a change."""

    id = serializers.IntegerField(source="event.pk")
    kind = serializers.ChoiceField(EventKind.choices, source="event.kind")
    author = serializers.CharField(source="event.author.username", allow_null=True, default=None)
    created_at = serializers.DateTimeField(source="event.created_at")
    change = serializers.DictField(source="event.data", help_text="{status}, {from, to} or {oid, subject}.")
    text = serializers.CharField(help_text="Markdown; empty once it is hidden.")
    hidden = serializers.BooleanField(source="event.hidden")
    edits = serializers.IntegerField()
    reply_to = serializers.IntegerField(source="event.reply_to_id", allow_null=True)
    reactions = ReactionSerializer(many=True)


class EventPageSerializer(serializers.Serializer[Any]):
    events = EventSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class CommentVersionSerializer(serializers.ModelSerializer[CommentVersion]):
    author = serializers.CharField(source="author.username", allow_null=True, default=None)

    class Meta:
        model = CommentVersion
        fields = ["text", "author", "created_at"]


class CommentSerializer(EventSerializer):
    thread = serializers.IntegerField(source="event.thread_id")
    versions = serializers.SerializerMethodField(help_text="What it said and says, oldest first.")

    @extend_schema_field(CommentVersionSerializer(many=True))
    def get_versions(self, said: Any) -> Any:
        return CommentVersionSerializer(said.event.versions_of(), many=True).data


class OpenRequest(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=TITLE_MAX_LENGTH)
    text = serializers.CharField(max_length=MAX_TEXT, help_text="Markdown: the first comment.")


class ThreadRequest(serializers.Serializer[Any]):
    """Either or both."""

    title = serializers.CharField(max_length=TITLE_MAX_LENGTH, required=False)
    status = serializers.ChoiceField([ThreadStatus.OPEN, ThreadStatus.CLOSED], required=False)


class CommentRequest(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=MAX_TEXT, help_text="Markdown.")
    reply_to = serializers.IntegerField(required=False, help_text="A comment of the same thread.")


class EditRequest(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=MAX_TEXT, help_text="Markdown.")


class HideParameters(serializers.Serializer[Any]):
    reason = serializers.CharField(
        max_length=REASON_MAX_LENGTH, default="", allow_blank=True, help_text="A moderator's, for the public log."
    )
