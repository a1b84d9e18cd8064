"""The list of subscriptions: its filters, and what is selected in it over all its pages."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import streamlit as st

from console import words
from console.access import Actor
from console.actions.bulk import MOST, PERMISSIONS, Kind
from console.screens import PAGES
from console.ui import filters
from console.ui.tables import Column, table
from queries.subscription_list import ListedSubscription, Offered, SubscriptionFilters

_SELECTED = "selected-subscriptions"
_RENEWS = {"7": "7 days", "14": "14 days", "30": "30 days", "60": "60 days", "90": "90 days"}
_WHICH = {"all": "All", "ending": "Set to end", "failed": "Payment failed"}
_BUTTONS: dict[Kind, tuple[str, str]] = {
    "cancel": ("Cancel selection…", "event_busy"),
    "refund": ("Refund latest charge of selection…", "currency_exchange"),
}


def subscription_filters(offered: Offered, now: datetime) -> SubscriptionFilters:
    """What the list is narrowed to, from the address."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = filters.switch("Show", _WHICH, key="which")
        statuses = {code: word for code, (word, _) in words.SUBSCRIPTION_STATUS.items()}
        status = filters.choice("Status", statuses, key="status")
        product = filters.choice("Product", _named(offered), key="product")
        currency = filters.choice("Currency", offered.currencies, key="currency")
        days = filters.choice("Renews within", _RENEWS, key="renews")
    return SubscriptionFilters(
        status=status,
        product=product,
        currency=currency,
        set_to_end=which == "ending",
        payment_failed=which == "failed",
        renews_from=now if days else None,
        renews_until=now + timedelta(days=int(days)) if days else None,
    )


def _named(offered: Offered) -> dict[str, str]:
    """Code and name; with the code where two have the same name."""
    often = Counter(one.name for one in offered.products)
    return {
        one.code: one.name if often[one.name] == 1 else f"{one.name} ({one.code})" for one in offered.products
    }


def subscription_selection(rows: Sequence[ListedSubscription], actor: Actor) -> None:
    """A page of the list, and what can be done with all that is selected, on this page and others."""
    bar = st.container(horizontal=True, vertical_alignment="center")
    numbers = [row.number for row in rows]
    key = grid_key(numbers)
    before = selected()
    picked = table(
        [_cells(row) for row in rows],
        [
            Column("number", "Subscription", opens="subscription.py", width=110),
            Column("customer", "Customer", opens="customer.py", width=90),
            Column("name", "Name", width=170),
            Column("product", "Product", width=190),
            Column("status", "Status", "status", of="subscription", width=100),
            Column("price", "Price", "money", width=110, help="Without tax, for the whole quantity"),
            Column("every", "Every", width=90),
            Column("due", "Period ends", "instant", width=140),
            Column("ends", "Asked to end", "flag", of="Set to end", width=105),
            Column("started", "Started", "instant", width=140),
        ],
        key=key,
        alt="Subscriptions",
        empty="No subscriptions like that. Widen the filters.",
        height="content",
        selected=[place for place, number in enumerate(numbers) if number in before],
    )
    here = [numbers[place] for place in picked if place < len(numbers)]
    kept = [number for number in before if number not in numbers] + here
    st.session_state[_SELECTED] = kept
    with bar:
        _what_to_do(kept, len(here), key, actor)


def selected() -> list[str]:
    """Numbers of what is selected, in the order it was."""
    return list(st.session_state.get(_SELECTED, []))


def clear_selection() -> None:
    st.session_state.pop(_SELECTED, None)


def grid_key(numbers: Sequence[str]) -> str:
    """The grid's name in the session. Its selection is by place, so other rows are another grid."""
    return f"subscriptions-{sha256(' '.join(numbers).encode()).hexdigest()[:16]}"


def _cells(row: ListedSubscription) -> dict[str, object]:
    return {
        "number": row.number,
        "customer": row.customer_number,
        "name": row.customer_name,
        "product": words.product(row),
        "status": row.status,
        "price": row.price_minor,
        "currency": row.currency,
        "every": words.interval(row.interval, row.interval_count),
        "due": row.current_period_end,
        "ends": row.set_to_end,
        "started": row.started_at,
    }


def _what_to_do(kept: Sequence[str], here: int, key: str, actor: Actor) -> None:
    kinds = [kind for kind in _BUTTONS if actor.may(PERMISSIONS[kind])]
    elsewhere = len(kept) - here
    said = f"{len(kept):,} selected" + (f", {elsewhere:,} of them on other pages" if elsewhere else "")
    st.text(said if kept else "Select rows to act on many at once.")
    for kind in kinds:
        label, icon = _BUTTONS[kind]
        wanted = st.button(label, icon=f":material/{icon}:", key=f"{kind}-selection", disabled=not kept)
        if wanted and len(kept) <= MOST:
            st.switch_page(PAGES / "bulk.py", query_params={str(kind): ",".join(kept)})
    if kept:
        st.button("Clear", icon=":material/close:", type="tertiary", on_click=_clearing(key))
    if len(kept) > MOST:
        st.text(f"At most {MOST} at once: take some away.")


def _clearing(key: str) -> Callable[[], None]:
    def clear() -> None:
        clear_selection()
        st.session_state[key] = {"selection": {"rows": [], "columns": [], "cells": []}}

    return clear
