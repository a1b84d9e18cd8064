"""Reports, and what they are made of."""

from collections import Counter, defaultdict
from datetime import date, datetime
from fractions import Fraction
from types import SimpleNamespace

from sqlalchemy import Column, MetaData, func, select

from queries import (
    columns,
    keeping,
    movements,
    paging,
    parts,
    periods,
    recurring,
    renewal_rates,
    reports,
)
from queries.reports import endings, report, sql
from queries.reports.cancellation_tickets import cancellation_tickets
from queries.reports.cancellations import cancellations
from queries.reports.compare import compared, earlier
from queries.reports.disputes import disputes
from queries.reports.dunning import dunning
from queries.reports.forecast import forecast
from queries.reports.mrr import mrr
from queries.reports.narrowing import narrowed
from queries.reports.observed import observed, observed_rates
from queries.reports.other_rules import OtherRule, other_rule
from queries.reports.receivables import receivables
from queries.reports.refunds import refunds
from queries.reports.renewals import renewals
from queries.reports.retention import retention
from queries.reports.trial_cohorts import trial_cohorts
from queries.reports.trials import trials
from queries.rollups import cells, changes, counted, mrr_months, news, rates, stored
from queries.rollups import retention as retention_cells
from queries.tables_rollups import rollup_mrr_months
from queries.tables_subscriptions import charges
from tests.queries.every_query.there import (
    CUSTOMERS,
    LONG_AGO,
    PAST,
    PERIOD,
    STARTED,
    SUBSCRIPTIONS,
    ZONE,
    Rows,
    starts,
)

CHANGE = changes.Change(1, "EUR", LONG_AGO, 1, 1, 5, "started")


def told() -> movements.Told:
    found: movements.Told = defaultdict(movements.Month)
    movements.tell(found, "EUR", [(1, "EUR", 1, 5)])
    return found


ROWS: Rows = {
    "columns.id_column": (lambda s: columns.id_column(), Column),
    "columns.number_column": (lambda s: columns.number_column(), Column),
    "columns.currency_column": (lambda s: columns.currency_column(), Column),
    "columns.new_metadata": (lambda s: columns.new_metadata(), MetaData),
    "movements.standings": (lambda s: movements.standings(PERIOD, told()), [movements.Standing]),
    "movements.tell": (lambda s: list(told().values()), [movements.Month]),
    "paging.askable": (lambda s: paging.askable(" x\0"), str),
    "paging.rows_of": (
        lambda s: paging.rows_of(s.subs, select(CUSTOMERS.c.id).limit(2), SimpleNamespace),
        [SimpleNamespace],
    ),
    "paging.one_of": (
        lambda s: paging.one_of(s.subs, select(CUSTOMERS.c.id), SimpleNamespace),
        SimpleNamespace,
    ),
    "paging.page_of": (
        lambda s: paging.page_of(
            s.subs,
            select(CUSTOMERS.c.id, CUSTOMERS.c.created_at),
            SimpleNamespace,
            at=CUSTOMERS.c.created_at,
            id=CUSTOMERS.c.id,
            before=paging.Cursor(s.now, 1),
            limit=2,
        ),
        [SimpleNamespace],
    ),
    "paging.capped_count": (lambda s: paging.capped_count(s.subs, select(CUSTOMERS.c.id)), int),
    "parts.allotted": (lambda s: parts.allotted([Fraction(1, 2), Fraction(1, 2)], 1), [int]),
    "parts.rounded_parts": (lambda s: parts.rounded_parts([recurring.UNITS_PER_MINOR, 1]), [int]),
    "periods.start_of": (lambda s: periods.start_of(PERIOD.first, ZONE), datetime),
    "periods.first_of_month": (lambda s: periods.first_of_month(PERIOD.first, 1), date),
    "recurring.monthly_units": (lambda s: recurring.monthly_units(12_000, "year", 1), int),
    "recurring.minor_from_units": (lambda s: recurring.minor_from_units(recurring.UNITS_PER_MINOR), int),
    "reports.run": (lambda s: reports.run("mrr", s.data, s.params()), reports.Report),
    "reports.cancellation_tickets.cancellation_tickets": (
        lambda s: cancellation_tickets(s.data, s.params(by="month")),
        [tuple],
    ),
    "reports.cancellations.cancellations": (
        lambda s: cancellations(s.data, s.params(by="month")),
        [tuple],
    ),
    "reports.compare.compared": (
        lambda s: compared(s.data, s.params(), reports.run("refunds", s.data, s.params())),
        reports.Report,
    ),
    "reports.compare.earlier": (lambda s: list(earlier(PERIOD)), [periods.Window]),
    "reports.narrowing.narrowed": (
        lambda s: narrowed(s.params(rows=True, by="month", key="2026-03-01")),
        reports.Params,
    ),
    "reports.disputes.disputes": (lambda s: disputes(s.data, s.params(by="month")), [tuple]),
    "reports.dunning.dunning": (lambda s: dunning(s.data, s.params(rows=True)), [tuple]),
    "reports.endings.how_it_ended": (
        lambda s: s.value(endings.how_it_ended(SUBSCRIPTIONS.c.id, SUBSCRIPTIONS.c.ended_at)),
        str,
    ),
    "reports.forecast.forecast": (lambda s: forecast(s.data, s.params(by="day")), [tuple]),
    "reports.mrr.mrr": (lambda s: mrr(s.data, s.params(by="month")), [tuple]),
    "reports.other_rules.other_rule": (lambda s: other_rule(s.data, s.params(), "request"), OtherRule),
    "reports.receivables.receivables": (lambda s: receivables(s.data, s.params(by="currency")), [tuple]),
    "reports.refunds.refunds": (lambda s: refunds(s.data, s.params(by="month")), [tuple]),
    "reports.renewals.renewals": (lambda s: renewals(s.data, s.params(by="day")), [tuple]),
    "reports.report.share": (lambda s: report.share(1, 2), float),
    "reports.report.per_currency": (
        lambda s: report.per_currency([{"currency": "EUR", "paid": 1}], "Paid", "paid", "money"),
        [report.Figure],
    ),
    "reports.report.by_title": (lambda s: report.by_title("month"), report.Column),
    "reports.retention.retention": (lambda s: retention(s.data, s.params(by="month")), [tuple]),
    "reports.sql.moment": (lambda s: s.value(sql.moment(s.now)), datetime),
    "reports.sql.within": (lambda s: s.value(sql.within(STARTED, LONG_AGO, s.now)), bool),
    "reports.sql.key_of": (lambda s: s.value(sql.key_of(STARTED.table, "currency", None)), str),
    "reports.sql.bucket": (lambda s: s.value(sql.bucket(STARTED, [LONG_AGO, s.now])), int),
    "reports.sql.month_number": (lambda s: s.value(sql.month_number(STARTED, LONG_AGO, s.now)), int),
    "reports.sql.count_if": (lambda s: s.value(sql.count_if(PAST)), int),
    "reports.sql.sum_if": (
        lambda s: int(s.value(sql.sum_if(SUBSCRIPTIONS.c.quantity, PAST))),
        int,
    ),
    "reports.sql.latest_kind": (
        lambda s: s.value(sql.latest_kind(SUBSCRIPTIONS.c.id, ("ended",), sql.moment(s.now))),
        str,
    ),
    "reports.sql.described": (
        lambda s: s.subs.scalar(select(func.count()).select_from(sql.described(starts()))),
        int,
    ),
    "reports.sql.breakdown": (
        lambda s: sql.breakdown(s.subs, starts(), "product", None, lambda c: {"n": func.count(c.ref)}),
        [dict],
    ),
    "reports.sql.listing": (
        lambda s: sql.listing(s.subs, starts(), {"number": SUBSCRIPTIONS.c.number}, s.params(limit=2))[0],
        [tuple],
    ),
    "keeping.take_customer": (lambda s: keeping.take_customer(Counter(), 0, 5), type(None)),
    "keeping.take_subscription": (lambda s: keeping.take_subscription(Counter(), 0, 5), type(None)),
    "renewal_rates.group": (lambda s: renewal_rates.group("EUR", None, "month", 1), tuple),
    "renewal_rates.rate_of": (
        lambda s: renewal_rates.rate_of(("EUR", None, "month"), {}),
        renewal_rates.Rate,
    ),
    "renewal_rates.score_interval": (lambda s: renewal_rates.score_interval(0.5, 10), tuple),
    "reports.observed.observed": (lambda s: list(observed(s.data, s.params())[0]), [tuple]),
    "reports.observed.observed_rates": (lambda s: list(observed_rates(s.subs, s.params())), [tuple]),
    "rollups.rates.stored_rates": (lambda s: rates.stored_rates(s.state), rates.StoredRates),
    "reports.sql.not_paid": (
        lambda s: s.subs.scalars(select(charges.c.id).where(sql.not_paid(charges.c)).limit(2)).all(),
        [int],
    ),
    "reports.sql.mark": (lambda s: sql.mark((s.now, 1)), str),
    "reports.trial_cohorts.trial_cohorts": (lambda s: trial_cohorts(s.data, s.params(by="month")), [tuple]),
    "rollups.cells.add": (lambda s: cells.add({}, s.kept), type(None)),
    "rollups.cells.difference": (lambda s: list(cells.difference(s.kept, {})), [tuple]),
    "rollups.cells.measures": (lambda s: cells.measures(rollup_mrr_months), [str]),
    "rollups.changes.changes": (lambda s: list(changes.changes(s.subs)), [changes.Change]),
    "rollups.changes.months_of": (lambda s: s.month_of(s.now), date),
    "rollups.counted.cells": (lambda s: list(counted.cells([CHANGE], s.month_of)), [tuple]),
    "rollups.counted.count": (lambda s: list(counted.count(s.subs, ZONE, s.mark.seen)), [tuple]),
    "rollups.mrr_months.by_currency": (
        lambda s: list(mrr_months.by_currency(stored.rows(s.state, rollup_mrr_months))),
        [str],
    ),
    "rollups.mrr_months.count_there": (
        lambda s: mrr_months.count_there(defaultdict(Counter), [(s.month_of(CHANGE.at), CHANGE)]),
        type(None),
    ),
    "rollups.mrr_months.put_movements": (
        lambda s: mrr_months.put_movements(defaultdict(Counter), told()),
        type(None),
    ),
    "rollups.news.everything": (lambda s: news.everything(s.subs, s.now), news.Seen),
    "rollups.news.news": (lambda s: news.news(s.subs, s.mark.seen, s.now, most=10_000), news.News),
    "rollups.news.without": (lambda s: news.without(news.Hole(1, 2, 9, s.now), [1]), [news.Hole]),
    "rollups.retention.count_retention": (
        lambda s: retention_cells.count_retention(
            defaultdict(Counter), "EUR", [(s.month_of(CHANGE.at), CHANGE)], [(s.month_of(CHANGE.at), 5)]
        ),
        type(None),
    ),
    "rollups.stored.added": (
        lambda s: list(stored.added(s.subs, s.nothing_counted(), s.all_news())),
        [tuple],
    ),
    "rollups.stored.beside": (
        lambda s: stored.beside(s.subs, s.state, ZONE, s.now, most=10_000),
        dict,
    ),
    "rollups.stored.counted_anew": (
        lambda s: list(stored.counted_anew(s.subs, ZONE, s.mark.seen)),
        [tuple],
    ),
    "rollups.stored.kept": (lambda s: list(s.kept), [tuple]),
    "rollups.stored.next_customers": (lambda s: stored.next_customers(s.subs, 0, 2), [int]),
    "rollups.stored.of_customers": (lambda s: list(stored.of_customers(s.subs, s.mark, 0, 9)), [tuple]),
    "rollups.stored.rows": (lambda s: list(stored.rows(s.state, rollup_mrr_months)), [tuple]),
    "rollups.stored.together": (lambda s: list(stored.together(s.state, {}, rollup_mrr_months)), [tuple]),
    "rollups.stored.up_to_now": (
        lambda s: list(stored.up_to_now(s.subs, s.state, ZONE, s.now, most=10_000) or ()),
        [tuple],
    ),
    "rollups.stored.written_ahead": (lambda s: stored.written_ahead(s.subs, s.now), bool),
    "rollups.stored.watermark": (lambda s: s.mark, stored.Watermark),
    "reports.trials.trials": (lambda s: trials(s.data, s.params(by="day")), [tuple]),
}
