"""Bulk on the sample company: give numbers, read every effect, type it, watch it, by role."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from console import clocks, db, times
from console.actions import bulk
from console.signin.who import actor_of
from queries import bulk as stored
from queries import customers
from queries.bulk import BulkRun
from tests.actions.company import alter
from tests.conftest import Databases
from tests.pages.screen import Opened, open_screen, staff_id

# The screens are opened on both databases in test_screens, and act on both in test_cancelling.
pytestmark = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)

TWO = "S-1001,S-1002"
CANCEL = "Cancel 2 subscriptions at the end of the period"


def labels(at: AppTest) -> set[str]:
    return {one.label for one in at.button}


def press(at: AppTest, label: str) -> Opened:
    (button,) = [one for one in at.button if one.label == label]
    return Opened(button.click().run())


def fill(at: AppTest, *, typed: str, reason: str | None = "too_expensive") -> None:
    if reason is not None:
        (why,) = [one for one in at.selectbox if one.label == "Reason"]
        why.set_value(reason)
    (box,) = [one for one in at.text_input if one.label.startswith("To confirm")]
    box.set_value(typed)


def runs() -> list[BulkRun]:
    with db.reading() as data:
        return stored.latest(data.state)


def test_numbers_are_typed_in_and_none_is_dropped(company: Databases) -> None:
    at = open_screen("bulk.py", "agent").at
    at.text_area(key="bulk-numbers").set_value("S-1001\nS-none\nS-1001\nS-1002")
    shown = press(at, "Show what will happen")
    assert not shown.at.exception
    assert "**Not every number is a row**" in shown.texts
    assert "Not known" in shown.texts
    assert "S-none" in shown.texts
    assert "Given twice, done once" in shown.texts
    assert list(shown.at.dataframe[0].value["number"]) == ["S-1001", "S-1002"]


def test_no_number_is_said(company: Databases) -> None:
    shown = press(open_screen("bulk.py", "agent").at, "Show what will happen")
    assert "No number is given" in shown.texts


@pytest.mark.parametrize(("address", "role"), [("cancel", "finance"), ("refund", "nobody")])
def test_who_may_not_sees_no_preview(address: str, role: str, company: Databases) -> None:
    shown = open_screen("bulk.py", None if role == "nobody" else role, **{address: TWO})
    assert not shown.at.exception
    assert "**Not permitted**" in shown.texts
    assert "S-1001" not in shown.grids


def test_who_may_not_can_choose_what_they_may(company: Databases) -> None:
    shown = press(open_screen("bulk.py", "finance", cancel=TWO).at, "Other numbers")
    assert not shown.at.exception
    (kind,) = [one for one in shown.at.segmented_control if one.label == "What to do"]
    assert kind.options == ["Refund what is left"]
    assert shown.at.text_area(key="bulk-numbers").value == "S-1001\nS-1002"


def test_other_words_do_nothing(company_copy: Databases) -> None:
    at = open_screen("bulk.py", "agent", cancel=TWO).at
    fill(at, typed="2")
    shown = press(at, CANCEL)
    assert "type exactly: 2 subscriptions" in shown.texts
    assert runs() == []


def test_a_reason_is_needed(company_copy: Databases) -> None:
    at = open_screen("bulk.py", "agent", cancel=TWO).at
    fill(at, typed="2 subscriptions", reason=None)
    assert "A reason is required" in press(at, CANCEL).texts
    assert runs() == []


def test_confirmed_it_runs_to_its_end_on_the_screen(company_copy: Databases) -> None:
    at = open_screen("bulk.py", "agent", cancel=TWO).at
    fill(at, typed="2 subscriptions")
    shown = press(at, CANCEL)
    assert not shown.at.exception
    (run,) = runs()
    assert (run.state, run.done, run.rows) == ("finished", 2, 2)
    assert at.query_params["bulk"] == run.id
    assert "Done: 2" in shown.texts
    assert "will end on" in shown.grids
    assert not {"Stop", "Go on"} & labels(shown.at)


def test_an_unknown_run_says_so(company: Databases) -> None:
    shown = open_screen("bulk.py", "agent", bulk="6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a01")
    assert "**Not found**" in shown.texts
    assert "**Not done**" in open_screen("bulk.py", "agent", bulk="%").texts


def begun(number: str, role: str = "agent") -> BulkRun:
    """A run of one row that nobody has gone on with."""
    with db.reading() as data:
        actor = actor_of(staff_id(role))
        shown = bulk.prepare(data, actor, "cancel", [number], clocks.now())
    return bulk.begin(
        actor, shown, bulk_id=bulk.new_bulk_id(), typed="1 subscription", reason="other", tell_customer=False
    )


@pytest.mark.parametrize(
    ("role", "stops", "goes_on"),
    [("agent", True, True), ("manager", True, True), ("admin", True, True), ("finance", False, False)],
)
def test_stop_and_go_on_by_role(
    role: str, stops: bool, goes_on: bool, company_copy: Databases, worker: list[str]
) -> None:
    run = begun("S-1001")
    at = open_screen("bulk.py", role, bulk=run.id).at
    assert ("Stop" in labels(at), "Go on" in labels(at)) == (stops, False)
    bulk.stop(actor_of(staff_id("manager")), run.id)
    at = open_screen("bulk.py", role, bulk=run.id).at
    assert ("Stop" in labels(at), "Go on" in labels(at)) == (False, goes_on)
    assert "Stopped: 0 of 1" in [bar.text for bar in at.get("progress")]
    if goes_on:
        press(at, "Go on")
        assert (bulk.load(run.id).state, worker) == ("running", [run.id])


@pytest.fixture
def worker() -> Iterator[list[str]]:
    """Ids of the runs that were handed over: this worker never does anything."""
    taken: list[str] = []
    bulk.use(taken.append)
    yield taken
    bulk.use(None)


def test_with_a_worker_the_screen_only_watches(company_copy: Databases, worker: list[str]) -> None:
    at = open_screen("bulk.py", "agent", cancel=TWO).at
    fill(at, typed="2 subscriptions")
    shown = press(at, CANCEL)
    (run,) = runs()
    assert (run.state, run.done, worker) == ("running", 0, [run.id])
    assert "To come: 2" in shown.texts
    bulk.go_on(run.id, limit=1)
    assert "Done: 1 · To come: 1" in Opened(shown.at.run()).texts


def test_another_selection_needs_the_words_again(company: Databases) -> None:
    at = open_screen("bulk.py", "agent", cancel=TWO).at
    fill(at, typed="2 subscriptions")
    at.run()
    at.query_params["cancel"] = "S-1001,S-1003"
    at.run()
    (box,) = [one for one in at.text_input if one.label.startswith("To confirm")]
    assert box.value == ""
    assert list(at.dataframe[0].value["number"]) == ["S-1001", "S-1003"]


def test_what_changes_while_it_is_shown_needs_the_words_again(company_copy: Databases) -> None:
    at = open_screen("bulk.py", "agent", cancel=TWO).at
    fill(at, typed="2 subscriptions")
    at.run()
    alter("S-1002", price_minor=123_456)
    shown = Opened(at.run())
    (box,) = [one for one in at.text_input if one.label.startswith("To confirm")]
    assert box.value == ""
    assert 1234.56 in list(shown.at.dataframe[0].value["next"])


def test_at_once_is_another_preview(company: Databases) -> None:
    at = open_screen("bulk.py", "agent", cancel=TWO, at="At once").at
    (when,) = [one for one in at.segmented_control if one.label == "When"]
    assert when.value == "At once"
    today = times.day_of(clocks.now())
    assert list(at.dataframe[0].value["ends"]) == [today, today]


def test_refunds_say_who_else_is_needed_and_what_is_left(company: Databases) -> None:
    shown = open_screen("bulk.py", "agent", refund="S-1001,S-1003")
    assert "1 row will wait for one" in shown.texts
    assert "is above what an agent may refund alone" in shown.grids
    assert list(shown.at.dataframe[0].value["left"]) == [0.0, 0.0]
    assert "to approve" not in open_screen("bulk.py", "finance", refund="S-1001").texts


def test_too_many_numbers_are_refused_and_can_be_changed(company: Databases) -> None:
    shown = open_screen("bulk.py", "agent", cancel=",".join(f"S-{n}" for n in range(501)))
    assert "501 numbers are too many at once: at most 500" in shown.texts
    again = press(shown.at, "Other numbers")
    assert str(again.at.text_area(key="bulk-numbers").value).count("\n") == 500


HOSTILE = "<script>alert(1)</script>"


def test_hostile_words_stay_text(company: Databases) -> None:
    with db.reading() as data:
        customer = customers.by_number(data.subscriptions, "C-1008")
        assert customer is not None
        number = customers.subscriptions_of(data.subscriptions, customer.id)[0].number
    shown = open_screen("bulk.py", "agent", cancel=f"{number},{HOSTILE},![x](http://e.example/x.png)")
    assert not shown.at.exception
    rendered = [
        *shown.at.markdown,
        *shown.at.caption,
        *shown.at.title,
        *shown.at.warning,
        *shown.at.subheader,
    ]
    assert not any(sign in str(one.value) for one in rendered for sign in ("<script", "e.example"))
    assert HOSTILE in "\n".join(one.value for one in shown.at.text)
    assert number in shown.grids
    assert "\u202e" not in shown.texts + shown.grids
