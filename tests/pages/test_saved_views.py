"""Saved views on the screens: saved from the address, listed, opened by an address of their own, deleted."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from console import db
from console.actions.saved_views import save_view
from console.screens import SCREENS as LISTED
from console.settings import ROOT
from console.signin.who import actor_of
from queries import saved_views as stored
from queries.saved_views import SavedView
from tests.conftest import Databases
from tests.pages.screen import Opened, open_screen, staff_id

SCREENS = {
    "renewals.py": {"days": "60"},
    "trials.py": {"days": "14"},
    "cancellations.py": {"by": "Reason"},
    "revenue.py": {"period": "Last 90 days"},
    "tickets.py": {"state": "All"},
    "subscriptions.py": {"which": "Set to end"},
}


def views(role: str, screen: str) -> list[SavedView]:
    with db.reading() as data:
        return stored.of_screen(data.state, screen, int(staff_id(role)))


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception
    return at


def save(shown: Opened, name: str) -> AppTest:
    shown.at.text_input(key="view-name").set_value(name).run()
    return press(shown.at, "save-view")


@pytest.mark.parametrize("screen", SCREENS)
def test_every_list_and_report_saves_its_address(screen: str, company_copy: Databases) -> None:
    at = save(open_screen(screen, "manager", **SCREENS[screen], before="x"), "Mine *x*")
    (view,) = views("manager", screen)
    (key, value) = next(iter(SCREENS[screen].items()))
    assert view.address == f"{key}={value.replace(' ', '+')}"
    assert "Mine *x*" in Opened(at).grids
    assert "The view “Mine *x*” is saved." in Opened(at).texts
    assert at.text_input(key="view-name").value == ""


def test_the_same_name_again_asks_first(company_copy: Databases) -> None:
    save(open_screen("renewals.py", "finance", days="60"), "Mine")
    at = save(open_screen("renewals.py", "finance", days="90"), "Mine")
    assert "You have a view “Mine” of this screen already." in Opened(at).texts
    assert views("finance", "renewals.py")[0].address == "days=60"
    press(at, "replace-view")
    assert views("finance", "renewals.py")[0].address == "days=90"


def test_a_colleague_sees_what_is_shared_and_cannot_delete_it(company_copy: Databases) -> None:
    shown = open_screen("renewals.py", "finance", days="60")
    shown.at.checkbox(key="view-shared").set_value(True).run()
    save(shown, "For all")
    theirs = open_screen("renewals.py", "manager")
    assert "For all" in theirs.grids
    assert not [one for one in theirs.at.button if one.key == "delete-view"]


def test_own_views_are_deleted(company_copy: Databases) -> None:
    at = save(open_screen("tickets.py", "agent"), "Mine")
    press(at, "delete-view")
    assert views("agent", "tickets.py") == []
    assert "The view is deleted." in Opened(at).texts


def test_a_view_opens_by_its_address(company_copy: Databases) -> None:
    finance = actor_of(staff_id("finance"))
    view = save_view(finance, "renewals.py", "Far", "days=90&only=At+risk")
    shown = open_screen("saved_view.py", "finance", saved_view=str(view.id))
    assert not shown.at.exception
    assert shown.title == "Renewals"
    assert shown.at.query_params["days"] == "90"


@pytest.mark.parametrize("number", ["", "0", "-1", "x", "9" * 30, "²"])
def test_no_such_view(number: str, company: Databases) -> None:
    shown = open_screen("saved_view.py", "finance", **({"saved_view": number} if number else {}))
    assert not shown.at.exception
    assert "**Not found**" in shown.texts


def test_a_shared_view_opens_no_screen_that_is_locked(company_copy: Databases) -> None:
    finance = actor_of(staff_id("finance"))
    view = save_view(finance, "renewals.py", "Far", "days=90", shared=True)
    own = save_view(finance, "renewals.py", "Own", "days=90")
    assert "Not permitted" in open_screen("saved_view.py", "agent", saved_view=str(view.id)).texts
    assert "Not found" in open_screen("saved_view.py", "manager", saved_view=str(own.id)).texts


def test_no_filter_has_the_name_by_which_a_row_opens() -> None:
    """Streamlit lets nobody set a name of the address that a filter is bound to: the row would not open."""
    files = sorted((ROOT / "console" / "ui").glob("*.py"))
    keys = {key for file in files for key in re.findall(r'key="([\w-]+)"', file.read_text(encoding="utf-8"))}
    assert {"by", "days", "status"} <= keys
    assert not keys & {screen.address for screen in LISTED if not screen.in_menu}
