"""The renewal rates that groups of subscriptions have shown: counted now, or as the rollup has them."""

from datetime import datetime

from sqlalchemy import Connection, Float, cast, func, select

from queries.periods import Window, first_of_month
from queries.renewal_rates import Group, Rate, group
from queries.reports._due import KEPT, LOST, due
from queries.reports.report import Connections, Params
from queries.reports.sql import described, sum_if
from queries.rollups.rates import stored_rates
from queries.tables_subscriptions import products, subscriptions


def observed(connections: Connections, params: Params) -> tuple[dict[Group, Rate], datetime | None]:
    """The rates, and when the rollup counted them; None: just now."""
    if params.live:
        kept = stored_rates(connections.state)
        if kept is not None and kept.fits(params.as_of, params.zone):
            return kept.rates, kept.counted_at
    return observed_rates(connections.subscriptions, params), None


def observed_rates(connection: Connection, params: Params) -> dict[Group, Rate]:
    """The renewals decided in the twelve full months before the as-of instant, by group."""
    months = Window(first_of_month(params.today, -12), first_of_month(params.today), params.zone)
    source = due(params, months)
    d, s = source.c, subscriptions.c
    amount = cast(d.amount, Float)  # a sum of squared minor units would not fit a whole number
    keys = (d.currency, products.c.name, s.interval, s.interval_count)
    statement = (
        select(
            *keys,
            func.count(),
            sum_if(d.amount, d.outcome.in_(KEPT)),
            func.sum(d.amount),
            func.sum(amount * amount),
        )
        .select_from(described(source))
        .where(d.outcome.in_((*KEPT, *LOST)))
        .group_by(*keys)
    )
    return {
        group(*row[:4]): Rate(int(row[4]), int(row[5]), int(row[6]), float(row[7]))
        for row in connection.execute(statement)
    }
