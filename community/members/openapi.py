"""How the OpenAPI document names the ways to sign in. Imported when the apps are ready."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class ActorScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # no types there
    target_class = "community.members.auth.ActorAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer", "description": "An access token (hf_…) from your settings."}
