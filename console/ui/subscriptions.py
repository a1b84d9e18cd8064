"""Subscriptions as an agent reads them out, and the form that cancels one or takes that back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import streamlit as st

from console import clocks, times, words
from console.access import Actor, Permission
from console.actions import subscriptions as verbs
from console.actions import wording
from console.db import Reading
from console.errors import ConsoleError, Refused, Unavailable
from console.screens import PAGES
from console.ui import problems
from console.ui.layout import status_badge
from queries.subscriptions import Subscription


def subscription_cards(found: Sequence[Subscription], actor: Actor, *, ticket: str | None = None) -> None:
    """Each subscription in its own frame: what it is, what comes next, how it is paid, what can be done."""
    if not found:
        return
    with st.grid(2, min_column_width=380):
        for one in found:
            with st.container(border=True, gap="xxsmall", height="stretch"):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.text(words.product(one))
                    status_badge("subscription", one.status)
                    st.space("stretch")
                    _link(one, actor, ticket)
                st.text(words.next_for(one))
                st.text(" · ".join(filter(None, (one.number, words.payment_method(one), one.licence_key))))


def _link(one: Subscription, actor: Actor, ticket: str | None) -> None:
    where = {"subscription": one.number} | ({"ticket": ticket} if ticket else {})
    if not actor.may(Permission.CANCEL_SUBSCRIPTION) or not one.live:
        label, icon = "Open", ":material/chevron_right:"
    elif one.cancel_at_period_end:
        label, icon = "Undo cancel…", ":material/undo:"
    else:
        label, icon = "Cancel…", ":material/event_busy:"
    st.page_link(PAGES / "subscription.py", label=label, icon=icon, query_params=where)


def cancel_panel(data: Reading, actor: Actor, subscription: Subscription, *, ticket: str | None) -> None:
    """Cancel, or take a cancellation back: what it will do, why, and the button that says so."""
    _outcome(subscription.number)
    if not actor.may(Permission.CANCEL_SUBSCRIPTION):
        st.caption("Cancelling needs the permission `subscription:cancel`, which your role does not have.")
        return
    now = clocks.now()
    if subscription.cancel_at_period_end or not subscription.live:
        _undo_form(data, actor, subscription, now, ticket)
    if subscription.live:
        _cancel_form(data, actor, subscription, now, ticket)


def _cancel_form(
    data: Reading, actor: Actor, subscription: Subscription, now: datetime, ticket: str | None
) -> None:
    number = subscription.number
    options = verbs.cancel_options(subscription, now)
    possible = {option.label: option.at for option in options if option.possible}
    for option in options:
        if option.why_not and not subscription.cancel_at_period_end:
            st.caption(f"{option.label}: not possible.")
            st.text(option.why_not)
    if not possible:
        return
    title = "End it now instead" if subscription.cancel_at_period_end else "Cancel this subscription"
    with st.expander(title, expanded=not subscription.cancel_at_period_end, icon=":material/event_busy:"):
        # The key has the version: what was chosen for an earlier state is never the choice for this one.
        label = st.segmented_control(
            "When",
            list(possible),
            default=next(iter(possible)),
            required=True,
            key=f"when-{number}-{subscription.version}",
        )
        at = possible.get(label or "", next(iter(possible.values())))
        preview = verbs.preview_cancel(data, actor, number, at, now=now)
        _preview(wording.cancel_words(preview))
        _reason_and_note(verbs.REASONS, f"cancel-{number}")
        when = (
            "now"
            if at == "now"
            else f"on {times.day_of(preview.ends_at, clocks.zone(subscription.customer_time_zone))}"
        )
        what = "trial" if preview.trial else "subscription"
        st.button(
            f"Cancel the {what} {when}",
            type="primary",
            icon=":material/event_busy:",
            key=f"do-cancel-{number}",
            on_click=_confirm,
            args=(actor, _Form("cancel", number, at, preview.expected, _operation("cancel", number), ticket)),
        )


def _undo_form(
    data: Reading, actor: Actor, subscription: Subscription, now: datetime, ticket: str | None
) -> None:
    number = subscription.number
    try:
        preview = verbs.preview_undo(data, actor, number, now=now)
    except Refused as why_not:
        st.caption("The cancellation cannot be taken back.")
        st.text(str(why_not))
        return
    with st.container(border=True):
        st.markdown("**Take the cancellation back**")
        _preview(wording.undo_words(preview))
        _reason_and_note(verbs.UNDO_REASONS, f"undo-{number}")
        st.button(
            "Undo the cancellation",
            type="primary",
            icon=":material/undo:",
            key=f"do-undo-{number}",
            on_click=_confirm,
            args=(actor, _Form("undo", number, "now", preview.expected, _operation("undo", number), ticket)),
        )


def _preview(lines: list[tuple[str, str]]) -> None:
    """What will happen, label and plain text, without what stands above the form anyway."""
    with st.container(gap="xsmall"):
        for label, text in lines:
            if label in {"Subscription", "Customer", "Product", "Price"}:
                continue
            name, value = st.columns([1, 3], gap="small", wrap=False)
            name.caption(label)
            value.text(text)


def _reason_and_note(reasons: dict[str, str], key: str) -> None:
    st.selectbox(
        "Reason",
        list(reasons),
        index=None,
        format_func=reasons.__getitem__,
        key=f"reason-{key}",
        placeholder="Choose why",
        persist_state="page",  # kept also when a run cannot draw the form, because a database is away
    )
    st.text_area(
        "Note for colleagues (optional)", key=f"note-{key}", max_chars=2000, height=80, persist_state="page"
    )


def _operation(verb: str, number: str) -> str:
    """The id of what this form asks for: minted when it is first shown, so that pressing twice is once."""
    id: str = st.session_state.setdefault(f"operation-{verb}-{number}", verbs.new_operation_id())
    return id


@dataclass(frozen=True)
class _Form:
    """What a form is about, as it was shown: the button's callback gets nothing else."""

    verb: str  # cancel | undo
    number: str
    at: verbs.When
    expected: verbs.Expected
    operation_id: str
    ticket_number: str | None


def _confirm(actor: Actor, form: _Form) -> None:
    """The button's callback: reads the widgets, then one call with nothing of Streamlit inside it."""
    state, key = st.session_state, f"{form.verb}-{form.number}"
    reason, note = state.get(f"reason-{key}") or "", state.get(f"note-{key}") or ""
    result: verbs.Done | ConsoleError
    try:
        result = _act(actor, form, reason, note)
    except ConsoleError as error:
        result = error
    state[f"outcome-{form.number}"] = result
    if not isinstance(result, Unavailable):  # what was decided is over: asking again is another operation
        state.pop(f"operation-{key}", None)
    if isinstance(result, verbs.Done):
        state.pop(f"reason-{key}", None)
        state.pop(f"note-{key}", None)


def _act(actor: Actor, form: _Form, reason: str, note: str) -> verbs.Done:
    common: dict[str, Any] = {
        "operation_id": form.operation_id,
        "reason": reason,
        "note": note,
        "expected": form.expected,
        "ticket_number": form.ticket_number,
    }
    if form.verb == "undo":
        return verbs.undo_cancel(actor, form.number, **common)
    return verbs.cancel_subscription(actor, form.number, at=form.at, **common)


def _outcome(number: str) -> None:
    """What came of the last press, until the next one."""
    result = st.session_state.get(f"outcome-{number}")
    if isinstance(result, ConsoleError):
        problems.problem(result)
    elif isinstance(result, verbs.Done):
        draw, icon = (
            (st.info, ":material/info:") if result.already else (st.success, ":material/check_circle:")
        )
        draw("**Already done**" if result.already else "**Done**", icon=icon)
        st.text(result.sentence)
