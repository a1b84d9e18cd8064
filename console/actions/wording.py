"""What a preview says, in plain text: the same words on the screen and on the command line."""

from console import money, words
from console.actions import phrases
from console.actions.phrases import day, moment
from console.actions.previews import CancelPreview, Preview, UndoPreview
from console.actions.refundable import Amount
from queries.charge import FullCharge
from queries.subscriptions import Subscription

__all__ = [
    "Line",
    "cancel_words",
    "day",
    "moment",
    "refund_button",
    "refund_words",
    "undo_words",
    "who_and_what",
]

Line = tuple[str, str]


def cancel_words(preview: CancelPreview) -> list[Line]:
    """What a cancellation will do: label and plain text, in the order to be read."""
    subscription, zone = preview.subscription, preview.subscription.customer_time_zone
    what = "trial" if preview.trial else "subscription"
    now, until = preview.at == "now", phrases.in_both_zones(preview.ends_at, zone)
    status, ended = _status(subscription), _status(preview.after)
    return [
        *who_and_what(preview.subscription),
        ("Status", f"{status} → {ended}, at once" if now else f"{status} until {until}, then {ended}"),
        ("Access", f"stops at once: the {what} ends now" if now else f"until {until}"),
        ("Next charge", _charge(preview, "will be made" if preview.renews_before else "will not be made")),
        ("Refund", _refund(preview)),
        ("Effect on MRR", _mrr(preview)),
        *_around(preview),
    ]


def undo_words(preview: UndoPreview) -> list[Line]:
    """What taking a cancellation back will do: label and plain text, in the order to be read."""
    was = _status(preview.subscription)
    return [
        *who_and_what(preview.subscription),
        (
            "Status",
            f"{was} ({phrases.cancellation(preview.subscription)}) → {_status(preview.after)}, runs on",
        ),
        ("Next charge", _charge(preview, "will be made")),
        ("Effect on MRR", _mrr(preview)),
        *_around(preview),
    ]


def refund_words(
    charge: FullCharge,
    amount: Amount,
    *,
    second_person: str | None,
    recall_seconds: int,
    tickets: tuple[str, ...] | None,
) -> list[Line]:
    """What a refund will do: label and plain text, in the order to be read."""
    currency = charge.currency
    back, tax, charged = (
        money.in_words(minor, currency)
        for minor in (amount.amount_minor, amount.tax_minor, charge.amount_minor)
    )
    left = money.in_words(charge.refundable_minor - amount.amount_minor, currency)
    to = words.card(charge.brand, charge.last4)
    waits = f"in {words.plural(recall_seconds, 'second')}; until then it can be recalled"
    return [
        ("Charge", f"{charge.number}: {charged} on {day(charge.created_at, charge.customer_time_zone)}"),
        ("Goes back", f"{back}{'' if to == '–' else f' to {to}'}: {amount.basis}"),
        ("Of which tax", tax),
        ("Left after it", f"{left} of {charged}"),
        (
            "Leaves us",
            "once a second person agrees" if second_person else waits if recall_seconds else "at once",
        ),
        *([("Second person", second_person)] if second_person else []),
        ("Effect on MRR", "none: a refund changes no subscription"),
        *_tickets(tickets),
    ]


def refund_button(charge: FullCharge, amount: Amount) -> str:
    """What the button says: "Refund 29.90 € to Visa ••4242"."""
    to = words.card(charge.brand, charge.last4)
    back = money.in_words(amount.amount_minor, charge.currency)
    return f"Refund {back}{'' if to == '–' else f' to {to}'}"


def who_and_what(subscription: Subscription) -> list[Line]:
    """What every preview of a verb on a subscription begins with."""
    return [
        ("Subscription", subscription.number),
        ("Customer", f"{subscription.customer_name} ({subscription.customer_number})"),
        ("Product", phrases.product(subscription)),
        ("Price", phrases.price(subscription)),
    ]


def _status(subscription: Subscription) -> str:
    return words.status("subscription", subscription.status)


def _charge(preview: Preview, verb: str) -> str:
    if preview.next_charge_at is None or preview.next_charge_minor is None:
        return "none is due"
    amount = money.in_words(preview.next_charge_minor, preview.subscription.currency)
    on = day(preview.next_charge_at, preview.subscription.customer_time_zone)
    return f"{amount} without tax on {on} {verb}"


def _refund(preview: CancelPreview) -> str:
    if preview.unused_days == 0:
        return "none is made by cancelling"
    days = words.plural(preview.unused_days, "full day")
    return f"none is made by cancelling; {days} of the paid period stay unused"


def _mrr(preview: Preview) -> str:
    units = preview.mrr_delta_units
    if units == 0:
        return "none: trials are not counted" if preview.trial else "none"
    return f"{phrases.monthly(units, preview.subscription.currency)} on {day(preview.mrr_changes_at)}"


def _around(preview: Preview) -> list[Line]:
    lines = []
    if preview.other_live:
        others = words.plural(preview.other_live, "other subscription stays", "other subscriptions stay")
        lines.append(("Stays", f"{others} as now"))
    warnings = [("Note", warning) for warning in preview.warnings]
    return [*lines, *_tickets(preview.tickets), *warnings]


def _tickets(tickets: tuple[str, ...] | None) -> list[Line]:
    if tickets is None:
        return [("Tickets", "could not be read just now")]
    if not tickets:
        return []
    verb = "mentions" if len(tickets) == 1 else "mention"
    return [("Tickets", f"{', '.join(tickets)} {verb} cancelling or a refund")]
