"""Saved views: kept under a name, for oneself or everybody; replaced only when that was said."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from console import db
from console.access import Actor
from console.actions import saved_views as verbs
from console.actions.saved_views import delete_view, found, save_view
from console.errors import Conflict, NotFound, NotPermitted, Refused
from queries import saved_views as stored
from queries.saved_views import SavedView
from tests.actions.company import entries, kinds, staff
from tests.conftest import Databases

SCREEN = "renewals.py"


@pytest.fixture
def oskar(databases: Databases) -> Actor:
    return staff("Oskar", "finance")


def seen_by(actor: Actor, screen: str = SCREEN) -> list[SavedView]:
    with db.reading() as data:
        return stored.of_screen(data.state, screen, actor.staff_id)


def test_a_view_is_kept_and_written_down(oskar: Actor) -> None:
    view = save_view(oskar, SCREEN, "  At   risk ", "only=at_risk&days=60&before=20260101T0-1")
    assert seen_by(oskar) == [view]
    assert (view.name, view.address, view.shared) == ("At risk", "only=at_risk&days=60", False)
    (entry,) = entries()
    assert (entry.kind, entry.subject_number, entry.actor_name) == ("view.saved", "At risk", "Oskar")
    assert entry.after == {"screen": "Renewals", "address": view.address, "whose": "themselves"}


def test_what_is_in_an_address_stays(oskar: Actor) -> None:
    address = "period-days=2026-01-02&period-days=2026-02-01&product=Na%C3%AFve+%26+co&empty="
    assert save_view(oskar, SCREEN, "Odd", address).address == address
    assert save_view(oskar, SCREEN, "None", "").address == ""


def test_others_see_what_is_shared_after_their_own(oskar: Actor) -> None:
    sofia = staff("Sofia", "manager")
    save_view(oskar, SCREEN, "mine", "days=60")
    shared = save_view(oskar, SCREEN, "Aa", "days=90", shared=True)
    own = save_view(sofia, SCREEN, "zz", "days=30")
    assert seen_by(sofia) == [own, shared]
    assert [view.name for view in seen_by(oskar)] == ["Aa", "mine"]
    assert seen_by(sofia, "trials.py") == []


def test_a_name_again_replaces_only_when_said(oskar: Actor) -> None:
    first = save_view(oskar, SCREEN, "Mine", "days=60")
    with pytest.raises(Conflict, match="You have a view “Mine”") as conflict:
        save_view(oskar, SCREEN, "Mine", "days=90", shared=True)
    assert conflict.value.changes == {"address": ("days=60", "days=90")}
    assert seen_by(oskar) == [first]
    again = save_view(oskar, SCREEN, "Mine", "days=90", shared=True, replace=True)
    assert seen_by(oskar) == [again]
    assert (again.id, again.address, again.shared) == (first.id, "days=90", True)
    save_view(oskar, "trials.py", "Mine", "days=7")  # of another screen
    save_view(staff("Sofia", "manager"), SCREEN, "Mine", "days=30")  # of somebody else


def test_one_name_from_many_clicks_is_one_view(oskar: Actor) -> None:
    def click(_: int) -> bool:
        try:
            save_view(oskar, SCREEN, "Mine", "days=60")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(click, range(6))).count(True) == 1
    assert len(seen_by(oskar)) == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\u0000b", "a\u202eb"])
def test_names_that_are_none(name: str, oskar: Actor) -> None:
    with pytest.raises(Refused, match="1 to 80 characters"):
        save_view(oskar, SCREEN, name, "")
    assert kinds() == []


def test_names_up_to_eighty_of_any_letters(oskar: Actor) -> None:
    for name in ("x" * 80, "Päivän [työt](https://x) *!* 佐藤"):
        assert save_view(oskar, SCREEN, name, "").name == name


def test_an_address_without_end_is_refused(oskar: Actor) -> None:
    with pytest.raises(Refused, match="too long"):
        save_view(oskar, SCREEN, "Long", "q=" + "x" * 2000)


def test_a_hundred_for_each(oskar: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verbs.MOST_OF_ONE == 100
    monkeypatch.setattr(verbs, "MOST_OF_ONE", 2)
    save_view(oskar, SCREEN, "1", "")
    save_view(oskar, "trials.py", "2", "")
    with pytest.raises(Refused, match="Delete one"):
        save_view(oskar, SCREEN, "3", "")
    save_view(oskar, SCREEN, "1", "days=60", replace=True)


def test_who_may_not_open_a_screen_keeps_nothing_of_it(oskar: Actor) -> None:
    with pytest.raises(NotPermitted):
        save_view(staff("Emma"), SCREEN, "Mine", "")


def test_only_its_owner_deletes_a_view(oskar: Actor) -> None:
    sofia = staff("Sofia", "manager")
    own = save_view(oskar, SCREEN, "Own", "")
    shared = save_view(oskar, SCREEN, "Shared", "", shared=True)
    with pytest.raises(NotFound, match="not shared with you"):
        delete_view(sofia, own.id)
    with pytest.raises(NotPermitted, match="Only Oskar"):
        delete_view(sofia, shared.id)
    delete_view(oskar, shared.id)
    assert seen_by(oskar) == [own]
    assert kinds() == ["view.saved", "view.saved", "view.deleted"]
    with db.reading() as data:
        for id in (shared.id, 0, -1, 2**70):
            with pytest.raises(NotFound):
                found(data.state, oskar, id)
