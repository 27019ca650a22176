"""What governance refuses."""

from django.utils.translation import gettext as _

from hub.core.errors import Conflict, Invalid


class UnknownVerb(Invalid):
    code = "unknown_verb"

    def __init__(self, verb: str) -> None:
        super().__init__(_("No vote can do “%s” on this hub.") % verb[:40])


class ActionRefused(Conflict):
    """What a vote would change cannot be changed like that, now; the sentence says why."""

    code = "action_refused"
