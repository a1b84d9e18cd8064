"""What happens to the crowd's subscriptions between the day they begin and today, by chance."""

from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from console.demo.catalogue import PLANS, RAISED, Plan
from console.demo.lives import Life, boundary

DAY = timedelta(days=1)
RAISED_AGO = timedelta(days=420)  # when RAISED products became dearer
TODAY = timedelta(hours=25)  # the longest day, where clocks go back
RETRIES = (timedelta(0), timedelta(days=3), timedelta(days=7))  # after the due date; then it is given up
GIVEN_UP = timedelta(days=14)
# Codes of console.actions, which are what agents choose from.
CANCEL_REASONS = (
    "too_expensive",
    "not_using",
    "missing_features",
    "switched",
    "technical_problems",
    "duplicate",
    "customer_service",
    "other",
)
FAILURES = (
    "insufficient_funds",
    "card_declined",
    "expired_card",
    "authentication_required",
    "processing_error",
)
REFUND_REASONS = ("requested_by_customer", "technical_problems", "duplicate", "other")
_REASON_WEIGHTS = tuple(accumulate((30, 26, 12, 12, 8, 4, 3, 5)))
_FAILURE_WEIGHTS = tuple(accumulate((40, 25, 20, 10, 5)))
# What comes at the end of a paid period, in thousandths; the rest renews as it is.
_FATES = ("cancel", "fail", "more", "longer", "pause")
_ODDS = {
    "monthly": tuple(accumulate((22, 30, 5, 6, 4))),
    "yearly": tuple(accumulate((130, 70, 30, 0, 8))),
    "2-year": tuple(accumulate((170, 80, 30, 0, 8))),
}


def _fate(dice: Random, term: str) -> str:
    drawn = dice.random() * 1000
    for fate, edge in zip(_FATES, _ODDS[term], strict=True):
        if drawn < edge:
            return fate
    return "renew"


def _due_on_the_day(anchor: datetime, months: int, cut: datetime) -> bool:
    """Would a period end on the day that begins where the clock of the sample stops?"""
    apart = (cut.year - anchor.year) * 12 + cut.month - anchor.month
    near = [m for m in (apart, apart + 1) if m >= 0 and m % months == 0]
    return any(cut <= boundary(anchor, m) < cut + TODAY for m in near)


def keep_off_today(start: datetime, wait: timedelta, months: int, cut: datetime) -> datetime:
    """A start, a few days earlier where it must be, after which nothing falls due today.

    What fell due between midnight and the moment somebody looks would seem forgotten.
    """
    while _due_on_the_day(start + wait, months, cut):
        start -= DAY * (1 + start.second % 9)  # spread, so that no day has the renewals of two
    return start


class History:
    """One subscription of the crowd, from its first day to the cut."""

    def __init__(self, dice: Random, life: Life, cut: datetime) -> None:
        self.dice = dice
        self.life = life
        self.cut = cut
        self.raised_at = cut - RAISED_AGO

    def _within(self, start: datetime, end: datetime) -> datetime:
        return (start + (end - start) * self.dice.random()).replace(microsecond=0)

    def _reason(self) -> str:
        return self.dice.choices(CANCEL_REASONS, cum_weights=_REASON_WEIGHTS)[0]

    def live(self, start: datetime, *, trial: bool) -> None:
        if trial and not self._trial(start):
            return
        self.life.start(self.life.row["trial_end"] or start)
        while self._refunds() and self._period():
            pass

    def _trial(self, start: datetime) -> bool:
        """True if it is over and becomes paid."""
        life = self.life
        life.begin_trial(start)
        end, drawn = life.period_end, self.dice.random()
        if drawn < 0.30:  # asked to end it while it runs
            asked = self._within(start, end)
            if asked < self.cut:
                life.request_cancel(asked, self._reason())
                if drawn < 0.05:
                    life.end(asked)
                    return False
        if end >= self.cut:
            return False
        if drawn < 0.45:
            life.end(end, None if drawn < 0.30 else "trial_not_converted")
            return False
        return True

    def _period(self) -> bool:
        """Live to the end of the present period. False when the story stops there, or at the cut."""
        fate = _fate(self.dice, self.life.plan.term)
        if fate == "cancel" and not self._cancel():
            return False
        if self.life.period_end >= self.cut:
            return False
        if fate == "fail":
            return self._dunning()
        if fate == "pause":
            return self._pause()
        self._renew(fate)
        return True

    def _renew(self, fate: str) -> None:
        life, plan = self.life, self.life.plan
        if fate == "more":
            life.change_plan(plan, life.row["quantity"] + 1)
        elif fate == "longer":
            life.change_plan(PLANS[plan.product, "yearly", plan.currency], life.row["quantity"])
        else:
            if plan.product in RAISED and life.row["price_minor"] == self._old_price(life.period_end):
                life.reprice(plan.amount_minor * life.row["quantity"])
            life.renew()

    def _old_price(self, at: datetime) -> int | None:
        """The whole price before the raise, once the raise is in force."""
        if at < self.raised_at:
            return None
        return price_before_the_raise(self.life.plan) * int(self.life.row["quantity"])

    def _cancel(self) -> bool:
        """Asked within the present period. True if they changed their mind, or have not asked yet."""
        life = self.life
        start, end = life.row["current_period_start"], life.period_end
        asked = self._within(start, end)
        if asked >= self.cut:
            return True
        by = "staff" if self.dice.random() < 0.25 else "customer"
        life.request_cancel(asked, self._reason(), by)
        drawn = self.dice.random()
        if drawn < 0.15:
            undone = self._within(asked, min(end, self.cut))
            life.undo_cancel(undone)
            return True
        if drawn < 0.25:
            life.end(asked)
            return False
        if end < self.cut:
            life.end(end)
        return False

    def _dunning(self) -> bool:
        life, due = self.life, self.life.period_end
        code = self.dice.choices(FAILURES, cum_weights=_FAILURE_WEIGHTS)[0]
        works_at = self.dice.choices((2, 3, 4), cum_weights=(45, 70, 100))[0]  # 4: never
        for attempt, later in enumerate(RETRIES, start=1):
            at = due + later
            if at >= self.cut:
                return False
            if attempt == works_at:
                life.recover(at, attempt)
                return True
            life.fail(at, attempt, code)
        if due + GIVEN_UP < self.cut:
            life.end(due + GIVEN_UP, "payment_failed")
        return False

    def _pause(self) -> bool:
        life, at = self.life, self.life.period_end
        life.pause(at)
        back = keep_off_today(
            at + timedelta(days=self.dice.randint(40, 120)), timedelta(0), life.plan.months, self.cut
        )
        if back >= self.cut:
            return False
        life.resume(back)
        return True

    def _refunds(self) -> bool:
        """Now and then the last charge goes back, all of it or a part. Always True: the story goes on."""
        charge = self.life.last_charge
        drawn = self.dice.random()
        if charge is not None and drawn < 0.018:
            at = charge["created_at"] + timedelta(hours=self.dice.randint(2, 24 * 13))
            if at < self.cut:
                whole = charge["amount_minor"]
                amount = whole if drawn < 0.012 else whole * self.dice.choice((25, 50, 75)) // 100
                reason = self.dice.choice(REFUND_REASONS)
                self.life.refund(charge, at, amount, reason, settled=at < self.cut - DAY)
        return True


def price_before_the_raise(plan: Plan) -> int:
    """A plan's price when RAISED products were a tenth cheaper."""
    return plan.amount_minor * 9 // 10
