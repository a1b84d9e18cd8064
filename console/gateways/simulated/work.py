"""What one request works with: its transaction, its parameters, the time, the fault in its way."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, bindparam, select

from console.gateways.simulated import objects, tables
from console.gateways.simulated.objects import Object
from console.gateways.simulated.requests import missing


@dataclass
class Work:
    connection: Connection
    params: Mapping[str, Any]
    now: int  # seconds since 1970
    fault: str | None = None
    happened: list[dict[str, Any]] = field(default_factory=list)

    def one(self, table: Table, reference: str, kind: str) -> Row[Any]:
        """A row that nobody else changes until this request is done. Refusal 404 without one."""
        row = self.connection.execute(_LOCKED[table.name], {"id": reference}).one_or_none()
        if row is None:
            raise missing(kind, reference)
        return row

    def insert(self, table: Table, prefix: str, **values: Any) -> Row[Any]:
        row = {"id": objects.new_id(prefix), "created": self.now} | values
        return self.connection.execute(_INSERT[table.name], row).one()

    def update(self, table: Table, number: int, **values: Any) -> Row[Any]:
        return self.connection.execute(_UPDATE[table.name], {"_number": number} | values).one()

    def tell(self, kind: str, about: Object) -> None:
        """An event of this request; written when it is done."""
        row = {"id": objects.new_id("evt"), "created": self.now, "type": kind, "object": json.dumps(about)}
        self.happened.append(row)

    def write_events(self) -> None:
        if self.happened:
            self.connection.execute(_EVENT, self.happened)


_LISTED = (tables.customers, tables.subscriptions, tables.invoices, tables.charges, tables.refunds)


def _locked(table: Table) -> Select[Any]:
    return select(table).where(table.c.id == bindparam("id")).with_for_update()


_LOCKED = {table.name: _locked(table) for table in _LISTED}
_INSERT = {table.name: table.insert().returning(table) for table in _LISTED}
_UPDATE = {
    table.name: table.update().where(table.c.number == bindparam("_number")).returning(table)
    for table in _LISTED
}
_EVENT = tables.events.insert()
