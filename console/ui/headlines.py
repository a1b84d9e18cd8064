"""The headline figures of a report, of which days and as of when; or one sentence that there is nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from console import exchange, money, times
from console.db import Reading
from console.errors import Refused
from console.exchange import Part, Total
from console.reporting import in_words
from console.ui import compared as comparing
from console.ui.layout import figure
from console.ui.reports import counts_something
from console.ui.tables import Column, table
from queries.reports import Figure, Report
from queries.sample_company import has_customers

TILE = 196  # pixels: the longest label and its help fit; as many tiles in a line as have that much
MOST_IN_A_LINE = 5
NAMED = 3  # so many currencies without a rate fit a tile by name


def report_figures(
    report: Report, *, only: Sequence[str] = (), leave_out: Sequence[str] = (), first: Sequence[str] = ()
) -> None:
    """Totals in the reporting currency, counts and rates as tiles, those of `first` first; what has a
    currency as one line for each currency."""
    shown = [one for one in report.figures if one.name not in leave_out and (not only or one.name in only)]
    shown.sort(key=lambda one: first.index(one.name) if one.name in first else len(first))
    totals = _totals(report)
    _tiles([one for one in shown if one.currency is None], totals)
    st.caption("  \n".join(filter(None, (comparing.of_days(report), comparing.compared_with(report)))))
    per_currency = [one for one in shown if one.currency is not None]
    if per_currency:
        _currency_table(per_currency, report.name)
    if totals:
        _rates(totals, report.name)


def _tiles(plain: Sequence[Figure], totals: Sequence[Total]) -> None:
    number = len(plain) + len(totals)
    if not number:
        return
    columns = max(4, number) if number <= MOST_IN_A_LINE else (number + 1) // 2
    with st.grid(columns, min_column_width=TILE):
        for total in totals:
            figure(
                f"{total.label} in {total.currency}",
                money.in_words(total.minor, total.currency),
                help="All currencies that have a rate, together. The rates are below.",
                note=_lacks(total),
            )
        for one in plain:
            figure(one.label, in_words(one), help=comparing.help_of(one), note=comparing.change(one))


def _currency_table(found: list[Figure], key: str) -> None:
    names = list(dict.fromkeys(one.name for one in found))
    labels = {one.name: (one.label, one.help or None) for one in found}
    rows = comparing.per_currency(found)
    _amounts([row for row in rows if row["when"] == comparing.NOW], names, labels, key)
    if any(row["when"] != comparing.NOW for row in rows):
        with st.expander("Beside earlier periods", icon=":material/compare_arrows:"):
            _amounts(rows, names, labels, f"{key}-earlier")


def _amounts(
    rows: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    labels: Mapping[str, tuple[str, str | None]],
    key: str,
) -> None:
    """A row for each currency, or several where periods are compared."""
    compared = len({row["when"] for row in rows}) > 1
    table(
        [dict.fromkeys(names) | dict(row) for row in rows],
        [
            Column("currency", "Currency", width=90),
            *([Column("when", "Period", width=130)] if compared else []),
            *(Column(name, labels[name][0], "right", help=labels[name][1]) for name in names),
        ],
        key=f"{key}-currencies",
        alt="Headline amounts per currency",
        empty="",
        height="content",
    )


def _totals(report: Report) -> list[Total]:
    """The figures that exist in several currencies, together in the reporting currency. None without rates in
    the settings; why not, where these cannot be used."""
    try:
        return exchange.totals(report)
    except Refused as error:
        st.warning(
            f"There is no total in the reporting currency. {error}", icon=":material/currency_exchange:"
        )
        return []


def _lacks(one: Total) -> str | None:
    codes = [currency for _, currency in one.lacking]
    if len(codes) > NAMED:
        return f"Without {len(codes)} currencies"
    return f"Without {', '.join(codes)}" if codes else None


def _rates(totals: Sequence[Total], key: str) -> None:
    to = totals[0].currency
    with st.expander(f"The rates of the totals in {to}", icon=":material/currency_exchange:"):
        for place, one in enumerate(totals):
            _parts_table(one, f"{key}-rates-{place}")
        if totals[0].source:
            st.caption("What the file of rates says of itself:")
            st.text(totals[0].source)


def _parts_table(one: Total, key: str) -> None:
    """Amount, rate, day of the rate and part of the total; an amount without a rate has none of these."""
    rows = [_part(part, one.currency) for part in one.parts]
    nothing = {"rate": "No rate", "day": "", "part": ""}
    rows += [
        {"currency": currency, "amount": money.in_words(minor, currency)} | nothing
        for minor, currency in one.lacking
    ]
    table(
        rows,
        [
            Column("currency", "Currency", width=90),
            Column("amount", one.label, "right"),
            Column("rate", f"Rate to {one.currency}", "right"),
            Column("day", "Day of the rate", width=120),
            Column("part", f"In {one.currency}", "right"),
        ],
        key=key,
        alt=f"{one.label}: the rate of each currency and its part of the total",
        empty="",
        height="content",
    )


def _part(part: Part, to: str) -> dict[str, str]:
    rate = part.rate
    return {
        "currency": part.currency,
        "amount": money.in_words(part.minor, part.currency),
        "rate": f"{rate.rate.normalize():f}" if rate else "1",
        "day": times.day(rate.day) if rate else "",
        "part": money.in_words(part.to_minor, to),
    }


def nothing_to_report(data: Reading, report: Report) -> bool:
    """Whether there is nothing to report, nor was in the periods it is compared with: one sentence says so,
    instead of tiles, charts and tables of nothing."""
    if _says_something(report):
        return False
    if has_customers(data.subscriptions):
        st.info("There is nothing to report for these days. Choose others.", icon=":material/event_busy:")
    else:
        st.info("There is no data yet. `console load` brings it in.", icon=":material/inbox:")
    st.caption(comparing.of_days(report))
    return True


def _says_something(report: Report) -> bool:
    return (
        any(one.value or one.previous or one.last_year for one in report.figures)
        or counts_something(report)
        or not all(check.holds for check in report.checks)
    )
