"""The verbs on a subscription beside `console cancel`: the same functions as the forms of the screens."""

from functools import partial

import click

from console import clocks
from console.actions import cancel_and_refund as both
from console.actions import licences, pausing, payment_details, renewal_dates, trials
from console.actions.cancellation import When
from console.commands.acting import Given, acts, same
from console.commands.cancel import AT
from console.commands.charge_verbs import amount_in, how, of_amount

_number = click.argument("number", metavar="SUBSCRIPTION")


@click.command("extend-trial")
@_number
@click.option("--last-day", required=True, metavar="DAY", help="Of the trial, on the customer's calendar.")
@acts(trials.REASONS)
def extend_trial(given: Given, number: str, last_day: str) -> None:
    """Let a trial run longer."""
    day = clocks.parse_day(last_day)
    given.do(
        same(trials.VERB.kind, number, new_end=day.isoformat()),
        lambda data, actor: trials.preview_extend_trial(data, actor, number, day),
        lambda _: partial(trials.extend_trial, number=number, last_day=day),
    )


@click.command()
@_number
@acts(pausing.REASONS)
def pause(given: Given, number: str) -> None:
    """Pause a subscription: nothing is charged until it is resumed."""
    given.do(
        same(pausing.PAUSE.kind, number),
        lambda data, actor: pausing.preview_pause(data, actor, number),
        lambda _: partial(pausing.pause_subscription, number=number),
    )


@click.command()
@_number
@acts(pausing.REASONS)
def unpause(given: Given, number: str) -> None:
    """Resume a paused subscription, with the time that was left."""
    given.do(
        same(pausing.UNPAUSE.kind, number),
        lambda data, actor: pausing.preview_unpause(data, actor, number),
        lambda _: partial(pausing.unpause_subscription, number=number),
    )


@click.command("move-renewal")
@_number
@click.option("--day", required=True, metavar="DAY", help="Of the next renewal, on the customer's calendar.")
@acts(renewal_dates.REASONS)
def move_renewal(given: Given, number: str, day: str) -> None:
    """Let a subscription renew on a later day."""
    to = clocks.parse_day(day)
    given.do(
        same(renewal_dates.VERB.kind, number, new_date=to.isoformat()),
        lambda data, actor: renewal_dates.preview_move_renewal(data, actor, number, to),
        lambda _: partial(renewal_dates.move_renewal, number=number, day=to),
    )


@click.command("payment-link")
@_number
@click.option("--by", type=click.Choice(["my_account", "gateway"]), default="my_account", show_default=True)
@acts(payment_details.REASONS)
def payment_link(given: Given, number: str, by: payment_details.By) -> None:
    """Send the link with which the customer updates the payment details."""
    given.do(
        same(payment_details.VERB.kind, number),
        lambda data, actor: payment_details.preview_payment_link(data, actor, number, by=by),
        lambda _: partial(payment_details.send_payment_link, number=number, by=by),
    )


@click.command("resend-licence")
@_number
@acts(licences.RESEND_REASONS)
def resend_licence(given: Given, number: str) -> None:
    """Send the licence key to the customer again."""
    given.do(
        same(licences.RESEND.kind, number),
        lambda data, actor: licences.preview_resend_licence(data, actor, number),
        lambda _: partial(licences.resend_licence, number=number),
    )


@click.command("replace-licence")
@_number
@acts(licences.REPLACE_REASONS)
def replace_licence(given: Given, number: str) -> None:
    """Replace the licence key; the old one opens nothing any more."""
    given.do(
        same(licences.REPLACE.kind, number),
        lambda data, actor: licences.preview_replace_licence(data, actor, number),
        lambda _: partial(licences.replace_licence, number=number),
    )


@click.command("cancel-and-refund")
@_number
@click.option("--at", type=click.Choice(list(AT)), default="end", show_default=True)
@click.option("--on", metavar="DAY", help="Instead of --at: its last day, on the customer's calendar.")
@click.option("--charge", metavar="INVOICE", help="Which charge. Default: the latest that was paid.")
@how
@acts(both.REASONS)
def cancel_and_refund(
    given: Given,
    number: str,
    *,
    at: str,
    on: str | None,
    charge: str | None,
    amount: str | None,
    full: bool,
    unused: bool,
) -> None:
    """Cancel and give money back as one operation: both, or neither."""
    last_day = clocks.parse_day(on) if on is not None else None
    when: When = "date" if last_day else AT[at]
    given.do(
        of_amount(same(both.CANCEL_AND_REFUND, number), amount),
        lambda data, actor: both.preview_cancel_and_refund(
            data, actor, number, when, charge_number=charge, last_day=last_day,
            **amount_in(data, both.charge_of(data, number, charge), amount, full=full, unused=unused),
        ),
        lambda shown: partial(
            both.cancel_and_refund, number=number, at=when, amount_minor=shown.amount.amount_minor,
            charge_number=shown.charge.number, last_day=last_day, basis=shown.amount.basis,
        ),
    )  # fmt: skip
