"""What the API of governance says and takes."""

from typing import Any

from rest_framework import serializers

from community.governance.actions import Action, Field
from community.governance.models import Proposal, State
from community.governance.rules import KINDS, Kind, allows

_ACTION = "{verb, params}, as `/api/governance/kinds` describes them; of an election also seats, without the member."


class ParameterSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.CharField()
    optional = serializers.SerializerMethodField()
    about = serializers.CharField(source="help")
    choices = serializers.SerializerMethodField(help_text="What a parameter of kind choice takes.")

    def get_optional(self, field: Field) -> bool:
        return not field.required

    def get_choices(self, field: Field) -> list[str]:
        return [key for key, _label in field.choices()]


class ActionSerializer(serializers.Serializer[Any]):
    verb = serializers.CharField()
    title = serializers.CharField()
    params = ParameterSerializer(many=True, source="fields")


class KindSerializer(serializers.Serializer[Any]):
    """A kind of decisions as its rules are now. Days and hours are whole numbers."""

    key = serializers.CharField()
    method = serializers.CharField(help_text="Of a vote among several options; one option is voted yes or no.")
    ratio = serializers.IntegerField(help_text="So many for, for each one against; in any case more.")
    people = serializers.BooleanField(help_text="Always secret.")
    lazy = serializers.BooleanField(help_text="Passes unless enough members object.")
    discussion_days = serializers.IntegerField()
    longest_days = serializers.IntegerField()
    voting_days = serializers.IntegerField()
    timelock_hours = serializers.IntegerField()
    notice_hours = serializers.IntegerField()
    actions = serializers.SerializerMethodField()

    def get_actions(self, kind: Kind) -> list[dict[str, Any]]:
        known: list[Action] = self.context["actions"]
        return [dict(ActionSerializer(action).data) for action in known if allows(kind, action.verb)]


class KindListSerializer(serializers.Serializer[Any]):
    members = serializers.IntegerField(help_text="Who may vote at this moment.")
    sponsors_needed = serializers.IntegerField()
    kinds = KindSerializer(many=True)


class ProposalSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(source="pk")
    kind = serializers.CharField()
    title = serializers.CharField()
    author = serializers.CharField(source="author.username", allow_null=True, default=None)
    state = serializers.CharField(help_text="One of those that the filter takes.")
    state_changed_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="When this state ends by itself.")
    secret = serializers.BooleanField()
    address = serializers.CharField(help_text="Its page, as a path.")


class ProposalPageSerializer(serializers.Serializer[Any]):
    proposals = ProposalSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class ChangeSerializer(serializers.Serializer[Any]):
    what = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    url = serializers.CharField(allow_blank=True)


class EffectSerializer(serializers.Serializer[Any]):
    sentence = serializers.CharField()
    changes = ChangeSerializer(many=True, help_text="What would change, as long as nothing is decided.")
    refusal = serializers.CharField(help_text="Why it could not be carried out at this moment, or empty.")


class AmendmentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="revision.pk")
    author = serializers.CharField(source="revision.author.username", allow_null=True, default=None)
    body = serializers.CharField(source="revision.body")
    action = serializers.DictField(source="revision.action")


class OptionSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(source="option.key")
    title = serializers.CharField(
        source="option.label", help_text="That of the default option, whose key is none, in the reader's language."
    )
    is_default = serializers.BooleanField(source="option.is_default")
    proposer = serializers.CharField(source="option.proposer.username", allow_null=True, default=None)
    body = serializers.CharField(source="option.current.body", default="")
    action = serializers.DictField(source="option.current.action", default=dict)
    effect = EffectSerializer(allow_null=True)
    sponsors = serializers.SerializerMethodField()
    suspending = serializers.IntegerField(
        allow_null=True, help_text="So many sponsors suspend at once what it would overrule, until the vote ends."
    )
    amendments = AmendmentSerializer(many=True)

    def get_sponsors(self, shown: Any) -> list[str]:
        return [member.username for member in shown.sponsors if member is not None]


class TurnoutSerializer(serializers.Serializer[Any]):
    voted = serializers.IntegerField()
    roll = serializers.IntegerField()


class ProposalDetailSerializer(ProposalSerializer):
    sponsors_needed = serializers.IntegerField()
    discussion_ends_at = serializers.DateTimeField(allow_null=True)
    opens_at = serializers.DateTimeField(allow_null=True)
    closes_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(help_text="Of a hold, a failure, a void.")
    runoff_of = serializers.IntegerField(source="runoff_of_id", allow_null=True)
    confirms = serializers.IntegerField(source="confirms_id", allow_null=True)
    terms = serializers.DictField(help_text="Fixed when voting opens.")
    roll_sha256 = serializers.CharField(source="electorate.sha256", allow_null=True, default=None)
    turnout = serializers.SerializerMethodField()
    options = serializers.SerializerMethodField()

    def get_turnout(self, _proposal: Proposal) -> dict[str, int] | None:
        turnout = self.context["turnout"]
        return None if turnout is None else dict(TurnoutSerializer(turnout).data)

    def get_options(self, _proposal: Proposal) -> list[dict[str, Any]]:
        return [dict(OptionSerializer(option).data) for option in self.context["options"]]


class ProposalFilter(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=State.values, required=False)
    kind = serializers.ChoiceField(choices=list(KINDS), required=False)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=30)
    cursor = serializers.CharField(required=False)


class TextRequest(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=50_000)


class TitleRequest(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=200)


class RevisionRequest(serializers.Serializer[Any]):
    body = serializers.CharField(max_length=50_000)
    action = serializers.DictField(default=None, allow_null=True, help_text=f"{_ACTION} Null: as it was.")


class OptionRequest(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=50_000)
    action = serializers.DictField(help_text=_ACTION)


class ProposalRequest(OptionRequest):
    kind = serializers.ChoiceField(choices=list(KINDS))
    secret = serializers.BooleanField(default=True)


class BallotRequest(serializers.Serializer[Any]):
    choice = serializers.JSONField(
        help_text="yesno: yes, no or abstain · approval: a list of options · schulze and stv: a list of tiers, the "
        "best first, each a list of options (of stv one) · star: {option: 0 to 5}."
    )


class ReceiptAnswer(serializers.Serializer[Any]):
    code = serializers.CharField(allow_blank=True, help_text="Shown this once; empty if an earlier receipt stays good.")
    tag = serializers.CharField(help_text="What stands before the ballot on the published sheet.")


class ReceiptRequest(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=100)
    username = serializers.CharField(max_length=150)


class FoundAnswer(serializers.Serializer[Any]):
    there = serializers.BooleanField()
    choice = serializers.CharField(help_text="What the ballot says, once the vote is counted.")


class GrantRequest(serializers.Serializer[Any]):
    granted = serializers.BooleanField()


class RollRequestSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    member = serializers.CharField(source="member.username", allow_null=True)
    text = serializers.CharField()
    granted = serializers.BooleanField(allow_null=True)


class WaitingSerializer(serializers.Serializer[Any]):
    """What waits for the caller."""

    votes = ProposalSerializer(many=True)
    amendments = serializers.SerializerMethodField()
    requests = RollRequestSerializer(many=True)

    def get_amendments(self, waiting: Any) -> list[dict[str, int]]:
        return [{"id": row.pk, "proposal": row.option.proposal_id} for row in waiting.amendments]


class AuditFilter(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=30)
    cursor = serializers.CharField(required=False)


class AuditLineSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    previous = serializers.CharField()
    hash = serializers.CharField(help_text="SHA-256 of previous, a line break and body.")
    body = serializers.CharField(help_text="Canonical JSON.")


class AuditSerializer(serializers.Serializer[Any]):
    head = serializers.CharField()
    lines = AuditLineSerializer(many=True)
    next = serializers.CharField(allow_null=True)
