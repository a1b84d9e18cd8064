"""Alembic's entry: it is given the connection by `console.migrations`, never a URL of its own."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from console.db import METADATA
from console.migrations import version_table
from queries.columns import Instant


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


def run() -> None:
    database = context.config.attributes["database"]
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=METADATA[database],
        version_table=version_table(database),
        render_item=_render,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
