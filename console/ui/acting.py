"""The form of a verb: what it asks, what will happen, why, and the button that says what it does.

Which verb is open, and on what, stands in the address: ?act=refund&on=S-1001. The button's callback reads
the widgets and makes one call with nothing of Streamlit inside it; the operation's id was minted when the
form was first shown, so pressing twice is once.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import streamlit as st

from console import words
from console.access import Actor, Permission
from console.actions.done import Done
from console.actions.operations import new_operation_id
from console.db import Reading
from console.errors import ConsoleError, Refused, Unavailable
from console.ui.address import chosen
from console.ui.outcome import announce, outcome
from queries.subscriptions import Subscription

Line = tuple[str, str]


class Preview(Protocol):
    """What every verb's preview says of itself."""

    @property
    def lines(self) -> Sequence[Line]: ...
    @property
    def button(self) -> str: ...


# A verb with everything but who does it, why, and under which id.
Do = Callable[..., Done]


@dataclass(frozen=True)
class VerbForm:
    """One verb as a form. `ask` draws its own questions and answers the preview and the bound verb; it raises
    Refused while an answer is missing or wrong."""

    name: str  # in the address
    label: str
    icon: str
    permission: Permission
    reasons: dict[str, str]
    why_not: Callable[[Reading, Subscription], str | None]
    ask: Callable[[Reading, Actor, Subscription, str], tuple[Preview, Do]]
    tells_customer: bool = True


def open_form(name: str, number: str | None) -> None:
    """Put a verb into the address: what a button of a card does."""
    st.query_params["act"] = name
    st.session_state.pop(f"closed-{number}", None)
    if number is not None:
        st.query_params["on"] = number


def close_form() -> None:
    for name in ("act", "on"):
        st.query_params.pop(name, None)


def offered(
    forms: Iterable[VerbForm], data: Reading, actor: Actor, subscription: Subscription
) -> tuple[list[VerbForm], list[tuple[VerbForm, str]]]:
    """The verbs this person may use on it now, and those that are not possible, with why."""
    possible, impossible = [], []
    for form in forms:
        if not actor.may(form.permission):
            continue
        no = form.why_not(data, subscription)
        if no is None:
            possible.append(form)
        else:
            impossible.append((form, no))
    return possible, impossible


def verb_form(
    data: Reading, actor: Actor, form: VerbForm, subscription: Subscription, ticket: str | None
) -> None:
    """The form of one verb on one subscription."""
    key = f"{form.name}-{subscription.number}"
    try:
        preview, do = form.ask(data, actor, subscription, key)
    except Refused as why_not:
        st.caption("Not possible like this.")
        st.text(str(why_not))
        return
    lines(preview.lines)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Reason",
            list(form.reasons),
            index=None,
            format_func=form.reasons.__getitem__,
            key=f"reason-{key}",
            placeholder="Choose why",
            persist_state="page",  # kept also when a run cannot draw the form, because a database is away
            width=230,
        )
        if form.tells_customer and subscription.customer_email:
            st.checkbox(
                f"Write to the customer in {words.language(subscription.customer_locale or 'en')}",
                value=True,
                key=f"tell-{key}",
                persist_state="page",
            )
    st.text_area(
        "Note for colleagues (optional)", key=f"note-{key}", max_chars=2000, height=68, persist_state="page"
    )
    st.button(
        preview.button,
        type="primary",
        icon=f":material/{form.icon}:",
        key=f"do-{key}",
        on_click=_confirm,
        args=(actor, _Pressed(key, subscription.number, do, _operation(key), ticket)),
    )


def lines(said: Sequence[Line]) -> None:
    """What will happen, label and plain text, without what stands above the form anyway."""
    with st.container(gap="xsmall"):
        for label, text in said:
            if label in {"Subscription", "Customer", "Product", "Price", "Charge"}:
                continue
            name, value = st.columns([1, 3], gap="small", wrap=False)
            name.caption(label)
            value.text(words.visible(text))


def _operation(key: str) -> str:
    """The id of what this form asks for: minted when it is first shown, so that pressing twice is once."""
    id: str = st.session_state.setdefault(f"operation-{key}", new_operation_id())
    return id


@dataclass(frozen=True)
class _Pressed:
    """What a form is about, as it was shown: the button's callback gets nothing else."""

    key: str
    number: str
    do: Do
    operation_id: str
    ticket_number: str | None


def _confirm(actor: Actor, pressed: _Pressed) -> None:
    """The button's callback: reads the widgets, then one call with nothing of Streamlit inside it."""
    state, key = st.session_state, pressed.key
    typed: dict[str, Any] = {
        "operation_id": pressed.operation_id,
        "reason": state.get(f"reason-{key}") or "",
        "note": state.get(f"note-{key}") or "",
        "ticket_number": pressed.ticket_number,
        "tell_customer": state.get(f"tell-{key}", False),
    }
    result: Done | ConsoleError
    try:
        result = pressed.do(actor, **typed)
    except ConsoleError as error:
        result = error
    state[f"outcome-{pressed.number}"] = result
    if not isinstance(result, Unavailable):  # what was decided is over: asking again is another operation
        state.pop(f"operation-{key}", None)
    if isinstance(result, Done):
        for name in ("reason", "note"):
            state.pop(f"{name}-{key}", None)
        close_form()
        state[f"closed-{pressed.number}"] = True
    announce(result)  # the last: drawing can be cut short by what arrives meanwhile


def act_panel(
    data: Reading,
    actor: Actor,
    forms: Sequence[VerbForm],
    found: Sequence[Subscription],
    *,
    ticket: str | None = None,
    default: str | None = None,
) -> None:
    """What was last done, and the form the address names, on one of these subscriptions."""
    for subscription in found:
        outcome(subscription.number, actor)
    on, name = chosen("on"), chosen("act") or default
    alone = found[0] if len(found) == 1 else None
    chosen_one = next((one for one in found if one.number == on), alone)
    may = [form.name for form in forms if actor.may(form.permission)]
    if default is not None and name == default and name not in may:
        name = next(iter(may), None)
    if alone is not None and chosen("act") is None and st.session_state.get(f"closed-{alone.number}"):
        name = name and ""  # what was asked for is done: nothing is open until something is chosen
    if chosen_one is not None and name is not None:
        _panel(data, actor, forms, chosen_one, name, ticket=ticket, closable=default is None)


def _panel(
    data: Reading,
    actor: Actor,
    forms: Sequence[VerbForm],
    subscription: Subscription,
    name: str,
    *,
    ticket: str | None,
    closable: bool,
) -> None:
    possible, impossible = offered(forms, data, actor, subscription)
    with st.container(border=True):
        _chooser(possible, name, subscription, closable=closable)
        for form in possible:
            if form.name == name:
                verb_form(data, actor, form, subscription, ticket)
        for form, no in impossible:
            if form.name == name:
                st.caption(f"{form.label}: not possible now.")
                st.text(no)
        _not_offered([(form, no) for form, no in impossible if form.name != name])


def _chooser(possible: Sequence[VerbForm], name: str, subscription: Subscription, *, closable: bool) -> None:
    """What can be done, the open one marked; where several things are at hand, of what."""
    labels = {form.name: f":material/{form.icon}: {form.label}" for form in possible}
    key = f"act-{subscription.number}-{subscription.version}-{name and 'open'}"

    def choose() -> None:
        picked = st.session_state.get(key)
        if picked:
            open_form(picked, subscription.number)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.pills(
            f"Act on {subscription.number}" if closable else "What to do",
            list(labels),
            format_func=labels.__getitem__,
            default=name if name in labels else None,
            key=key,
            on_change=choose,
            wrap=True,
        )
        if closable:
            st.space("stretch")
            st.button("Close", icon=":material/close:", type="tertiary", on_click=close_form)


def _not_offered(impossible: Sequence[tuple[VerbForm, str]]) -> None:
    if not impossible:
        return
    with st.expander("What is not possible now, and why", icon=":material/block:"):
        for form, no in impossible:
            st.caption(form.label)
            st.text(no)
