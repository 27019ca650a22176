"""The two addresses of device login that programs call (RFC 8628, and RFC 6749 for the refresh token)."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import FormParser, JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from community.devices import services
from community.devices.errors import ExpiredToken, InvalidGrant, OAuthRefusal, TooManyTries, UnsupportedGrant
from community.devices.rules import LIFE, MAX_REQUESTS
from hub.core.limits import within_limit
from hub.core.paths import public_url

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_MAX_FIELD = 200


class OAuthView(APIView):
    """Open to everybody: what is asked for here is how one becomes somebody."""

    authentication_classes = []
    parser_classes = [FormParser, JSONParser]

    def handle_exception(self, exc: Exception) -> Response:
        if not isinstance(exc, OAuthRefusal):
            return super().handle_exception(exc)
        return Response({"error": exc.code, "error_description": exc.message}, status=exc.status)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    def field(self, name: str) -> str:
        """One field of the body; empty if it is missing, too long or no text."""
        data = self.request.data
        value = data.get(name, "") if hasattr(data, "get") else ""
        return value if isinstance(value, str) and len(value) <= _MAX_FIELD else ""


class Device(OAuthView):
    @extend_schema(operation_id="begin_device_login", request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request) -> Response:
        """Begin a login: show `user_code` and `verification_uri` to a person, then ask `/oauth/token`."""
        address = address_of(request._request)  # noqa: SLF001 (DRF's documented way to the Django request)
        if not within_limit(f"devices.begin:{address}", limit=MAX_REQUESTS, seconds=LIFE.total_seconds()):
            raise TooManyTries
        row, code = services.begin(address=address, program=request.headers.get("User-Agent", ""))
        page = public_url("/login/device")
        return Response(
            {
                "device_code": code,
                "user_code": row.user_code,
                "verification_uri": page,
                "verification_uri_complete": f"{page}?user_code={row.user_code}",
                "interval": row.interval,
                "expires_in": int(LIFE.total_seconds()),
            }
        )


class Token(OAuthView):
    @extend_schema(operation_id="collect_token", request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
    def post(self, _request: Request) -> Response:
        """A token for a device code that its member approved, or for a refresh token."""
        match self.field("grant_type"):
            case str(grant) if grant == DEVICE_CODE:
                grant_of = services.collect(device_code=self._secret("device_code", ExpiredToken))
            case "refresh_token":
                grant_of = services.renew(refresh_token=self._secret("refresh_token", InvalidGrant))
            case _:
                raise UnsupportedGrant
        return Response(
            {
                "access_token": grant_of.access_token,
                "refresh_token": grant_of.refresh_token,
                "expires_in": grant_of.seconds,
                "token_type": "bearer",
            }
        )

    def _secret(self, name: str, refusal: type[OAuthRefusal]) -> str:
        secret = self.field(name)
        if not secret:
            raise refusal
        return secret


def address_of(request: HttpRequest) -> str:
    """The IP address of the caller, as the settings say to find it behind a proxy."""
    address: str = get_adapter().get_client_ip(request)
    return address
