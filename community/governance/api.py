"""The API of governance: whatever the pages do. Of an open vote it says the turnout, and nothing else."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from community.governance import officers, proposing, queries, showing, sponsoring
from community.governance.actions import all_actions
from community.governance.audit import head_hash
from community.governance.casting import cast, check_receipt
from community.governance.deeds import (
    OF_AMENDMENTS,
    OF_OPTIONS,
    OF_PROPOSALS,
    do_with_text,
    option_at,
    proposal_at,
    revision_at,
)
from community.governance.electorate import eligible
from community.governance.errors import NotCounted, OptionNotFound
from community.governance.models import AuditEvent
from community.governance.rules import sponsors_needed
from community.governance.serializers import (
    AuditFilter,
    AuditSerializer,
    BallotRequest,
    FoundAnswer,
    GrantRequest,
    KindListSerializer,
    OptionRequest,
    ProposalDetailSerializer,
    ProposalFilter,
    ProposalPageSerializer,
    ProposalRequest,
    ProposalSerializer,
    ReceiptAnswer,
    ReceiptRequest,
    RevisionRequest,
    RollRequestSerializer,
    TextRequest,
    TitleRequest,
    WaitingSerializer,
)
from community.members.actors import Actor
from community.members.api import ActorView
from hub.core.api import checked, next_page
from hub.core.pagination import page

_MISSING = OpenApiResponse(description="Missing, or hidden from the caller.")
_REFUSED = {
    400: OpenApiResponse(description="The rules do not allow it as written."),
    403: OpenApiResponse(description="Not for this caller."),
    404: _MISSING,
    409: OpenApiResponse(description="Not in this state."),
}
_DETAIL = {200: ProposalDetailSerializer, **_REFUSED}


def _shown(actor: Actor, number: int, code: int = status.HTTP_200_OK) -> Response:
    proposal = proposal_at(actor, number)
    context = {"turnout": queries.turnout(proposal), "options": showing.shown_options(actor, proposal)}
    return Response(ProposalDetailSerializer(proposal, context=context).data, status=code)


class KindsView(ActorView):
    @extend_schema(
        operation_id="governance_kinds",
        summary="Kinds of decisions, by the rules as they are now, and what they may lead to",
        responses={200: KindListSerializer},
    )
    def get(self, _request: Request) -> Response:
        members = eligible().count()
        content = {"members": members, "sponsors_needed": sponsors_needed(members), "kinds": queries.all_kinds()}
        return Response(KindListSerializer(content, context={"actions": all_actions()}).data)


class WaitingView(ActorView):
    @extend_schema(
        operation_id="governance_waiting", summary="What waits for the caller", responses={200: WaitingSerializer}
    )
    def get(self, _request: Request) -> Response:
        return Response(WaitingSerializer(queries.waiting_for(self.actor)).data)


class ProposalsView(ActorView):
    @extend_schema(
        operation_id="governance_proposals",
        summary="Proposals, newest first",
        parameters=[ProposalFilter],
        responses={200: ProposalPageSerializer},
    )
    def get(self, request: Request) -> Response:
        narrowed = checked(ProposalFilter, request.query_params)
        limit, cursor = narrowed.pop("limit"), narrowed.pop("cursor", None)
        found = queries.visible_proposals(self.actor).filter(**narrowed)
        rows, following = page(found, ["-pk"], cursor, limit)
        shown = ProposalSerializer(rows, many=True).data
        return Response({"proposals": shown, "next": next_page(request, following)})

    @extend_schema(
        operation_id="governance_propose",
        summary="Write a proposal: a draft, which only its author sees",
        request=ProposalRequest,
        responses={201: ProposalDetailSerializer, **_REFUSED},
    )
    def post(self, request: Request) -> Response:
        proposal = proposing.propose(actor=self.actor, **checked(ProposalRequest, request.data))
        return _shown(self.actor, proposal.pk, status.HTTP_201_CREATED)


class ProposalView(ActorView):
    @extend_schema(
        operation_id="governance_proposal",
        summary="One proposal with its options, what they would change, sponsors and amendments",
        responses={200: ProposalDetailSerializer, 404: _MISSING},
    )
    def get(self, _request: Request, number: int) -> Response:
        return _shown(self.actor, number)

    @extend_schema(operation_id="governance_discard", summary="Delete a draft", responses={204: None, **_REFUSED})
    def delete(self, _request: Request, number: int) -> Response:
        proposing.discard(actor=self.actor, proposal=proposal_at(self.actor, number))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RenameView(ActorView):
    @extend_schema(
        operation_id="governance_rename", summary="Change the title", request=TitleRequest, responses=_DETAIL
    )
    def post(self, request: Request, number: int) -> Response:
        proposing.rename(
            actor=self.actor, proposal=proposal_at(self.actor, number), **checked(TitleRequest, request.data)
        )
        return _shown(self.actor, number)


class DeedView(ActorView):
    @extend_schema(
        summary="Submit a draft, adopt what was withdrawn, or try again to carry out what failed",
        request=None,
        responses=_DETAIL,
    )
    def post(self, _request: Request, number: int, deed: str) -> Response:
        OF_PROPOSALS[deed](actor=self.actor, proposal=proposal_at(self.actor, number))
        return _shown(self.actor, number)


class TextDeedView(ActorView):
    @extend_schema(
        summary="Object, ask to be on the roll, hold what passed, void a vote, or stand as a candidate",
        request=TextRequest,
        responses=_DETAIL,
    )
    def post(self, request: Request, number: int, deed: str) -> Response:
        text = checked(TextRequest, request.data)["text"]
        do_with_text(deed, actor=self.actor, proposal=proposal_at(self.actor, number), text=text)
        return _shown(self.actor, number)


class OptionsView(ActorView):
    @extend_schema(
        operation_id="governance_add_option", summary="Add a rival option", request=OptionRequest, responses=_DETAIL
    )
    def post(self, request: Request, number: int) -> Response:
        sponsoring.add_option(
            actor=self.actor, proposal=proposal_at(self.actor, number), **checked(OptionRequest, request.data)
        )
        return _shown(self.actor, number)


class OptionView(ActorView):
    @extend_schema(
        operation_id="governance_revise",
        summary="Give an option of one's own another text or action",
        request=RevisionRequest,
        responses=_DETAIL,
    )
    def post(self, request: Request, number: int, key: str) -> Response:
        proposing.revise(
            actor=self.actor, option=option_at(self.actor, number, key), **checked(RevisionRequest, request.data)
        )
        return _shown(self.actor, number)


class OptionDeedView(ActorView):
    @extend_schema(
        summary="Sponsor an option, take that back, or withdraw one's own",
        request=None,
        responses=_DETAIL,
    )
    def post(self, _request: Request, number: int, key: str, deed: str) -> Response:
        OF_OPTIONS[deed](actor=self.actor, option=option_at(self.actor, number, key))
        return _shown(self.actor, number)


class AmendView(ActorView):
    @extend_schema(
        operation_id="governance_amend",
        summary="Propose another text for somebody's option",
        request=RevisionRequest,
        responses=_DETAIL,
    )
    def post(self, request: Request, number: int, key: str) -> Response:
        sponsoring.amend(
            actor=self.actor, option=option_at(self.actor, number, key), **checked(RevisionRequest, request.data)
        )
        return _shown(self.actor, number)


class AmendmentDeedView(ActorView):
    @extend_schema(
        summary="Accept or reject an amendment of one's own option",
        request=None,
        responses=_DETAIL,
    )
    def post(self, _request: Request, number: int, revision: int, deed: str) -> Response:
        OF_AMENDMENTS[deed](actor=self.actor, revision=revision_at(self.actor, number, revision))
        return _shown(self.actor, number)


class PromoteView(ActorView):
    @extend_schema(
        operation_id="governance_promote_amendment",
        summary="Make one's amendment an option of its own",
        request=TitleRequest,
        responses=_DETAIL,
    )
    def post(self, request: Request, number: int, revision: int) -> Response:
        found = revision_at(self.actor, number, revision)
        sponsoring.promote_amendment(actor=self.actor, revision=found, **checked(TitleRequest, request.data))
        return _shown(self.actor, number)


class BallotView(ActorView):
    @extend_schema(
        operation_id="governance_vote",
        summary="Vote, or vote anew",
        description="The receipt is in the answer to a first vote, and nowhere else ever after.",
        request=BallotRequest,
        responses={200: ReceiptAnswer, **_REFUSED},
    )
    def post(self, request: Request, number: int) -> Response:
        choice = checked(BallotRequest, request.data)["choice"]
        receipt = cast(actor=self.actor, proposal=proposal_at(self.actor, number), choice=choice)
        return Response(ReceiptAnswer(receipt).data, headers={"Cache-Control": "no-store"})


class ReceiptView(ActorView):
    @extend_schema(
        operation_id="governance_check_receipt",
        summary="Find the ballot of a receipt",
        request=ReceiptRequest,
        responses={200: FoundAnswer, **_REFUSED},
    )
    def post(self, request: Request, number: int) -> Response:
        proposal = proposal_at(self.actor, number)
        found = check_receipt(proposal=proposal, **checked(ReceiptRequest, request.data))
        return Response(FoundAnswer(found).data, headers={"Cache-Control": "no-store"})


class ResultView(ActorView):
    @extend_schema(
        operation_id="governance_result",
        summary="The result of a counted vote: what recount.py takes",
        description="Ballots, voters and roll lie below `/governance/{number}/files/`.",
        responses={200: OpenApiTypes.OBJECT, 404: _MISSING},
    )
    def get(self, _request: Request, number: int) -> Response:
        result = queries.result_of(proposal_at(self.actor, number))
        if result is None:
            raise NotCounted
        return Response(result)


class RollRequestsView(ActorView):
    @extend_schema(
        operation_id="governance_roll_requests",
        summary="Who asked to be on the roll of a vote",
        responses={200: RollRequestSerializer(many=True), 404: _MISSING},
    )
    def get(self, _request: Request, number: int) -> Response:
        proposal = proposal_at(self.actor, number)
        return Response(RollRequestSerializer(proposal.roll_requests.select_related("member"), many=True).data)


class RollRequestView(ActorView):
    @extend_schema(
        operation_id="governance_decide_roll_request",
        summary="Decide whether a member is put on the roll",
        request=GrantRequest,
        responses={200: RollRequestSerializer, **_REFUSED},
    )
    def post(self, request: Request, number: int, roll_request: int) -> Response:
        asked = proposal_at(self.actor, number).roll_requests.filter(pk=roll_request).select_related("member").first()
        if asked is None:
            raise OptionNotFound
        decided = officers.decide_request(actor=self.actor, request=asked, **checked(GrantRequest, request.data))
        return Response(RollRequestSerializer(decided).data)


class AuditView(ActorView):
    @extend_schema(
        operation_id="governance_audit",
        summary="The log, newest line first",
        parameters=[AuditFilter],
        responses={200: AuditSerializer},
    )
    def get(self, request: Request) -> Response:
        asked = checked(AuditFilter, request.query_params)
        rows, following = page(AuditEvent.objects.all(), ["-pk"], asked.get("cursor"), asked["limit"])
        shown = {"head": head_hash(), "lines": rows, "next": next_page(request, following)}
        return Response(AuditSerializer(shown).data)
