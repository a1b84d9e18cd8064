"""`console cancel` and `console undo-cancel`: the verbs of the screen, with the same rules and audit.

JSON of `--preview`: subscription, customer, product, plan, version, fingerprint, status, status_after, trial,
ends_at and unused_days (cancel only), next_charge and mrr_change (null, or with at, amount_minor, currency),
other_subscriptions, tickets (null: could not be read), warnings, lines (label and text, as on the screen).
JSON otherwise: operation, subscription, state, already, by, at, sentence. Instants are ISO 8601 in UTC.
"""

from datetime import datetime
from typing import Any

import click

from console import clocks
from console.actions import subscriptions as verbs
from console.actions import wording
from console.audit import instant
from console.commands import print_json
from console.db import reading
from console.signin.who import actor_with_email
from queries.recurring import minor_from_units

AT: dict[str, verbs.When] = {"end": "period_end", "now": "now"}

_number = click.argument("number", metavar="SUBSCRIPTION")
_as = click.option("--as", "email", required=True, metavar="EMAIL", help="The member of staff who does it.")
_note = click.option("--note", default="", help="For colleagues; kept in the audit log.")
_preview = click.option("--preview", is_flag=True, help="Say what would happen, and do nothing.")
_operation = click.option(
    "--operation", metavar="UUID", help="The same id again is the same operation. Default: a new one."
)
_ticket = click.option("--ticket", metavar="NUMBER", help="The ticket it came from: it gets the outcome.")
_quiet = click.option("--quiet", is_flag=True, help="Do not write to the customer.")
_format = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")


@click.command()
@_number
@click.option("--at", "at", type=click.Choice(list(AT)), default="end", show_default=True)
@click.option("--on", "on", metavar="DAY", help="Instead of --at: its last day, on the customer's calendar.")
@click.option("--reason", default="", metavar="CODE", help=f"One of: {', '.join(verbs.REASONS)}.")
@_as
@_note
@_preview
@_operation
@_ticket
@_quiet
@_format
def cancel(
    number: str,
    *,
    at: str,
    on: str | None,
    reason: str,
    email: str,
    note: str,
    preview: bool,
    operation: str | None,
    ticket: str | None,
    quiet: bool,
    form: str,
) -> None:
    """Cancel a subscription or trial, at its end, now, or on a day."""
    actor, when = actor_with_email(email), AT[at] if on is None else "date"
    last_day = clocks.parse_day(on) if on is not None else None
    if preview:
        with reading() as data:
            shown = verbs.preview_cancel(data, actor, number, when, last_day=last_day)
        _show(shown, wording.cancel_words(shown), form)
        return
    with reading() as data:
        expected = verbs.shown_now(data, actor, number, when)
    done = verbs.cancel_subscription(
        actor,
        number,
        operation_id=operation or verbs.new_operation_id(),
        at=when,
        last_day=last_day,
        reason=reason,
        note=note,
        ticket_number=ticket,
        tell_customer=not quiet,
        expected=expected,
    )
    _say(done, form)


@click.command("undo-cancel")
@_number
@click.option("--reason", default="", metavar="CODE", help=f"One of: {', '.join(verbs.UNDO_REASONS)}.")
@_as
@_note
@_preview
@_operation
@_ticket
@_quiet
@_format
def undo_cancel(
    number: str,
    *,
    reason: str,
    email: str,
    note: str,
    preview: bool,
    operation: str | None,
    ticket: str | None,
    quiet: bool,
    form: str,
) -> None:
    """Take a cancellation back: one set for the end, or one made now while the paid period still runs."""
    actor = actor_with_email(email)
    if preview:
        with reading() as data:
            shown = verbs.preview_undo(data, actor, number)
        _show(shown, wording.undo_words(shown), form)
        return
    with reading() as data:
        expected = verbs.shown_now(data, actor, number, "undo")
    done = verbs.undo_cancel(
        actor,
        number,
        operation_id=operation or verbs.new_operation_id(),
        reason=reason,
        note=note,
        ticket_number=ticket,
        tell_customer=not quiet,
        expected=expected,
    )
    _say(done, form)


def _say(done: verbs.Done, form: str) -> None:
    if form == "text":
        click.echo(done.sentence)
        return
    print_json(
        {
            "operation": done.operation_id,
            "subscription": done.number,
            "state": done.state,
            "already": done.already,
            "by": done.by,
            "at": instant(done.at) if done.at else None,
            "sentence": done.sentence,
        }
    )


def _show(preview: verbs.CancelPreview | verbs.UndoPreview, lines: list[wording.Line], form: str) -> None:
    if form == "json":
        print_json(_plain(preview) | {"lines": [list(line) for line in lines]})
        return
    width = max(len(label) for label, _ in lines)
    for label, text in lines:
        click.echo(f"{label:<{width}}  {text}")
    click.echo("Nothing was done: this is a preview.", err=True)


def _plain(preview: verbs.CancelPreview | verbs.UndoPreview) -> dict[str, Any]:
    subscription = preview.subscription
    said: dict[str, Any] = {
        "subscription": subscription.number,
        "customer": subscription.customer_number,
        "product": subscription.product_name,
        "plan": subscription.plan_name,
        "version": preview.version,
        "fingerprint": preview.fingerprint,
        "status": subscription.status,
        "status_after": preview.after.status,
        "trial": preview.trial,
    }
    if isinstance(preview, verbs.CancelPreview):
        said |= {"ends_at": instant(preview.ends_at), "unused_days": preview.unused_days}
    change = minor_from_units(preview.mrr_delta_units)
    return said | {
        "next_charge": _amount(preview, preview.next_charge_at, preview.next_charge_minor),
        "mrr_change": _amount(preview, preview.mrr_changes_at, change) if change else None,
        "other_subscriptions": preview.other_live,
        "tickets": None if preview.tickets is None else list(preview.tickets),
        "warnings": list(preview.warnings),
    }


def _amount(preview: verbs.Preview, at: datetime | None, minor: int | None) -> dict[str, Any] | None:
    if at is None or minor is None:
        return None
    return {"at": instant(at), "amount_minor": minor, "currency": preview.subscription.currency}
