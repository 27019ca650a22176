"""Codes of device login (RFC 8628) and how long things last: pure functions."""

import secrets
from datetime import timedelta

# Consonants that no eye or ear takes for another; without vowels no words come out.
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_HALF = 4
DEVICE_CODE_BYTES = 32

LIFE = timedelta(minutes=15)  # of a code that waits for its member
INTERVAL = 5  # seconds between two questions of a device
TOLERANCE = 1  # seconds that a question may come early
TOKEN_LIFE = timedelta(days=30)  # huggingface_hub renews a token on its last day
REFRESH_LIFE = timedelta(days=180)
# A device whose answer was lost asks again with the refresh token of before.
REPEAT = timedelta(minutes=1)

MAX_TRIES = 10  # codes that a member may type in `LIFE`
MAX_REQUESTS = 30  # codes that one address may ask for in `LIFE`


def new_user_code() -> str:
    """``BCDF-GHJK``: 20^8 = 25 thousand million of them."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(2 * _HALF))
    return f"{letters[:_HALF]}-{letters[_HALF:]}"


def normal_user_code(text: str) -> str:
    """What a person typed, in the form of `new_user_code`; spaces, dashes and case do not matter."""
    letters = "".join(character for character in text.upper() if character.isalpha())[: 2 * _HALF]
    return f"{letters[:_HALF]}-{letters[_HALF:]}"
