"""Every screen on the sample company: who may open it, what stands there, what a wrong address answers."""

import pytest

from console import db, times
from console.access import ROLES
from console.screens import SCREENS, Screen
from queries import subscriptions
from tests.conftest import Databases
from tests.pages.screen import entry, open_screen

ROWS = {"customer": "C-1001", "subscription": "S-1001", "ticket": "T-1001", "bulk": "", "saved_view": ""}


def address_of(screen: Screen) -> dict[str, str]:
    return {} if screen.in_menu else {screen.address: ROWS[screen.address]}


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.file)
@pytest.mark.parametrize("role", ROLES)
def test_who_may_open_what(role: str, screen: Screen, company: Databases) -> None:
    shown = open_screen(screen.file, role, **address_of(screen))
    assert not shown.at.exception
    if screen.permission in ROLES[role]:
        assert screen.title in shown.title
        assert "Not permitted" not in shown.texts
    else:
        assert shown.title == ""
        assert "Not permitted" in shown.texts
        assert f"needs the permission “{screen.permission}”" in shown.texts
        assert not shown.at.dataframe


@pytest.mark.parametrize("user", [None, "", "0", "999999", "1 OR 1=1", "-1"])
def test_nobody_sees_nothing(user: str | None, company: Databases) -> None:
    at = entry(user).run()
    assert not at.exception
    assert not at.title
    assert not at.dataframe
    assert not at.text_input
    assert at.warning[0].value == "**Not permitted**"


@pytest.mark.parametrize("page", ["customer.py", "subscription.py", "ticket.py"])
@pytest.mark.parametrize(
    "number", ["", "C-0", "%", "'; DROP TABLE customers; --", "💥" * 50, "\u202eevil", "x" * 10_000]
)
def test_a_wrong_number_in_the_address_says_so(page: str, number: str, company: Databases) -> None:
    shown = open_screen(page, "agent", **({page.removesuffix(".py"): number} if number else {}))
    assert not shown.at.exception
    assert "**Not found**" in shown.texts
    assert ("No such" if number else "is chosen") in shown.texts
    assert shown.at.page_link[0].value == "Find a customer"


ODD = [
    "",
    " ",
    "%",
    "_",
    "'",
    '"',
    "\\",
    "a" * 10_000,
    "🦊",
    "שלום",
    "\x00",
    "anna\x00",
    "\u202e",
    "-- ;",
    "*",
    "(",
    "NEAR(",
]


@pytest.mark.parametrize("text", ODD)
def test_the_box_takes_anything(text: str, company: Databases) -> None:
    shown = open_screen("customers.py", "agent", q=text)
    assert not shown.at.exception
    assert shown.title == "Customers"


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("tickets.py", {"state": "nonsense", "team": "'", "before": "x", "assignee": "9" * 40}),
        ("customers.py", {"before": "2026-01-01T00:00:00_x"}),
        ("renewals.py", {"days": "-5", "by": "nonsense", "as-of": "yesterday", "only": "x"}),
        ("cancellations.py", {"period": "Forever", "period-days": "2026-12-31", "by": "'"}),
        ("revenue.py", {"currency": "XXX", "by": "month; --"}),
        ("audit.py", {"who": "x", "what": "nothing", "whom": "%" * 500}),
        ("data_health.py", {"check": "nonsense"}),
        ("bulk.py", {"cancel": "\x00,%,'; --", "at": "tomorrow"}),
        ("bulk.py", {"refund": "💥", "bulk": ""}),
    ],
)
def test_odd_filters_in_the_address_fall_back(page: str, address: dict[str, str], company: Databases) -> None:
    shown = open_screen(page, "admin", **address)
    assert not shown.at.exception
    assert shown.title


def test_the_customer_page_says_everything_in_words(company: Databases) -> None:
    shown = open_screen("customer.py", "agent", customer="C-1001")
    assert "Aino Korhonen" in shown.texts
    assert "aino.korhonen@example.com" in shown.texts
    assert "Renews" in shown.texts
    with db.reading() as data:
        renewing = subscriptions.by_number(data.subscriptions, "S-1001")
    assert renewing is not None
    assert times.days_from_now(renewing.current_period_end) in shown.texts  # "tomorrow" until midnight
    assert "Visa ••4242" in shown.texts
    assert "T-1001" in shown.grids


def test_seven_subscriptions_are_all_there(company: Databases) -> None:
    shown = open_screen("customer.py", "agent", customer="C-1002")
    buttons = [button for button in shown.at.button if "cancel" in button.label.lower()]
    assert "6 running, 1 ended" in shown.texts
    assert len(buttons) == 6


def test_hostile_text_stays_text(company: Databases) -> None:
    shown = open_screen("customer.py", "agent", customer="C-1008")
    rendered = "\n".join(str(one.value) for one in [*shown.at.markdown, *shown.at.caption, *shown.at.title])
    assert "<script>" in "\n".join(one.value for one in shown.at.text)
    assert "<script>" not in rendered
    assert "\u202e" not in shown.texts + shown.grids


def test_only_one_hit_opens_the_customer(company: Databases) -> None:
    at = open_screen("customers.py", "agent").at
    at.text_input(key="q").set_value("aino.korhonen@example.com").run()
    assert not at.exception
    assert "C-1001" in at.title[0].value


def test_a_link_with_a_search_does_not_open_by_itself(company: Databases) -> None:
    shown = open_screen("customers.py", "agent", q="aino.korhonen@example.com")
    assert shown.title == "Customers"
    assert "C-1001" in shown.grids
