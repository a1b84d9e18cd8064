"""`console operations`: what was asked for and is not decided."""

from typing import Any

import click

from console import clocks, money, times
from console.actions import approvals
from console.actions.next_steps import next_step, what
from console.actions.resuming import resume
from console.audit import instant
from console.commands import print_json
from console.commands.acting import say
from console.db import reading
from console.signin.who import actor_with_email
from queries import operations as stored
from queries.operations import Operation

_id = click.argument("operation", metavar="ID")
_format = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")


@click.group()
def operations() -> None:
    """What was asked for and is not decided: it waits for a person, or an outside system did not answer.

    For whoever operates this machine: it needs the database, not a role.
    """


@operations.command(name="list")
@_format
def list_(form: str) -> None:
    """Every operation that is not decided, the oldest first, and the one safe next step."""
    with reading() as data:
        found = stored.open_operations(data.state)
    if form == "json":
        print_json([_plain(one) for one in found])
        return
    for one in found:
        asked = f"{times.moment(one.requested_at)} {clocks.zone().key}, {times.ago(one.requested_at)}"
        step = next_step(one, clocks.now())
        click.echo(f"{one.id}  {one.state}  {what(one)}  {one.requester_email}  {asked}")
        click.echo(f"    in the queue of {one.owner_name or 'anybody'}: {step.waits}")
    if not found:
        click.echo("Nothing is unfinished.")


def _plain(one: Operation) -> dict[str, Any]:
    amount = None
    if one.amount_minor is not None:
        amount = {"amount_minor": one.amount_minor, "currency": one.currency,
                  "amount": money.in_words(one.amount_minor, one.currency or "")}  # fmt: skip
    return {
        "id": one.id,
        "kind": one.kind,
        "subject": one.subject_number,
        "state": one.state,
        "amount": amount,
        "requested_by": one.requester_email,
        "requested_at": instant(one.requested_at),
        "owner": one.owner_name,
        "waits_for": next_step(one, clocks.now()).waits,
    }


@operations.command(name="resume")
@_id
@_format
def resume_(operation: str, form: str) -> None:
    """Bring one operation as far as it can come. Safe to repeat: nothing is done twice."""
    say(resume(operation), form)


@operations.command()
@_id
@click.option("--why", required=True, help="How you know that it was not done.")
@click.option("--as", "email", required=True, metavar="EMAIL", help="Who of the staff says so.")
@_format
def close(operation: str, why: str, email: str, form: str) -> None:
    """Close as not done what the payment gateway answered with an error, and does not have."""
    say(approvals.close_as_not_done(actor_with_email(email), operation, why=why), form)
