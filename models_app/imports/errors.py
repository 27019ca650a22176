"""What keeps an import from being made or finished."""

from django.utils.translation import gettext as _

from hub.core.errors import Conflict, Forbidden, Invalid, NotFound


class ImportNotFound(NotFound):
    """No such import, or somebody else's."""

    code = "import_not_found"

    def __init__(self) -> None:
        super().__init__(_("You have no such import."))


class EndpointClosed(Forbidden):
    code = "endpoint_closed"

    def __init__(self) -> None:
        super().__init__(_("The operator of this hub does not allow imports from there."))


class TooManyImports(Conflict):
    code = "too_many_imports"

    def __init__(self, number: int) -> None:
        super().__init__(_("You have %(number)d imports under way: wait for one to end.") % {"number": number})


class ImportOver(Conflict):
    code = "import_over"

    def __init__(self) -> None:
        super().__init__(_("The state of this import has changed; look again."))


class SourceRefuses(Invalid):
    """The source will not give it, or gives what cannot be kept: trying again would not help."""

    code = "source_refuses"


class SourceFails(Exception):
    """The source cannot be reached or broke off; later it may work."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Interrupted(Exception):
    """The job was cancelled, its repo deleted, or another worker has taken it."""
