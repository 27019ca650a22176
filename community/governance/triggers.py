"""What the database itself refuses, whoever writes to it and whether or not any periodic task runs.

Installed after every ``migrate`` (`community.apps`): SQLite drops triggers whenever Django rebuilds their table.
Times are the database's own clock.
"""

# ruff: noqa: S608 (every word in these statements is the code's own)

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from community.governance.rules import EDITABLE, TRANSITIONS

PROPOSAL, _OPTION, _REVISION = "community_proposal", "community_option", "community_revision"
BALLOT, PARTICIPATION, LINK = "community_ballot", "community_participation", "community_ballotlink"
_AUDIT, _HEAD, _ROLL, MEMBER = (
    "community_auditevent",
    "community_audithead",
    "community_electorate",
    "community_electoratemember",
)
_SPONSORSHIP, _OBJECTION, _REQUEST = "community_sponsorship", "community_objection", "community_rollrequest"
_RULE, _OFFICE, _PAGE = "community_rulevalue", "community_office", "community_publishedpage"
_DECISION = "community_moderationaction"

CLOCK = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')", "postgresql": "clock_timestamp()"}
_INSTALLED = {  # (trigger, table)
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'governance%'",
    "postgresql": "SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE tgname LIKE 'governance%'",
}
# What of a proposal nobody may change once voting has opened.
_FIXED = (
    "terms",
    "closes_at",
    "opens_at",
    "electorate_id",
    "secret",
    "preconditions",
    "runoff_of_id",
    "confirms_id",
    "sponsors_needed",
    "discussion_ends_at",
    "discussion_max_at",
)
# What of a row is never changed, whatever its proposal is about to do.
_IDENTITY = {
    PROPOSAL: ("id", "created_at"),
    _OPTION: ("id", "proposal_id", "key", "is_default"),
    _REVISION: ("id", "option_id", "number", "created_at"),
    BALLOT: ("id", "proposal_id", "tag"),
    _SPONSORSHIP: ("id", "option_id", "created_at"),
    _REQUEST: ("id", "proposal_id", "text", "created_at"),
    _OBJECTION: ("id", "proposal_id", "created_at"),
    _RULE: ("id", "kind", "name"),
    _OFFICE: ("id", "role"),
    _DECISION: (
        "id",
        "verb",
        "automatic",
        "reason",
        "kind",
        "key",
        "data",
        "link",
        "overrules_id",
        "suspends_id",
        "created_at",
    ),
    _HEAD: ("id",),
}
# What of a row may become empty, when an account or a talk is deleted, but never another one.
_LEAVES = {
    _SPONSORSHIP: ("member_id",),
    _OBJECTION: ("member_id",),
    _REQUEST: ("member_id",),
    _OFFICE: ("user_id",),
    _DECISION: ("moderator_id", "thread_id", "comment_id"),
}
# Rows that stay for ever: accounts that are deleted leave them.
_STAYING = {
    _OBJECTION: "an objection was made",
    _REQUEST: "a request was made",
    _ROLL: "the roll is frozen",
    MEMBER: "the roll is frozen",
    _RULE: "a vote made the rule",
    _OFFICE: "a term ends, and stays known",
    _PAGE: "a page was published",
    _DECISION: "the log is only ever added to",
    _AUDIT: "the log is only ever added to",
    _HEAD: "the log has a newest line",
}
# Rows that are never changed at all: they come, and some go.
_CONSTANT = {
    PARTICIPATION: "who votes again changes the ballot alone",
    LINK: "a ballot stays with its voter",
    _ROLL: "the roll is frozen",
    _PAGE: "a page is published anew",
    _AUDIT: "the log is only ever added to",
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers anew, in a database that has the tables."""
    if _AUDIT not in connection.introspection.table_names():
        return
    remove(connection)
    with connection.cursor() as cursor:
        for statement in _triggers(connection.vendor):
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """All of them, those of earlier releases too. Also for tests, which have to empty the tables."""
    with connection.cursor() as cursor:
        cursor.execute(_INSTALLED[connection.vendor])
        for name, table in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}" + f" ON {table}" * (connection.vendor == "postgresql"))


Rule = tuple[str, str, str, str, str]


class _Sql:
    """Conditions in the words of one database. OLD is the row before, NEW after."""

    def __init__(self, vendor: str) -> None:
        self.clock = CLOCK[vendor]
        self._differs = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
        self._cast = "::text" if vendor == "postgresql" else ""
        # PostgreSQL: a close waits for the votes that are being cast, and they see it when it came first.
        self._lock = " FOR SHARE" if vendor == "postgresql" else ""

    def changes(self, *columns: str) -> str:
        one = (f"NEW.{name}{self._cast} {self._differs} OLD.{name}{self._cast}" for name in columns)
        return f"({' OR '.join(one)})"

    def replaced(self, column: str) -> str:
        """By another one: an account behind a name may go, when its member leaves, but nobody takes its place."""
        return f"(NEW.{column} IS NOT NULL AND {self.changes(column)})"

    def unless(self, proposal: str, wanted: str) -> str:
        return f"NOT EXISTS (SELECT 1 FROM {PROPOSAL} p WHERE p.id = {proposal} AND ({wanted}){self._lock})"


_EDITABLE_STATES = ", ".join(f"'{state}'" for state in EDITABLE)
_EDITABLE = f"p.state IN ({_EDITABLE_STATES})"
_EVENTS = (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD"))


def _rules(vendor: str) -> Iterator[Rule]:
    """(name, table, event, condition under which it is refused, sentence)."""
    sql = _Sql(vendor)
    for table, columns in _IDENTITY.items():
        yield f"identity_{table}", table, "UPDATE", sql.changes(*columns), "these columns never change"
    for table, sentence in _CONSTANT.items():
        yield f"constant_{table}", table, "UPDATE", "TRUE", sentence
    for table, columns in _LEAVES.items():
        replaced = " OR ".join(sql.replaced(column) for column in columns)
        yield f"leaves_{table}", table, "UPDATE", replaced, "nobody takes the place of another"
    for table, sentence in _STAYING.items():
        yield f"stays_{table}", table, "DELETE", "TRUE", sentence
    yield from _of_votes(sql)
    yield from _of_proposals(sql)
    yield from _of_texts(sql)
    yield from _of_rolls_and_log(sql)
    yield from _of_what_votes_decide(sql)


def _of_votes(sql: _Sql) -> Iterator[Rule]:
    open_now = f"p.state = 'voting' AND p.closes_at > {sql.clock}"
    for short, table in (("ballot", BALLOT), ("participation", PARTICIPATION)):
        for event, row in _EVENTS:
            # Only the transaction that counts sees that state, and it needs no lock: it asks for each ballot.
            counting = f"EXISTS (SELECT 1 FROM {PROPOSAL} p WHERE p.id = {row}.proposal_id AND p.state = 'counting')"
            refused = f"NOT {counting} AND {sql.unless(f'{row}.proposal_id', open_now)}"
            yield f"{short}_{event.lower()}", table, event, refused, "voting is not open"
        linked = f"EXISTS (SELECT 1 FROM {LINK} l WHERE l.{short}_id = OLD.id)"
        yield f"{short}_linked", table, "DELETE", linked, "voter and ballot are linked"
    ballot = f"(SELECT b.proposal_id FROM {BALLOT} b WHERE b.id = NEW.ballot_id)"
    yield "link_insert", LINK, "INSERT", sql.unless(ballot, "p.state = 'voting'"), "voting is not open"
    together = "v.proposal_id = b.proposal_id AND v.id = NEW.participation_id AND b.id = NEW.ballot_id"
    apart = f"NOT EXISTS (SELECT 1 FROM {PARTICIPATION} v, {BALLOT} b WHERE {together})"
    yield "link_together", LINK, "INSERT", apart, "voter and ballot are of different votes"
    over = (
        f"EXISTS (SELECT 1 FROM {PARTICIPATION} v JOIN {PROPOSAL} p ON p.id = v.proposal_id "
        "WHERE v.id = OLD.participation_id AND p.state NOT IN ('voting', 'counting'))"
    )
    yield "link_delete", LINK, "DELETE", over, "voting is over"
    on_roll = (
        f"NOT EXISTS (SELECT 1 FROM {PROPOSAL} p JOIN {MEMBER} m ON m.electorate_id = p.electorate_id "
        "WHERE p.id = NEW.proposal_id AND m.id = NEW.member_id)"
    )
    yield "participation_roll", PARTICIPATION, "INSERT", on_roll, "not on the roll of this vote"


def _of_proposals(sql: _Sql) -> Iterator[Rule]:
    steps = ", ".join(f"'{one}>{other}'" for one, others in TRANSITIONS.items() for other in others)
    step = f"NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ({steps})"
    yield "proposal_step", PROPOSAL, "UPDATE", step, "no such step"
    early = f"NEW.state = 'counting' AND OLD.state = 'voting' AND OLD.closes_at > {sql.clock}"
    yield "proposal_early", PROPOSAL, "UPDATE", early, "voting is not over"
    fixed = (
        f"OLD.state NOT IN ({_EDITABLE_STATES}, 'notice', 'frozen', 'withdrawn') "
        f"AND ({sql.changes(*_FIXED)} OR {sql.replaced('author_id')})"
    )
    yield "proposal_fixed", PROPOSAL, "UPDATE", fixed, "fixed since voting opened"
    named = f"OLD.state NOT IN ({_EDITABLE_STATES}) AND {sql.changes('kind', 'title')}"
    yield "proposal_text", PROPOSAL, "UPDATE", named, "the text is frozen"
    uncounted = f"OLD.state <> 'counting' AND {sql.changes('result')}"
    yield "proposal_result", PROPOSAL, "UPDATE", uncounted, "only a count gives a result"
    yield "proposal_delete", PROPOSAL, "DELETE", "OLD.state <> 'draft'", "a proposal that was published stays"


def _of_texts(sql: _Sql) -> Iterator[Rule]:
    for event, row in _EVENTS:
        on_update = event == "UPDATE"
        refused = sql.unless(f"{row}.proposal_id", _EDITABLE)
        fixed = f" AND ({sql.changes('title', 'withdrawn_at')} OR {sql.replaced('proposer_id')})"
        yield f"option_{event.lower()}", _OPTION, event, refused + fixed * on_update, "the text is frozen"
        refused = sql.unless(f"(SELECT o.proposal_id FROM {_OPTION} o WHERE o.id = {row}.option_id)", _EDITABLE)
        fixed = f" AND {sql.changes('body', 'action', 'status')}"
        yield f"revision_{event.lower()}", _REVISION, event, refused + fixed * on_update, "the text is frozen"
    yield "revision_author", _REVISION, "UPDATE", sql.replaced("author_id"), "a text has its author"
    for event, row in (("INSERT", "NEW"), ("DELETE", "OLD")):
        of_option = f"(SELECT o.proposal_id FROM {_OPTION} o WHERE o.id = {row}.option_id)"
        late = sql.unless(of_option, f"{_EDITABLE} OR p.state = 'withdrawn'")  # who adopts it is no sponsor any more
        yield f"sponsorship_{event.lower()}", _SPONSORSHIP, event, late, "the text is frozen"
    for event, row in (("INSERT", "NEW"), ("UPDATE", "OLD")):
        late = sql.unless(f"{row}.proposal_id", "p.state = 'notice'")
        objected = f"{late} AND {sql.changes('text')}" if event == "UPDATE" else late
        yield f"objection_{event.lower()}", _OBJECTION, event, objected, "the notice is over"


def _of_rolls_and_log(sql: _Sql) -> Iterator[Rule]:
    frozen = "the roll is frozen"
    late = sql.unless("OLD.proposal_id", f"{_EDITABLE} OR p.state = 'frozen'")
    decided = f"{late} AND ({sql.changes('granted')} OR {sql.replaced('officer_id')})"
    yield "request_update", _REQUEST, "UPDATE", decided, frozen
    yield "request_insert", _REQUEST, "INSERT", sql.unless("NEW.proposal_id", _EDITABLE), frozen
    other = f"NEW.user_id IS NOT NULL OR {sql.changes('id', 'username', 'electorate_id')}"
    yield "roll_update", MEMBER, "UPDATE", other, frozen
    used = f"EXISTS (SELECT 1 FROM {PROPOSAL} p WHERE p.electorate_id = NEW.electorate_id)"
    yield "roll_insert", MEMBER, "INSERT", used, frozen
    unknown = f"NOT EXISTS (SELECT 1 FROM {_AUDIT} e WHERE e.hash = NEW.hash)"
    yield "head_update", _HEAD, "UPDATE", unknown, "the log has no such line"


def _of_what_votes_decide(sql: _Sql) -> Iterator[Rule]:
    """Only the transaction that carries out what passed writes there."""
    carried_out = sql.unless("NEW.proposal_id", "p.state IN ('passed', 'enact_failed')")
    no_vote = "only a vote that passed decides this"
    for table, columns in ((_RULE, ("value",)), (_OFFICE, ("since", "until")), (_PAGE, ())):
        yield f"decided_insert_{table}", table, "INSERT", carried_out, no_vote
        if columns:
            decided = f"{carried_out} AND {sql.changes(*columns, 'proposal_id')}"
            yield f"decided_update_{table}", table, "UPDATE", decided, no_vote


def _triggers(vendor: str) -> Iterator[str]:
    for name, table, event, refused, sentence in _rules(vendor):
        if vendor == "sqlite":
            yield (
                f"CREATE TRIGGER governance_{name} BEFORE {event} ON {table} WHEN {refused} "
                f"BEGIN SELECT RAISE(ABORT, 'governance: {sentence}'); END"
            )
        elif table in {BALLOT, PARTICIPATION, LINK} and event != "UPDATE":
            yield from _for_all_rows(name, table, event, refused, sentence)
        else:
            back = "OLD" if event == "DELETE" else "NEW"
            yield _function(name, refused, sentence, back)
            yield (
                f"CREATE TRIGGER governance_{name} BEFORE {event} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION governance_{name}()"
            )
    if vendor == "postgresql":
        for table in (*_STAYING, PROPOSAL, _OPTION, _REVISION, _SPONSORSHIP, BALLOT, PARTICIPATION, LINK):
            name = f"governance_truncate_{table}"
            # An empty table may be emptied: tests do.
            yield (
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF EXISTS (SELECT 1 FROM {table}) THEN RAISE EXCEPTION 'governance: never emptied' "
                "USING ERRCODE = 'check_violation'; END IF; RETURN NULL; END $$"
            )
            yield f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"


def _function(name: str, refused: str, sentence: str, back: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION governance_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {refused} THEN RAISE EXCEPTION 'governance: {sentence}' USING ERRCODE = 'check_violation'; "
        f"END IF; RETURN {back}; END $$"
    )


def _for_all_rows(name: str, table: str, event: str, refused: str, sentence: str) -> Iterator[str]:
    """PostgreSQL asks once for all rows of a statement: a count writes very many, and a call for each takes seconds.

    What depends on the vote alone is asked once for each vote.
    """
    row = "NEW" if event == "INSERT" else "OLD"
    of_vote = set(re.findall(rf"{row}\.(\w+)", refused)) == {"proposal_id"}
    rows = "(SELECT DISTINCT proposal_id FROM changed) AS changed" if of_vote else "changed"
    some = f"EXISTS (SELECT 1 FROM {rows} WHERE {refused.replace(f'{row}.', 'changed.')})"
    yield _function(name, some, sentence, "NULL")
    yield (
        f"CREATE TRIGGER governance_{name} AFTER {event} ON {table} REFERENCING {row} TABLE AS changed "
        f"FOR EACH STATEMENT EXECUTE FUNCTION governance_{name}()"
    )


def before_migrate(*, using: str, plan: Sequence[object], **_kwargs: Any) -> None:
    """SQLite changes a table by making it anew under its name, which it refuses while a trigger elsewhere reads it."""
    from django.db import connections

    if plan and connections[using].vendor == "sqlite":
        remove(connections[using])


def after_migrate(*, using: str, **_kwargs: Any) -> None:
    from django.db import connections

    install(connections[using])
