"""The API of governance: whatever the pages do. Of an open vote it says the turnout, and nothing else."""

from urllib.parse import urlencode

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

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
from community.members.actors import ANONYMOUS, Actor
from hub.core.api import checked
from hub.core.pagination import page
from hub.core.paths import public_url

_MISSING = OpenApiResponse(description="Missing, or hidden from the caller.")
_REFUSED = {
    400: OpenApiResponse(description="The rules do not allow it as written."),
    403: OpenApiResponse(description="Not for this caller."),
    404: _MISSING,
    409: OpenApiResponse(description="Not in this state."),
}
_DETAIL = {200: ProposalDetailSerializer, **_REFUSED}


def actor_of(request: Request) -> Actor:
    return request.auth if isinstance(request.auth, Actor) else ANONYMOUS


def _shown(actor: Actor, number: int, code: int = status.HTTP_200_OK) -> Response:
    proposal = proposal_at(actor, number)
    context = {"turnout": queries.turnout(proposal), "options": showing.shown_options(actor, proposal)}
    return Response(ProposalDetailSerializer(proposal, context=context).data, status=code)


class KindsView(APIView):
    @extend_schema(
        operation_id="governance_kinds",
        summary="Kinds of decisions, by the rules as they are now, and what they may lead to",
        responses={200: KindListSerializer},
    )
    def get(self, _request: Request) -> Response:
        members = eligible().count()
        content = {"members": members, "sponsors_needed": sponsors_needed(members), "kinds": queries.all_kinds()}
        return Response(KindListSerializer(content, context={"actions": all_actions()}).data)


class WaitingView(APIView):
    @extend_schema(
        operation_id="governance_waiting", summary="What waits for the caller", responses={200: WaitingSerializer}
    )
    def get(self, request: Request) -> Response:
        return Response(WaitingSerializer(queries.waiting_for(actor_of(request))).data)


class ProposalsView(APIView):
    @extend_schema(
        operation_id="governance_proposals",
        summary="Proposals, newest first",
        parameters=[ProposalFilter],
        responses={200: ProposalPageSerializer},
    )
    def get(self, request: Request) -> Response:
        narrowed = checked(ProposalFilter, request.query_params)
        limit, cursor = narrowed.pop("limit"), narrowed.pop("cursor", None)
        found = queries.visible_proposals(actor_of(request)).filter(**narrowed)
        rows, following = page(found, ["-pk"], cursor, limit)
        link = urlencode({**narrowed, "limit": limit, "cursor": following})
        next_page = public_url(f"/api/governance/proposals?{link}") if following else None
        return Response({"proposals": ProposalSerializer(rows, many=True).data, "next": next_page})

    @extend_schema(
        operation_id="governance_propose",
        summary="Write a proposal: a draft, which only its author sees",
        request=ProposalRequest,
        responses={201: ProposalDetailSerializer, **_REFUSED},
    )
    def post(self, request: Request) -> Response:
        actor = actor_of(request)
        proposal = proposing.propose(actor=actor, **checked(ProposalRequest, request.data))
        return _shown(actor, proposal.pk, status.HTTP_201_CREATED)


class ProposalView(APIView):
    @extend_schema(
        operation_id="governance_proposal",
        summary="One proposal with its options, what they would change, sponsors and amendments",
        responses={200: ProposalDetailSerializer, 404: _MISSING},
    )
    def get(self, request: Request, number: int) -> Response:
        return _shown(actor_of(request), number)

    @extend_schema(operation_id="governance_discard", summary="Delete a draft", responses={204: None, **_REFUSED})
    def delete(self, request: Request, number: int) -> Response:
        actor = actor_of(request)
        proposing.discard(actor=actor, proposal=proposal_at(actor, number))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RenameView(APIView):
    @extend_schema(
        operation_id="governance_rename", summary="Change the title", request=TitleRequest, responses=_DETAIL
    )
    def post(self, request: Request, number: int) -> Response:
        actor = actor_of(request)
        proposing.rename(actor=actor, proposal=proposal_at(actor, number), **checked(TitleRequest, request.data))
        return _shown(actor, number)


class DeedView(APIView):
    @extend_schema(
        summary="Submit a draft, adopt what was withdrawn, or try again to carry out what failed",
        request=None,
        responses=_DETAIL,
    )
    def post(self, request: Request, number: int, deed: str) -> Response:
        actor = actor_of(request)
        OF_PROPOSALS[deed](actor=actor, proposal=proposal_at(actor, number))
        return _shown(actor, number)


class TextDeedView(APIView):
    @extend_schema(
        summary="Object, ask to be on the roll, hold what passed, void a vote, or stand as a candidate",
        request=TextRequest,
        responses=_DETAIL,
    )
    def post(self, request: Request, number: int, deed: str) -> Response:
        actor = actor_of(request)
        text = checked(TextRequest, request.data)["text"]
        do_with_text(deed, actor=actor, proposal=proposal_at(actor, number), text=text)
        return _shown(actor, number)


class OptionsView(APIView):
    @extend_schema(
        operation_id="governance_add_option", summary="Add a rival option", request=OptionRequest, responses=_DETAIL
    )
    def post(self, request: Request, number: int) -> Response:
        actor = actor_of(request)
        sponsoring.add_option(actor=actor, proposal=proposal_at(actor, number), **checked(OptionRequest, request.data))
        return _shown(actor, number)


class OptionView(APIView):
    @extend_schema(
        operation_id="governance_revise",
        summary="Give an option of one's own another text or action",
        request=RevisionRequest,
        responses=_DETAIL,
    )
    def post(self, request: Request, number: int, key: str) -> Response:
        actor = actor_of(request)
        proposing.revise(actor=actor, option=option_at(actor, number, key), **checked(RevisionRequest, request.data))
        return _shown(actor, number)


class OptionDeedView(APIView):
    @extend_schema(
        summary="Sponsor an option, take that back, or withdraw one's own",
        request=None,
        responses=_DETAIL,
    )
    def post(self, request: Request, number: int, key: str, deed: str) -> Response:
        actor = actor_of(request)
        OF_OPTIONS[deed](actor=actor, option=option_at(actor, number, key))
        return _shown(actor, number)


class AmendView(APIView):
    @extend_schema(
        operation_id="governance_amend",
        summary="Propose another text for somebody's option",
        request=RevisionRequest,
        responses=_DETAIL,
    )
    def post(self, request: Request, number: int, key: str) -> Response:
        actor = actor_of(request)
        sponsoring.amend(actor=actor, option=option_at(actor, number, key), **checked(RevisionRequest, request.data))
        return _shown(actor, number)


class AmendmentDeedView(APIView):
    @extend_schema(
        summary="Accept or reject an amendment of one's own option",
        request=None,
        responses=_DETAIL,
    )
    def post(self, request: Request, number: int, revision: int, deed: str) -> Response:
        actor = actor_of(request)
        OF_AMENDMENTS[deed](actor=actor, revision=revision_at(actor, number, revision))
        return _shown(actor, number)


class PromoteView(APIView):
    @extend_schema(
        operation_id="governance_promote_amendment",
        summary="Make one's amendment an option of its own",
        request=TitleRequest,
        responses=_DETAIL,
    )
    def post(self, request: Request, number: int, revision: int) -> Response:
        actor = actor_of(request)
        found = revision_at(actor, number, revision)
        sponsoring.promote_amendment(actor=actor, revision=found, **checked(TitleRequest, request.data))
        return _shown(actor, number)


class BallotView(APIView):
    @extend_schema(
        operation_id="governance_vote",
        summary="Vote, or vote anew",
        description="The receipt is in the answer to a first vote, and nowhere else ever after.",
        request=BallotRequest,
        responses={200: ReceiptAnswer, **_REFUSED},
    )
    def post(self, request: Request, number: int) -> Response:
        actor = actor_of(request)
        choice = checked(BallotRequest, request.data)["choice"]
        receipt = cast(actor=actor, proposal=proposal_at(actor, number), choice=choice)
        return Response(ReceiptAnswer(receipt).data, headers={"Cache-Control": "no-store"})


class ReceiptView(APIView):
    @extend_schema(
        operation_id="governance_check_receipt",
        summary="Find the ballot of a receipt",
        request=ReceiptRequest,
        responses={200: FoundAnswer, **_REFUSED},
    )
    def post(self, request: Request, number: int) -> Response:
        proposal = proposal_at(actor_of(request), number)
        found = check_receipt(proposal=proposal, **checked(ReceiptRequest, request.data))
        return Response(FoundAnswer(found).data, headers={"Cache-Control": "no-store"})


class ResultView(APIView):
    @extend_schema(
        operation_id="governance_result",
        summary="The result of a counted vote: what recount.py takes",
        description="Ballots, voters and roll lie below `/governance/{number}/files/`.",
        responses={200: OpenApiTypes.OBJECT, 404: _MISSING},
    )
    def get(self, request: Request, number: int) -> Response:
        result = queries.result_of(proposal_at(actor_of(request), number))
        if result is None:
            raise NotCounted
        return Response(result)


class RollRequestsView(APIView):
    @extend_schema(
        operation_id="governance_roll_requests",
        summary="Who asked to be on the roll of a vote",
        responses={200: RollRequestSerializer(many=True), 404: _MISSING},
    )
    def get(self, request: Request, number: int) -> Response:
        proposal = proposal_at(actor_of(request), number)
        return Response(RollRequestSerializer(proposal.roll_requests.select_related("member"), many=True).data)


class RollRequestView(APIView):
    @extend_schema(
        operation_id="governance_decide_roll_request",
        summary="Decide whether a member is put on the roll",
        request=GrantRequest,
        responses={200: RollRequestSerializer, **_REFUSED},
    )
    def post(self, request: Request, number: int, roll_request: int) -> Response:
        actor = actor_of(request)
        asked = proposal_at(actor, number).roll_requests.filter(pk=roll_request).select_related("member").first()
        if asked is None:
            raise OptionNotFound
        decided = officers.decide_request(actor=actor, request=asked, **checked(GrantRequest, request.data))
        return Response(RollRequestSerializer(decided).data)


class AuditView(APIView):
    @extend_schema(
        operation_id="governance_audit",
        summary="The log, newest line first",
        parameters=[AuditFilter],
        responses={200: AuditSerializer},
    )
    def get(self, request: Request) -> Response:
        asked = checked(AuditFilter, request.query_params)
        rows, following = page(AuditEvent.objects.all(), ["-pk"], asked.get("cursor"), asked["limit"])
        link = urlencode({"limit": asked["limit"], "cursor": following})
        next_page = public_url(f"/api/governance/audit?{link}") if following else None
        return Response(AuditSerializer({"head": head_hash(), "lines": rows, "next": next_page}).data)
