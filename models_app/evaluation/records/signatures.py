"""Records under the hub's name: whoever holds one can prove, without asking, which hub measured what and when."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from hub.core.signing import signer_of
from models_app.evaluation.models import Run, SigningKey


def sign(run: Run, sha256: str) -> str:
    """A compact JWS that says: this hub (``iss``) accepted at ``iat``, for ``sub``, the record with that hash.

    Its public key is kept for `key_set`, so call it in the transaction that stores the record.
    """
    signer = signer_of(settings.SIGNING_KEY)
    SigningKey.objects.get_or_create(kid=signer.public["kid"], defaults={"jwk": dict(signer.public)})
    return signer.sign(
        {
            "iss": settings.PUBLIC_URL,
            "iat": int(timezone.now().timestamp()),
            "sub": f"{run.repo.full_id}@{run.commit_sha}",
            "suite": f"{run.suite_version.suite}/{run.suite_version.version}",
            "record": sha256,
        }
    )


def key_set() -> dict[str, Any]:
    """Every public key that has signed a record of this hub, as a JWK set (RFC 7517)."""
    return {"keys": list(SigningKey.objects.order_by("first_used_at").values_list("jwk", flat=True))}
