"""The form of a bulk action: the numbers, one preview of every effect, and what has to be typed to confirm.

The numbers stand in the address (?cancel=S-1,S-2). What is confirmed is what was shown: as soon as it would
be something else, the words have to be typed again. The run's id is minted with it: pressing twice is once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from console import clocks, money, words
from console.access import Actor
from console.actions import bulk
from console.actions.bulk import PERMISSIONS, REASONS, At, BulkPreview, Kind
from console.db import reading
from console.errors import ConsoleError
from console.screens import PAGES
from console.times import as_of
from console.ui import filters
from console.ui.acting import lines
from console.ui.bulk_tables import preview_table
from console.ui.layout import section
from console.ui.problems import problem
from console.ui.selection import clear_selection

_VERBS: dict[Kind, str] = {"cancel": "Cancel", "refund": "Refund what is left"}
_WHEN = {"period_end": "At the end of the period", "now": "At once"}
_ICONS: dict[Kind, str] = {"cancel": "event_busy", "refund": "undo"}


@dataclass(frozen=True)
class _Shown:
    """What somebody reads, and the id of the run they may make of it. `key`: of exactly these rows."""

    preview: BulkPreview
    bulk_id: str
    key: str


def bulk_form(actor: Actor) -> None:
    """The numbers' box, or the preview of those in the address, for who may do either."""
    may = [kind for kind, permission in PERMISSIONS.items() if actor.may(permission)]
    kind = next((kind for kind in PERMISSIONS if st.query_params.get(kind)), None)
    if kind is not None:
        _confirmation(actor, kind)
    elif may:
        _numbers_box(may)


def _numbers_box(may: Sequence[Kind]) -> None:
    section("New", "checklist")
    st.segmented_control(
        "What to do", may, default=may[0], format_func=_VERBS.__getitem__, key="bulk-kind", required=True
    )
    st.text_area(
        "Numbers, one on each line",
        key="bulk-numbers",
        height=160,
        help="Subscriptions. To refund, a subscription stands for its latest paid charge; charges do too.",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Show what will happen", icon=":material/preview:", type="primary", on_click=_into_address)
        st.page_link(PAGES / "subscriptions.py", label="Select from the list", icon=":material/list_alt:")
    said = st.session_state.pop("bulk-said", None)
    if said:
        st.text(said)


def _into_address() -> None:
    state = st.session_state
    numbers = bulk.numbers_in(state.get("bulk-numbers") or "")
    if numbers:
        st.query_params[state["bulk-kind"]] = ",".join(numbers)
    else:
        state["bulk-said"] = "No number is given. Write one on each line."


def _leave() -> None:
    for name in (*PERMISSIONS, "at"):
        st.query_params.pop(name, None)


def _other_numbers(actor: Actor, kind: Kind, text: str) -> None:
    """Back to the box, with what stands here in it."""

    def change() -> None:
        _leave()
        if actor.may(PERMISSIONS[kind]):
            st.session_state["bulk-kind"] = kind
        st.session_state["bulk-numbers"] = "\n".join(bulk.numbers_in(text))

    st.button("Other numbers", icon=":material/edit:", on_click=change)


def _confirmation(actor: Actor, kind: Kind) -> None:
    section(_VERBS[kind], _ICONS[kind])
    text, at = st.query_params[kind], _when(kind)
    try:
        shown = _shown(actor, kind, at, text)
    except ConsoleError as error:
        problem(error)
        _other_numbers(actor, kind, text)
        return
    _not_rows(shown.preview)
    preview_table(shown.preview)
    _totals(shown.preview)
    with st.container(horizontal=True, vertical_alignment="center"):
        _other_numbers(actor, kind, text)
        st.caption(as_of(shown.preview.asked_at))
    if shown.preview.possible:
        _confirm_form(actor, shown)
    else:
        st.text("None of these rows is possible, so there is nothing to confirm.")


def _when(kind: Kind) -> At:
    """When a cancellation takes effect; a refund has nothing to choose."""
    if kind == "refund":
        return "period_end"
    return "now" if filters.switch("When", _WHEN, key="at") == "now" else "period_end"


def _shown(actor: Actor, kind: Kind, at: At, text: str) -> _Shown:
    with reading() as data:
        preview = bulk.prepare(data, actor, kind, bulk.numbers_in(text), clocks.now(), at=at)
    key = preview.digest[:16]
    return _Shown(preview, st.session_state.setdefault(f"run-{key}", bulk.new_bulk_id()), key)


def _not_rows(preview: BulkPreview) -> None:
    """What was given and is no row: named, never dropped in silence."""
    given = (("Not known", preview.unknown), ("Given twice, done once", preview.repeated))
    if preview.unknown or preview.repeated:
        st.warning("**Not every number is a row**", icon=":material/help:")
        lines([(title, ", ".join(numbers)) for title, numbers in given if numbers])


def _totals(preview: BulkPreview) -> None:
    """What it comes to, per currency, and what is left out."""
    possible, left = len(preview.possible), len(preview.rows) - len(preview.possible)
    said = [("Will be done", preview.typed)] if possible else []
    for total in preview.totals:
        amounts = []
        if preview.kind == "refund":
            amounts.append(f"{money.in_words(total.refund_minor, total.currency)} goes back")
        else:
            mrr = money.in_words(total.mrr_delta_minor, total.currency)
            charges = money.in_words(total.next_charges_minor, total.currency)
            amounts.append(f"MRR {mrr} a month" if total.mrr_delta_minor else "MRR as now")
            amounts.append(f"{charges} of next charges without tax will not be charged")
        said.append((f"In {total.currency}", f"{words.plural(total.rows, 'row')}: {'; '.join(amounts)}"))
    if preview.second_person:
        said.append(("Second person", f"{words.plural(preview.second_person, 'row')} will wait for one"))
    if left:
        said.append(("Not possible", f"{words.plural(left, 'row')}, left as now"))
    lines(said)


def _confirm_form(actor: Actor, shown: _Shown) -> None:
    preview, key = shown.preview, f"bulk-{shown.preview.kind}"
    reasons = REASONS[preview.kind]
    section("Confirm", "check")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Reason",
            list(reasons),
            index=None,
            format_func=reasons.__getitem__,
            key=f"reason-{key}",
            placeholder="Choose why",
            persist_state="page",
            width=230,
        )
        st.checkbox(
            "Write to the customers, each in their language",
            value=True,
            key=f"tell-{key}",
            persist_state="page",
        )
    st.text_area(
        "Note for colleagues (optional)", key=f"note-{key}", max_chars=2000, height=68, persist_state="page"
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            f"To confirm, type: {preview.typed}", key=f"typed-{shown.key}", persist_state="page", width=320
        )
        st.button(
            preview.what.capitalize(),
            type="primary",
            icon=f":material/{_ICONS[preview.kind]}:",
            key=f"do-{key}",
            on_click=_confirm,
            args=(actor, shown),
        )
    error = st.session_state.get(f"error-{shown.key}")
    if isinstance(error, ConsoleError):
        problem(error)


def _confirm(actor: Actor, shown: _Shown) -> None:
    """The button's callback: one call with nothing of Streamlit inside it; then the run is on the screen."""
    state, key = st.session_state, f"bulk-{shown.preview.kind}"
    state.pop(f"error-{shown.key}", None)
    try:
        run = bulk.begin(
            actor,
            shown.preview,
            bulk_id=shown.bulk_id,
            typed=state.get(f"typed-{shown.key}") or "",
            reason=state.get(f"reason-{key}") or "",
            note=state.get(f"note-{key}") or "",
            tell_customer=state.get(f"tell-{key}", True),
        )
    except ConsoleError as error:
        state[f"error-{shown.key}"] = error
        return
    bulk.hand_over(run.id)
    for name in (f"run-{shown.key}", f"typed-{shown.key}", f"reason-{key}", f"note-{key}"):
        state.pop(name, None)
    clear_selection()
    _leave()
    st.query_params["bulk"] = run.id
