"""Who the caller is, and the few routes that concern no repo."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from community.members.models import AccessToken
from community.members.queries import is_email_verified, organizations_of
from hub.core.errors import Unauthenticated
from models_app.cards.rules import licences, parse_card, validate
from models_app.hfapi.http import HubView
from models_app.hfapi.representations import JSONObject, object_id, organization_object, timestamp
from models_app.licences.queries import refusals
from models_app.repos.models import RepoKind


class WhoAmI(HubView):
    @extend_schema(operation_id="whoami", responses=OpenApiTypes.OBJECT, tags=["account"])
    def get(self, _request: Request) -> Response:
        """The member behind the token, their organizations, and what the token may do."""
        user = self.actor.user
        if user is None:
            raise Unauthenticated("You are not signed in: send an access token.")
        answer = {
            "type": "user",
            "id": object_id(user.pk),
            "name": user.username,
            "fullname": user.full_name or user.username,
            "email": user.email,
            "emailVerified": is_email_verified(user),
            "isPro": False,
            "canPay": False,
            "periodEnd": None,
            "avatarUrl": "",
            "orgs": [organization_object(membership) for membership in organizations_of(user)],
        }
        if self.actor.token is not None:
            answer["auth"] = {"type": "access_token", "accessToken": _token(self.actor.token)}
        return Response(answer)


def _token(token: AccessToken) -> JSONObject:
    answer = {"displayName": token.name, "role": token.kind, "createdAt": timestamp(token.created_at)}
    return answer | ({"fineGrained": token.scopes} if token.scopes else {})


class AgentHarnesses(HubView):
    """Clients ask at their start which coding agents to name in their User-Agent: this hub wants to know of none."""

    authentication_classes: list[Any] = []

    @extend_schema(exclude=True)
    def get(self, _request: Request) -> Response:
        return Response({"standardEnvVars": [], "harnesses": {}})


class Telemetry(HubView):
    """What clients report about themselves is read by nobody and kept nowhere."""

    authentication_classes: list[Any] = []

    @extend_schema(exclude=True)
    def get(self, _request: Request, **_kwargs: str) -> Response:
        return Response({})

    @extend_schema(exclude=True)
    def post(self, _request: Request, **_kwargs: str) -> Response:
        return Response({})


class ValidateYaml(HubView):
    @extend_schema(
        operation_id="validate_yaml", request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["repos"]
    )
    def post(self, request: Request) -> Response | HttpResponse:
        """Check a model card: 200 with warnings, or 400 with errors, as text for callers who accept only text."""
        data = self.json()
        content = str(data.get("content", ""))
        errors, warnings = validate(content, str(data.get("repoType", RepoKind.MODEL)))
        # Of a repo that names it already no commit is refused, and this call does not say which repo it is about.
        warnings += [refusal.message for refusal in refusals(licences(parse_card(content).data))]
        if errors and request.headers.get("Accept", "").startswith("text/plain"):
            lines = [f"- Error: {error}" for error in errors] + [f"- Warning: {warning}" for warning in warnings]
            return HttpResponse("\n".join(lines), status=400, content_type="text/plain; charset=utf-8")
        body: JSONObject = {"errors": _messages(errors), "warnings": _messages(warnings)}
        if errors:
            body["error"] = "The card is not valid."
        return Response(body, status=400 if errors else 200)


def _messages(sentences: list[str]) -> list[JSONObject]:
    return [{"message": sentence} for sentence in sentences]
