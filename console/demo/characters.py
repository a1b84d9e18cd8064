"""The people the tour and the tests meet by name. Their numbers stay, whatever the size of the sample.

C-1001 Aino Korhonen      two active subscriptions, one renews tomorrow: asks to cancel it (T-1001)
C-1002 Familie Becker     seven subscriptions: active, two years for three, set to end, on trial, past due,
                          paused, ended
C-1003 Madison Reyes      lives in Los Angeles, pays in dollars; overlooked for eight days (T-1004)
C-1004 Eero Mäkinen       writes in Finnish, a thread of several messages (T-1002)
C-1005 Lars Nyberg        his card expires the day before the renewal
C-1006 Camille Moreau     one charge refunded in full, another in part
C-1007 Jonas Keller       set to end with the present period
C-1008 (hostile text)     name and ticket (T-1003) of markup, a formula, direction marks, a very long word
C-1009 Elina Saarinen     a trial that ends in three days
C-1010 Nils Hedlund       past due after two failed attempts
C-1011 佐藤 花子           pays in yen, which has no decimals
C-1012 … C-1023           names in Arabic, Hebrew, Cyrillic, Greek, Chinese, Korean, Devanagari, Thai, with
                          emoji, with marks, with an apostrophe, of one letter
C-1024 Lauri Mäki         lauri.maki+shop@example.com
C-1025 Ingrid Solberg     never subscribed to anything
C-1026 Pieter de Vries    ended last month; came back to a solved ticket (T-1012)
C-1027 Hannah Lang        paused
C-1028 Olivia Hart        has no e-mail address
C-1029 … C-1034          are not the same at the payment gateway: console.demo.gateway says how
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from console.clocks import add_months, start_of, zone
from console.demo.accounts import Account
from console.demo.catalogue import COUNTRIES, PLANS, Plan
from console.demo.lives import Life
from console.demo.people import Sample
from console.demo.rows import Book

HOSTILE_NAME = (
    'Robin <script>alert("x")</script> ![i](https://example.com/i.png) [Admin](https://example.com) '
    ':material/verified: \u202egnirts =HYPERLINK("https://example.com";"open")'
)


class Stage:
    """A character's account and the days around today."""

    def __init__(self, sample: Sample, account: Account, currency: str) -> None:
        self.sample = sample
        self.account = account
        self.currency = currency

    def at(self, days: int, clock: str = "09:15") -> datetime:
        return moment(self.sample, days, clock)

    def plan(self, product: str, term: str) -> Plan:
        return PLANS[product, term, self.currency]

    def subscribe(self, product: str, term: str, due: datetime, periods: int, *, quantity: int = 1) -> Life:
        """A paid subscription that began so many periods before `due`, where its next renewal falls."""
        life = Life(self.account, self.plan(product, term), quantity=quantity)
        life.start_before(due, periods)
        for _ in range(periods - 1):
            life.renew()
        return life

    def dunning(self, product: str, due: datetime, second: datetime) -> Life:
        """Past due: the renewal failed on its day and once more."""
        life = self.subscribe(product, "monthly", due, 6)
        life.fail(due, 1, "insufficient_funds")
        life.fail(second, 2, "insufficient_funds")
        return life


def moment(sample: Sample, days: int, clock: str = "09:15") -> datetime:
    """A wall-clock time in the reporting zone, so many days from today, in UTC."""
    day = sample.today + timedelta(days=days)
    return start_of(day) + (
        datetime.combine(day, time.fromisoformat(clock), tzinfo=zone())
        - datetime.combine(day, time.min, tzinfo=zone())
    )


def _aino(stage: Stage) -> None:
    stage.subscribe("photo", "monthly", stage.at(1), 20)
    stage.subscribe("backup", "yearly", stage.at(200), 1)


def _household(stage: Stage) -> None:
    stage.subscribe("photo", "yearly", stage.at(64), 2)
    stage.subscribe("backup", "2-year", stage.at(300), 1, quantity=3)
    to_end = stage.subscribe("vpn", "monthly", stage.at(12), 14)
    to_end.request_cancel(stage.at(-3, "19:20"), "not_using")
    Life(stage.account, stage.plan("vault", "yearly")).begin_trial(stage.at(-20))
    stage.dunning("pdf", stage.at(-4), stage.at(-1))
    stage.subscribe("photo", "monthly", stage.at(-40), 5).pause(stage.at(-40))
    ended = stage.subscribe("backup", "yearly", stage.at(-90), 1)
    ended.request_cancel(stage.at(-120), "too_expensive")
    ended.end(stage.at(-90))


def _far_west(stage: Stage) -> None:
    # 22:30 of the evening before in Los Angeles.
    stage.subscribe("vpn", "yearly", stage.at(5, "08:30"), 1)


def _two_products(stage: Stage) -> None:
    stage.subscribe("backup", "yearly", stage.at(33), 2)
    stage.subscribe("photo", "monthly", stage.at(9), 11)


def _expiring_card(stage: Stage) -> None:
    stage.subscribe("photo", "yearly", next_month(stage.sample), 1)


def next_month(sample: Sample) -> datetime:
    """The first of next month, ten in the morning: cards of this month are no longer good."""
    first = add_months(sample.today.replace(day=1), 1)
    return moment(sample, (first - sample.today).days, "10:00")


def _refunded(stage: Stage) -> None:
    monthly = stage.subscribe("photo", "monthly", stage.at(15), 10)
    charge = monthly.last_charge
    yearly = stage.subscribe("pdf", "yearly", stage.at(150), 1)
    part = yearly.last_charge
    if charge is not None and part is not None:
        monthly.refund(charge, stage.at(-2), charge["amount_minor"], "requested_by_customer")
        yearly.refund(part, stage.at(-100), part["amount_minor"] * 40 // 100, "technical_problems")


def _set_to_end(stage: Stage) -> None:
    stage.subscribe("vpn", "yearly", stage.at(40), 1).request_cancel(stage.at(-6), "too_expensive")


def _trial(stage: Stage) -> None:
    Life(stage.account, stage.plan("photo", "monthly")).begin_trial(stage.at(-11))


def _past_due(stage: Stage) -> None:
    stage.dunning("pdf", stage.at(-5), stage.at(-2))


def _yearly(stage: Stage) -> None:
    stage.subscribe("photo", "yearly", stage.at(101), 2)


def _monthly(stage: Stage) -> None:
    stage.subscribe("vault", "monthly", stage.at(18), 7)


def _nothing(stage: Stage) -> None:
    pass


def _ended(stage: Stage) -> None:
    month = add_months(stage.sample.today.replace(day=1), -1)
    end = (month.replace(day=15) - stage.sample.today).days
    life = stage.subscribe("vpn", "monthly", stage.at(end), 8)
    life.request_cancel(stage.at(end - 10), "switched")
    life.end(stage.at(end))


def _paused(stage: Stage) -> None:
    stage.subscribe("backup", "monthly", stage.at(-20), 9).pause(stage.at(-20))


def _yearly_that_ended(stage: Stage) -> None:
    life = stage.subscribe("vault", "yearly", stage.at(-10), 1)
    life.request_cancel(stage.at(-40), "not_using")
    life.end(stage.at(-10))


def _monthly_photo(stage: Stage) -> None:
    stage.subscribe("photo", "monthly", stage.at(21), 5)


@dataclass(frozen=True)
class Character:
    name: str
    email: str | None
    country: str
    live: Callable[[Stage], None]
    time_zone: str | None = None
    last4: str = "4242"

    @property
    def zone(self) -> str:
        return self.time_zone or COUNTRIES[self.country].zones[0]


C = Character
CAST = (
    C("Aino Korhonen", "aino.korhonen@example.com", "FI", _aino),
    C("Familie Becker", "familie.becker@example.com", "DE", _household, last4="1881"),
    C("Madison Reyes", "madison.reyes@example.com", "US", _far_west, "America/Los_Angeles", "0005"),
    C("Eero Mäkinen", "eero.makinen@example.com", "FI", _two_products, last4="5556"),
    C("Lars Nyberg", "lars.nyberg@example.com", "SE", _expiring_card, last4="0341"),
    C("Camille Moreau", "camille.moreau@example.com", "FR", _refunded, last4="4444"),
    C("Jonas Keller", "jonas.keller@example.com", "AT", _set_to_end, last4="1117"),
    C(HOSTILE_NAME, "robin@example.com", "GB", _monthly, last4="0002"),
    C("Elina Saarinen", "elina.saarinen@example.com", "FI", _trial, last4="3220"),
    C("Nils Hedlund", "nils.hedlund@example.com", "SE", _past_due, last4="9995"),
    C("佐藤 花子", "hanako.sato@example.com", "JP", _yearly, last4="0505"),
    C("ليلى حداد", "layla.haddad@example.com", "AE", _monthly, last4="1012"),
    C("נועה לוי", "noa.levi@example.com", "IL", _yearly, last4="1013"),
    C("Олена Шевченко", "olena.shevchenko@example.com", "UA", _monthly, last4="1014"),
    C("Γιώργος Παπαδόπουλος", "giorgos.papadopoulos@example.com", "GR", _yearly, last4="1015"),
    C("王小明", "xiaoming.wang@example.com", "TW", _monthly, last4="1016"),
    C("김민준", "minjun.kim@example.com", "KR", _yearly, last4="1017"),
    C("प्रिया शर्मा", "priya.sharma@example.com", "IN", _monthly, last4="1018"),
    C("สมชาย ใจดี", "somchai.jaidee@example.com", "TH", _yearly, last4="1019"),
    C("Zoë 🦊 Fuchs", "zoe.fuchs@example.com", "DE", _monthly, last4="1020"),
    C("Łukasz Żółć-Świątek", "lukasz.zolc@example.com", "PL", _yearly, last4="1021"),
    C("Siobhán O'Brien", "siobhan.obrien@example.com", "IE", _monthly, last4="1022"),
    C("Q", "q@example.com", "US", _yearly, "America/Chicago", "1023"),
    C("Lauri Mäki", "lauri.maki+shop@example.com", "FI", _monthly, last4="1024"),
    C("Ingrid Solberg", "ingrid.solberg@example.com", "SE", _nothing),
    C("Pieter de Vries", "pieter.devries@example.com", "NL", _ended, last4="1026"),
    C("Hannah Lang", "hannah.lang@example.com", "DE", _paused, last4="1027"),
    C("Olivia Hart", None, "GB", _monthly, last4="1028"),
    C("Mikael Holm", "mikael.holm@example.com", "SE", _monthly_photo, last4="1029"),
    C("Sofie Brandt", "sofie.brandt@example.com", "DE", _yearly_that_ended, last4="1030"),
    C("Daniel Okafor", "daniel.okafor@example.com", "GB", _yearly, last4="1031"),
    C("Nora Lindqvist", "nora.lindqvist@example.com", "SE", _monthly, last4="1032"),
    C("Emil Steiner", "emil.steiner@example.com", "AT", _monthly_photo, last4="1033"),
    C("Clara Vidal", "clara.vidal@example.com", "ES", _past_due, last4="1034"),
)
_SINCE = -1000  # days: before the first period of any of them


def write_character(book: Book, sample: Sample, index: int) -> None:
    character = CAST[index]
    country = COUNTRIES[character.country]
    since = moment(sample, _SINCE + index)
    account = Account(
        book,
        name=character.name,
        email=character.email,
        country=character.country,
        locale=country.locale,
        time_zone=character.zone,
        created_at=since,
    )
    if character.live is not _nothing:
        expires = sample.today if character.live is _expiring_card else add_months(sample.today, 30)
        account.add_card("Visa", character.last4, expires.month, expires.year, since)
    character.live(Stage(sample, account, country.currency))
