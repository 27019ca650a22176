"""Shapes of flags, of the moderators' queue and of the log."""

from typing import Any

from rest_framework import serializers

from community.discussions.rules import REASON_MAX_LENGTH, TITLE_MAX_LENGTH
from community.moderation.models import Flag, FlagReason, Verb
from community.moderation.rules import MARKS, NOTE_MAX_LENGTH
from hub.core.api import AddressField

_PUBLIC = "For the public log."


class FlagRequest(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(FlagReason.choices)
    note = serializers.CharField(
        max_length=NOTE_MAX_LENGTH, default="", allow_blank=True, help_text="What moderators should know."
    )


class ReportRequest(FlagRequest):
    kind = serializers.CharField(max_length=20, help_text="As in `about` of a thread: repo, forum, …")
    key = serializers.IntegerField()


class DecisionRequest(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=REASON_MAX_LENGTH, default="", allow_blank=True, help_text=_PUBLIC)


class SettleRequest(DecisionRequest):
    agree = serializers.BooleanField()
    hide = serializers.BooleanField(default=False, help_text="Hide the subject that was reported as well.")


class MarkRequest(DecisionRequest):
    verb = serializers.ChoiceField(sorted(MARKS))


class SplitRequest(DecisionRequest):
    title = serializers.CharField(max_length=TITLE_MAX_LENGTH, help_text="Of the new thread.")
    rest = serializers.BooleanField(default=False, help_text="Move all later comments too.")


class FlagSerializer(serializers.ModelSerializer[Flag]):
    member = serializers.CharField(source="member.username")
    trusted = serializers.BooleanField(source="weighty", help_text="Whether the member was, at that time.")

    class Meta:
        model = Flag
        fields = ["id", "member", "trusted", "reason", "note", "created_at"]


class CaseSerializer(serializers.Serializer[Any]):
    """All open flags about one thing (`queries.Case`)."""

    kind = serializers.CharField(source="first.kind")
    key = serializers.IntegerField(source="first.key")
    title = serializers.CharField(source="subject.title")
    address = AddressField(source="subject.address")
    comment = serializers.IntegerField(source="first.comment_id", allow_null=True, help_text="null: the whole subject.")
    author = serializers.CharField(source="first.comment.author.username", allow_null=True, default=None)
    hidden = serializers.BooleanField(source="first.comment.hidden", default=False)
    text = serializers.CharField(help_text="What the comment says, hidden or not.")
    flags = FlagSerializer(many=True)


class DecisionSerializer(serializers.Serializer[Any]):
    """A line of the log, without what was hidden."""

    id = serializers.IntegerField(source="pk")
    verb = serializers.ChoiceField(Verb.choices)
    moderator = serializers.CharField(source="moderator.username", allow_null=True, default=None)
    automatic = serializers.BooleanField(help_text="By flags of trusted members.")
    reason = serializers.CharField()
    link = serializers.CharField(help_text="Of the vote that decided, if one did.")
    kind = serializers.CharField()
    key = serializers.IntegerField()
    thread = serializers.IntegerField(source="thread_id", allow_null=True)
    comment = serializers.IntegerField(source="comment_id", allow_null=True)
    overrules = serializers.IntegerField(source="overrules_id", allow_null=True)
    overruled_by = serializers.IntegerField(source="overruled_by.pk", allow_null=True, default=None)
    suspends = serializers.IntegerField(source="suspends_id", allow_null=True)
    suspended = serializers.BooleanField(default=False, help_text="Until a vote ends, for its sponsors ask for it.")
    created_at = serializers.DateTimeField()


class LogSerializer(serializers.Serializer[Any]):
    decisions = DecisionSerializer(many=True)
    next = serializers.URLField(allow_null=True)
