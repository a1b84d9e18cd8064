"""The triggers by which the database itself refuses to change or remove entries of the audit log.

Whoever owns the database can drop them: then `console check` says so, and a digest kept elsewhere shows what
was done meanwhile. `restore` makes only what is missing.
"""

from sqlalchemy import Connection, text

from console.db import writing
from queries import installation

_SAYS = "entries of the audit log are never changed or removed"

# By database and name. SQLite's REPLACE removes rows without asking the trigger on DELETE: the third sees it.
TRIGGERS = {
    "sqlite": {
        "audit_entries_no_update": (
            "CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries "
            f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
        ),
        "audit_entries_no_delete": (
            "CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries "
            f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
        ),
        "audit_entries_no_replace": (
            "CREATE TRIGGER audit_entries_no_replace BEFORE INSERT ON audit_entries WHEN EXISTS "
            "(SELECT 1 FROM audit_entries AS there WHERE there.id = NEW.id OR there.hash = NEW.hash "
            "OR there.previous_hash = NEW.previous_hash) "
            f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
        ),
    },
    "postgresql": {
        "audit_entries_no_change": (
            "CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_refuse()"
        ),
    },
}
_FUNCTION = (
    "CREATE OR REPLACE FUNCTION audit_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_SAYS}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
)


def missing(connection: Connection) -> list[str]:
    """The triggers that are not there, or are switched off."""
    there = installation.log_triggers(connection)
    return [name for name in TRIGGERS[connection.dialect.name] if name not in there]


def add(connection: Connection) -> list[str]:
    """Make the triggers that are missing; returns their names."""
    added = missing(connection)
    if connection.dialect.name == "postgresql":
        connection.execute(text(_FUNCTION))
    for name in added:
        _drop(connection, name)
        connection.execute(text(TRIGGERS[connection.dialect.name][name]))
    return added


def remove(connection: Connection) -> None:
    """Take them away: for going back to an older schema."""
    for name in TRIGGERS[connection.dialect.name]:
        _drop(connection, name)
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP FUNCTION IF EXISTS audit_entries_refuse()"))


def _drop(connection: Connection, name: str) -> None:
    on = " ON audit_entries" if connection.dialect.name == "postgresql" else ""
    connection.execute(text(f"DROP TRIGGER IF EXISTS {name}{on}"))


def restore() -> list[str]:
    """Make what is missing in the state database; returns the names. Raises Unavailable."""
    with writing("state") as connection:
        return add(connection)
