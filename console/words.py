"""The field's words for codes of the databases. Pure functions: no drawing."""

from typing import Literal, Protocol

from babel.core import Locale, UnknownLocaleError

from console import clocks, money, times
from console.settings import get_settings
from queries.subscriptions import Subscription

# One meaning each: violet on trial, blue to do, green good, orange waiting, red wrong, gray over.
Colour = Literal["violet", "blue", "green", "orange", "red", "gray"]
Words = dict[str, tuple[str, Colour]]

SUBSCRIPTION_STATUS: Words = {
    "trialing": ("Trial", "violet"),
    "active": ("Active", "green"),
    "past_due": ("Past due", "red"),
    "paused": ("Paused", "orange"),
    "canceled": ("Cancelled", "gray"),
    "expired": ("Expired", "gray"),
}
CHARGE_STATUS: Words = {
    "pending": ("Pending", "orange"),
    "succeeded": ("Paid", "green"),
    "failed": ("Failed", "red"),
}
REFUND_STATUS: Words = {
    "pending": ("Pending", "orange"),
    "succeeded": ("Refunded", "green"),
    "failed": ("Failed", "red"),
}
TICKET_STATUS: Words = {
    "new": ("New", "blue"),
    "open": ("Open", "blue"),
    "pending": ("Pending", "orange"),
    "on_hold": ("On hold", "orange"),
    "solved": ("Solved", "green"),
    "closed": ("Closed", "gray"),
    "merged": ("Merged", "gray"),
    "deleted": ("Deleted", "gray"),
    "spam": ("Spam", "gray"),
}
OPERATION_STATUS: Words = {
    "proposed": ("Proposed", "blue"),
    "waiting_for_approval": ("Needs approval", "blue"),
    "approved": ("Leaves soon", "orange"),
    "sending": ("Under way", "orange"),
    "pending": ("Pending", "orange"),
    "unknown": ("Not known", "red"),
    "settled": ("Done", "green"),
    "refused": ("Not done", "gray"),
    "failed": ("Failed", "red"),
}
BULK_STATUS: Words = {
    "running": ("Running", "orange"),
    "stopped": ("Stopped", "red"),
    "finished": ("Finished", "green"),
}
BULK_ROW_STATUS: Words = OPERATION_STATUS | {
    "to_come": ("To come", "gray"),
    "already": ("Already so", "gray"),
    "changed": ("Changed", "orange"),
}
CHANNEL = {"email": "E-mail", "my_account": "My Account", "helpdesk": "Helpdesk"}
STATUSES: dict[str, Words] = {
    "subscription": SUBSCRIPTION_STATUS,
    "charge": CHARGE_STATUS,
    "refund": REFUND_STATUS,
    "ticket": TICKET_STATUS,
    "operation": OPERATION_STATUS,
    "bulk": BULK_STATUS,
    "bulk_row": BULK_ROW_STATUS,
}


_DIRECTION = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])


def visible(text: str) -> str:
    """Somebody's text without the characters that turn the reading direction around: with them a name
    can read as another. Words of right-to-left scripts still read from the right."""
    return text.translate(_DIRECTION)


def status(kind: str, code: str) -> str:
    """The word for a status, or the code itself where real data brings one we do not know."""
    return STATUSES[kind].get(code, (code, "gray"))[0]


def sentence_case(code: str | None) -> str:
    """ "too_expensive" → "Too expensive"; a dash for none."""
    return code.replace("_", " ").strip().capitalize() if code else "–"


def interval(unit: str, count: int) -> str:
    """ "monthly", "every 3 months"."""
    each = {"day": "daily", "week": "weekly", "month": "monthly", "year": "yearly"}
    return each.get(unit, unit) if count == 1 else f"every {count} {unit}s"


def card(brand: str | None, last4: str | None) -> str:
    """ "Visa ••4242", or a dash."""
    return f"{brand} ••{last4}" if brand and last4 else "–"


def masked(key: str | None) -> str:
    """ "DEPOT-7Q2MX-K9F3K" → "•••••-•••••-•9F3K": its last four signs, in its own shape. Of a key with fewer
    than eight signs nothing is shown: four would be most of it."""
    if key is None:
        return ""
    signs = [place for place, sign in enumerate(key) if sign.isalnum()]
    shown = set(signs[-4:]) if len(signs) >= 8 else set()
    return "".join(sign if place in shown or sign in "-_ " else "•" for place, sign in enumerate(key))


def language(tag: str | None) -> str:
    """ "fi-FI" → "Finnish"; the tag itself where nobody knows it."""
    if not tag:
        return "–"
    try:
        named = Locale.parse(tag.replace("-", "_")).get_language_name(get_settings().locale)
    except (UnknownLocaleError, ValueError):
        named = None
    return named or tag


def country(code: str | None) -> str:
    """ "FI" → "Finland"; the code itself where nobody knows it."""
    if not code:
        return "–"
    return str(Locale.parse("en").territories.get(code.upper(), code))


def next_for(subscription: Subscription) -> str:
    """What comes next for a subscription, in one sentence, as the customer would put it."""
    s, zone = subscription, clocks.zone(subscription.customer_time_zone)
    price = f"{money.in_words(s.price_minor, s.currency)} {interval(s.interval, s.interval_count)} + tax"
    end = s.trial_end if s.status == "trialing" and s.trial_end else s.current_period_end
    if s.set_to_end:
        end = s.ends_at
    on = f"{times.day_of(end, zone)} ({times.days_from_now(end, zone)})" if end else "a date not known"
    if not s.live:
        return f"Ended on {times.day_of(s.ended_at, zone)}" if s.ended_at else "Ended on a date not known"
    if s.set_to_end:
        last = s.next_charge_at is None
        return f"Set to end on {on}; {'nothing more is charged' if last else 'it renews until then'}"
    following = {
        "trialing": f"Trial until {on}, then {price}",
        "past_due": f"The payment of {price} failed; it is being tried again",
        "paused": "Paused; nothing is charged",
    }
    return following.get(s.status, f"Renews on {on} for {price}")


class Sold(Protocol):
    """What has a product and a plan."""

    @property
    def product_name(self) -> str: ...
    @property
    def plan_name(self) -> str: ...


def product(subscription: Sold) -> str:
    """What the customer bought: "Depot Backup, yearly", not "Depot Backup · Depot Backup, yearly"."""
    product, plan = subscription.product_name, subscription.plan_name
    return plan if plan.casefold().startswith(product.casefold()) else f"{product} · {plan}"


def payment_method(subscription: Subscription) -> str:
    """ "Visa ••4242, valid to 08/2027", and whether it survives the next renewal."""
    if subscription.brand is None or subscription.exp_month is None:
        return "No payment method"
    until = f"{subscription.exp_month:02}/{subscription.exp_year}"
    valid = f"{card(subscription.brand, subscription.last4)}, valid to {until}"
    return f"{valid}: expires before the next charge" if subscription.survives is False else valid


def count(number: int, *, cap: int = 10_000) -> str:
    """ "1,234", or "10,000+" where counting stopped."""
    return f"{cap:,}+" if number > cap else f"{number:,}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """ "1 ticket", "3 tickets"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
