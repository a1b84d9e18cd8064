"""Every public function of queries/ is asked once on the sample company, on both databases.

What each answers is tested where its rule is; here none is forgotten, and each one's SQL runs on both.
"""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Column, Connection, MetaData, Subquery, func, select

import queries
from console import clocks, db
from console.actions import drift as comparing
from console.actions import notices as heard
from console.actions import subscriptions as verbs
from console.gateways.webhooks import understood
from console.settings import get_settings
from console.signin.who import actor_with_email
from queries import (
    audit,
    audit_chain,
    bench_sql,
    bulk,
    bulk_facts,
    charge,
    charges,
    columns,
    customers,
    drift,
    drift_findings,
    health,
    health_checks,
    history,
    home,
    installation,
    loads,
    lookup,
    lookup_questions,
    notes,
    notices,
    operations,
    outbox,
    paging,
    parts,
    payment_links,
    periods,
    proofs,
    recurring,
    refund_blocks,
    reports,
    sample_company,
    saved_views,
    schedules,
    staff,
    subscription_events,
    subscription_list,
    subscriptions,
    tables_desk,
    tables_state,
    tables_subscriptions,
    ticket_filters,
    ticket_mentions,
    tickets,
)
from queries.reports import endings, report, sql
from queries.reports.cancellation_tickets import cancellation_tickets
from queries.reports.cancellations import cancellations
from queries.reports.compare import compared, earlier
from queries.reports.disputes import disputes
from queries.reports.dunning import dunning
from queries.reports.forecast import forecast
from queries.reports.mrr import mrr
from queries.reports.other_rules import OtherRule, other_rule
from queries.reports.receivables import receivables
from queries.reports.refunds import refunds
from queries.reports.renewals import renewals
from queries.reports.retention import retention
from queries.reports.trial_cohorts import trial_cohorts
from queries.reports.trials import trials
from tests.conftest import Databases

EMMA = "emma.laine@example.com"
DONE, OPEN = "6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a01", "6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a02"
MANY = "6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a03"
SESSION = "5" * 64
INVOICE = "INV-1001-020"


@pytest.fixture(scope="module")
def lived_in(seeded_company: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The sample company with what only work leaves behind: operations, a log, a session, a load."""
    db.dispose()
    with pytest.MonkeyPatch.context() as patch:
        made = seeded_company.copy(tmp_path_factory.mktemp("lived-in"))
        made.use(patch)
        _work()
        _gateway_speaks(clocks.now())
        yield made
        made.drop()
    get_settings.cache_clear()


def _work() -> None:
    emma, now = actor_with_email(EMMA), clocks.now()
    for id, number in ((DONE, "S-1001"), (OPEN, "S-1002")):
        with db.reading() as data:
            shown = verbs.shown_now(data, emma, number, "period_end")
        verbs.cancel_subscription(
            emma, number, operation_id=id, at="period_end", reason="other", expected=shown
        )
    t = tables_state
    with db.writing("state") as connection:  # as a process that stopped half-way leaves it
        half_way = t.operations.update().where(t.operations.c.id == OPEN)
        connection.execute(half_way.values(state="sending", settled_at=None, requested_at=now - DAY))
        connection.execute(
            t.staff_sessions.insert().values(
                id_hash=SESSION,
                staff_id=emma.staff_id,
                method="demo",
                created_at=now,
                last_seen_at=now,
                authenticated_at=now,
            )
        )
        _promise(connection, emma.staff_id, now)
        _write_about(connection, emma.staff_id, now)
        _begin_many(connection, emma.staff_id, now)
        _keep_a_view_and_a_schedule(connection, emma.staff_id, now)
        gave_back = {"amount_minor": 100, "currency": "EUR", "gateway_reference": "re_of_done"}
        connection.execute(t.operations.update().where(t.operations.c.id == DONE).values(gave_back))
        run = {"id": 1, "preset": "p", "started_at": now, "finished_at": now, "files": []}
        counts = {"added": 1, "changed": 0, "same": 0, "refused": 1}
        connection.execute(tables_desk.load_runs.insert().values(run | counts))
        connection.execute(
            tables_desk.load_refusals.insert().values(run_id=1, file="a.csv", line=2, reason="It is wrong.")
        )


def _gateway_speaks(now: datetime) -> None:
    """A message that was applied, one that is left, and a comparison of the books."""
    about = {"id": "dp_1", "object": "dispute", "charge": "ch_1", "created": 1, "status": "won"}
    body = {"id": "evt_1", "type": "charge.dispute.closed", "created": 1, "data": {"object": about}}
    heard.receive(body, now=now)
    heard.keep(understood(json.dumps(body | {"id": "evt_2"}).encode()), now)
    comparing.compare(since=now - 30 * DAY, now=now)


def _write_about(connection: Connection, staff_id: int, now: datetime) -> None:
    """A note, and a charge of which nothing may go back."""
    t = tables_state
    note = {"customer_number": "C-1001", "subject_kind": "customer", "subject_number": "C-1001"}
    by = {"body": "Calls back", "staff_id": staff_id, "created_at": now}
    connection.execute(t.notes.insert().values(note | by))
    block = {"charge_number": INVOICE, "reason": "other", "blocked_by": staff_id, "blocked_at": now}
    connection.execute(t.refund_blocks.insert().values(block))
    held = t.operations.update().where(t.operations.c.id == OPEN)
    connection.execute(held.values(lock_key="charge:1", amount_minor=100, currency="EUR"))


def _begin_many(connection: Connection, staff_id: int, now: datetime) -> None:
    """A bulk run that was left after its first row."""
    t = tables_state
    run = {"id": MANY, "kind": "subscription:cancel", "request": {}, "state": "running"}
    connection.execute(t.bulk_runs.insert().values(run | {"requested_by": staff_id, "requested_at": now}))
    for position, (id, outcome) in enumerate(((DONE, "settled"), (OPEN, None)), start=1):
        row = {"bulk_id": MANY, "position": position, "subject_number": f"S-100{position}"}
        item: dict[str, Any] = {"operation_id": id, "expected": {}, "outcome": outcome, "said": outcome}
        connection.execute(t.bulk_items.insert().values(row | item))


def _keep_a_view_and_a_schedule(connection: Connection, staff_id: int, now: datetime) -> None:
    t, mine = tables_desk, {"id": 1, "staff_id": staff_id, "created_at": now}
    view = {"screen": "tickets.py", "name": "Mine", "address": "state=open"}
    connection.execute(t.saved_views.insert().values(mine | view))
    asked = {"report": "mrr", "parameters": {"period": "last_month"}, "format": "csv"}
    when = {"every": "day", "hour": 8, "send_to": ["folder"], "done_until": now}
    connection.execute(t.schedules.insert().values(mine | asked | when))
    run = {"id": 1, "schedule_id": 1, "due_at": now, "left_to": ["folder"]}
    connection.execute(t.schedule_runs.insert().values(run))


def _locked(s: "There") -> charge.FullCharge | None:
    """Reading connections cannot lock."""
    with db.writing("subscriptions") as connection:
        found = charge.by_number(connection, INVOICE)
        return charge.locked(connection, found.id) if found else None


def _promise(connection: Connection, staff_id: int, now: datetime) -> None:
    """A link to a customer, a mail that waits and one that fails."""
    t = tables_state
    link = {"operation_id": DONE, "customer_number": "C-1001", "created_by": staff_id, "created_at": now}
    connection.execute(t.payment_links.insert().values(link | {"token_hash": SESSION, "expires_at": now}))
    for kind, error in (("mail:a", None), ("mail:b", "The mail server is away.")):
        row = {"operation_id": DONE, "kind": kind, "payload": {}, "created_at": now, "last_error": error}
        connection.execute(t.outbox.insert().values(row))


DAY = timedelta(days=1)
ZONE = clocks.zone()
PERIOD = periods.Window(date(2024, 1, 1), date(2024, 3, 1), ZONE)


@dataclass(frozen=True)
class There:
    """The open connections, and somebody to ask about."""

    data: db.Reading
    now: datetime

    @property
    def subs(self) -> Connection:
        return self.data.subscriptions

    @property
    def tick(self) -> Connection:
        return self.data.tickets

    @property
    def state(self) -> Connection:
        return self.data.state

    @cached_property
    def both(self) -> tuple[Connection, Connection]:
        return self.subs, self.tick

    @cached_property
    def aino(self) -> customers.Customer:
        return self.customer("C-1001")

    def customer(self, number: str) -> customers.Customer:
        found = customers.by_number(self.subs, number)
        assert found is not None
        return found

    def subscription(self, number: str = "S-1001") -> int:
        table = tables_subscriptions.subscriptions
        return int(self.subs.execute(select(table.c.id).where(table.c.number == number)).scalar_one())

    def reference(self, table: str) -> str:
        """What the gateway calls a row of the table."""
        name = tables_subscriptions.metadata.tables[table].c.gateway_reference
        return str(self.subs.execute(select(name).where(name.is_not(None)).limit(1)).scalar_one())

    def refunded(self) -> tuple[int, int]:
        """A customer, and a subscription of theirs, with a refund."""
        customer = self.customer("C-1006").id
        refund = charges.refunds_of_customer(self.subs, customer).rows[0]
        return customer, self.subscription(str(refund.subscription_number))

    def ticket(self) -> int:
        found = tickets.by_number(self.tick, "T-1002")
        assert found is not None
        return found.id

    @property
    def emma(self) -> int:
        return actor_with_email(EMMA).staff_id

    def params(self, **values: Any) -> reports.Params:
        return reports.Params(as_of=self.now, zone=ZONE, **values)

    def sample(self) -> bench_sql.Sample:
        found = bench_sql.sample(*self.both)
        assert found is not None
        return found

    def bare(self, statement: bench_sql.Bare) -> int:
        """How many rows; refused by the database if the text is wrong."""
        return bench_sql.run_bare(getattr(self.data, statement.database), statement)

    @property
    def sqlite(self) -> bool:
        return self.subs.dialect.name == "sqlite"

    def recorded(self) -> list[bench_sql.Sent]:
        with bench_sql.recorded() as sent:
            customers.count(self.subs)
        return sent

    def audit_row(self) -> dict[str, Any]:
        """A row of the log as its text."""
        row = audit.page(self.state).rows[0]
        texts = {"at": str(row.at), "before": "{}", "after": "{}", "previous_hash": ""}
        return vars(row) | texts

    def value(self, expression: Any) -> Any:
        """A part of a statement, as the database computes it on the ended subscriptions."""
        ended = select(expression).select_from(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.ended_at.is_not(None))
        return self.subs.scalar(ended.limit(1))


SUBSCRIPTIONS = tables_subscriptions.subscriptions
CUSTOMERS = tables_subscriptions.customers
STARTED = SUBSCRIPTIONS.c.started_at
LONG_AGO, LATER = datetime(2010, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
PAST = sql.within(STARTED, LONG_AGO, LATER)


def starts() -> Subquery:
    """A source, as queries.reports.sql asks for one."""
    e = tables_subscriptions.subscription_events.c
    return (
        select(
            e.id.label("ref"), e.subscription_id, e.customer_id, e.occurred_at.label("at"), e.currency,
            e.mrr_delta_units.label("amount"),
        ).where(e.kind == "started").subquery()
    )  # fmt: skip


# What is asked, and what comes: a value of exactly that type, or (in brackets) rows of it, at least one.
ROWS: dict[str, tuple[Callable[[There], Any], Any]] = {
    "audit.page": (lambda s: audit.page(s.state), [audit.AuditEntry]),
    "audit.count": (lambda s: audit.count(s.state), int),
    "audit.by_operation": (lambda s: audit.by_operation(s.state, DONE), [audit.AuditEntry]),
    "audit_chain.last_hash": (lambda s: audit_chain.last_hash(s.state), str),
    "audit_chain.links": (lambda s: list(audit_chain.links(s.state, batch=2)), [audit_chain.Link]),
    "audit_chain.link_of": (lambda s: audit_chain.link_of(s.audit_row()), audit_chain.Link),
    "bench_sql.sample": (lambda s: bench_sql.sample(*s.both), bench_sql.Sample),
    "bench_sql.run_bare": (lambda s: s.bare(bench_sql.Bare("tickets", "SELECT 1", {})), int),
    "bench_sql.resend": (lambda s: bench_sql.resend(s.recorded()[0]), int),
    "bench_sql.recorded": (lambda s: s.recorded(), [bench_sql.Sent]),
    "bench_sql.by_email": (lambda s: s.bare(bench_sql.by_email(s.sample().email)), int),
    "bench_sql.by_email_prefix": (lambda s: s.bare(bench_sql.by_email_prefix("a")), int),
    "bench_sql.by_licence_key": (lambda s: s.bare(bench_sql.by_licence_key(s.sample().licence_key)), int),
    "bench_sql.by_invoice_number": (
        lambda s: s.bare(bench_sql.by_invoice_number(s.sample().invoice_number)),
        int,
    ),
    "bench_sql.by_last_four": (lambda s: s.bare(bench_sql.by_last_four("4242")), int),
    "bench_sql.ticket_page": (lambda s: s.bare(bench_sql.ticket_page(None, sqlite=s.sqlite)), int),
    "bench_sql.by_name": (lambda s: s.bare(bench_sql.by_name("korhonen", sqlite=s.sqlite)), int),
    "charges.refund_ids_of": (
        lambda s: s.subs.scalars(charges.refund_ids_of(s.refunded()[0])).all(),
        [int],
    ),
    "bulk.by_id": (lambda s: bulk.by_id(s.state, MANY), bulk.BulkRun),
    "bulk.latest": (lambda s: bulk.latest(s.state), [bulk.BulkRun]),
    "bulk.running": (lambda s: bulk.running(s.state, s.now), [str]),
    "bulk.items": (lambda s: bulk.items(s.state, MANY), [bulk.BulkItem]),
    "bulk.next_item": (lambda s: bulk.next_item(s.state, MANY), bulk.BulkItem),
    "bulk.outcomes": (lambda s: bulk.outcomes(s.state, MANY), dict),
    "bulk_facts.about_subscriptions": (
        lambda s: bulk_facts.about_subscriptions(s.state, ["S-1002"]),
        [bulk_facts.UnderWay],
    ),
    "bulk_facts.holding": (lambda s: bulk_facts.holding(s.state, ["charge:1"]), [bulk_facts.UnderWay]),
    "bulk_facts.blocks_of": (lambda s: list(bulk_facts.blocks_of(s.state, [INVOICE])), [str]),
    "charge.invoiced": (lambda s: charge.invoiced(s.subs, [INVOICE]), [charge.FullCharge]),
    "charge.latest_paid_of_each": (
        lambda s: charge.latest_paid_of_each(s.subs, [s.subscription()]),
        [charge.FullCharge],
    ),
    "charge.by_number": (lambda s: charge.by_number(s.subs, INVOICE), charge.FullCharge),
    "charge.latest_of": (lambda s: charge.latest_of(s.subs, s.subscription()), charge.FullCharge),
    "charge.latest_paid": (lambda s: charge.latest_paid(s.subs, s.subscription()), charge.FullCharge),
    "charge.locked": (_locked, charge.FullCharge),
    "charge.number_of": (lambda s: charge.number_of(7, None, None), str),
    "charge.paid_of": (lambda s: charge.paid_of(s.subs, s.subscription()), [charge.FullCharge]),
    "bench_sql.to_act_on": (lambda s: bench_sql.to_act_on(s.subs, 3), [bench_sql.ToActOn]),
    "notes.of_customer": (lambda s: notes.of_customer(s.state, "C-1001"), [notes.Note]),
    "operations.in_state": (lambda s: operations.in_state(s.state, "sending"), [operations.Operation]),
    "operations.listed": (
        lambda s: operations.listed(s.state, "closed", 1),
        [operations.Operation],
    ),
    "operations.money_since": (lambda s: operations.money_since(s.state, 1, "EUR", LONG_AGO), int),
    "operations.open_on": (lambda s: operations.open_on(s.state, "charge:1"), operations.Operation),
    "proofs.blocked": (lambda s: list(proofs.blocked(s.state, [INVOICE])), [str]),
    "proofs.entries_of": (lambda s: proofs.entries_of(s.state, ["C-1001"]), [proofs.OurEntry]),
    "proofs.operations_of": (lambda s: proofs.operations_of(s.state, ["C-1001"]), [proofs.OurOperation]),
    "proofs.refunds_of": (lambda s: proofs.refunds_of(s.subs, ["C-1006"]), [proofs.OurRefund]),
    "proofs.subscriptions_of": (
        lambda s: proofs.subscriptions_of(s.subs, ["C-1001"]),
        [proofs.OurSubscription],
    ),
    "refund_blocks.of_charge": (
        lambda s: refund_blocks.of_charge(s.state, INVOICE),
        refund_blocks.RefundBlock,
    ),
    "saved_views.by_id": (lambda s: saved_views.by_id(s.state, 1, s.emma), saved_views.SavedView),
    "saved_views.count_of": (lambda s: saved_views.count_of(s.state, s.emma), int),
    "saved_views.named": (
        lambda s: saved_views.named(s.state, s.emma, "tickets.py", "Mine"),
        saved_views.SavedView,
    ),
    "saved_views.of_screen": (
        lambda s: saved_views.of_screen(s.state, "tickets.py", s.emma),
        [saved_views.SavedView],
    ),
    "schedules.active": (lambda s: schedules.active(s.state), [schedules.Schedule]),
    "schedules.by_id": (lambda s: schedules.by_id(s.state, 1), schedules.Schedule),
    "schedules.count_of": (lambda s: schedules.count_of(s.state, s.emma), int),
    "schedules.last_runs": (lambda s: list(schedules.last_runs(s.state).values()), [schedules.ScheduleRun]),
    "schedules.listed": (lambda s: schedules.listed(s.state), [schedules.Schedule]),
    "schedules.run_at": (
        lambda s: schedules.run_at(s.state, 1, schedules.runs_of(s.state, 1)[0].due_at),
        schedules.ScheduleRun,
    ),
    "schedules.run_by_id": (lambda s: schedules.run_by_id(s.state, 1), schedules.ScheduleRun),
    "schedules.runs_of": (lambda s: schedules.runs_of(s.state, 1), [schedules.ScheduleRun]),
    "schedules.runs_to_do": (lambda s: schedules.runs_to_do(s.state, s.now), [schedules.ScheduleRun]),
    "charges.of_customer": (lambda s: charges.of_customer(s.subs, s.aino.id), [charges.Charge]),
    "charges.of_subscription": (
        lambda s: charges.of_subscription(s.subs, s.subscription()),
        [charges.Charge],
    ),
    "charges.refunds_of_customer": (
        lambda s: charges.refunds_of_customer(s.subs, s.refunded()[0]),
        [charges.Refund],
    ),
    "charges.refunds_of_subscription": (
        lambda s: charges.refunds_of_subscription(s.subs, s.refunded()[1]),
        [charges.Refund],
    ),
    "columns.id_column": (lambda s: columns.id_column(), Column),
    "columns.number_column": (lambda s: columns.number_column(), Column),
    "columns.currency_column": (lambda s: columns.currency_column(), Column),
    "columns.new_metadata": (lambda s: columns.new_metadata(), MetaData),
    "customers.by_number": (lambda s: customers.by_number(s.subs, "C-1001"), customers.Customer),
    "customers.page": (lambda s: customers.page(s.subs), [customers.Customer]),
    "customers.count": (lambda s: customers.count(s.subs), int),
    "customers.value": (lambda s: customers.value(s.subs, s.aino.id), [customers.CustomerValue]),
    "customers.payment_methods_of": (
        lambda s: customers.payment_methods_of(s.subs, s.aino.id),
        [customers.PaymentMethod],
    ),
    "health.health_check": (lambda s: health.health_check(health_checks.CHECKS[0].key), health_checks.Check),
    "health.health_summary": (lambda s: health.health_summary(*s.both), [health.Finding]),
    "health.health_count": (lambda s: health.health_count(*s.both, health_checks.CHECKS[0].key), int),
    "health.health_rows": (
        lambda s: health.health_rows(*s.both, health_checks.CHECKS[0].key),
        health.HealthRows,
    ),
    "history.of_customer": (lambda s: history.of_customer(*s.both, s.state, s.aino), [history.HistoryItem]),
    "home.agent_of": (lambda s: home.agent_of(s.tick, EMMA), ticket_filters.Agent),
    "home.queue": (lambda s: home.queue(s.tick), [tickets.Ticket]),
    "home.unanswered": (lambda s: home.unanswered(s.tick), [tickets.Ticket]),
    "home.cancellations_ending": (
        lambda s: home.cancellations_ending(s.subs, s.now, s.now + 60 * DAY),
        [subscriptions.Subscription],
    ),
    "home.trials_ending": (
        lambda s: home.trials_ending(s.subs, s.now, s.now + 60 * DAY),
        [subscriptions.Subscription],
    ),
    "home.in_dunning": (lambda s: home.in_dunning(s.subs), [subscriptions.Subscription]),
    "home.renewals_due": (lambda s: home.renewals_due(s.subs, s.now, s.now + 60 * DAY), [home.Due]),
    "home.mrr_now": (lambda s: home.mrr_now(s.subs), [home.Revenue]),
    "home.backlog": (lambda s: home.backlog(s.tick, s.now), home.Backlog),
    "installation.has_name_search": (lambda s: installation.has_name_search(s.subs), bool),
    "installation.clock": (lambda s: installation.clock(s.subs), datetime),
    "installation.active_staff": (lambda s: installation.active_staff(s.state), int),
    "installation.log_triggers": (lambda s: installation.log_triggers(s.state), set),
    "installation.fact": (lambda s: installation.fact(s.state, "demo"), dict),
    "loads.latest_runs": (lambda s: loads.latest_runs(s.state), [loads.LoadRun]),
    "loads.load_run": (lambda s: loads.load_run(s.state, 1), loads.LoadRun),
    "loads.refusals_of": (lambda s: loads.refusals_of(s.state, 1), [loads.LoadRefusal]),
    "loads.refusal_count": (lambda s: loads.refusal_count(s.state, 1), int),
    "lookup.folded": (lambda s: lookup.folded("Mäkinen"), str),
    "lookup.find": (lambda s: lookup.find(*s.both, "korhonen").hits, [lookup.Hit]),
    "lookup_questions.begins_with": (
        lambda s: s.value(lookup_questions.begins_with(SUBSCRIPTIONS.c.number, "S-")),
        bool,
    ),
    "lookup_questions.email": (
        lambda s: lookup_questions.email(s.subs, "aino.korhonen@example.com"),
        [lookup_questions.Match],
    ),
    "lookup_questions.email_without_tag": (
        lambda s: lookup_questions.email_without_tag(s.subs, "lauri.maki@example.com"),
        [lookup_questions.Match],
    ),
    "lookup_questions.email_prefix": (
        lambda s: lookup_questions.email_prefix(s.subs, "aino", 5),
        [lookup_questions.Match],
    ),
    "lookup_questions.numbers": (
        lambda s: lookup_questions.numbers(s.subs, "s-1001"),
        [lookup_questions.Match],
    ),
    "lookup_questions.ticket_number": (
        lambda s: lookup_questions.ticket_number(*s.both, "T-1001"),
        [lookup_questions.Match],
    ),
    "lookup_questions.last_four": (
        lambda s: lookup_questions.last_four(s.subs, "4242"),
        [lookup_questions.Match],
    ),
    "notices.by_key": (lambda s: notices.by_key(s.state, "evt_1", "charge.dispute.closed"), notices.Notice),
    "notices.left": (lambda s: notices.left(s.state), [notices.Notice]),
    "notices.count_left": (lambda s: notices.count_left(s.state), int),
    "notices.about": (lambda s: notices.about(s.state, "dp_1"), [notices.Notice]),
    "notices.disputes_of": (lambda s: notices.disputes_of(s.state, "ch_1"), [notices.Notice]),
    "drift.refunds_named": (
        lambda s: drift.refunds_named(s.subs, [s.reference("refunds")], []),
        [drift.OurRefund],
    ),
    "drift.charges_named": (
        lambda s: drift.charges_named(s.subs, [s.reference("charges")]),
        [drift.OurCharge],
    ),
    "drift.subscriptions_named": (
        lambda s: drift.subscriptions_named(s.subs, [s.reference("subscriptions")]),
        [drift.OurSubscription],
    ),
    "drift.refunds_made": (lambda s: drift.refunds_made(s.subs, LONG_AGO, s.now), [drift.OurRefund]),
    "drift.charges_paid": (lambda s: drift.charges_paid(s.subs, LONG_AGO, s.now), [drift.OurCharge]),
    "drift.live_subscriptions": (
        lambda s: drift.live_subscriptions(s.subs, s.now),
        [drift.OurSubscription],
    ),
    "drift.settled_refunds": (
        lambda s: drift.settled_refunds(s.state, LONG_AGO, s.now + DAY),
        [drift.SettledRefund],
    ),
    "drift.states_of": (lambda s: drift.states_of(s.state, [DONE, OPEN]), dict),
    "drift.under_way": (lambda s: drift.under_way(s.state, ["S-1002"]), set),
    "drift_findings.latest_run": (
        lambda s: drift_findings.latest_run(s.state),
        drift_findings.DriftRun,
    ),
    "drift_findings.latest_complete_run": (
        lambda s: drift_findings.latest_complete_run(s.state),
        drift_findings.DriftRun,
    ),
    "drift_findings.run_by_id": (
        lambda s: drift_findings.run_by_id(s.state, 1),
        drift_findings.DriftRun,
    ),
    "drift_findings.counts": (lambda s: drift_findings.counts(s.state), dict),
    "drift_findings.left": (lambda s: drift_findings.left(s.state), [drift_findings.DriftFinding]),
    "drift_findings.by_id": (
        lambda s: drift_findings.by_id(s.state, drift_findings.left(s.state)[0].id),
        drift_findings.DriftFinding,
    ),
    "charge.by_gateway_reference": (
        lambda s: charge.by_gateway_reference(s.subs, s.reference("charges")),
        charge.FullCharge,
    ),
    "lookup_questions.name": (
        lambda s: lookup_questions.name(s.subs, "aino korhonen"),
        [lookup_questions.Match],
    ),
    "operations.by_id": (lambda s: operations.by_id(s.state, DONE), operations.Operation),
    "operations.by_gateway_reference": (
        lambda s: operations.by_gateway_reference(s.state, "re_of_done"),
        operations.Operation,
    ),
    "operations.left_sending": (lambda s: operations.left_sending(s.state, s.now), [operations.Operation]),
    "operations.latest_for_subject": (
        lambda s: operations.latest_for_subject(s.state, "subscription", "S-1001"),
        [operations.Operation],
    ),
    "operations.open_operations": (lambda s: operations.open_operations(s.state), [operations.Operation]),
    "operations.count_open": (lambda s: operations.count_open(s.state), int),
    "outbox.due": (lambda s: outbox.due(s.state, s.now), [outbox.OutboxRow]),
    "outbox.count_due": (lambda s: outbox.count_due(s.state, s.now), int),
    "outbox.of_operation": (lambda s: outbox.of_operation(s.state, DONE), [outbox.OutboxRow]),
    "outbox.failing": (lambda s: outbox.failing(s.state), [outbox.OutboxRow]),
    "outbox.count_failing": (lambda s: outbox.count_failing(s.state), int),
    "outbox.is_noted": (lambda s: outbox.is_noted(s.tick, DONE), bool),
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
    "parts.rounded_parts": (lambda s: parts.rounded_parts([recurring.UNITS_PER_MINOR, 1]), [int]),
    "payment_links.by_hash": (
        lambda s: payment_links.by_hash(s.state, SESSION),
        payment_links.PaymentLink,
    ),
    "payment_links.of_operation": (
        lambda s: payment_links.of_operation(s.state, DONE),
        payment_links.PaymentLink,
    ),
    "payment_links.of_customer": (
        lambda s: payment_links.of_customer(s.state, "C-1001"),
        [payment_links.PaymentLink],
    ),
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
    "reports.endings.how_it_ended": (
        lambda s: s.value(endings.how_it_ended(SUBSCRIPTIONS.c.id, SUBSCRIPTIONS.c.ended_at)),
        str,
    ),
    "reports.disputes.disputes": (lambda s: disputes(s.data, s.params(by="month")), [tuple]),
    "reports.compare.compared": (
        lambda s: compared(s.data, s.params(), reports.run("refunds", s.data, s.params())),
        reports.Report,
    ),
    "reports.compare.earlier": (lambda s: list(earlier(PERIOD)), [periods.Window]),
    "reports.dunning.dunning": (lambda s: dunning(s.data, s.params(rows=True)), [tuple]),
    "reports.forecast.forecast": (lambda s: forecast(s.data, s.params(by="day")), [tuple]),
    "reports.mrr.mrr": (lambda s: mrr(s.data, s.params(by="month")), [tuple]),
    "reports.other_rules.other_rule": (lambda s: other_rule(s.data, s.params(), "request"), OtherRule),
    "reports.receivables.receivables": (lambda s: receivables(s.data, s.params(by="currency")), [tuple]),
    "reports.retention.retention": (lambda s: retention(s.data, s.params(by="month")), [tuple]),
    "reports.refunds.refunds": (lambda s: refunds(s.data, s.params(by="month")), [tuple]),
    "reports.renewals.renewals": (lambda s: renewals(s.data, s.params(by="day")), [tuple]),
    "reports.report.share": (lambda s: report.share(1, 2), float),
    "reports.report.per_currency": (
        lambda s: report.per_currency([{"currency": "EUR", "paid": 1}], "Paid", "paid", "money"),
        [report.Figure],
    ),
    "reports.report.by_title": (lambda s: report.by_title("month"), report.Column),
    "reports.sql.moment": (lambda s: s.value(sql.moment(s.now)), datetime),
    "reports.sql.mark": (lambda s: sql.mark((s.now, 1)), str),
    "reports.sql.within": (lambda s: s.value(sql.within(STARTED, LONG_AGO, s.now)), bool),
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
    "reports.trial_cohorts.trial_cohorts": (lambda s: trial_cohorts(s.data, s.params(by="month")), [tuple]),
    "reports.trials.trials": (lambda s: trials(s.data, s.params(by="day")), [tuple]),
    "sample_company.is_marked": (lambda s: sample_company.is_marked(s.state), bool),
    "sample_company.is_complete": (lambda s: sample_company.is_complete(s.state), bool),
    "sample_company.has_customers": (lambda s: sample_company.has_customers(s.subs), bool),
    "sample_company.has_tickets": (lambda s: sample_company.has_tickets(s.tick), bool),
    "sample_company.has_staff": (lambda s: sample_company.has_staff(s.state), bool),
    "sample_company.has_product": (lambda s: sample_company.has_product(s.subs, "photo"), bool),
    "sample_company.has_agent": (lambda s: sample_company.has_agent(s.tick, EMMA), bool),
    "staff.by_email": (lambda s: staff.by_email(s.state, EMMA), staff.StaffMember),
    "staff.by_id": (lambda s: staff.by_id(s.state, staff.everyone(s.state)[0].id), staff.StaffMember),
    "staff.everyone": (lambda s: staff.everyone(s.state), [staff.StaffMember]),
    "staff.sessions": (
        lambda s: list(staff.sessions(s.state, [SESSION, "unknown"]).values()),
        [staff.StaffSession],
    ),
    "subscription_events.of_operation": (
        lambda s: subscription_events.of_operation(s.subs, DONE),
        subscription_events.SubscriptionEvent,
    ),
    "subscription_events.latest": (
        lambda s: subscription_events.latest(s.subs, s.subscription(), ["started"]),
        subscription_events.SubscriptionEvent,
    ),
    "subscription_events.of_subscription": (
        lambda s: subscription_events.of_subscription(s.subs, s.subscription()),
        [subscription_events.SubscriptionEvent],
    ),
    "subscription_list.page": (
        lambda s: subscription_list.page(s.subs),
        [subscription_list.ListedSubscription],
    ),
    "subscription_list.count": (lambda s: subscription_list.count(s.subs), int),
    "subscription_list.offered": (lambda s: subscription_list.offered(s.subs), subscription_list.Offered),
    "subscriptions.end_of_month": (lambda s: subscriptions.end_of_month(2024, 2), datetime),
    "subscriptions.by_number": (
        lambda s: subscriptions.by_number(s.subs, "S-1001"),
        subscriptions.Subscription,
    ),
    "subscriptions.of_customer": (
        lambda s: subscriptions.of_customer(s.subs, s.aino.id),
        [subscriptions.Subscription],
    ),
    "subscriptions.first_by": (
        lambda s: subscriptions.first_by(s.subs, [PAST], STARTED, limit=2),
        [subscriptions.Subscription],
    ),
    "ticket_filters.conditions": (
        lambda s: tickets.oldest(s.tick, ticket_filters.conditions(ticket_filters.ALL_OPEN), limit=2),
        [tickets.Ticket],
    ),
    "ticket_filters.facets_of_tickets": (
        lambda s: ticket_filters.facets_of_tickets(s.tick),
        ticket_filters.Facets,
    ),
    "ticket_mentions.of_cancelling": (lambda s: ticket_mentions.of_cancelling(s.tick, "C-1001"), [str]),
    "ticket_mentions.of_customers": (
        lambda s: ticket_mentions.of_customers(s.tick, ["C-1001"])["C-1001"],
        [str],
    ),
    "tickets.page": (lambda s: tickets.page(s.tick), [tickets.Ticket]),
    "tickets.count": (lambda s: tickets.count(s.tick), int),
    "tickets.counts_by_status": (lambda s: tickets.counts_by_status(s.tick), dict),
    "tickets.by_number": (lambda s: tickets.by_number(s.tick, "T-1001"), tickets.Ticket),
    "tickets.of_customer": (lambda s: tickets.of_customer(s.tick, "C-1001"), [tickets.Ticket]),
    "tickets.open_of_customer": (lambda s: tickets.open_of_customer(s.tick, "C-1001"), [tickets.Ticket]),
    "tickets.oldest": (lambda s: tickets.oldest(s.tick, [], limit=2), [tickets.Ticket]),
    "tickets.messages_of": (lambda s: tickets.messages_of(s.tick, s.ticket()), [tickets.TicketMessage]),
    "tickets.events_of": (lambda s: tickets.events_of(s.tick, s.ticket()), [tickets.TicketEvent]),
}


def every_public_function() -> set[str]:
    """Functions defined in the modules of queries/, by module and name, without what begins with _."""
    found = set()
    for module in [queries.__name__, *_modules()]:
        for name, value in vars(importlib.import_module(module)).items():
            function = inspect.unwrap(value) if callable(value) else None
            if inspect.isfunction(function) and function.__module__ == module and not name.startswith("_"):
                found.add(f"{module}.{name}".removeprefix("queries."))
    return found


def _modules() -> list[str]:
    every = (one.name for one in pkgutil.walk_packages(queries.__path__, "queries."))
    return [name for name in every if not name.rpartition(".")[2].startswith("_")]


def test_no_function_is_forgotten() -> None:
    assert set(ROWS) == every_public_function()


@pytest.mark.parametrize("name", ROWS)
def test_it_answers(name: str, lived_in: Databases) -> None:
    ask, expected = ROWS[name]
    with db.reading() as data:
        answer = ask(There(data, clocks.now()))
    if not isinstance(expected, list):
        assert type(answer) is expected
        return
    rows = next((getattr(answer, name) for name in ("rows", "first") if hasattr(answer, name)), answer)
    assert len(rows) > 0
    assert {type(row) for row in rows} == {expected[0]}
