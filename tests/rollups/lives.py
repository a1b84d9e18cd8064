"""Random lives of subscriptions: rows that are written and written over, each change with its event.

They need not make sense to a company: what is counted must be right of untidy rows too.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from console import db
from queries.tables_subscriptions import charges, subscriptions
from tests import build

DAY = timedelta(days=1)
UNITS = 27_720
REASONS = (None, "too_expensive", "missing_feature")
Row = dict[str, Any]


class Lives:
    """Some customers, their plans, and what happens to them next."""

    def __init__(self, dice: random.Random, now: datetime) -> None:
        self.dice, self.now = dice, now
        with db.writing("subscriptions") as connection:
            self.plans = [
                build.plan(connection, interval=interval, currency=currency)
                for interval, currency in (("month", "EUR"), ("year", "EUR"), ("month", "USD"))
            ]
            self.customers = [
                build.customer(connection, country=country)
                for country in ("FI", "FI", "SE", None, "DE", "DE")
            ]
        self.subscriptions: list[Row] = []

    def go_on(self, steps: int) -> None:
        """So many changes, in one transaction."""
        with db.writing("subscriptions") as connection:
            for _ in range(steps):
                if not self.subscriptions or self.dice.random() < 0.15:
                    self._begin(connection)
                else:
                    self.dice.choice(CHANGES)(self, connection, self.dice.choice(self.subscriptions))

    def at(self, *days: int) -> datetime:
        """Around one of so many days from now."""
        hours = self.dice.choice([0, 0, 5, 13, 22])
        return self.now.replace(hour=hours, minute=0) + self.dice.choice(days) * DAY

    def _begin(self, connection: Connection) -> None:
        plan, tried = self.dice.choice(self.plans), self.dice.random() < 0.6
        started = self.at(-400, -100, -40, -10, 0)
        row = build.subscription(
            connection,
            self.dice.choice(self.customers)["id"],
            plan_id=plan["id"],
            **{name: plan[name] for name in ("interval", "interval_count", "currency")},
            price_minor=self.dice.choice([0, 300, 1000, 50_000]),
            status="trialing" if tried else "active",
            started_at=started,
            trial_end=started + self.dice.choice([7, 14, 60]) * DAY if tried else None,
            current_period_start=started,
            current_period_end=started + self.dice.choice([14, 30, 365]) * DAY,
        )
        self.subscriptions.append(row)
        self.tell(connection, row, "trial_started" if tried else "started", at=started)

    def tell(
        self, connection: Connection, row: Row, kind: str, at: datetime | None = None, **more: Any
    ) -> None:
        units = self.dice.choice([0, 0, 300, -300]) * UNITS
        at = at or self.at(-40, -3, -1, 0)
        build.subscription_event(connection, row, kind, occurred_at=at, mrr_delta_units=units, **more)

    def change(self, connection: Connection, row: Row, kind: str, **values: Any) -> None:
        connection.execute(subscriptions.update().where(subscriptions.c.id == row["id"]).values(values))
        row |= values
        self.tell(connection, row, kind)

    def charge(self, connection: Connection, row: Row) -> None:
        """Of a period that began or begins some time around now."""
        start = self.dice.choice(
            [row["current_period_end"], row["current_period_start"], self.at(-60, -30, 0)]
        )
        status = self.dice.choice(["succeeded", "succeeded", "failed", "pending"])
        created = min(start, self.now)
        end = start + self.dice.choice([30, 365]) * DAY
        build.charge(
            connection,
            row["customer_id"],
            subscription_id=row["id"],
            currency=row["currency"],
            status=status,
            period_start=start,
            period_end=end,
            created_at=created,
            settled_at=created if status == "succeeded" else None,
        )
        kinds = {"succeeded": ["started", "renewed", "payment_recovered"]}
        kind = self.dice.choice(kinds.get(status, ["payment_failed"]))
        if status == "succeeded" and self.dice.random() < 0.7:
            self.change(
                connection, row, kind, status="active", current_period_start=start, current_period_end=end
            )
        elif status == "failed" and self.dice.random() < 0.7:
            self.change(connection, row, kind, status="past_due")
        else:
            self.tell(connection, row, kind)

    def collect(self, connection: Connection, row: Row) -> None:
        """What was not paid is."""
        c = charges.c
        unpaid = charges.update().where(c.subscription_id == row["id"], c.status != "succeeded")
        connection.execute(unpaid.values(status="succeeded", settled_at=self.now))
        self.change(connection, row, "payment_recovered", status="active")

    def ask_to_end(self, connection: Connection, row: Row) -> None:
        reason = self.dice.choice(REASONS)
        values = {"cancel_at_period_end": True, "cancel_requested_at": self.now, "cancel_reason": reason}
        self.change(connection, row, "cancel_requested", **values)

    def take_back(self, connection: Connection, row: Row) -> None:
        values = {"cancel_at_period_end": False, "cancel_requested_at": None}
        self.change(connection, row, "cancel_undone", **values)

    def end(self, connection: Connection, row: Row) -> None:
        self.change(connection, row, "ended", status="canceled", ended_at=self.at(-3, 0, 0, 2))

    def change_plan(self, connection: Connection, row: Row) -> None:
        plan = self.dice.choice(self.plans)
        self.change(connection, row, "plan_changed", plan_id=plan["id"], interval=plan["interval"])

    def pause(self, connection: Connection, row: Row) -> None:
        kind, status = self.dice.choice([("paused", "paused"), ("resumed", "active")])
        self.change(connection, row, kind, status=status)

    def move(self, connection: Connection, row: Row) -> None:
        self.change(connection, row, "renewal_date_changed", current_period_end=self.at(-1, 1, 20, 100))

    def extend_trial(self, connection: Connection, row: Row) -> None:
        self.change(connection, row, "trial_extended", trial_end=self.at(-5, 1, 10))

    def refund(self, connection: Connection, row: Row) -> None:
        """Without a word."""
        paid = build.charge(
            connection,
            row["customer_id"],
            subscription_id=row["id"],
            currency=row["currency"],
            created_at=self.now - 50 * DAY,
            settled_at=self.now - 50 * DAY,
        )
        self.tell(connection, row, "reported")
        at = self.at(-40, -3, 0)
        build.refund(connection, paid["id"], amount_minor=100, created_at=at, settled_at=at)

    def change_card(self, connection: Connection, row: Row) -> None:
        """Without a word."""
        year, month = self.dice.choice([(2026, 3), (2026, 4), (2031, 1)])
        card = build.payment_method(connection, row["customer_id"], exp_year=year, exp_month=month)
        mine = subscriptions.update().where(subscriptions.c.id == row["id"])
        connection.execute(mine.values(payment_method_id=card["id"]))


CHANGES: list[Callable[[Lives, Connection, Row], None]] = [
    Lives.charge,
    Lives.charge,
    Lives.charge,
    Lives.collect,
    Lives.ask_to_end,
    Lives.take_back,
    Lives.end,
    Lives.change_plan,
    Lives.pause,
    Lives.move,
    Lives.extend_trial,
    Lives.refund,
    Lives.change_card,
]
