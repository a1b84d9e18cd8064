"""The list of subscriptions: filters in the address, and a selection that stays over its pages, by role."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from console import db
from console.ui.selection import grid_key
from queries import subscription_list
from queries.subscription_list import SubscriptionFilters
from tests.conftest import Databases
from tests.pages.screen import Opened, open_screen

# The screens are opened on both databases in test_screens, and act on both in test_cancelling.
pytestmark = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)

CANCEL, REFUND = "Cancel selection…", "Refund latest charge of selection…"


def shown_numbers(at: AppTest) -> list[str]:
    return list(at.dataframe[0].value["number"])


def select(at: AppTest, *places: int) -> AppTest:
    """Tick rows of the page as the grid does."""
    state = {"selection": {"rows": list(places), "columns": [], "cells": []}}
    at.session_state[grid_key(shown_numbers(at))] = state
    return at.run()


def button(at: AppTest, label: str) -> Any:
    return next((one for one in at.button if one.label == label), None)


@pytest.mark.parametrize(
    ("role", "labels"),
    [
        ("agent", {CANCEL, REFUND}),
        ("manager", {CANCEL, REFUND}),
        ("finance", {REFUND}),
        ("admin", {CANCEL, REFUND}),
    ],
)
def test_who_may_do_what_with_a_selection(role: str, labels: set[str], company: Databases) -> None:
    at = open_screen("subscriptions.py", role).at
    assert {one.label for one in at.button} & {CANCEL, REFUND} == labels
    assert all(button(at, label).disabled for label in labels)
    select(at, 0)
    assert not any(button(at, label).disabled for label in labels)


def test_a_selection_stays_over_the_pages(company: Databases) -> None:
    at = open_screen("subscriptions.py", "agent").at
    first = shown_numbers(at)
    select(at, 0, 2)
    assert "2 selected" in Opened(at).texts
    button(at, "Older").click().run()
    second = shown_numbers(at)
    assert not set(first) & set(second)
    select(at, 1)
    assert "3 selected, 2 of them on other pages" in Opened(at).texts
    button(at, "Newest").click().run()
    assert shown_numbers(at) == first
    assert "3 selected, 1 of them on other pages" in Opened(at).texts
    select(at, 2)
    assert "2 selected, 1 of them on other pages" in Opened(at).texts
    button(at, "Clear").click().run()
    assert "Select rows to act on many" in Opened(at).texts
    assert button(at, CANCEL).disabled


def test_what_is_selected_is_prepared(company: Databases) -> None:
    at = open_screen("subscriptions.py", "agent", status="Active").at
    numbers = shown_numbers(at)
    select(at, 0, 1)
    at = button(at, CANCEL).click().run()
    assert not at.exception
    assert at.title[0].value == "Bulk"
    assert list(at.dataframe[0].value["number"]) == numbers[:2]


@pytest.mark.parametrize(
    ("address", "filters"),
    [
        ({"which": "Payment failed"}, SubscriptionFilters(payment_failed=True)),
        ({"which": "Set to end", "currency": "EUR"}, SubscriptionFilters(set_to_end=True, currency="EUR")),
        ({"status": "Paused"}, SubscriptionFilters(status="paused")),
    ],
)
def test_filters_live_in_the_address(
    address: dict[str, str], filters: SubscriptionFilters, company: Databases
) -> None:
    at = open_screen("subscriptions.py", "agent", **address).at
    with db.reading() as data:
        wanted = [row.number for row in subscription_list.page(data.subscriptions, filters).rows]
    assert wanted
    assert shown_numbers(at) == wanted


def test_none_and_what_renews_soon(company: Databases) -> None:
    none = open_screen("subscriptions.py", "agent", which="Payment failed", status="Paused")
    assert "0 subscriptions" in none.texts
    assert "Widen the filters" in none.texts
    soon = open_screen("subscriptions.py", "agent", renews="7 days")
    assert "the earliest renewal first" in soon.texts


def test_odd_filters_fall_back(company: Databases) -> None:
    odd = open_screen(
        "subscriptions.py", "agent", which="x", status="'", product="💥", renews="-1", before="\x00"
    )
    assert not odd.at.exception
    assert odd.title == "Subscriptions"
    with db.reading() as data:
        found = subscription_list.count(data.subscriptions)
    assert f"{found} subscriptions" in odd.texts
