"""Facts about an installation: what `console check` asks the databases."""

from datetime import UTC, datetime

from sqlalchemy import Connection, func, inspect, select, text

from queries.columns import Instant
from queries.tables_state import facts, staff


def has_name_search(connection: Connection) -> bool:
    """Whether the subscription database has the index that finds names by their parts."""
    if connection.dialect.name == "sqlite":
        return inspect(connection).has_table("customer_search")
    indexes = inspect(connection).get_indexes("customers")
    return any(index["name"] == "ix_customers_name_search" for index in indexes)


def clock(connection: Connection) -> datetime:
    """The database's own idea of now, in UTC. SQLite has none but this machine's."""
    if connection.dialect.name == "sqlite":
        said = connection.scalar(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')"))
        return datetime.fromisoformat(str(said)).replace(tzinfo=UTC)
    return connection.execute(select(func.clock_timestamp(type_=Instant))).scalar_one()


def active_staff(connection: Connection) -> int:
    """How many people may sign in."""
    return connection.scalar(select(func.count()).select_from(staff).where(staff.c.active)) or 0


def log_triggers(connection: Connection) -> set[str]:
    """The triggers on the audit log that are switched on, by name."""
    if connection.dialect.name == "sqlite":
        named = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entries'"
    else:
        named = (
            "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass('audit_entries') "
            "AND NOT tgisinternal AND tgenabled IN ('O', 'A')"
        )
    return set(connection.scalars(text(named)))


def fact(connection: Connection, name: str) -> object:
    """A single fact of `facts` ("demo" marks the sample company), or none."""
    return connection.scalar(select(facts.c.value).where(facts.c.name == name))
