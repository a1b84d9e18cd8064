"""What `console bulk … --preview` prints: every effect on every row, in the words of the screen."""

from typing import Any

import click

from console import money
from console.actions import phrases
from console.actions.bulk import BulkPreview, BulkRow
from console.audit import instant
from console.commands import print_json


def show_preview(shown: BulkPreview, form: str) -> None:
    """Every effect on every row, and what it comes to."""
    if form == "json":
        print_json(_plain_preview(shown))
        return
    for row in shown.rows:
        click.echo(f"{row.number}  {_effect(row)}")
    for title, numbers in (("Not known", shown.unknown), ("Given twice, done once", shown.repeated)):
        if numbers:
            click.echo(f"{title}: {', '.join(numbers)}")
    for total in shown.totals:
        what = (
            f"{money.in_words(total.refund_minor, total.currency)} goes back"
            if shown.kind == "refund"
            else f"{money.in_words(total.next_charges_minor, total.currency)} without tax is not charged, "
            f"MRR {money.in_words(total.mrr_delta_minor, total.currency)} a month"
        )
        click.echo(f"In {total.currency}: {what}")
    if shown.second_person:
        click.echo(f"{shown.second_person} of them wait for a second person.")
    click.echo(f'To do it: --confirm "{shown.typed}". Nothing was done: this is a preview.', err=True)


def _effect(row: BulkRow) -> str:
    """What happens to a row, in one line."""
    if row.why_not is not None:
        return f"not possible: {row.why_not}"
    currency = row.currency or ""
    said = [f"{row.customer_name} ({row.customer_number})", row.what]
    if row.amount_minor is not None:
        said.append(f"{money.in_words(row.amount_minor, currency)} goes back: {row.basis}")
        said += [row.second_person.rstrip(".")] if row.second_person else []
    else:
        said += [
            f"ends on {phrases.moment(row.ends_at)}",
            f"MRR {phrases.monthly(row.mrr_delta_units, currency)}",
        ]
    if row.next_charge_minor is not None:
        said.append(f"{money.in_words(row.next_charge_minor, currency)} is not charged")
    return "; ".join([*said, *_mentions(row)])


def _mentions(row: BulkRow) -> list[str]:
    if row.tickets is None:
        return ["tickets could not be read"]
    return [f"spoken of in {', '.join(row.tickets)}"] if row.tickets else []


def _plain_preview(shown: BulkPreview) -> dict[str, Any]:
    return {
        "kind": shown.kind,
        "confirm": shown.typed,
        "rows": [
            {
                "number": row.number,
                "subject": row.subject_number,
                "customer": row.customer_number,
                "possible": row.possible,
                "why_not": row.why_not,
                "ends_at": instant(row.ends_at) if row.ends_at else None,
                "next_charge_minor": row.next_charge_minor,
                "refund_minor": row.amount_minor,
                "left_minor": row.left_minor,
                "currency": row.currency,
                "second_person": row.second_person,
                "tickets": None if row.tickets is None else list(row.tickets),
            }
            for row in shown.rows
        ],
        "unknown": list(shown.unknown),
        "repeated": list(shown.repeated),
        "totals": [vars(total) for total in shown.totals],
    }
