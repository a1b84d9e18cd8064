"""What the rollup of days is made of and read by, each with a question and what it answers."""

from sqlalchemy import func, select

from queries import paging, periods
from queries.reports import sql, things
from queries.rollups import days
from queries.rollups.days import DUE, Theirs, Thing
from queries.tables_subscriptions import charges, customers
from tests.queries.every_query.there import PERIOD, Rows, There

THING = Thing(DUE, PERIOD.first, "upcoming", "EUR", 900, "1|month|1", ("0", "0"))
THEIRS = Theirs("FI", [days.packed(THING)])


def _every_breakdown(s: There) -> list[int]:
    """How many things each breakdown of the rollup has: the same of all."""
    found = [days.source([DUE], by, None, days.changed({1: THEIRS}, {})) for by in (days.ALL, days.PLAN)]
    return [int(s.state.scalar(select(func.sum(cells.c.number))) or 0) for cells in found]


ROWS: Rows = {
    "reports.sql.all_of": (
        lambda s: s.subs.scalars(select(customers.c.id).where(sql.all_of(customers.c.id)).limit(2)).all(),
        [int],
    ),
    "reports.sql.in_window": (
        lambda s: s.subs.scalars(select(charges.c.id).where(sql.in_window(charges.c.created_at, None))).all(),
        [int],
    ),
    "reports.sql.laid_out": (
        lambda s: sql.laid_out({(1, "EUR"): {"number": 1}}, {"number": 0}, "month", PERIOD),
        [dict],
    ),
    "reports.sql.subscription_of": (
        lambda s: s.subs.scalars(
            select(charges.c.id)
            .where(sql.subscription_of(charges.c.subscription_id, lambda customer: customer == s.aino.id))
            .limit(2)
        ).all(),
        [int],
    ),
    "reports.things.of_customers": (
        lambda s: list(things.of_customers(s.subs, s.params(), [s.aino.id]).values()),
        [Theirs],
    ),
    "reports.things.of_range": (
        lambda s: list(things.of_range(s.subs, s.params(), 0, s.aino.id).values()),
        [Theirs],
    ),
    "rollups.days.changed": (lambda s: list(days.changed({1: THEIRS}, {})), [tuple]),
    "rollups.days.changed_by_time": (
        lambda s: days.changed_by_time(s.state, PERIOD.start_instant.replace(year=2999), 2),
        [int],
    ),
    "rollups.days.counted": (lambda s: list(days.counted(s.state, [s.aino.id]).values()), [Theirs]),
    "rollups.days.by_country": (lambda s: list(days.by_country([THEIRS])), [str]),
    "rollups.days.fold": (lambda s: days.fold({}, days.by_country([THEIRS])), type(None)),
    "rollups.days.folded": (lambda s: list(days.folded(s.state)), [tuple]),
    "periods.months_between": (lambda s: periods.months_between(PERIOD.first, PERIOD.last), int),
    "paging.in_chunks": (lambda s: list(paging.in_chunks([1, 2], 1)), [list]),
    "rollups.days.kept": (lambda s: list(days.kept(s.state)), [tuple]),
    "rollups.days.one_line": (lambda s: days.one_line("a"), str),
    "rollups.days.packed": (lambda s: days.packed(THING), str),
    "rollups.days.plan_key": (lambda s: days.plan_key(1, "month", 1), str),
    "rollups.days.source": (_every_breakdown, [int]),
    "rollups.days.read": (lambda s: days.read(days.written(THEIRS)), Theirs),
    "rollups.days.topic_of": (lambda s: days.topic_of(days.packed(THING)), str),
    "rollups.days.unpacked": (lambda s: days.unpacked(days.packed(THING)), days.Thing),
    "rollups.days.written": (lambda s: days.written(THEIRS), str),
}
