"""The list of all subscriptions: its filters, and a selection of its rows that leads to a bulk change."""

import zlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from console import words
from console.access import Actor
from console.actions.bulk import PERMISSIONS, Kind
from console.screens import PAGES
from console.ui import filters
from console.ui.tables import Column, table
from queries.subscription_list import Product, SubscriptionFilters
from queries.subscriptions import Subscription

_WITHIN = {str(days): f"{days} days" for days in (1, 7, 14, 30, 60, 90)}
_ENDING = {"yes": "Set to end", "no": "Runs on"}
_BUTTONS: dict[Kind, tuple[str, str]] = {
    "cancel": ("Cancel selection…", "event_busy"),
    "refund": ("Refund latest charge of selection…", "undo"),
}


def subscription_filters(offered: Sequence[Product], now: datetime) -> SubscriptionFilters:
    """What the list is narrowed to, from the address."""
    statuses = {code: word for code, (word, _) in words.SUBSCRIPTION_STATUS.items()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        status = filters.choice("Status", statuses, key="status")
        product = filters.choice("Product", _named(offered), key="product")
        ending = filters.choice("End", _ENDING, key="end")
        within = filters.choice("Renews within", _WITHIN, key="renews")
    return SubscriptionFilters(
        status=status,
        product=product,
        set_to_end=None if ending is None else ending == "yes",
        renews_from=now if within else None,
        renews_until=now + timedelta(days=int(within)) if within else None,
    )


def _named(offered: Sequence[Product]) -> dict[str, str]:
    """Code and name; with the code where two have the same name."""
    often = Counter(one.name for one in offered)
    return {one.code: one.name if often[one.name] == 1 else f"{one.name} ({one.code})" for one in offered}


def subscription_selection(rows: Sequence[Subscription], actor: Actor) -> None:
    """The list; what is ticked can be cancelled or refunded as one, by who may."""
    above = st.container(horizontal=True, vertical_alignment="center")
    ticked = table(
        [
            {
                "number": row.number,
                "customer_number": row.customer_number,
                "customer": row.customer_name,
                "product": words.product(row),
                "status": row.status,
                "ends": row.set_to_end,
                "next": row.next_charge_at,
                "price": row.price_minor,
                "currency": row.currency,
                "every": words.interval(row.interval, row.interval_count),
                "started": row.started_at,
            }
            for row in rows
        ],
        [
            Column("number", "Subscription", opens="subscription.py", width=100),
            Column("customer_number", "Customer", opens="customer.py", width=90),
            Column("customer", "Name", width=170),
            Column("product", "Product", width=230),
            Column("status", "Status", "status", of="subscription", width=95),
            Column("ends", "End", "flag", of="Set to end", width=95),
            Column("next", "Next charge", "instant", width=140),
            Column("price", "Price", "money", help="Without tax, for the whole quantity", width=100),
            Column("every", "Every", width=85),
            Column("started", "Since", "instant", width=140),
        ],
        key=_key(rows),
        alt="Subscriptions, newest first",
        empty="No subscriptions like that. Widen the filters.",
        height="content",
        selects=any(actor.may(permission) for permission in PERMISSIONS.values()),
    )
    with above:
        _buttons(actor, [rows[place].number for place in ticked], shown=bool(rows))


def _key(rows: Sequence[Subscription]) -> str:
    """Another one for other rows: what was ticked in one list is never ticked in another."""
    return f"subscriptions-{zlib.crc32(' '.join(row.number for row in rows).encode())}"


def _buttons(actor: Actor, numbers: Sequence[str], *, shown: bool) -> None:
    may = [kind for kind, permission in PERMISSIONS.items() if actor.may(permission)]
    for kind in may if shown else ():
        label, icon = _BUTTONS[kind]
        st.button(
            label,
            icon=f":material/{icon}:",
            key=f"bulk-{kind}",
            disabled=not numbers,
            on_click=_to_bulk,
            args=(kind, tuple(numbers)),
        )
    if may and shown:
        st.caption(f"{words.count(len(numbers))} selected" if numbers else "Tick rows to select them")


def _to_bulk(kind: Kind, numbers: Sequence[str]) -> None:
    st.switch_page(PAGES / "bulk.py", query_params={kind: ",".join(numbers)})
