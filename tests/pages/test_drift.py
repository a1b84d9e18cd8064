"""Data health, "Books and gateway": compare, see both sides, mend; and what each role can do there."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from console import clocks, db
from console.actions.drift import compare_lately
from console.errors import Unavailable
from console.gateways.choose import payment_gateway
from console.gateways.payments import NotSent
from queries import drift_findings
from queries.drift_findings import DriftFinding
from tests.conftest import Databases
from tests.pages.screen import Opened, open_screen

# The screens are opened on both databases in test_screens, and act on both in test_cancelling.
pytestmark = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)


def findings() -> dict[str, DriftFinding]:
    with db.reading() as data:
        return {one.kind: one for one in drift_findings.left(data.state)}


def opened(role: str, kind: str = "", **address: str) -> Opened:
    if kind:
        address["difference"] = str(findings()[kind].id)
    return open_screen("data_health.py", role, **address)


def press(at: AppTest, label: str) -> Opened:
    (button,) = [one for one in at.button if one.label == label]
    return Opened(button.click().run())


def test_before_the_first_comparison(company_copy: Databases) -> None:
    shown = opened("finance")
    assert "Not compared yet" in shown.texts
    assert "are the same" not in shown.texts


def test_compare_now(company_copy: Databases) -> None:
    shown = press(opened("finance").at, "Compare now")
    assert not shown.at.exception
    assert "objects of the simulated gateway and ours" in shown.texts
    assert "Ended here, still charging there" in shown.grids
    assert "C-1030" in shown.grids
    (which,) = [one for one in shown.at.selectbox if one.label == "Difference"]
    assert which.options[0] == "All"
    assert "Refunded there, not here (1)" in which.options


def test_one_kind_at_a_time(company_copy: Databases) -> None:
    compare_lately(clocks.now())
    at = opened("finance").at
    at.selectbox(key="differs").select("Other dates (1)").run()
    assert "C-1033" in Opened(at).grids
    assert "C-1030" not in Opened(at).grids


def test_finance_books_what_was_refunded_there(company_copy: Databases) -> None:
    compare_lately(clocks.now())
    shown = opened("finance", "refund_only_there")
    assert "has given money back" in shown.texts
    assert "not in our books" in shown.texts
    done = press(shown.at, "Book the refund")
    assert not done.at.exception
    assert "**Done**" in done.texts
    assert "made elsewhere, is in our books as succeeded." in done.texts
    assert "refund_only_there" not in findings()
    assert "C-1029" not in done.grids


def test_finance_may_not_end_a_subscription(company_copy: Databases) -> None:
    compare_lately(clocks.now())
    at = opened("finance", "still_charging").at
    (button,) = [one for one in at.button if one.label == "End it at the gateway"]
    assert button.disabled
    assert "subscription:cancel" in button.help


def test_an_administrator_ends_it_there(company_copy: Databases) -> None:
    compare_lately(clocks.now())
    number = findings()["still_charging"].subject_number
    done = press(opened("admin", "still_charging").at, "End it at the gateway")
    assert f"{number} has ended at the payment gateway, too." in done.texts
    assert "still_charging" not in findings()


def test_what_no_button_mends_says_what_to_do(company_copy: Databases) -> None:
    compare_lately(clocks.now())
    shown = opened("admin", "ended_there")
    assert "Cancel it here at once" in shown.texts
    assert [one.value for one in shown.at.page_link][-2:] == [
        findings()["ended_there"].subject_number,
        "C-1031",
    ]


def test_a_gateway_that_is_away_is_said(company_copy: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    compare_lately(clocks.now())

    def away(_since: datetime) -> Iterator[Any]:
        raise NotSent("The payment gateway did not answer. Nothing was read. Try again.")

    monkeypatch.setattr(payment_gateway(), "refunds", away)
    shown = press(opened("finance").at, "Compare now")
    assert not shown.at.exception
    assert "The payment gateway did not answer." in shown.texts
    with pytest.raises(Unavailable):
        compare_lately(clocks.now())
    again = opened("finance")
    assert "The last comparison was not finished" in again.texts
    assert "C-1030" in again.grids


@pytest.mark.parametrize("address", [{"difference": "x"}, {"difference": "9" * 40}, {"differs": "nonsense"}])
def test_an_odd_address_falls_back(company_copy: Databases, address: dict[str, str]) -> None:
    compare_lately(clocks.now())
    assert not opened("admin", **address).at.exception
