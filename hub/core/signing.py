"""What the hub says under its name: compact JSON Web Signatures (RFC 7515) with an Ed25519 key.

No Django here: the settings make the key.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.algorithms import OKPAlgorithm
from jwt.utils import base64url_encode

_ALGORITHM = "EdDSA"


def new_signing_key() -> str:
    """A new private key as PEM."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass(frozen=True)
class Signer:
    """A private key, and its public half as a JSON Web Key named by its thumbprint (RFC 7638)."""

    private: Ed25519PrivateKey
    public: Mapping[str, str]

    def sign(self, claims: Mapping[str, Any]) -> str:
        """`claims` (JSON values) as ``header.claims.signature``."""
        return jwt.encode(dict(claims), self.private, algorithm=_ALGORITHM, headers={"kid": self.public["kid"]})


@lru_cache(maxsize=4)
def signer_of(pem: str) -> Signer:
    """The signer with private key `pem`. Raises `ValueError` for anything but an Ed25519 key."""
    private = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise ValueError("The signing key must be an Ed25519 key.")  # noqa: TRY004 (the text is what is wrong)
    public = json.loads(OKPAlgorithm.to_jwk(private.public_key()))
    named = json.dumps({name: public[name] for name in ("crv", "kty", "x")}, separators=(",", ":"))
    kid = base64url_encode(hashlib.sha256(named.encode()).digest()).decode()
    return Signer(private, {"kty": "OKP", "crv": "Ed25519", "x": public["x"], "kid": kid, "alg": _ALGORITHM})
