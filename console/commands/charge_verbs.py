"""The verbs on a charge, and a second person's: the same functions as the forms of the screens."""

from collections.abc import Callable
from functools import partial
from typing import Any

import click

from console import money
from console.actions import approvals, blocks, collecting, notes, refunding, refunds, retrying
from console.actions.operations import new_operation_id
from console.commands.acting import Given, Same, acts, same, say
from console.db import Reading
from console.errors import Refused
from console.signin.who import actor_with_email
from queries.charge import FullCharge

_charge = click.argument("charge", metavar="INVOICE")
_operation = click.argument("operation", metavar="OPERATION")
_as = click.option("--as", "email", required=True, metavar="EMAIL", help="Who of the staff does it.")
_why = click.option("--why", required=True, help="A sentence for whoever asked.")
_format = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")


def how(command: Callable[..., Any]) -> Callable[..., Any]:
    """How much goes back: exactly one of three ways."""
    for option in (
        click.option("--unused", is_flag=True, help="For the unused time of its period, by the second."),
        click.option("--full", is_flag=True, help="All that is left of it."),
        click.option("--amount", metavar="AMOUNT", help="With tax, in the charge's currency, like 12.50."),
    ):
        command = option(command)
    return command


def amount_in(
    data: Reading, charge: FullCharge, amount: str | None, *, full: bool, unused: bool
) -> dict[str, Any]:
    """The choice as the previews take it. Raises Refused unless exactly one is made."""
    if [amount is not None, full, unused].count(True) != 1:
        raise Refused("Say how much goes back: one of --amount, --full and --unused.")
    if amount is not None:
        return {"how": "amount", "amount_minor": money.parse(amount, charge.currency)}
    return {"how": "full" if full else "unused"}


def of_amount(is_same: Same, amount: str | None) -> Same:
    """Also of the amount that is named, if one is."""
    return lambda operation: (
        is_same(operation)
        and (amount is None or money.parse(amount, operation.currency or "") == operation.amount_minor)
    )


@click.command()
@_charge
@how
@acts(refunds.REASONS)
def refund(given: Given, charge: str, amount: str | None, full: bool, unused: bool) -> None:
    """Refund a charge, in full or part."""
    given.do(
        of_amount(same(refunding.REFUND, charge), amount),
        lambda data, actor: refunds.preview_refund(
            data, actor, charge,
            **amount_in(data, refunding.load(data.subscriptions, charge), amount, full=full, unused=unused),
        ),
        lambda shown: partial(
            refunds.refund_charge, number=shown.number, amount_minor=shown.amount.amount_minor,
            basis=shown.amount.basis,
        ),
    )  # fmt: skip


@click.command()
@_charge
@acts(retrying.REASONS)
def retry(given: Given, charge: str) -> None:
    """Collect a failed renewal charge again."""
    given.do(
        same(collecting.RETRY, charge),
        lambda data, actor: retrying.preview_retry(data, actor, charge),
        lambda _: partial(retrying.retry_charge, charge_number=charge),
    )


@click.command("block-refunds")
@_charge
@acts(blocks.REASONS)
def block_refunds(given: Given, charge: str) -> None:
    """Let nothing of a charge go back for now."""
    given.do(
        same(blocks.Block.kind, charge),
        lambda data, actor: blocks.preview_block(data, actor, charge),
        lambda _: partial(blocks.block_refunds, charge_number=charge),
    )


@click.command("unblock-refunds")
@_charge
@acts(blocks.UNBLOCK_REASONS)
def unblock_refunds(given: Given, charge: str) -> None:
    """Allow refunds of a charge again."""
    given.do(
        same(blocks.Unblock.kind, charge),
        lambda data, actor: blocks.preview_unblock(data, actor, charge),
        lambda _: partial(blocks.unblock_refunds, charge_number=charge),
    )


@click.command()
@click.argument("customer", metavar="CUSTOMER")
@click.argument("text")
@_as
@click.option("--about", metavar="SUBSCRIPTION", help="One of theirs that it is about.")
@click.option("--operation", metavar="UUID", help="The same id again is the same note.")
@_format
def note(
    customer: str, text: str, *, email: str, about: str | None, operation: str | None, form: str
) -> None:
    """Write a note for colleagues about a customer."""
    actor, id = actor_with_email(email), operation or new_operation_id()
    say(notes.add_note(actor, customer, text, operation_id=id, subject_number=about), form)


@click.command()
@_operation
@_as
@_format
def approve(operation: str, email: str, form: str) -> None:
    """Say yes to what somebody else asked for."""
    say(approvals.approve(actor_with_email(email), operation), form)


@click.command()
@_operation
@_why
@_as
@_format
def reject(operation: str, why: str, email: str, form: str) -> None:
    """Say no to what somebody else asked for."""
    say(approvals.reject(actor_with_email(email), operation, why=why), form)


@click.command()
@_operation
@_as
@_format
def recall(operation: str, email: str, form: str) -> None:
    """Take back what has not left the house yet."""
    say(approvals.recall(actor_with_email(email), operation), form)
