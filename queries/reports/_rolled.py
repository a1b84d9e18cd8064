"""MRR by month from its rollup: the same figures as from the events, where the rollup can answer."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func

from queries.movements import BEFORE, MOVEMENTS, Month, Standing, Told, standings
from queries.periods import Window
from queries.reports._covered import covered
from queries.reports._rows_or_days import Rows, counted
from queries.reports._worth import ending
from queries.reports.report import Connections, Params
from queries.rollups.cells import Cells
from queries.rollups.days import SET_TO_END
from queries.rollups.mrr_months import by_currency
from queries.rollups.stored import up_to_now
from queries.tables_rollups import ANY


@dataclass(frozen=True)
class Rolled:
    """`totals` as mrr._measures has them for each currency; `customers` have MRR in any, each once."""

    months: list[Standing]
    totals: list[dict[str, Any]]
    customers: int


def rolled(connections: Connections, window: Window, params: Params) -> Rolled | None:
    """Whole months up to now or to the end of a month; None for anything else, or if the rollup is not
    there."""
    if not covered(connections.subscriptions, window, params):
        return None
    cells = up_to_now(connections.subscriptions, connections.state, params.zone, params.as_of)
    if cells is None:
        return None
    whole = by_currency(cells, window.end)
    customers = whole.pop(ANY, Counter())["customers"]
    set_to_end = _set_to_end(connections, params) if params.live else None
    totals = [
        {
            "currency": currency,
            "units": sum(measures[name] for name in MOVEMENTS),
            "set_to_end_units": measures["set_to_end"] if set_to_end is None else set_to_end[currency],
            "subscriptions": measures["subscriptions"],
            "customers": measures["customers"],
        }
        for currency, measures in sorted(whole.items())
    ]
    return Rolled(
        standings(window, _told(cells, window)),
        [total for total in totals if total["subscriptions"] or total["units"]],  # somebody has a worth
        customers,
    )


def _told(cells: Cells, window: Window) -> Told:
    numbers = {span.first: number for number, span in enumerate(window.months, start=BEFORE + 1)}
    told: Told = defaultdict(Month)
    for (_, month, currency), measures in cells.items():
        if currency != ANY and month < window.end and any(measures[name] for name in MOVEMENTS):
            into = told[currency, numbers.get(month, BEFORE)]
            into.joined += measures["joined"]
            into.lost += measures["lost"]
            for name in MOVEMENTS:
                into.movements[name] += measures[name]
    return told


def _set_to_end(connections: Connections, params: Params) -> Counter[str]:
    """What the subscriptions that are set to end now are worth, by currency."""
    rows = Rows(connections.subscriptions, ending(params).subquery("ending"), None)
    found = counted(connections, params, rows, (SET_TO_END,), lambda _cells: {})
    table = found.breakdown("currency", lambda e: {"units": func.sum(e.amount)})
    return Counter({row["currency"]: row["units"] for row in table})
