"""What the sample company sells, where, and with which tax. All names and prices are made up."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from console.demo.rows import Row


@dataclass(frozen=True, slots=True)
class Plan:
    id: int
    product: str  # its code
    term: str  # a key of TERMS
    amount_minor: int  # per term, without tax
    currency: str
    trial_days: int

    @property
    def code(self) -> str:
        return f"{self.product}-{self.term}-{self.currency.lower()}"

    @property
    def interval(self) -> str:
        return TERMS[self.term][0]

    @property
    def interval_count(self) -> int:
        return TERMS[self.term][1]

    @property
    def months(self) -> int:
        return TERMS[self.term][2]


# term -> interval, count, months, price as a multiple of a month's, words
TERMS = {
    "monthly": ("month", 1, 1, 1, "monthly"),
    "yearly": ("year", 1, 12, 10, "yearly"),
    "2-year": ("year", 2, 24, 18, "two years"),
}
CURRENCIES = ("EUR", "USD", "SEK", "JPY", "GBP")
# code -> name, trial days, a month's price in minor units in the order of CURRENCIES (JPY has no decimals)
PRODUCTS: dict[str, tuple[str, int, tuple[int, int, int, int, int]]] = {
    "photo": ("Lumo Photo Editor", 14, (999, 1099, 10900, 1500, 899)),
    "backup": ("Depot Backup", 30, (499, 549, 5500, 800, 449)),
    "vpn": ("Tunnel VPN", 14, (699, 799, 7900, 1100, 649)),
    "vault": ("Keyring Passwords", 30, (299, 349, 3500, 480, 279)),
    "pdf": ("Folio PDF", 14, (799, 899, 8900, 1280, 749)),
}
PRODUCT_IDS = {code: number for number, code in enumerate(PRODUCTS, start=1)}
# How often each is bought, in the order of PRODUCTS: a few sell most.
PRODUCT_WEIGHTS = (38, 24, 18, 11, 9)
# These became a tenth dearer once; who was there before pays the new price from their next renewal.
RAISED = frozenset({"photo", "vpn"})


def _plans() -> list[Plan]:
    made: list[Plan] = []
    for product, (_, trial_days, monthly) in PRODUCTS.items():
        for term, (_, _, _, times, _) in TERMS.items():
            for currency, price in zip(CURRENCIES, monthly, strict=True):
                amount = price if times == 1 else price * times // 10 * 10
                made.append(Plan(len(made) + 1, product, term, amount, currency, trial_days))
    return made


PLANS = {(plan.product, plan.term, plan.currency): plan for plan in _plans()}


def product_rows() -> list[Row]:
    return [{"id": PRODUCT_IDS[code], "code": code, "name": PRODUCTS[code][0]} for code in PRODUCTS]


def plan_rows() -> list[Row]:
    return [
        {
            "id": plan.id,
            "code": plan.code,
            "product_id": PRODUCT_IDS[plan.product],
            "name": f"{PRODUCTS[plan.product][0]}, {TERMS[plan.term][4]}",
            "interval": plan.interval,
            "interval_count": plan.interval_count,
            "amount_minor": plan.amount_minor,
            "currency": plan.currency,
            "trial_days": plan.trial_days,
        }
        for plan in PLANS.values()
    ]


@dataclass(frozen=True, slots=True)
class Country:
    weight: int  # customers in a hundred; 0: only characters live there
    currency: str
    locale: str
    zones: tuple[str, ...]
    tax: int  # thousandths on top of the price
    names: str  # which list of console.demo.names


COUNTRIES = {
    "FI": Country(30, "EUR", "fi", ("Europe/Helsinki",), 255, "fi"),
    "SE": Country(14, "SEK", "sv", ("Europe/Stockholm",), 250, "sv"),
    "DE": Country(13, "EUR", "de", ("Europe/Berlin",), 190, "de"),
    "US": Country(
        12,
        "USD",
        "en-US",
        ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
        0,
        "en",
    ),
    "JP": Country(7, "JPY", "ja", ("Asia/Tokyo",), 100, "ja"),
    "GB": Country(7, "GBP", "en-GB", ("Europe/London",), 200, "en"),
    "FR": Country(5, "EUR", "fr", ("Europe/Paris",), 200, "fr"),
    "ES": Country(3, "EUR", "es", ("Europe/Madrid",), 210, "es"),
    "NL": Country(3, "EUR", "nl", ("Europe/Amsterdam",), 210, "nl"),
    "AT": Country(2, "EUR", "de", ("Europe/Vienna",), 200, "de"),
    "CA": Country(2, "USD", "en-CA", ("America/Toronto", "America/Vancouver"), 50, "en"),
    "AU": Country(1, "USD", "en-AU", ("Australia/Sydney",), 100, "en"),
    "BR": Country(1, "USD", "pt-BR", ("America/Sao_Paulo",), 0, "es"),
    "AE": Country(0, "USD", "ar", ("Asia/Dubai",), 50, "en"),
    "IL": Country(0, "USD", "he", ("Asia/Jerusalem",), 180, "en"),
    "UA": Country(0, "EUR", "uk", ("Europe/Kyiv",), 200, "en"),
    "GR": Country(0, "EUR", "el", ("Europe/Athens",), 240, "en"),
    "TW": Country(0, "USD", "zh-TW", ("Asia/Taipei",), 50, "en"),
    "KR": Country(0, "USD", "ko", ("Asia/Seoul",), 100, "en"),
    "IN": Country(0, "USD", "hi", ("Asia/Kolkata",), 180, "en"),
    "TH": Country(0, "USD", "th", ("Asia/Bangkok",), 70, "en"),
    "PL": Country(0, "EUR", "pl", ("Europe/Warsaw",), 230, "en"),
    "IE": Country(0, "EUR", "en-IE", ("Europe/Dublin",), 230, "en"),
}
_FINLAND_RAISED_ITS_TAX = datetime.combine(date(2024, 9, 1), datetime.min.time(), tzinfo=UTC)


def tax_rate(country: str, at: datetime) -> int:
    """Thousandths on top of the price in a country on a day."""
    if country == "FI" and at < _FINLAND_RAISED_ITS_TAX:
        return 240
    return COUNTRIES[country].tax


def share(amount: int, part: int, whole: int) -> int:
    """`amount` × `part` / `whole` in minor units, rounded half-even."""
    quotient, rest = divmod(amount * part, whole)
    return quotient + (2 * rest > whole or (2 * rest == whole and quotient % 2 == 1))
