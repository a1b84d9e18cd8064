"""Totals in the reporting currency: the file of rates, the rate of a day, rounding, and what is lacking."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import exchange
from console.demo import EXCHANGE_RATES
from console.demo.catalogue import CURRENCIES
from console.errors import Refused
from console.exchange import Rate, Rates
from console.settings import get_settings
from queries.reports import Figure, Report

DAY = date(2026, 11, 25)
FILE = """\
# Rates of a test.
date,currency,rate
2026-11-01,SEK,0.0871
2026-10-01,SEK,0.09
2026-11-20,JPY,0.0061
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rates.csv"
    path.write_text(FILE, encoding="utf-8")
    return path


def _report(**amounts: int) -> Report:
    return Report(
        name="mrr", title="MRR", definition="", as_of=datetime(2026, 11, 24, 23, tzinfo=UTC),
        zone=ZoneInfo("Europe/Helsinki"), period=None, by="currency", columns=(), rows=[],
        figures=[
            Figure("mrr", "MRR", value, "money", currency) for currency, value in sorted(amounts.items())
        ],
        notes=["First."],
    )  # fmt: skip


def _use(monkeypatch: pytest.MonkeyPatch, file: Path | None, to: str | None) -> None:
    for name, value in (("EXCHANGE_RATES", file), ("REPORTING_CURRENCY", to)):
        if value is None:
            monkeypatch.delenv(f"CONSOLE_{name}", raising=False)
        else:
            monkeypatch.setenv(f"CONSOLE_{name}", str(value))
    get_settings.cache_clear()


@pytest.fixture(autouse=True)
def _settings_again() -> Iterator[None]:
    yield
    get_settings.cache_clear()


def test_the_latest_rate_at_or_before_the_day(file: Path) -> None:
    rates = exchange.read(file, "EUR")
    assert rates.source == "Rates of a test."
    found = {
        day: rates.at("SEK", date.fromisoformat(day)) for day in ("2026-09-30", "2026-10-31", "2026-11-01")
    }
    assert found["2026-09-30"] is None
    assert found["2026-10-31"] == Rate(date(2026, 10, 1), "SEK", Decimal("0.09"))
    assert found["2026-11-01"] == Rate(date(2026, 11, 1), "SEK", Decimal("0.0871"))
    assert rates.at("USD", DAY) is None


def test_currencies_with_other_decimals(file: Path) -> None:
    """100.00 SEK at 0.0871 are 8.71 €; 1,000 yen (no decimals) at 0.0061 are 6.10 €."""
    total = exchange.total("MRR", {"SEK": 10_000, "JPY": 1_000, "EUR": 100}, exchange.read(file, "EUR"), DAY)
    assert [(part.currency, part.to_minor) for part in total.parts] == [
        ("SEK", 871), ("JPY", 610), ("EUR", 100),
    ]  # fmt: skip
    assert (total.minor, total.currency, total.lacking) == (1581, "EUR", ())


def test_the_whole_is_rounded_half_even_once() -> None:
    """0.5 cents twice are one cent, not none; 0.5 cents once are none, 1.5 are two."""
    half = Rates("EUR", {code: (Rate(DAY, code, Decimal("0.5")),) for code in ("SEK", "NOK")})
    assert exchange.total("", {"SEK": 1, "NOK": 1}, half, DAY).minor == 1
    assert exchange.total("", {"SEK": 1}, half, DAY).minor == 0
    assert exchange.total("", {"SEK": 3}, half, DAY).minor == 2


@given(
    st.dictionaries(st.sampled_from(["SEK", "JPY", "KWD", "EUR"]), st.integers(-(10**9), 10**9)),
    st.lists(st.decimals("0.0001", "9999", places=4), min_size=3, max_size=3),
)
def test_parts_sum_to_the_whole(amounts: dict[str, int], rates: list[Decimal]) -> None:
    codes = ("SEK", "JPY", "KWD")
    known = Rates("EUR", {c: (Rate(DAY, c, rate),) for c, rate in zip(codes, rates, strict=True)})
    total = exchange.total("", amounts, known, DAY)
    assert sum(part.to_minor for part in total.parts) == total.minor
    for part in total.parts:
        rate = Fraction(part.rate.rate) if part.rate else Fraction(1)
        places = {"SEK": 0, "EUR": 0, "JPY": 2, "KWD": -1}[part.currency]
        assert abs(part.to_minor - part.minor * Fraction(10) ** places * rate) < 1


def test_a_total_names_its_rates_and_what_it_lacks(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    _use(monkeypatch, file, "EUR")
    report = exchange.with_totals(_report(EUR=100, SEK=10_000, USD=5_000))
    assert report.notes == [
        "First.",
        "MRR together: 9.71 EUR, at 1 SEK = 0.0871 EUR (1 Nov 2026). Not in it: 50.00 USD; there is no rate "
        "at or before 25 Nov 2026. Rates of a test.",
    ]


def test_the_day_is_the_local_one_of_the_as_of_instant(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """23:00 UTC on the last of October is November in Helsinki."""
    _use(monkeypatch, file, "EUR")
    report = replace(_report(SEK=10_000), as_of=datetime(2026, 10, 31, 23, tzinfo=UTC))
    assert exchange.totals(report)[0].minor == 871
    report = replace(report, as_of=datetime(2026, 10, 31, 21, tzinfo=UTC))
    assert exchange.totals(report)[0].minor == 900


def test_no_total_where_there_is_nothing_to_turn_into(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    _use(monkeypatch, file, "EUR")
    assert exchange.with_totals(_report(EUR=100)).notes == ["First."]
    assert exchange.with_totals(replace(_report(SEK=100), name="trials")).notes == ["First."]
    _use(monkeypatch, None, None)
    assert exchange.with_totals(_report(EUR=100, SEK=100)).notes == ["First."]


def test_one_setting_of_the_two(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    _use(monkeypatch, file, None)
    with pytest.raises(Refused, match="CONSOLE_REPORTING_CURRENCY too"):
        exchange.configured()
    _use(monkeypatch, None, "EUR")
    with pytest.raises(Refused, match="CONSOLE_EXCHANGE_RATES too"):
        exchange.configured()
    notes = exchange.with_totals(_report(EUR=1, SEK=1)).notes
    assert notes[1].startswith("There is no total in the reporting currency. Totals")


def test_a_changed_file_is_read_again(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    _use(monkeypatch, file, "EUR")
    first = exchange.configured()
    assert first is exchange.configured()
    file.write_text(FILE + "2026-11-21,USD,0.9\n", encoding="utf-8")
    second = exchange.configured()
    assert second is not None
    assert second.at("USD", DAY) == Rate(date(2026, 11, 21), "USD", Decimal("0.9"))


HEAD = "date,currency,rate\n"
BAD = {
    "": "does not begin with the header date,currency,rate",
    "day;currency;rate\n": "does not begin with the header",
    HEAD + "2026-11-01,SEK\n": "Line 2 .* it has 2 values instead of 3",
    HEAD + "1.11.2026,SEK,0.1\n": "“1.11.2026” is not a date like 2026-01-31",
    HEAD + "\n# more\n2026-11-01,SEK,0,1\n": "Line 4 .* it has 4 values",
    HEAD + "2026-11-01,SEK,x\n": "“x” is not a number like 0.0871",
    HEAD + "2026-11-01,sek,0.1\n": "“sek” is not a currency like SEK",
    HEAD + "2026-11-01,SEK,0\n": "the rate 0 is not above zero",
    HEAD + "2026-11-01,SEK,-1\n": "the rate -1 is not above zero",
    HEAD + "2026-11-01,SEK,nan\n": "the rate nan is not above zero",
    HEAD + "2026-11-01,SEK,1e999\n": "out of proportion",
    HEAD + "2026-11-01,EUR,1.1\n": "EUR is the reporting currency, so its rate is 1",
    HEAD + "2026-11-01,SEK,1\n2026-11-01,SEK,2\n": "Line 3 .* SEK has two rates for 2026-11-01",
}


@pytest.mark.parametrize("text", BAD)
def test_a_bad_file_is_refused_with_its_line(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=BAD[text]):
        exchange.read(file, "EUR")


def test_what_cannot_be_read(monkeypatch: pytest.MonkeyPatch, file: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="“XYZ” is not a currency"):
        exchange.read(file, "XYZ")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(Refused, match="it is not UTF-8 text"):
        exchange.read(file, "EUR")
    _use(monkeypatch, tmp_path / "none.csv", "EUR")
    with pytest.raises(Refused, match="No such file"):
        exchange.configured()
    monkeypatch.setattr(exchange, "LARGEST_FILE", 1)
    _use(monkeypatch, file, "EUR")
    with pytest.raises(Refused, match="is larger than"):
        exchange.configured()


def test_a_file_as_a_spreadsheet_writes_it(file: Path) -> None:
    file.write_bytes(b'\xef\xbb\xbf"date","currency","rate"\r\n2026-11-01, "SEK" ,0.0871\r\n\r\n')
    rates = exchange.read(file, "EUR")
    assert (rates.at("SEK", DAY), rates.source) == (Rate(date(2026, 11, 1), "SEK", Decimal("0.0871")), "")


def test_the_sample_company_has_made_up_rates_for_its_currencies() -> None:
    rates = exchange.read(EXCHANGE_RATES, "EUR")
    assert "made up" in rates.source
    assert all(rates.at(currency, date(2021, 1, 1)) for currency in CURRENCIES if currency != "EUR")
