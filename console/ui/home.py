"""Home: piles of what waits, each with its count, its first few and the way to all of them."""

from collections.abc import Sequence
from itertools import pairwise

import streamlit as st

from console import money, words
from console.screens import PAGES
from console.ui.layout import figure, section
from console.ui.rows import tickets_table
from console.ui.search import ANYTHING
from console.ui.tables import Column, table
from queries.home import AGES, Backlog, Due, Pile, Revenue
from queries.recurring import minor_from_units
from queries.subscriptions import Subscription
from queries.tickets import Ticket


def quick_search() -> None:
    """The box of Customers, on the first screen: Enter goes there with what was typed."""

    def go() -> None:
        text = st.session_state.get("quick", "").strip()
        if text:
            st.session_state["search-typed"] = True
            st.switch_page(PAGES / "customers.py", query_params={"q": text})

    st.text_input(
        "Find a customer", key="quick", type="search", icon=":material/search:", on_change=go,
        placeholder=ANYTHING,
    )  # fmt: skip


def ticket_pile(title: str, pile: Pile[Ticket], *, key: str, empty: str) -> None:
    section(f"{title}: {words.count(pile.count)}")
    tickets_table(pile.first, key=key, empty=empty)


def subscription_pile(title: str, pile: Pile[Subscription], *, key: str, empty: str) -> None:
    section(f"{title}: {words.count(pile.count)}")
    table(
        [
            {
                "number": one.number,
                "customer": one.customer_number,
                "name": one.customer_name,
                "product": words.product(one),
                "status": one.status,
                "next": words.next_for(one),
                "card": words.payment_method(one),
            }
            for one in pile.first
        ],
        [
            Column("number", "Subscription", opens="subscription.py", width=95),
            Column("customer", "Customer", opens="customer.py", width=80),
            Column("name", "Name", width=120),
            Column("product", "Product", width=175),
            Column("status", "Status", "status", of="subscription", width=85),
            Column("next", "What comes next", width=380),
            Column("card", "Payment method", width=200),
        ],
        key=key,
        alt=title,
        empty=empty,
    )


def revenue_now(revenue: Sequence[Revenue], due: Sequence[Due]) -> None:
    """Per currency: MRR now and what renews within seven days. Currencies are never added up."""
    section("Revenue now, and renewals in the next 7 days")
    coming = {one.currency: one for one in due}
    table(
        [
            {
                "currency": one.currency,
                "mrr": money.in_words(minor_from_units(one.mrr_units), one.currency),
                "subscriptions": one.subscriptions,
                "due": coming[one.currency].count if one.currency in coming else 0,
                "amount": money.in_words(coming[one.currency].amount_minor, one.currency)
                if one.currency in coming
                else None,
                "ending": coming[one.currency].set_to_end if one.currency in coming else 0,
            }
            for one in revenue
        ],
        [
            Column("currency", "Currency", width=90),
            Column("mrr", "MRR now", "right"),
            Column("subscriptions", "Paying subscriptions", "count"),
            Column("due", "Renewals due", "count", help="In the next 7 days"),
            Column("amount", "Amount due", "right", help="Without tax"),
            Column("ending", "Of these set to end", "count"),
        ],
        key="revenue",
        alt="MRR and renewals due per currency",
        empty="Nobody pays yet.",
    )


def backlog(found: Backlog) -> None:
    """How many tickets are open, in which state, and how old they are."""
    section(f"Open tickets: {found.open:,}")
    between = (f"{low}–{high} days" for low, high in pairwise(AGES))
    edges = ["under 1 day", *between, f"{AGES[-1]}+ days"]
    with st.grid(7, min_column_width=110):
        figure("Unassigned", found.unassigned)
        for label, number in zip(edges, found.by_age, strict=True):
            figure(label.capitalize(), number)
