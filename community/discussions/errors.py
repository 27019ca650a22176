"""What discussions refuse."""

from django.utils.translation import gettext as _

from community.discussions.rules import MAX_TEXT, TITLE_MAX_LENGTH, TITLE_MIN_LENGTH
from hub.core.errors import Conflict, Forbidden, Invalid, NotFound


class ThreadNotFound(NotFound):
    """No such thread, or one about something that this actor may not see."""

    code = "thread_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such discussion or pull request here."))


class CommentNotFound(NotFound):
    code = "comment_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such comment in this discussion."))


class WritingForbidden(Forbidden):
    """Not signed in, or by a token that may not write discussions."""

    code = "discussion_forbidden"

    def __init__(self) -> None:
        super().__init__(
            _("To take part in discussions, sign in or use a token with write access or the scope discussion.write.")
        )


class NotYours(Forbidden):
    code = "not_yours"

    def __init__(self) -> None:
        super().__init__(_("Only its author, or those who look after the place, may do this."))


class TitleInvalid(Invalid):
    code = "title_invalid"

    def __init__(self) -> None:
        super().__init__(
            _("A title has between %(least)d and %(most)d characters in one line.")
            % {"least": TITLE_MIN_LENGTH, "most": TITLE_MAX_LENGTH}
        )


class TextInvalid(Invalid):
    code = "text_invalid"

    def __init__(self) -> None:
        super().__init__(_("A comment has between 1 and %(most)d characters.") % {"most": MAX_TEXT})


class StatusRefused(Conflict):
    code = "status_refused"

    def __init__(self, status: str) -> None:
        super().__init__(_("It is %(status)s already, or cannot become so any more.") % {"status": status})


class CommentHidden(Conflict):
    code = "comment_hidden"

    def __init__(self) -> None:
        super().__init__(_("This comment is hidden: its text is gone and cannot be changed."))


class ThreadLocked(Conflict):
    code = "thread_locked"

    def __init__(self) -> None:
        super().__init__(_("This thread is locked: only those who look after the place may write in it."))


class TooFast(Forbidden):
    code = "too_fast"
    status = 429

    def __init__(self, quota: int, outlook: str) -> None:
        sentence = _("You wrote %(quota)d comments within an hour: go on a little later.") % {"quota": quota}
        super().__init__(f"{sentence} {outlook}".strip())


class TooManyLinks(Forbidden):
    code = "too_many_links"

    def __init__(self, most: int, outlook: str) -> None:
        sentence = _("A new account may put %(most)d links to other sites into a comment.") % {"most": most}
        super().__init__(f"{sentence} {outlook}")


class TooManyMentions(Forbidden):
    code = "too_many_mentions"

    def __init__(self, most: int, outlook: str) -> None:
        sentence = _("A new account may mention %(most)d members in a comment.") % {"most": most}
        super().__init__(f"{sentence} {outlook}")
