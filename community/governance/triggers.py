"""What the database itself refuses, whoever writes to it and whether or not any periodic task runs.

Installed after every ``migrate`` (`community.apps`): SQLite drops triggers whenever Django rebuilds their table.
Times are the database's own clock.
"""

# ruff: noqa: S608 (every word in these statements is the code's own)

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from community.governance.rules import EDITABLE, TRANSITIONS

PROPOSAL, _OPTION, _REVISION = "community_proposal", "community_option", "community_revision"
BALLOT, PARTICIPATION, LINK = "community_ballot", "community_participation", "community_ballotlink"
_AUDIT, MEMBER = "community_auditevent", "community_electoratemember"

CLOCK = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')", "postgresql": "clock_timestamp()"}
# What of a proposal nobody may change once voting has opened; a value may still be given where there is none.
_FIXED = ("terms", "closes_at", "opens_at", "electorate_id", "secret", "preconditions")


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers anew, in a database that has the tables."""
    if _AUDIT not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for statement in [*_removals(connection.vendor), *_triggers(connection.vendor)]:
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """For tests, which have to empty the tables."""
    with connection.cursor() as cursor:
        for statement in _removals(connection.vendor):
            cursor.execute(statement)


def _rules(vendor: str) -> Iterator[tuple[str, str, str, str, str]]:
    """(name, table, events, condition under which it is refused, sentence). OLD is the row before, NEW after."""
    steps = ", ".join(f"'{one}>{other}'" for one, others in TRANSITIONS.items() for other in others)
    editable = ", ".join(f"'{state}'" for state in EDITABLE)
    clock = CLOCK[vendor]
    differs = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"

    def as_text(column: str) -> str:
        return f"{column}::text" if vendor == "postgresql" else column

    def changes(*columns: str) -> str:
        return " OR ".join(f"{as_text(f'NEW.{name}')} {differs} {as_text(f'OLD.{name}')}" for name in columns)

    def unless(proposal: str, wanted: str) -> str:
        # PostgreSQL: a close waits for the votes that are being cast, and they see it when it came first.
        lock = " FOR SHARE" if vendor == "postgresql" else ""
        return f"NOT EXISTS (SELECT 1 FROM {PROPOSAL} p WHERE p.id = {proposal} AND ({wanted}){lock})"

    open_now = f"p.state = 'voting' AND p.closes_at > {clock}"
    for short, table in (("ballot", BALLOT), ("participation", PARTICIPATION)):
        for event, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
            # Only the transaction that counts sees that state, and it needs no lock: it asks for each ballot.
            counting = f"EXISTS (SELECT 1 FROM {PROPOSAL} p WHERE p.id = {row}.proposal_id AND p.state = 'counting')"
            refused = f"NOT {counting} AND {unless(f'{row}.proposal_id', open_now)}"
            yield f"{short}_{event.lower()}", table, event, refused, "voting is not open"
    proposal = f"(SELECT b.proposal_id FROM {BALLOT} b WHERE b.id = NEW.ballot_id)"
    yield "link_insert", LINK, "INSERT", unless(proposal, "p.state = 'voting'"), "voting is not open"
    on_roll = (
        f"NOT EXISTS (SELECT 1 FROM {PROPOSAL} p JOIN {MEMBER} m ON m.electorate_id = p.electorate_id "
        "WHERE p.id = NEW.proposal_id AND m.id = NEW.member_id)"
    )
    yield "participation_roll", PARTICIPATION, "INSERT", on_roll, "not on the roll of this vote"
    step = f"NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ({steps})"
    yield "proposal_step", PROPOSAL, "UPDATE", step, "no such step"
    early = f"NEW.state = 'counting' AND OLD.state = 'voting' AND OLD.closes_at > {clock}"
    yield "proposal_early", PROPOSAL, "UPDATE", early, "voting is not over"
    after = f"OLD.state NOT IN ({editable}, 'notice', 'frozen', 'withdrawn')"
    yield "proposal_fixed", PROPOSAL, "UPDATE", f"{after} AND ({changes(*_FIXED)})", "fixed since voting opened"
    named = f"OLD.state NOT IN ({editable}) AND ({changes('kind', 'title')})"
    yield "proposal_text", PROPOSAL, "UPDATE", named, "the text is frozen"
    again = f"{as_text('OLD.result')} <> '{{}}' AND ({changes('result')})"
    yield "proposal_result", PROPOSAL, "UPDATE", again, "counted"
    yield "proposal_delete", PROPOSAL, "DELETE", "OLD.state <> 'draft'", "a proposal that was published stays"
    for event, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        text = f"p.state IN ({editable})"
        refused = unless(f"{row}.proposal_id", text)
        fixed = f" AND ({changes('proposal_id', 'key', 'title', 'is_default', 'withdrawn_at')})"
        yield f"option_{event.lower()}", _OPTION, event, refused + fixed * (event == "UPDATE"), "the text is frozen"
        refused = unless(f"(SELECT o.proposal_id FROM {_OPTION} o WHERE o.id = {row}.option_id)", text)
        fixed = f" AND ({changes('option_id', 'number', 'body', 'action', 'status')})"
        yield f"revision_{event.lower()}", _REVISION, event, refused + fixed * (event == "UPDATE"), "the text is frozen"
    for event in ("UPDATE", "DELETE"):
        yield f"audit_{event.lower()}", _AUDIT, event, "TRUE", "the log is only ever added to"
    yield "roll_delete", MEMBER, "DELETE", "TRUE", "the roll is frozen"
    # Of a roll only the account behind a name may go, when its member leaves.
    other = f"NEW.user_id IS NOT NULL OR {changes('username', 'electorate_id')}"
    yield "roll_update", MEMBER, "UPDATE", other, "the roll is frozen"
    used = f"EXISTS (SELECT 1 FROM {PROPOSAL} p WHERE p.electorate_id = NEW.electorate_id)"
    yield "roll_insert", MEMBER, "INSERT", used, "the roll is frozen"


def _triggers(vendor: str) -> Iterator[str]:
    for name, table, event, refused, sentence in _rules(vendor):
        if vendor == "sqlite":
            yield (
                f"CREATE TRIGGER governance_{name} BEFORE {event} ON {table} WHEN {refused} "
                f"BEGIN SELECT RAISE(ABORT, 'governance: {sentence}'); END"
            )
        elif table in {BALLOT, PARTICIPATION}:
            yield from _for_all_rows(name, table, event, refused, sentence)
        else:
            back = "OLD" if event == "DELETE" else "NEW"
            yield _function(name, refused, sentence, back)
            yield (
                f"CREATE TRIGGER governance_{name} BEFORE {event} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION governance_{name}()"
            )
    if vendor == "postgresql":
        for table in (_AUDIT, BALLOT, PARTICIPATION):
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
    """PostgreSQL asks once for all rows of a statement: a count writes very many, and a call for each takes seconds."""
    row = "NEW" if event == "INSERT" else "OLD"
    some = f"EXISTS (SELECT 1 FROM changed WHERE {refused.replace(f'{row}.', 'changed.')})"
    yield _function(name, some, sentence, "NULL")
    yield (
        f"CREATE TRIGGER governance_{name} AFTER {event} ON {table} REFERENCING {row} TABLE AS changed "
        f"FOR EACH STATEMENT EXECUTE FUNCTION governance_{name}()"
    )


def _removals(vendor: str) -> Iterator[str]:
    for name, table, *_rest in _rules(vendor):
        on = f" ON {table}" if vendor == "postgresql" else ""
        yield f"DROP TRIGGER IF EXISTS governance_{name}{on}"
    if vendor == "postgresql":
        for table in (_AUDIT, BALLOT, PARTICIPATION):
            yield f"DROP TRIGGER IF EXISTS governance_truncate_{table} ON {table}"


def before_migrate(*, using: str, plan: Sequence[object], **_kwargs: Any) -> None:
    """SQLite changes a table by making it anew under its name, which it refuses while a trigger elsewhere reads it."""
    from django.db import connections

    if plan and connections[using].vendor == "sqlite":
        remove(connections[using])


def after_migrate(*, using: str, **_kwargs: Any) -> None:
    from django.db import connections

    install(connections[using])
