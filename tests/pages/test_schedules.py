"""Scheduled reports on the screen: made, sent now, paused, resumed, deleted; a refusal is a sentence."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from console import db
from console.settings import get_settings
from queries import schedules as stored
from queries.schedules import Schedule
from tests.conftest import Databases
from tests.pages.screen import Opened, open_screen


@pytest.fixture
def folder(company_copy: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CONSOLE_REPORT_FOLDER", str(tmp_path / "reports"))
    get_settings.cache_clear()
    yield tmp_path / "reports"


def listed() -> list[Schedule]:
    with db.reading() as data:
        return stored.listed(data.state)


def press(at: AppTest, key: str) -> Opened:
    at.button(key=key).click().run()
    assert not at.exception
    return Opened(at)


def made(at: AppTest, *to: str) -> Opened:
    for name, value in (("report", "mrr"), ("every", "month")):
        at.selectbox(key=f"schedule-{name}").set_value(value).run()
    at.selectbox(key="schedule-month").set_value("31").run()
    at.multiselect(key="schedule-to").set_value(list(to)).run()
    return press(at, "schedule-add")


def test_one_is_made_with_the_form(folder: Path) -> None:
    shown = open_screen("schedules.py", "finance")
    assert "No report is scheduled yet." in shown.texts
    shown = made(shown.at, "The folder for reports")
    (one,) = listed()
    assert (one.report, one.every, one.on_day, one.hour, one.format) == ("mrr", "month", 31, 8, "csv")
    assert one.parameters == {"period": "last_month", "by": "month", "rows": False}
    assert one.send_to == ["folder"]
    assert "every month on day 31, or the last day of a shorter month, at 08:00" in shown.texts
    assert "Monthly recurring revenue by month (CSV)" in shown.grids
    assert "Not sent yet" in shown.grids


def test_to_nobody_is_a_sentence(folder: Path) -> None:
    shown = made(open_screen("schedules.py", "finance").at)
    assert "Choose whom it goes to" in shown.texts
    assert listed() == []


def test_other_addresses_are_of_the_company_only(folder: Path) -> None:
    at = open_screen("schedules.py", "finance").at
    at.text_input(key="schedule-others").set_value("oskar@elsewhere.example, x").run()
    assert "no address of active staff" in press(at, "schedule-add").texts
    assert listed() == []


def test_sent_now_paused_resumed_deleted(folder: Path) -> None:
    made(open_screen("schedules.py", "finance").at, "The folder for reports")
    (one,) = listed()
    at = open_screen("schedules.py", "manager", schedule=str(one.id)).at
    assert ": sent, " in press(at, f"Send now-{one.id}").texts
    assert len(list(folder.iterdir())) == 1
    assert "Paused" in press(at, f"Pause-{one.id}").grids
    assert "Next: " in press(at, f"Resume-{one.id}").texts
    assert "It is deleted." in press(at, f"Delete-{one.id}").texts
    assert listed() == []


def test_what_went_wrong_stands_in_the_list(folder: Path) -> None:
    made(open_screen("schedules.py", "finance").at, "The folder for reports")
    (one,) = listed()
    folder.write_text("a file")
    shown = press(open_screen("schedules.py", "finance", schedule=str(one.id)).at, f"Send now-{one.id}")
    assert "trying again" in shown.texts
    assert "trying again" in shown.grids
    assert "**Done**" not in shown.texts
    assert "Check the folder reports." in shown.grids


def test_an_odd_number_in_the_address_shows_the_list(folder: Path) -> None:
    for number in ("0", "x", "9" * 40):
        assert open_screen("schedules.py", "finance", schedule=number).title == "Scheduled reports"
