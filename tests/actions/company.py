"""A small company for the verbs' tests: staff, a customer with a subscription, and what the rows say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from console import audit, db
from console.access import Actor
from console.actions import operations
from console.actions import subscriptions as verbs
from queries import subscriptions as found
from queries.subscriptions import Subscription
from queries.tables_state import audit_entries
from queries.tables_state import operations as operation_table
from queries.tables_subscriptions import subscription_events, subscriptions
from tests import build

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 15, 10, tzinfo=UTC)
END = datetime(2026, 2, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Company:
    aino: Actor  # support agents
    onni: Actor
    customer: dict[str, Any]
    number: str  # an active monthly subscription of 10.00 €


def staff(name: str, role: str = "agent") -> Actor:
    with db.writing("state") as connection:
        row = build.staff(connection, name=name, role=role)
    return Actor(row["id"], row["email"], row["name"], row["role"])


def company(**values: Any) -> Company:
    """`values` are columns of the subscription. Its MRR has its event, so that events sum up to it."""
    with db.writing("subscriptions") as connection:
        customer = build.customer(connection, name="Maija Virtanen")
        row = build.subscription(connection, customer["id"], **values)
    subscription = now_is(row["number"])
    with db.writing("subscriptions") as connection:
        build.subscription_event(connection, row, "started", mrr_delta_units=subscription.mrr_units)
    return Company(staff("Aino"), staff("Onni"), customer, row["number"])


def now_is(number: str) -> Subscription:
    with db.reading() as data:
        subscription = found.by_number(data.subscriptions, number)
    assert subscription is not None
    return subscription


def expected(number: str, step: Any) -> verbs.Expected:
    return verbs.as_it_is(now_is(number), step)


def cancel(actor: Actor, number: str, at: verbs.When = "period_end", **values: Any) -> verbs.Done:
    request: dict[str, Any] = {
        "operation_id": operations.new_operation_id(),
        "reason": "too_expensive",
        "now": NOW,
    } | values
    if "expected" not in request:
        request["expected"] = expected(number, at)
    return verbs.cancel_subscription(actor, number, at=at, **request)


def undo(actor: Actor, number: str, **values: Any) -> verbs.Done:
    request: dict[str, Any] = {
        "operation_id": operations.new_operation_id(),
        "reason": "changed_mind",
        "now": NOW,
    } | values
    if "expected" not in request:
        request["expected"] = expected(number, "undo")
    return verbs.undo_cancel(actor, number, **request)


def events(number: str) -> list[tuple[str, int]]:
    """Kind and change of MRR, in order, without the first "started"."""
    rows = subscription_events.join(subscriptions)
    with db.reading() as data:
        found = data.subscriptions.execute(
            select(subscription_events.c.kind, subscription_events.c.mrr_delta_units)
            .select_from(rows)
            .where(subscriptions.c.number == number)
            .order_by(subscription_events.c.id)
        )
        return [(kind, delta) for kind, delta in found][1:]


def mrr_of_events(number: str) -> int:
    rows = subscription_events.join(subscriptions)
    with db.reading() as data:
        total = data.subscriptions.scalar(
            select(func.sum(subscription_events.c.mrr_delta_units))
            .select_from(rows)
            .where(subscriptions.c.number == number)
        )
    return int(total or 0)


def entries() -> Sequence[Any]:
    with db.reading() as data:
        return data.state.execute(select(audit_entries).order_by(audit_entries.c.id)).all()


def kinds() -> list[str]:
    return [entry.kind for entry in entries()]


def operation_states() -> dict[str, str]:
    with db.reading() as data:
        found = data.state.execute(select(operation_table.c.id, operation_table.c.state))
        return {row.id: row.state for row in found}


def log_is_intact() -> bool:
    with db.reading() as data:
        return audit.verify(data.state).intact


def alter(number: str, /, **values: Any) -> None:
    """As another system changes it: with or without counting the version up."""
    with db.writing("subscriptions") as connection:
        connection.execute(subscriptions.update().where(subscriptions.c.number == number).values(values))
