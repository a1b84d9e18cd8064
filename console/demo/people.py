"""The people of the sample company, each drawn from the seed and their place in the row alone.

Nobody has to be remembered: whoever writes a ticket is drawn again and comes out the same.
"""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from random import Random

from console.clocks import add_months, start_of
from console.demo.catalogue import COUNTRIES, PRODUCT_WEIGHTS, PRODUCTS
from console.demo.names import FAMILY_NAME_FIRST, FIRST, LAST
from console.demo.rows import FIRST_NUMBER

HISTORY_MONTHS = 36
_GROWTH = 0.75  # below 1: the company grows, the later months bring more customers
_CODES = tuple(COUNTRIES)
_COUNTRY_WEIGHTS = tuple(accumulate(country.weight for country in COUNTRIES.values()))
_PRODUCT_CODES = tuple(PRODUCTS)
_PRODUCT_WEIGHTS = tuple(accumulate(PRODUCT_WEIGHTS))
_MAIL = ("example.com", "example.net", "example.org")


@dataclass(frozen=True, slots=True)
class Person:
    number: str
    name: str
    email: str
    country: str
    locale: str
    time_zone: str
    currency: str
    product: str  # the first one they take
    joined: datetime


@dataclass(frozen=True)
class Sample:
    """What is asked for: how many customers, from which seed, on which day.

    The clock of the sample stands at `cut`, the first instant of today in the reporting zone: everything
    that happened lies before it, so that the same seed on the same day is the same company at any hour.
    """

    customers: int
    seed: int
    today: date

    @property
    def cut(self) -> datetime:
        return start_of(self.today)

    @property
    def begin(self) -> datetime:
        return start_of(add_months(self.today, -HISTORY_MONTHS))

    def chance(self, stream: str, index: int) -> Random:
        """The dice of one row: they fall the same however many other rows there are."""
        return Random(f"{self.seed}/{stream}/{index}")


class Crowd:
    """Everybody who is not a character, in the order in which they joined: 0 … size − 1."""

    def __init__(self, sample: Sample, first: int) -> None:
        self.sample = sample
        self.first = first  # how many customers there are before them
        self.size = max(0, sample.customers - first)
        self._begin, self._cut = sample.begin, sample.cut
        self._span = self._cut - self._begin

    def person(self, index: int) -> Person:
        dice = self.sample.chance("person", index)
        code = dice.choices(_CODES, cum_weights=_COUNTRY_WEIGHTS)[0]
        country = COUNTRIES[code]
        first, mail_first = dice.choice(FIRST[country.names])
        last, mail_last = dice.choice(LAST[country.names])
        in_order = f"{last} {first}" if country.names in FAMILY_NAME_FIRST else f"{first} {last}"
        return Person(
            number=f"C-{FIRST_NUMBER + self.first + index + 1}",
            name=in_order,
            email=f"{mail_first}.{mail_last}{self.first + index + 1}@{dice.choice(_MAIL)}",
            country=code,
            locale=country.locale,
            time_zone=dice.choice(country.zones),
            currency=country.currency,
            product=dice.choices(_PRODUCT_CODES, cum_weights=_PRODUCT_WEIGHTS)[0],
            joined=self._joined(index + dice.random()),
        )

    def _joined(self, place: float) -> datetime:
        at = self._begin + self._span * float((place / self.size) ** _GROWTH)
        return at.replace(microsecond=0)

    def there_at(self, at: datetime) -> int:
        """How many had joined by then; at least one, so that somebody can write."""
        passed = max(0.0, (at - self._begin) / self._span)
        return max(1, min(self.size, int(self.size * passed ** (1 / _GROWTH))))
