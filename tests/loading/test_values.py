"""Amounts and moments: one decimal mark and one date order for each file."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import Refused
from console.loading.files import BadRow, SourceFile
from console.loading.values import Evidence, Reading, boolean, integer

FILE = SourceFile(Path("some.csv"), "utf-8", ",", ("a",), True)
HELSINKI, ZULU = ZoneInfo("Europe/Helsinki"), ZoneInfo("UTC")


def reading(*, dates: list[str] = [], amounts: list[str] = [], usual: str | None = None) -> Reading:  # noqa: B006
    evidence = Evidence(FILE)
    for number, text in enumerate(dates, 2):
        evidence.date(text, number)
    for number, text in enumerate(amounts, 2):
        evidence.amount(text, number)
    return evidence.conclude(ZULU, None, usual)


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["01-02-2016", "29-02-2016 01:16"], "dmy"),
        (["01/02/2016", "02/29/2016"], "mdy"),
        (["2016-02-29", "2016-02-28 3:00"], "ymd"),
        ([], "ymd"),
    ],
)
def test_the_whole_file_tells_its_date_order(dates: list[str], order: str) -> None:
    assert reading(dates=dates).date_order == order


def test_the_first_line_cannot_mislead() -> None:
    found = reading(dates=["01-02-2016", "13-02-2016"])
    assert found.instant("01-02-2016") == datetime(2016, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("dates", "sentence"),
    [
        (
            ["13-02-2016", "02-13-2016"],
            "line 3: A date is written month-day-year here and day-month-year on line 2",
        ),
        (
            ["2016-02-13", "13-02-2016"],
            "line 3: A date is written day-month-year here and year-month-day on line 2",
        ),
        (["2016-02-13", "01-02-2016"], "line 3: A date is written"),
        (["01-02-2016", "03-04-2016"], "can be read as day-month or as month-day.*--date-order"),
    ],
)
def test_two_orders_or_none_to_tell_are_refused(dates: list[str], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        reading(dates=dates)


def test_what_the_source_usually_does_decides_only_what_the_file_leaves_open() -> None:
    assert reading(dates=["01-02-2016"], usual="dmy").date_order == "dmy"
    assert reading(dates=["01-02-2016", "01-13-2016"], usual="dmy").date_order == "mdy"


def test_moments_without_zone_are_in_the_files_zone() -> None:
    winter = Reading("dmy", None, HELSINKI)
    assert winter.instant("29-02-2016 01:16") == datetime(2016, 2, 28, 23, 16, tzinfo=UTC)
    assert winter.instant("01.07.2016") == datetime(2016, 6, 30, 21, tzinfo=UTC)
    iso = Reading("ymd", None, HELSINKI)
    assert iso.instant("2016-02-29T01:16:30Z") == datetime(2016, 2, 29, 1, 16, 30, tzinfo=UTC)
    assert iso.instant("2016-02-29 01:16 -05:00") == datetime(2016, 2, 29, 6, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["30-02-2016", "x", "2016-01-01", "01-01-2016 25:00", "٠١-٠١-٢٠١٦", "0" * 10_000]
)
def test_what_is_no_date_is_said(text: str) -> None:
    with pytest.raises(BadRow, match="is not a date"):
        Reading("dmy", None, ZULU).instant(text)


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31 23:59"])
def test_moments_at_the_ends_of_time_are_no_traceback(text: str) -> None:
    for name in ("Pacific/Kiritimati", "America/Los_Angeles"):
        try:
            Reading("ymd", None, ZoneInfo(name)).instant(text)
        except BadRow as error:
            assert "not a date that exists" in str(error)


@pytest.mark.parametrize(
    ("amounts", "text", "minor"),
    [
        (["12,50"], "1.234,56", 123456),
        (["12.50"], "1,234.56", 123456),
        (["12,50"], "1 234,56", 123456),
        (["1.234.567"], "12,5", 1250),
        (["12.50"], "1,234,567", 123456700),
        ([], "-12", -1200),
    ],
)
def test_the_whole_file_tells_its_decimal_mark(amounts: list[str], text: str, minor: int) -> None:
    assert reading(amounts=[*amounts, text]).amount(text, "EUR") == minor


def test_decimals_are_the_currencys() -> None:
    assert reading(amounts=["1.5"]).amount("1234", "JPY") == 1234
    with pytest.raises(BadRow, match="more decimals than JPY"):
        reading(amounts=["1.5"]).amount("1.5", "JPY")
    assert reading(amounts=["1.5"]).amount("1.234", "KWD") == 1234


def test_two_decimal_marks_in_one_file_are_refused() -> None:
    with pytest.raises(
        Refused, match="line 3: An amount is written with a decimal point here and with a decimal comma"
    ):
        reading(amounts=["1,50", "1.50"])


@pytest.mark.parametrize("text", ["1.234", "1,234"])
def test_an_amount_that_can_be_read_two_ways_is_refused(text: str) -> None:
    with pytest.raises(BadRow, match="can be read two ways"):
        reading(amounts=[text]).amount(text, "EUR")


@pytest.mark.parametrize(
    "text", ["", "x", "1,2,3", "1e5", "NaN", "--1", "12.50.1", "1,23.4", "9" * 18, "٣", "=1+1"]
)
def test_what_is_no_amount_is_said(text: str) -> None:
    with pytest.raises(BadRow):
        Reading("ymd", ".", ZULU).amount(text, "EUR")


@given(st.integers(-(10**12), 10**12), st.sampled_from([",", "."]))
def test_an_amount_written_with_groups_is_read_back(minor: int, mark: str) -> None:
    grouped = f"{minor / 100:,.2f}" if mark == "." else f"{minor / 100:,.2f}".translate({44: 46, 46: 44})
    assert Reading("ymd", mark, ZULU).amount(grouped, "EUR") == minor


def test_numbers_and_truths() -> None:
    assert integer("-42") == -42
    assert boolean("TRUE")
    assert not boolean("no")
    for text in ("", "4.5", "2147483648", "x"):
        with pytest.raises(BadRow, match="whole number"):
            integer(text)
    with pytest.raises(BadRow, match="neither true nor false"):
        boolean("perhaps")
