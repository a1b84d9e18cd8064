"""The revenue screen: each of its reports, with its checks, and totals where there are rates."""

import pytest

from console.demo import EXCHANGE_RATES
from console.settings import get_settings
from tests.conftest import Databases
from tests.pages.screen import open_screen

VIEWS = {
    "MRR": ["MRR at the start plus all movements", "MRR at the end is the sum"],
    "Retention": ["The months begin with the customers", "No more was kept than was there"],
    "Receivables": ["The buckets add up to what is open", "The rows listed are the claims"],
    "Refunds": [],
    "Disputes": ["Open at the start plus opened"],
}


@pytest.mark.parametrize("view", VIEWS)
def test_each_report_with_its_checks(company: Databases, view: str) -> None:
    shown = open_screen("revenue.py", "finance", view=view)
    assert not shown.at.exception
    assert not shown.at.error
    assert "What these figures mean" in [each.label for each in shown.at.expander]
    green = next(one.value for one in shown.at.markdown if "**Checked:**" in one.value)
    assert all(words in green for words in VIEWS[view])


@pytest.mark.parametrize("by", ["Cohort: customers", "Cohort: MRR"])
def test_cohorts_mark_the_month_that_is_not_over(company: Databases, by: str) -> None:
    shown = open_screen("revenue.py", "finance", view="Retention", by=by)
    assert not shown.at.exception
    table = next(one.value for one in shown.at.dataframe if "month_0" in one.value)
    assert len(table) >= 12
    assert "%*" in table.to_csv()
    assert r"With \*: of a month that is not over." in shown.texts
    assert "The cohorts began with all new MRR of their months" in shown.texts


def test_the_claims_of_a_bucket(company: Databases) -> None:
    shown = open_screen("revenue.py", "finance", view="Receivables", by="Customer", only="91+ days")
    claims = shown.at.dataframe[-1].value.to_csv()
    assert "91+ days" in claims
    assert not any(other in claims for other in ("Current", "1–30 days", "31–60 days", "61–90 days"))


def test_from_one_report_to_the_next_keeps_what_fits(company: Databases) -> None:
    at = open_screen("revenue.py", "finance", by="Interval", only="lost", currency="SEK").at
    for view in ("Retention", "Receivables", "Disputes", "MRR"):
        at.button_group(key="view").set_value([view]).run()
        assert not at.exception


def test_no_totals_without_rates(company: Databases) -> None:
    tiles = [one.label for one in open_screen("revenue.py", "finance").at.metric]
    assert tiles == ["Paying subscriptions", "Paying customers"]


def test_totals_stand_first_with_their_rates_on_demand(
    company: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSOLE_EXCHANGE_RATES", str(EXCHANGE_RATES))
    monkeypatch.setenv("CONSOLE_REPORTING_CURRENCY", "EUR")
    get_settings.cache_clear()
    shown = open_screen("revenue.py", "finance")
    assert [one.label for one in shown.at.metric][:3] == ["MRR in EUR", "ARR in EUR", "Paying subscriptions"]
    (rates,) = [one for one in shown.at.expander if one.label == "The rates of the totals in EUR"]
    mrr, arr = rates.dataframe
    assert "Rate to EUR" in str(mrr.proto)
    assert "1 Oct 2026" in mrr.value.to_csv()
    assert "1 Oct 2026" in arr.value.to_csv()
    assert "The rates are made up, for the sample company." in rates.text[0].value
    assert (
        "MRR together: " not in shown.texts
    )  # the sentence is for files: the tile and its rates say it here


def test_a_bad_file_of_rates_is_a_sentence(
    company: Databases, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("CONSOLE_EXCHANGE_RATES", f"{tmp_path}/none.csv")
    monkeypatch.setenv("CONSOLE_REPORTING_CURRENCY", "EUR")
    get_settings.cache_clear()
    shown = open_screen("revenue.py", "finance")
    assert not shown.at.exception
    assert "There is no total in the reporting currency. The file of exchange rates" in shown.texts
