"""What membership refuses."""

from django.utils.translation import gettext as _

from community.members.rules import NAME_MAX_LENGTH, NameProblem
from hub.core.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated


class InvalidCredentials(Unauthenticated):
    """A token or password that is wrong, revoked or expired."""

    code = "invalid_credentials"

    def __init__(self) -> None:
        # huggingface_hub recognises this very sentence and then does not mistake the 401 for a missing repo.
        super().__init__("Invalid credentials in Authorization header")


class InvalidName(Invalid):
    code = "invalid_name"

    def __init__(self, name: str, problem: NameProblem) -> None:
        self.problem = problem
        super().__init__(name_sentence(name, problem))


class NameTaken(Conflict):
    code = "name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(_("The name “%(name)s” is taken. Choose another one.") % {"name": name})


class NamespaceNotFound(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(_("There is no member or organisation called “%(name)s”.") % {"name": name})


class NotAllowed(Forbidden):
    """The actor lacks the role, or its token the scope."""


class LastAdmin(Conflict):
    code = "last_admin"

    def __init__(self) -> None:
        super().__init__(_("An organisation needs an admin. Make another member admin first."))


class TokenNameTaken(Conflict):
    code = "token_name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(_("You already have a token called “%(name)s”.") % {"name": name})


class TokenNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(_("You have no such access token; it may have been revoked already."))


class InvalidToken(Invalid):
    """A token that cannot be made as asked."""

    code = "invalid_token"


def name_sentence(name: str, problem: NameProblem) -> str:
    """The sentence of huggingface_hub's own check, so that a person reads the same words everywhere."""
    match problem:
        case NameProblem.CHARACTERS:
            sentence = _(
                "A name must use alphanumeric chars, '-', '_' or '.'. The name cannot start or end with '-' or '.' "
                "and the maximum length is %(length)d: '%(name)s'."
            )
        case NameProblem.DOUBLED:
            sentence = _("Cannot have -- or .. in a name: '%(name)s'.")
        case NameProblem.SUFFIX:
            sentence = _("A name cannot end by '.git' or '.ipynb': '%(name)s'.")
        case NameProblem.RESERVED:
            sentence = _("The name '%(name)s' is reserved. Choose another one.")
    return sentence % {"name": name, "length": NAME_MAX_LENGTH}
