"""What membership refuses."""

from hub.core.errors import Unauthenticated


class InvalidCredentials(Unauthenticated):
    """A token or password that is wrong, revoked or expired."""

    code = "invalid_credentials"

    def __init__(self) -> None:
        # huggingface_hub recognises this very sentence and then does not mistake the 401 for a missing repo.
        super().__init__("Invalid credentials in Authorization header")
