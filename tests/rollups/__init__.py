"""Customers whose subscriptions change at random, and the rollups held to what reports say without them."""

import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from console import db, rollups
from queries.reports import Report
from queries.tables_rollups import rollup_watermarks
from tests import build

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
UNITS = 27_720


def customers(number: int) -> list[dict[str, Any]]:
    """Each with two subscriptions that have no MRR yet."""
    with db.writing("subscriptions") as connection:
        return [
            build.subscription(connection, build.customer(connection)["id"])
            for _ in range(number)
            for _ in range(2)
        ]


def event(connection: Connection, of: dict[str, Any], minor: int, at: datetime, **more: Any) -> None:
    build.subscription_event(
        connection, of, "plan_changed", occurred_at=at, mrr_delta_units=minor * UNITS, **more
    )


def some(dice: random.Random, there: list[dict[str, Any]], number: int) -> None:
    """Ups and downs of any size in the past year and a half, also below nothing, also at one instant."""
    with db.writing("subscriptions") as connection:
        for _ in range(number):
            at = NOW - dice.choice([DAY, 7 * DAY, 31 * DAY, 500 * DAY]) * dice.random()
            at = dice.choice([at, at.replace(hour=0, minute=0, second=0, microsecond=0)])
            currency = dice.choice(["EUR", "EUR", "USD"])
            event(connection, dice.choice(there), dice.choice([-900, -300, 300, 900]), at, currency=currency)
            if dice.random() < 0.3:
                kind = dice.choice(["cancel_requested", "cancel_requested", "cancel_undone", "ended"])
                build.subscription_event(connection, dice.choice(there), kind, occurred_at=at)


def overtake(dice: random.Random, there: list[dict[str, Any]], agree: Callable[[], None]) -> None:
    """Transactions that overtake each other: up to four are open at a time, each with events of its own; some
    are never committed. After each refresh all must agree, and at the end what is not refreshed too."""
    open_ones: list[tuple[ExitStack, Connection]] = []
    for _ in range(40):
        turn = dice.random()
        if turn < 0.3 and len(open_ones) < 4:
            stack = ExitStack()
            open_ones.append((stack, stack.enter_context(db.writing("subscriptions"))))
        elif turn < 0.6 and open_ones:
            event(dice.choice(open_ones)[1], dice.choice(there), dice.choice([300, -300]), NOW - DAY)
        elif turn < 0.8 and open_ones:
            stack, connection = open_ones.pop(dice.randrange(len(open_ones)))
            if dice.random() < 0.3:
                connection.rollback()
            stack.close()
        else:
            rollups.refresh(NOW)
            agree()
    for stack, _ in open_ones:
        stack.close()
    agree()


def same_without(ask: Callable[[], list[Report]], *, checks: bool = True) -> list[Report]:
    """The reports, which must be the same when there is no rollup. Without `checks` these may say something
    else: sums that are kept apart are not the rows."""
    from_sums = ask()
    with db.writing("state") as state:
        kept = state.execute(rollup_watermarks.delete().returning(rollup_watermarks)).all()
    from_rows = ask()
    with db.writing("state") as state:
        state.execute(rollup_watermarks.insert(), [dict(row._mapping) for row in kept])
    same = replace if checks else _without_checks
    assert [same(one) for one in from_sums] == [same(one) for one in from_rows]
    assert all(check.holds for report in from_sums for check in report.checks)
    return from_sums


def _without_checks(report: Report) -> Report:
    return replace(report, checks=())
