"""Subscriptions as an agent reads them out, each with what can be done about it."""

from collections.abc import Sequence

import streamlit as st

from console import words
from console.access import Actor
from console.screens import PAGES
from console.ui.acting import VerbForm, open_form
from console.ui.layout import status_badge
from queries.subscriptions import Subscription


def subscription_cards(
    found: Sequence[Subscription], actor: Actor, forms: Sequence[VerbForm], *, ticket: str | None = None
) -> None:
    """Each subscription in its own frame: what it is, what comes next, how it is paid, what can be done.
    Acting opens the form on the same page: see `acting.act_panel`."""
    if not found:
        return
    with st.grid(2, min_column_width=380):
        for one in found:
            with st.container(border=True, gap="xxsmall", height="stretch"):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.text(words.product(one))
                    status_badge("subscription", one.status)
                    st.space("stretch")
                    _open(one, ticket)
                st.text(words.next_for(one))
                known = (one.number, words.payment_method(one), words.masked(one.licence_key))
                st.text(" · ".join(filter(None, known)))
                _acts(one, actor, forms)


def _open(one: Subscription, ticket: str | None) -> None:
    where = {"subscription": one.number} | ({"ticket": ticket} if ticket else {})
    st.page_link(PAGES / "subscription.py", label="Open", icon=":material/chevron_right:", query_params=where)


def _acts(one: Subscription, actor: Actor, forms: Sequence[VerbForm]) -> None:
    """What agents do most with one press; the rest in a menu. What is not possible says so in the form."""
    may = {form.name: form for form in forms if actor.may(form.permission)}
    first = "undo" if one.set_to_end or not one.live else "cancel"
    shown = [may[name] for name in (first, "refund") if name in may]
    rest = [form for name, form in may.items() if form not in shown and name not in {"undo", "cancel"}]
    with st.container(horizontal=True, vertical_alignment="center"):
        for form in shown:
            st.button(
                f"{form.label}…",
                icon=f":material/{form.icon}:",
                key=f"{form.name}-of-{one.number}",
                on_click=open_form,
                args=(form.name, one.number),
            )
        if rest:
            _menu(one, rest)


def _menu(one: Subscription, rest: Sequence[VerbForm]) -> None:
    labels = {form.name: f":material/{form.icon}: {form.label}…" for form in rest}
    key = f"more-of-{one.number}"

    def choose() -> None:
        picked = st.session_state.get(key)
        if picked:
            open_form(picked, one.number)

    st.menu_button("More", list(labels), format_func=labels.__getitem__, key=key, on_click=choose)
