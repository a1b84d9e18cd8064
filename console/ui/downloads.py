"""Files of the reports: each is made only when somebody takes it, and written down before it leaves."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

import streamlit as st

from console import clocks, exports, packs, times
from console.access import Actor, Permission
from console.actions.exports import record_export
from console.db import reading
from console.reporting import answered, filters
from console.ui.layout import section
from queries.periods import first_of_month
from queries.reports import Params, Report

FORMS = ("csv", "xlsx")
PACK_MONTHS = 25  # the running month and the two years before it


def downloads(report: Report, actor: Actor, rows: Params | None) -> None:
    """The table as CSV and XLSX; and, by the question `rows`, every row that is listed."""
    with st.container(horizontal=True):
        for form in FORMS:
            name = exports.file_name(report, form)
            _button(f"Table as {form.upper()}", name, form, partial(_file, actor, report, form))
        if rows is None:
            return
        for form in FORMS:
            name = exports.file_name(report, form, rows=True)
            made = partial(_file_of_rows, actor, report.name, rows, form)
            _button(f"Rows as {form.upper()}", name, form, made)


def _button(label: str, name: str, form: str, made: Callable[[], bytes]) -> None:
    """It does not run the page again: while a page runs, Streamlit silently drops the press of a button whose
    file is still to be made, so that a second file taken at once would never come."""
    st.download_button(
        label, made, name, exports.MEDIA_TYPES[form], icon=":material/download:", key=f"download-{name}",
        on_click="ignore",
    )  # fmt: skip


def _file(actor: Actor, report: Report, form: str, filtered: Sequence[str] = ()) -> bytes:
    asked = {"by": report.by, "as_of": report.as_of.isoformat()}
    asked |= {"filters": "; ".join(filtered)} if filtered else {}
    record_export(actor, report.name, form, asked, len(report.rows))
    return exports.content(report, form, filters=filtered)


def _file_of_rows(actor: Actor, name: str, params: Params, form: str) -> bytes:
    with reading(replica=True) as data:
        return _file(actor, answered(data, name, params), form, filters(params))


def finance_pack(actor: Actor) -> None:
    """Every report of a month in one workbook, for those who may take reports out."""
    if not actor.may(Permission.EXPORT_REPORTS):
        return
    section("Finance pack")
    running = clocks.today().replace(day=1)
    firsts = [first_of_month(running, -back) for back in range(PACK_MONTHS)]
    months = {times.month(first): first for first in firsts}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        named = st.selectbox("Month", list(months), index=1, key="pack", bind="query-params", width=190)
        first = months.get(named, firsts[1])
        _button("Finance pack as XLSX", packs.file_name(first), "xlsx", partial(_pack, actor, first))
    st.caption("Every report of the month as of its end, of the running month as of now, in one workbook.")


def _pack(actor: Actor, first: date) -> bytes:
    with reading(replica=True) as data:
        made = packs.pack(data, first)
    asked = {"month": f"{first:%Y-%m}", "as_of": made.reports[0].as_of.isoformat()}
    record_export(actor, "finance_pack", "xlsx", asked, made.rows)
    return packs.content(made)
