"""The lives of subscriptions, written as rows.

Every verb of a `Life` writes what belongs together (status, period, charge, event, change of MRR), so that
whatever is lived through them is consistent: the MRR deltas of a subscription always add up to its MRR now.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from console.clocks import add_months
from console.demo.accounts import Account
from console.demo.catalogue import Plan, share, tax_rate
from console.demo.rows import FIRST_NUMBER, Row, licence_key, reference
from queries.recurring import monthly_units

units_of = lru_cache(maxsize=4096)(monthly_units)


def boundary(anchor: datetime, months: int) -> datetime:
    """The instant so many months from the anchor; the last day of a month that is too short."""
    return datetime.combine(add_months(anchor.date(), months), anchor.timetz())


class Life:
    """One subscription, lived forward: the verbs are called in the order of time."""

    def __init__(self, account: Account, plan: Plan, *, quantity: int = 1, price: int | None = None) -> None:
        self.account = account
        self.plan = plan
        self.anchor = datetime.min.replace(tzinfo=UTC)  # set by the first paid period
        self.periods = 0  # how many lie between the anchor and the start of the present one
        self.invoices = 0
        self.unpaid: Row | None = None  # the last failed attempt for the present period
        self.last_charge: Row | None = None  # the last one that succeeded
        number = account.book.next_id("subscriptions")
        self.row: Row = {
            "id": number,
            "number": f"S-{FIRST_NUMBER + number}",
            "customer_id": account.id,
            "plan_id": plan.id,
            "payment_method_id": account.card,
            "licence_key": licence_key(plan.product, number),
            "status": "active",
            "price_minor": plan.amount_minor * quantity if price is None else price,
            "currency": plan.currency,
            "interval": plan.interval,
            "interval_count": plan.interval_count,
            "quantity": quantity,
            "started_at": None,
            "trial_end": None,
            "current_period_start": None,
            "current_period_end": None,
            "cancel_at_period_end": False,
            "cancel_requested_at": None,
            "cancel_requested_by": None,
            "cancel_reason": None,
            "ended_at": None,
            "version": 0,
        }
        account.book.subscriptions.append(self.row)

    @property
    def units(self) -> int:
        return units_of(self.row["price_minor"], self.row["interval"], self.row["interval_count"])

    @property
    def period_end(self) -> datetime:
        end: datetime = self.row["current_period_end"]
        return end

    def _event(
        self, kind: str, at: datetime, actor: str = "system", delta: int = 0, reason: str | None = None
    ) -> None:
        self.row["version"] += 1
        self.account.book.subscription_events.append(
            {
                "id": self.account.book.next_id("subscription_events"),
                "subscription_id": self.row["id"],
                "customer_id": self.account.id,
                "kind": kind,
                "occurred_at": at,
                "recorded_at": at,
                "actor": actor,
                "mrr_delta_units": delta,
                "currency": self.row["currency"],
                "reason": reason,
            }
        )

    def _charge(self, kind: str, at: datetime, *, attempt: int = 1, failure: str | None = None) -> None:
        """One attempt to collect the present period. The invoice is that of the latest attempt."""
        invoice = self._invoice()
        due = self.row["current_period_start"]
        price = self.row["price_minor"]
        tax = share(price, tax_rate(self.account.country, due), 1000)
        number = self.account.book.next_id("charges")
        charge = {
            "id": number,
            "customer_id": self.account.id,
            "subscription_id": self.row["id"],
            "payment_method_id": self.account.card,
            "kind": kind,
            "period_start": due,
            "period_end": self.row["current_period_end"],
            "amount_minor": price + tax,
            "tax_minor": tax,
            "currency": self.row["currency"],
            "status": "failed" if failure else "succeeded",
            "failure_code": failure,
            "attempt": attempt,
            "gateway_reference": reference("ch", number),
            "invoice_number": invoice,
            "created_at": at,
            "due_at": due,
            "settled_at": None if failure else at,
        }
        self.account.book.charges.append(charge)
        self.unpaid = charge if failure else None
        if not failure:
            self.last_charge = charge

    def _invoice(self) -> str:
        if self.unpaid is not None:
            number: str = self.unpaid["invoice_number"]
            self.unpaid["invoice_number"] = None
            return number
        self.invoices += 1
        return f"INV-{FIRST_NUMBER + self.row['id']}-{self.invoices:03d}"

    def _period(self, anchor: datetime, periods: int) -> None:
        self.anchor, self.periods = anchor, periods
        months = self.plan.months
        self.row["current_period_start"] = boundary(anchor, periods * months)
        self.row["current_period_end"] = boundary(anchor, (periods + 1) * months)

    def begin_trial(self, at: datetime, days: int | None = None) -> None:
        end = at + timedelta(days=days or self.plan.trial_days)
        self.row.update(
            status="trialing",
            started_at=at,
            trial_end=end,
            current_period_start=at,
            current_period_end=end,
        )
        self._event("trial_started", at, "customer")

    def start(self, at: datetime) -> None:
        """The first paid period, from now or from the end of the trial."""
        self.start_before(at, 0)

    def start_before(self, due: datetime, periods: int) -> None:
        """The first paid period, so many periods before `due`: the renewal after the others falls there."""
        converted = self.row["started_at"] is not None
        self._period(due, -periods)
        at = self.row["current_period_start"]
        if not converted:
            self.row["started_at"] = at
        self.row["status"] = "active"
        self._charge("purchase", at)
        self._event("started", at, "system" if converted else "customer", self.units)

    def renew(self) -> None:
        at = self.period_end
        self._period(self.anchor, self.periods + 1)
        self._charge("renewal", at)
        self._event("renewed", at)

    def reprice(self, price: int) -> None:
        """Another price from the renewal that follows now."""
        before = self.units
        self.row["price_minor"] = price
        self._event("price_changed", self.period_end, delta=self.units - before, reason="price_list")

    def change_plan(self, plan: Plan, quantity: int) -> None:
        """Another plan or quantity from the end of the present period on."""
        at, before = self.period_end, self.units
        self.plan = plan
        self.row.update(
            plan_id=plan.id,
            price_minor=plan.amount_minor * quantity,
            interval=plan.interval,
            interval_count=plan.interval_count,
            quantity=quantity,
        )
        self._period(at, 0)
        self._charge("upgrade", at)
        self._event("plan_changed", at, "customer", self.units - before)

    def fail(self, at: datetime, attempt: int, code: str) -> None:
        """An attempt to collect the renewal failed; the first opens the period that is not paid for."""
        if attempt == 1:
            self._period(self.anchor, self.periods + 1)
        self.row["status"] = "past_due"
        self._charge("renewal", at, attempt=attempt, failure=code)
        self._event("payment_failed", at, reason=code)

    def recover(self, at: datetime, attempt: int) -> None:
        self.row["status"] = "active"
        self._charge("renewal", at, attempt=attempt)
        self._event("payment_recovered", at)
        self._event("renewed", at)

    def pause(self, at: datetime) -> None:
        """No service and no charges until somebody resumes it: there is no present period."""
        self.row.update(status="paused", current_period_start=None, current_period_end=None)
        self._event("paused", at, "customer", -self.units)

    def resume(self, at: datetime) -> None:
        self.row["status"] = "active"
        self._period(at, 0)
        self._charge("renewal", at)
        self._event("resumed", at, "customer", self.units)

    def request_cancel(self, at: datetime, reason: str, by: str = "customer") -> None:
        """It is to end with the present period."""
        self.row.update(
            cancel_at_period_end=True, cancel_requested_at=at, cancel_requested_by=by, cancel_reason=reason
        )
        self._event("cancel_requested", at, by, reason=reason)

    def undo_cancel(self, at: datetime) -> None:
        self.row.update(
            cancel_at_period_end=False,
            cancel_requested_at=None,
            cancel_requested_by=None,
            cancel_reason=None,
        )
        self._event("cancel_undone", at, "customer")

    def end(self, at: datetime, reason: str | None = None) -> None:
        """Access stops: canceled where somebody asked for it, else expired."""
        paying = self.row["status"] in {"active", "past_due"}
        asked = self.row["cancel_requested_at"] is not None
        self.row.update(status="canceled" if asked else "expired", ended_at=at, cancel_at_period_end=False)
        self._event("ended", at, "system", -self.units if paying else 0, reason or self.row["cancel_reason"])

    def refund(self, charge: Row, at: datetime, amount: int, reason: str, *, settled: bool = True) -> None:
        """Money back from a charge; its share of tax goes back with it."""
        number = self.account.book.next_id("refunds")
        self.account.book.refunds.append(
            {
                "id": number,
                "charge_id": charge["id"],
                "customer_id": self.account.id,
                "amount_minor": amount,
                "tax_minor": share(charge["tax_minor"], amount, charge["amount_minor"]),
                "currency": charge["currency"],
                "status": "succeeded" if settled else "pending",
                "reason": reason,
                "created_at": at,
                "settled_at": at if settled else None,
                "gateway_reference": reference("re", number),
            }
        )
