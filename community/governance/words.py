"""What rules, methods and states are called, and the sentences that explain them."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.governance.counting.terms import Terms
from community.governance.models import State

Text = str | Promise

KIND_TITLES: dict[str, Text] = {
    "ordinary": gettext_lazy("Ordinary decision"),
    "lazy": gettext_lazy("Lazy consensus"),
    "override": gettext_lazy("Overruling and removal"),
    "charter": gettext_lazy("Charter and rules"),
    "election": gettext_lazy("Election"),
}
KIND_PURPOSES: dict[str, Text] = {
    "ordinary": gettext_lazy("Licences, featured models, tasks of the suite, rooms of the forum, or a statement."),
    "lazy": gettext_lazy("Something small. It is announced, and passes unless enough members object."),
    "override": gettext_lazy("Against a decision of moderators or maintainers, or to end somebody’s office early."),
    "charter": gettext_lazy("The rules of these votes, and the pages of the community such as its code of conduct."),
    "election": gettext_lazy("Who gets an office, for a term."),
}
PARAMETER_TITLES: dict[str, Text] = {
    "ratio": gettext_lazy("Votes for, to each one against"),
    "seats": gettext_lazy("Seats"),
    "discussion_days": gettext_lazy("Days of discussion"),
    "longest_days": gettext_lazy("Days of discussion at most"),
    "voting_days": gettext_lazy("Days of voting"),
    "timelock_hours": gettext_lazy("Hours before what passed is carried out"),
    "notice_hours": gettext_lazy("Hours in which members may object"),
}
METHOD_TITLES: dict[str, Text] = {
    "yesno": gettext_lazy("yes or no"),
    "approval": gettext_lazy("approval"),
    "schulze": gettext_lazy("ranking, counted as Debian does (Schulze)"),
    "stv": gettext_lazy("ranking, counted by transfers (STV)"),
    "star": gettext_lazy("stars, then a final (STAR)"),
}
_METHOD_RULE = gettext_lazy("Among several options")
_COLOURS = {
    State.DRAFT: "",
    State.SECONDING: "sky",
    State.NOTICE: "sky",
    State.DISCUSSION: "sky",
    State.FROZEN: "sky",
    State.VOTING: "blossom",
    State.COUNTING: "blossom",
    State.PASSED: "jade",
    State.ENACTED: "jade",
    State.HELD: "amber",
    State.TIED: "amber",
    State.NO_QUORUM: "amber",
}


def colour_of(state: str) -> str:
    """Of a badge; red for all that came to nothing."""
    return _COLOURS.get(State(state), "red")


def rule_words(name: str, value: str) -> tuple[Text, Text]:
    """A rule that votes set, and what it is set to."""
    return (_METHOD_RULE, METHOD_TITLES[value]) if name == "method" else (PARAMETER_TITLES[name], value)


def ballot_rules(terms: Terms) -> list[str]:
    """What a voter must know of how the ballot is counted: what is left out, and ties."""
    how = {
        "yesno": _("Abstaining shows attention and decides nothing."),
        "approval": _("Approve of as many options as you like; what you leave out you do not approve of."),
        "schulze": _("Give a place to as many options as you like; several may share one."),
        "stv": _("Give each place to one option. What your vote does not need moves on to your next place."),
        "star": _("Give each option 0 to 5 stars; what you leave out has none. The best two meet in a final."),
    }[terms.method]
    return [how, *_unranked_rule(terms), *_star_rule(terms), _tie_rule(terms)]


def _unranked_rule(terms: Terms) -> list[str]:
    if terms.method == "stv":
        return [_("Options without a place get nothing of your vote.")]
    if terms.method != "schulze":
        return []
    if terms.unranked == "last":
        return [_("Options without a place count as below all that have one, and as equal to each other.")]
    return [_("Options without a place are compared with no other.")]


def _star_rule(terms: Terms) -> list[str]:
    if terms.method != "star":
        return []
    return [
        _(
            "Of options with as many stars those drop out first that lose the most comparisons with each other, then "
            "those with the fewest votes of five. A final that is level goes to more stars, then to more votes of five."
        )
    ]


def _tie_rule(terms: Terms) -> str:
    if terms.method == "yesno":
        return _("As many for as against: it does not pass.")
    if terms.method == "stv":
        return _(
            "A tie is broken by who led at an earlier stage, then by a lot that follows from the published ballots."
        )
    if terms.ties == "lot":
        return _("A tie that the method leaves is broken by a lot that follows from the published ballots.")
    return _("A tie that the method leaves goes to another vote among the tied options.")
