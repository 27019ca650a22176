"""What governance refuses."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.governance.rules import BODY_MAX_LENGTH, TITLE_MAX_LENGTH, TITLE_MIN_LENGTH
from hub.core.errors import Conflict, Forbidden, Invalid, NotFound

# What `counting.choices`, which knows no Django, says of a ballot.
BALLOT_SENTENCES = (
    gettext_noop("Answer yes, no or abstain."),
    gettext_noop("Give a list of the options that you approve of."),
    gettext_noop("Give a list of tiers, the best first, each a list of options."),
    gettext_noop("Give each place to one option only."),
    gettext_noop("Give each option 0 to 5 stars."),
    gettext_noop("There is no such option in this vote."),
    gettext_noop("Name each option once."),
)


class UnknownVerb(Invalid):
    code = "unknown_verb"

    def __init__(self, verb: str) -> None:
        super().__init__(_("No vote can do “%s” on this hub.") % verb[:40])


class ActionRefused(Conflict):
    """What a vote would change cannot be changed like that, now; the sentence says why."""

    code = "action_refused"


class ProposalNotFound(NotFound):
    code = "proposal_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such proposal here."))


class OptionNotFound(NotFound):
    code = "option_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such option or text in this proposal."))


class NotCounted(NotFound):
    code = "not_counted"

    def __init__(self) -> None:
        super().__init__(_("There is no such file: a vote is published once it is over and counted."))


class MemberNeeded(Forbidden):
    """Nobody, a machine, or a token that may not decide for its member."""

    code = "member_needed"

    def __init__(self) -> None:
        super().__init__(_("To take part in decisions, sign in or use a token with write access."))


class NotEligible(Forbidden):
    code = "not_eligible"

    def __init__(self) -> None:
        super().__init__(
            _(
                "This is for members who may vote: accounts of at least 30 days with an accepted contribution within "
                "the last twelve months. Who contributes otherwise can ask to be put on the roll of a vote."
            )
        )


class NotYours(Forbidden):
    code = "not_yours"

    def __init__(self) -> None:
        super().__init__(_("Only the member who proposed this may do that."))


class NotInOffice(Forbidden):
    """`office` is its label."""

    code = "not_in_office"

    def __init__(self, office: str) -> None:
        super().__init__(_("Only a member in this office may do that: %s.") % office)


class TitleInvalid(Invalid):
    code = "title_invalid"

    def __init__(self) -> None:
        super().__init__(
            _("A title has between %(least)d and %(most)d characters in one line.")
            % {"least": TITLE_MIN_LENGTH, "most": TITLE_MAX_LENGTH}
        )


class TextInvalid(Invalid):
    code = "text_invalid"

    def __init__(self, most: int = BODY_MAX_LENGTH) -> None:
        super().__init__(_("Write between 1 and %(most)d characters.") % {"most": most})


class ProposalInvalid(Invalid):
    """A proposal that the rules do not know; the sentence says why."""

    code = "proposal_invalid"


class WrongState(Conflict):
    """Too early, too late, or done already; the sentence says what holds now."""

    code = "wrong_state"


class NotOnRoll(Forbidden):
    code = "not_on_roll"

    def __init__(self) -> None:
        super().__init__(_("You are not on the roll of this vote, which was fixed when it opened."))


class VotingClosed(Conflict):
    code = "voting_closed"

    def __init__(self) -> None:
        super().__init__(_("Voting is not open: your vote was not taken."))


class ChoiceInvalid(Invalid):
    code = "choice_invalid"

    def __init__(self, sentence: str) -> None:
        super().__init__(_(sentence))
