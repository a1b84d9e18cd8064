"""What each of the crowd buys, and when: their account, card and subscriptions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from console.demo.accounts import Account
from console.demo.catalogue import PLANS, PRODUCTS, RAISED, Plan
from console.demo.history import RAISED_AGO, History, keep_off_today, price_before_the_raise
from console.demo.lives import Life
from console.demo.people import Crowd, Person
from console.demo.rows import Book

_HOW_MANY = tuple(accumulate((5, 56, 25, 10, 4)))
_TERMS = ("monthly", "yearly", "2-year")
_TERM_WEIGHTS = tuple(accumulate((60, 34, 6)))
_BRANDS = ("Visa", "Mastercard", "American Express", "JCB")
_BRAND_WEIGHTS = tuple(accumulate((55, 35, 7, 3)))


@dataclass(frozen=True, slots=True)
class Purchase:
    plan: Plan
    start: datetime
    trial: bool


def _products(dice: Random, person: Person) -> list[str]:
    """One to four different ones, the favourite first; a few customers never took any."""
    count = dice.choices(range(5), cum_weights=_HOW_MANY)[0]
    others = [code for code in PRODUCTS if code != person.product]
    return [person.product, *dice.sample(others, k=max(0, count - 1))][:count]


def _purchases(dice: Random, person: Person, cut: datetime) -> Iterator[Purchase]:
    """The first on the day they join, the others at any time after."""
    for place, product in enumerate(_products(dice, person)):
        plan = PLANS[product, dice.choices(_TERMS, cum_weights=_TERM_WEIGHTS)[0], person.currency]
        trial = dice.random() < 0.55
        wait = timedelta(days=plan.trial_days if trial else 0)
        start = person.joined + (cut - person.joined) * (dice.random() if place else 0)
        yield Purchase(plan, keep_off_today(start.replace(microsecond=0), wait, plan.months, cut), trial)


def _first_price(dice: Random, bought: Purchase, cut: datetime) -> int | None:
    """None: the plan's. Some came before the raise, a few have a discount that lasts."""
    if bought.plan.product in RAISED and bought.start < cut - RAISED_AGO:
        return price_before_the_raise(bought.plan)
    return bought.plan.amount_minor * 8 // 10 if dice.random() < 0.03 else None


def _add_card(dice: Random, account: Account, cut: datetime, at: datetime) -> None:
    expires = cut.year * 12 + cut.month - 1 + dice.randint(-1, 46)
    brand = dice.choices(_BRANDS, cum_weights=_BRAND_WEIGHTS)[0]
    account.add_card(brand, f"{dice.randrange(10_000):04d}", expires % 12 + 1, expires // 12, at)


def write_customer(book: Book, crowd: Crowd, index: int) -> None:
    """One customer of the crowd with everything they ever subscribed to."""
    person, cut = crowd.person(index), crowd.sample.cut
    dice = crowd.sample.chance("history", index)
    bought = list(_purchases(dice, person, cut))
    account = Account(
        book,
        name=person.name,
        email=person.email,
        country=person.country,
        locale=person.locale,
        time_zone=person.time_zone,
        created_at=min([person.joined, *(one.start for one in bought)]),
    )
    if bought:
        _add_card(dice, account, cut, bought[0].start)
    for one in bought:
        life = Life(account, one.plan, price=_first_price(dice, one, cut))
        History(dice, life, cut).live(one.start, trial=one.trial)
