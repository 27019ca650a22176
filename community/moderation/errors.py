"""What moderation refuses."""

from django.utils.translation import gettext as _

from hub.core.errors import Conflict, Forbidden, Invalid, NotFound


class NotModerator(Forbidden):
    code = "not_moderator"

    def __init__(self) -> None:
        super().__init__(_("This is for moderators. The community elects them: the rules of governance name them."))


class DecisionNotFound(NotFound):
    code = "decision_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such decision in the moderation log."))


class FlagNotFound(NotFound):
    code = "flag_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such flag, or it has been answered."))


class DecidedByVote(Forbidden):
    code = "decided_by_vote"

    def __init__(self) -> None:
        super().__init__(_("The community decided this by a vote: only another vote can undo it."))


class DecisionSuspended(Conflict):
    code = "decision_suspended"

    def __init__(self) -> None:
        super().__init__(_("Members have suspended this decision: it cannot be taken anew before their vote ends."))


class FlagRefused(Invalid):
    code = "flag_refused"

    def __init__(self) -> None:
        super().__init__(_("You cannot flag your own comment, nor one that is hidden already."))


class SubjectNotFound(NotFound):
    code = "subject_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is nothing here that could be reported."))


class SplitRefused(Conflict):
    code = "split_refused"

    def __init__(self) -> None:
        super().__init__(_("The first comment of a thread stays in it: choose a later one."))
