"""All rows of a table, as the database has them."""

from typing import Any

from sqlalchemy import Table, select

from console import db


def rows(database: db.Database, table: Table) -> list[dict[str, Any]]:
    with db.reading() as data:
        found = getattr(data, database).execute(select(table).order_by(*table.primary_key))
        return [dict(row) for row in found.mappings()]
