"""The audit log as people read it: who did what to whom, when and why, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from queries.paging import PAGE, Cursor, Page, askable, capped_count, page_of, rows_of
from queries.tables_state import audit_entries

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One entry. Names are as they were when it was written; `before` and `after` are what changed; `note` is
    plain text as somebody wrote it. `at` is UTC."""

    id: int
    at: datetime
    kind: str
    actor_id: int | None
    actor_name: str
    actor_email: str
    subject_kind: str | None
    subject_number: str | None
    customer_number: str | None
    customer_name: str | None
    reason: str | None
    note: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    operation_id: str | None
    channel: str
    hash: str


@dataclass(frozen=True, kw_only=True)
class AuditFilters:
    """What the list, its count and its export have in common; None leaves all in. Half-open: `since` is in,
    `until` is out."""

    actor_id: int | None = None
    kind: str | None = None
    customer_number: str | None = None
    subject_number: str | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING = AuditFilters()
_COLUMNS = [audit_entries.c[name] for name in AuditEntry.__dataclass_fields__]


def _conditions(filters: AuditFilters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.actor_id is not None:
        found.append(audit_entries.c.actor_id == min(max(filters.actor_id, 0), LARGEST_ID))
    for name in ("kind", "customer_number", "subject_number"):
        wanted = getattr(filters, name)
        if wanted is not None:
            found.append(audit_entries.c[name] == askable(wanted))
    if filters.since is not None:
        found.append(audit_entries.c.at >= filters.since)
    if filters.until is not None:
        found.append(audit_entries.c.at < filters.until)
    return found


def page(
    connection: Connection,
    filters: AuditFilters = EVERYTHING,
    *,
    before: Cursor | None = None,
    limit: int = PAGE,
) -> Page[AuditEntry]:
    """Entries, newest first. One statement."""
    return page_of(
        connection,
        select(*_COLUMNS).where(*_conditions(filters)),
        AuditEntry,
        at=audit_entries.c.at,
        id=audit_entries.c.id,
        before=before,
        limit=limit,
    )


def count(connection: Connection, filters: AuditFilters = EVERYTHING) -> int:
    """How many entries the filters leave, at most COUNT_STOPS_AT."""
    return capped_count(connection, select(audit_entries.c.id).where(*_conditions(filters)))


def by_operation(connection: Connection, operation_id: str) -> list[AuditEntry]:
    """What was written of one operation, in the order it was written."""
    statement = select(*_COLUMNS).where(audit_entries.c.operation_id == askable(operation_id))
    return rows_of(connection, statement.order_by(audit_entries.c.id).limit(PAGE), AuditEntry)
