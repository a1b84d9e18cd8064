"""Taking figures out of the house: allowed by role, and written down."""

from datetime import datetime

from console import audit, clocks
from console.access import Actor, Permission, require
from console.db import writing
from queries.tables_desk import exports


def record_export(actor: Actor, report: str, format_: str, parameters: dict[str, str], rows: int) -> None:
    """Write down who takes which report out, before it leaves. Raises NotPermitted, Unavailable."""
    require(actor, Permission.EXPORT_REPORTS)
    now: datetime = clocks.now()
    with writing("state") as connection:
        connection.execute(
            exports.insert().values(
                staff_id=actor.staff_id,
                report=report,
                parameters=parameters,
                format=format_,
                rows=rows,
                created_at=now,
            )
        )
        audit.record(
            connection,
            actor=actor,
            kind="report.exported",
            at=now,
            subject_kind="report",
            subject_number=report,
            after={"format": format_, "rows": rows, **parameters},
        )
