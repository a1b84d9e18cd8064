"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Dialect, Integer, MetaData, String, Text
from sqlalchemy.types import JSON, TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """A moment: aware in Python, stored in UTC (`timestamptz`; on SQLite text that sorts by time).

    A naive datetime is refused: nobody can know which zone it meant.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up by itself only for INTEGER
Minor = BigInteger  # money: minor units of the currency beside it
Ordered = Text().with_variant(Text(collation="C"), "postgresql")  # bytewise order: ranges answer prefixes
Json = JSON


def id_column() -> Column[int]:
    """The surrogate key of a row; people speak of its `number`."""
    return Column("id", Id, primary_key=True, autoincrement=True)


def number_column() -> Column[str]:
    """The name people use for a row ("C-10423"): unique, in addresses, on the command line."""
    return Column("number", Ordered, nullable=False, unique=True)


def currency_column() -> Column[str]:
    """ISO 4217."""
    return Column("currency", String(3), nullable=False)


def new_metadata(**info: Any) -> MetaData:
    return MetaData(naming_convention=NAMING, info=info)
