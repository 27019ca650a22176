"""What a passed vote may change. The slices that know register their actions; governance knows only these words.

An action is given its parameters as the plain JSON that a proposal keeps, and believes nothing of it.
"""

import hashlib
import json
import reprlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal, TypeAlias

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.governance.errors import ActionRefused, UnknownVerb
from community.governance.models import Proposal
from community.members.errors import NamespaceNotFound
from community.members.models import User
from community.members.queries import get_member
from hub.core.jsondata import TooComplex, storable, storable_text

LONG_TEXT_MAX_LENGTH = 50_000
NUMBER_MAX = 100_000

Text: TypeAlias = str | Promise
Values: TypeAlias = Mapping[str, Any]  # what `Action.read` gives: {name of a field: value of its kind}


@dataclass(frozen=True)
class Field:
    """One parameter. What its JSON may be, and what an action gets of it, by `kind`:

    text, long: a string, trimmed; choice: a key of `choices`; number: a whole number from 0, or its digits; date:
    ``2027-01-31``, as a `date`; member: a user name, as an active `User`; json: anything finite, or its text.
    What is left out is "" of texts, else None.
    """

    name: str
    label: Text
    kind: Literal["text", "long", "choice", "number", "date", "member", "json"] = "text"
    help: Text = ""
    required: bool = True
    max_length: int = 200  # of a text, in characters
    choices: Callable[[], Sequence[tuple[str, Text]]] = tuple

    def read(self, value: Any) -> Any:
        """Raises `ActionRefused`."""
        if value is None or value == "":
            if self.required:
                raise ActionRefused(_("“%s” is missing.") % self.label)
            return "" if self.kind in {"text", "long"} else None
        try:
            return _READERS[self.kind](self, value)
        except (NamespaceNotFound, RecursionError, TooComplex, TypeError, ValueError):
            text = value[:80] if isinstance(value, str) else reprlib.repr(value)
            shown = {"value": storable_text(text), "field": self.label}
            raise ActionRefused(_("“%(field)s” cannot be “%(value)s”.") % shown) from None


def _text(field: Field, value: Any) -> str:
    text = storable_text(_string(value)).strip()
    long = field.kind == "long"
    if not text or len(text) > (LONG_TEXT_MAX_LENGTH if long else field.max_length):
        raise ValueError
    if not long and not text.isprintable():
        raise ValueError
    return text


def _choice(field: Field, value: Any) -> str:
    text = _string(value)
    if text not in {key for key, _label in field.choices()}:
        raise ValueError
    return text


def _number(_field: Field, value: Any) -> int:
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value
    if type(number) is not int or not 0 <= number <= NUMBER_MAX:
        raise ValueError
    return number


def _date(_field: Field, value: Any) -> date:
    return date.fromisoformat(_string(value))


def _member(_field: Field, value: Any) -> User:
    return get_member(_string(value))


def _json(_field: Field, value: Any) -> Any:
    return storable(json.loads(value) if isinstance(value, str) else value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


_READERS: Mapping[str, Callable[[Field, Any], Any]] = {
    "text": _text,
    "long": _text,
    "choice": _choice,
    "number": _number,
    "date": _date,
    "member": _member,
    "json": _json,
}


@dataclass(frozen=True)
class Change:
    """One line of what a passed vote would change, for people. `url` leads to the thing itself."""

    what: str
    before: str
    after: str
    url: str = ""


@dataclass(frozen=True)
class Plan:
    """What an action would do to the hub as it is now. Without `changes` there is nothing left to do.

    `state` is plain JSON: all that the plan rests on. A vote on one state never changes another.
    """

    changes: Sequence[Change]
    state: Any
    do: Callable[[Proposal], object]


class Action(ABC):
    """A verb: its fields, and `plan`. What the fields refuse, and a plan that cannot be, is `ActionRefused`."""

    verb: ClassVar[str]
    title: ClassVar[Text]
    fields: ClassVar[Sequence[Field]] = ()
    suspends: ClassVar[bool] = False  # whether `suspend` may do something

    @abstractmethod
    def describe(self, params: Mapping[str, Any]) -> str:
        """What it does, in one sentence that stays true whatever becomes of the hub; any `params` have one."""

    @abstractmethod
    def plan(self, values: Values) -> Plan:
        """Raises `ActionRefused` where `values` are sound but the hub has nothing that they fit."""

    def read(self, params: Mapping[str, Any]) -> Values:
        """The values of all fields. Raises `ActionRefused` for what is missing, unknown or of another form."""
        if not isinstance(params, Mapping):
            raise ActionRefused(_("The parameters of an action are an object of names and values."))
        unknown = set(params) - {field.name for field in self.fields}
        if unknown:
            raise ActionRefused(_("“%(verb)s” knows no “%(name)s”.") % {"verb": self.verb, "name": min(unknown)[:40]})
        return {field.name: field.read(params.get(field.name)) for field in self.fields}

    def check(self, params: Mapping[str, Any]) -> None:
        """Raises `ActionRefused`, with a sentence, for what could not be enacted now or would change nothing."""
        if not self.changes(params):
            raise ActionRefused(_("It is like that already: this would change nothing."))

    def changes(self, params: Mapping[str, Any]) -> Sequence[Change]:
        """Raises `ActionRefused`."""
        return self.plan(self.read(params)).changes

    def found(self, params: Mapping[str, Any]) -> str:
        """SHA-256 of the state that it would change, as it is now: the precondition. Raises `ActionRefused`."""
        state = self.plan(self.read(params)).state
        return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()

    def apply(self, params: Mapping[str, Any], *, proposal: Proposal) -> None:
        """Carry it out, inside the caller's transaction; what is so already is left alone. Raises `ActionRefused`.

        The caller has compared `found` with what it was when the text was frozen.
        """
        plan = self.plan(self.read(params))
        if plan.changes:
            plan.do(proposal)

    def suspend(self, params: Mapping[str, Any], *, proposal: Proposal) -> bool:  # noqa: ARG002 (most have nothing)
        """Do for the time being what twice as many sponsors as needed ask for; may be repeated. Whether that began now.

        Raises `ActionRefused`. Only what others decided without a vote can be suspended.
        """
        return False

    def resume(self, params: Mapping[str, Any], *, proposal: Proposal) -> bool:  # noqa: ARG002 (as above)
        """Undo `suspend`; may be repeated, and called for what was never suspended. Whether that ended now."""
        return False


class Nothing(Action):
    """A statement of the community."""

    verb = "none"
    title = gettext_lazy("Say something, change nothing")

    def describe(self, params: Mapping[str, Any]) -> str:  # noqa: ARG002 (it has none)
        return _("The community says so; nothing on the hub changes.")

    def plan(self, values: Values) -> Plan:  # noqa: ARG002 (as above)
        return Plan(changes=(), state=None, do=lambda _proposal: None)

    def check(self, params: Mapping[str, Any]) -> None:
        self.read(params)


_actions: dict[str, Action] = {}


def register(*actions: Action) -> None:
    """Make actions known, at the start of the process."""
    _actions.update({action.verb: action for action in actions})


def find_action(verb: str) -> Action | None:
    """None for a verb that this version of the hub has no longer: proposals outlive their verbs."""
    return _actions.get(verb)


def action_of(verb: str) -> Action:
    """Raises `UnknownVerb`."""
    action = find_action(verb)
    if action is None:
        raise UnknownVerb(verb)
    return action


def all_actions() -> list[Action]:
    """By verb."""
    return [action for _verb, action in sorted(_actions.items())]


register(Nothing())
