"""The tables of bulk changes: what will happen to each row, what came of it, and the runs there were."""

from collections.abc import Sequence
from typing import Any

from console import clocks, money, times, words
from console.actions import phrases
from console.actions.bulk import BulkPreview, BulkRow
from console.ui.tables import Column, table
from queries.bulk import BulkItem, BulkRun


def preview_table(preview: BulkPreview) -> None:
    """Every row with every effect; what is not possible stands among them, with why."""
    columns = _CANCEL if preview.kind == "cancel" else _REFUND
    table(
        [_effects(row) for row in preview.rows],
        columns,
        key=f"bulk-preview-{preview.kind}",
        alt="What will happen to each row",
        empty="None of these numbers is known.",
        height="content" if len(preview.rows) <= 20 else 740,
    )


def _effects(row: BulkRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "will": _will(row),
        "customer_number": row.customer_number,
        "customer": row.customer_name,
        "what": row.what,
        "ends": times.day_of(row.ends_at, clocks.zone()) if row.ends_at else None,
        "next": row.next_charge_minor,
        "next_at": times.day_of(row.next_charge_at, clocks.zone()) if row.next_charge_at else None,
        "mrr": phrases.monthly(row.mrr_delta_units, row.currency) if row.possible and row.currency else None,
        "back": row.amount_minor,
        "left": row.left_minor,
        "currency": row.currency,
        "card": row.card,
        "basis": row.basis,
        "notes": " ".join(filter(None, (row.why_not or row.second_person, _tickets(row)))),
    }


def _tickets(row: BulkRow) -> str | None:
    if row.tickets is None:
        return "Tickets could not be read just now."
    return f"Spoken of in {', '.join(row.tickets)}." if row.tickets else None


def _will(row: BulkRow) -> str:
    if not row.possible:
        return "Not possible"
    return "Second person" if row.second_person else "Yes"


_WHO = [
    Column("number", "Number", width=115),
    Column("will", "Will be done", width=105),
]
_WHAT = [
    Column("customer_number", "Customer", opens="customer.py", width=90),
    Column("customer", "Name", width=135),
    Column("what", "What", width=185),
]
_CANCEL = [
    *_WHO,
    Column("ends", "Ends", width=95),
    Column("next", "Not charged", "money", help="The next charge, without tax, which will not be made"),
    Column("next_at", "Due", width=95),
    Column("mrr", "Effect on MRR", "right", width=140),
    Column("notes", "Note", width=260),
    *_WHAT,
]
_REFUND = [
    *_WHO,
    Column("back", "Goes back", "money", help="With tax"),
    Column("left", "Left after", "money", help="Of the charge, with tax"),
    Column("card", "To", width=95),
    Column("notes", "Note", width=400),
    *_WHAT,
    Column("basis", "Which is", width=140),
]


def items_table(items: Sequence[BulkItem], *, key: str) -> None:
    """What came of each row; one with an operation opens it."""
    money_leaves = any(item.expected.get("amount_minor") is not None for item in items)
    table(
        [
            {
                "number": item.subject_number,
                "state": item.now or "to_come",
                "said": item.says,
                "customer_number": item.expected.get("customer_number"),
                "customer": item.expected.get("customer_name"),
                "what": item.expected.get("what"),
                "amount": item.expected.get("amount_minor"),
                "currency": item.expected.get("currency"),
                "open": "Open" if item.state else None,
                "operation": item.operation_id,
            }
            for item in items
        ],
        [
            Column("number", "Number", width=115),
            Column("state", "Outcome", "status", of="bulk_row", width=115),
            Column("said", "In words", width=430),
            Column("open", "Operation", opens="operations.py", param="operation", by="operation", width=85),
            *([Column("amount", "Amount", "money")] if money_leaves else []),
            *_WHAT,
        ],
        key=key,
        alt="What came of each row",
        empty="",
        height="content" if len(items) <= 20 else 740,
    )


def runs_table(runs: Sequence[BulkRun]) -> None:
    """The latest runs; one opens on the same page."""
    table(
        [
            {
                "id": run.id,
                "what": run.request["what"].capitalize(),
                "state": run.state,
                "done": f"{run.done:,} of {run.rows:,}",
                "who": run.requester_name,
                "age": times.ago(run.requested_at),
                "at": run.requested_at,
                "reason": words.sentence_case(run.request["reason"]),
            }
            for run in runs
        ],
        [
            Column("what", "What", chooses="bulk", by="id", width=340),
            Column("state", "State", "status", of="bulk", width=95),
            Column("done", "Rows", "right", width=95),
            Column("who", "Asked by", width=140),
            Column("age", "Asked", width=110),
            Column("at", "At", "instant"),
            Column("reason", "Reason"),
        ],
        key="bulk-runs",
        alt="The latest bulk runs",
        empty="Nothing was done in bulk yet.",
        height="content",
    )


def total_in_words(items: Sequence[BulkItem]) -> list[str]:
    """What the rows are about in money, per currency; empty where no money leaves."""
    sums: dict[str, int] = {}
    for item in items:
        currency, minor = item.expected.get("currency"), item.expected.get("amount_minor")
        if currency and minor is not None:
            sums[currency] = sums.get(currency, 0) + minor
    return [money.in_words(sums[currency], currency) for currency in sorted(sums)]
