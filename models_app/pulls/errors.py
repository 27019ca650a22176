"""What pull requests refuse."""

from django.utils.translation import gettext as _

from hub.core.errors import Conflict, Invalid
from models_app.repos.errors import WriteForbidden


class PullRequestOver(Conflict):
    """Closed or merged: its reference stands still."""

    code = "pull_request_over"

    def __init__(self, number: int) -> None:
        super().__init__(
            _("Pull request %(number)d is closed or merged: open it again, or open a new one.") % {"number": number}
        )


class ProposeInstead(WriteForbidden):
    """No right to write to a branch, but the right to propose."""

    def __init__(self, full_id: str) -> None:
        super().__init__(full_id)
        self.message = _(
            "You have no right to write to %(id)s: open a pull request instead (create_pr=1, “Propose changes”), or "
            "ask its owner for the write role."
        ) % {"id": full_id}


class NothingToMerge(Conflict):
    code = "nothing_to_merge"

    def __init__(self) -> None:
        super().__init__(_("This pull request has no commits yet: there is nothing to merge."))


class BaseRefused(Invalid):
    code = "base_refused"

    def __init__(self) -> None:
        super().__init__(_("Pull requests are opened against the branch main only."))
