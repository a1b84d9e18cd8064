"""The schemas of the three databases, versioned with Alembic: one branch each.

`upgrade` is safe to run twice and on a database that exists: tables that are there and as they should be are
taken over; tables that differ are named and nothing is changed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from console.db import METADATA, Database, engine, reading
from console.errors import Refused, Unavailable

HERE = Path(__file__).parent


@dataclass(frozen=True)
class SchemaState:
    """What `console check` and the screens need to know of a database's schema."""

    database: Database
    state: Literal["current", "behind", "ahead", "missing", "foreign"]
    revision: str | None
    missing: tuple[str, ...] = ()  # tables, or table.column, the console needs and does not find


def version_table(database: Database) -> str:
    """Where Alembic keeps the revision: its own table each, so that all three may share one database."""
    return f"console_schema_{database}"


def _config(database: Database, connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(HERE / "versions" / database))
    config.attributes.update(database=database, connection=connection)
    return config


def _head(database: Database) -> str:
    head = ScriptDirectory.from_config(_config(database)).get_current_head()
    if head is None:
        raise RuntimeError(f"no migration of {database}")
    return head


def _missing(connection: Connection, database: Database) -> tuple[str, ...]:
    """Tables and columns the console needs and this database lacks."""
    found = inspect(connection)
    there = set(found.get_table_names())
    lacks: list[str] = []
    for table in METADATA[database].sorted_tables:
        if table.name not in there:
            lacks.append(table.name)
            continue
        columns = {column["name"] for column in found.get_columns(table.name)}
        lacks += [f"{table.name}.{column.name}" for column in table.columns if column.name not in columns]
    return tuple(lacks)


def _state(connection: Connection, database: Database) -> SchemaState:
    context = MigrationContext.configure(connection, opts={"version_table": version_table(database)})
    revision = context.get_current_revision()
    lacks = _missing(connection, database)
    if revision == _head(database):
        return SchemaState(database, "behind" if lacks else "current", revision, lacks)
    if revision is not None:
        known = {
            script.revision for script in ScriptDirectory.from_config(_config(database)).walk_revisions()
        }
        return SchemaState(database, "behind" if revision in known else "ahead", revision, lacks)
    tables = METADATA[database].tables
    if all(name in lacks for name in tables):
        return SchemaState(database, "missing", None, lacks)
    return SchemaState(database, "foreign", None, lacks)


def state(database: Database) -> SchemaState:
    """How the database's schema compares with what this console needs. Raises Unavailable."""
    with reading() as data:
        return _state(getattr(data, database), database)


def upgrade(database: Database) -> Literal["created", "upgraded", "taken over", "current"]:
    """Bring one database to the present schema. Raises Refused where its tables are not ours and differ."""
    with engine(database).begin() as connection:
        found = _state(connection, database)
        if found.state == "current":
            return "current"
        if found.state == "ahead":
            raise Refused(
                f"The {database} database has schema {found.revision}, which this console does not know: "
                "it was migrated by a newer version. Nothing was changed. Install that version."
            )
        if found.state == "foreign":
            return _take_over(connection, found)
        command.upgrade(_config(database, connection), "head")
        return "created" if found.state == "missing" else "upgraded"


def _take_over(connection: Connection, found: SchemaState) -> Literal["taken over"]:
    """Tables are there that the console did not make: use them as they are if nothing is missing."""
    if found.missing:
        raise Refused(
            f"The {found.database} database already has tables, but lacks {', '.join(found.missing[:6])}"
            + (f" and {len(found.missing) - 6} more" if len(found.missing) > 6 else "")
            + ". Nothing was changed. Add them, or point the console at another database."
        )
    command.stamp(_config(found.database, connection), "head")
    return "taken over"


def require_current(database: Database) -> None:
    """Raises Unavailable unless the schema is the present one."""
    found = state(database)
    if found.state not in {"current", "foreign"} or (found.state == "foreign" and found.missing):
        raise Unavailable(
            f"The {database} database has another schema version than this console. Run `console migrate`.",
            database,
        )
