"""Scheduled reports: their list, what can be done with one, and the form that makes one."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, get_args

import streamlit as st

from console import times
from console.access import Actor
from console.actions import schedule_runs
from console.actions import schedules as verbs
from console.actions.report_files import (
    FOLDER,
    in_words,
    next_time,
    outcome,
    targets_in_words,
    timetable,
)
from console.actions.schedules import MOST_TARGETS, Order
from console.errors import ConsoleError, Refused
from console.scheduling import PERIODS, WEEKDAYS, Every, Timetable
from console.settings import get_settings
from console.ui.address import chosen
from console.ui.layout import section
from console.ui.problems import problem
from console.ui.reports import BY
from console.ui.tables import Column, table
from queries.reports import REPORTS
from queries.schedules import Schedule, ScheduleRun
from queries.staff import StaffMember

_SAID = "schedule-said"
EVERY = {"day": "Every day", "week": "Every week", "month": "Every month"}
THE_FOLDER = "The folder for reports"


def schedules_table(found: Sequence[Schedule], last: Mapping[int, ScheduleRun], actor: Actor) -> None:
    """All of them; a row opens below with what can be done."""
    _said()
    table(
        [_cells(schedule, last.get(schedule.id)) for schedule in found],
        [
            Column("number", "Number", chooses="schedule", width=75),
            Column("report", "Report", width=190),
            Column("when", "When", width=165),
            Column("next", "Next", width=130),
            Column("last", "Last time", width=310),
            Column("to", "To", width=215),
            Column("period", "Period", width=140),
            Column("by", "By", width=110),
        ],
        key="schedules",
        alt="Scheduled reports",
        empty="No report is scheduled yet.",
        height="content",
    )
    number = chosen("schedule")
    one = next((schedule for schedule in found if str(schedule.id) == number), None)
    if one is not None:
        _one(one, actor)


def _cells(schedule: Schedule, last: ScheduleRun | None) -> dict[str, object]:
    by = schedule.parameters["by"]
    title = REPORTS[schedule.report].title if schedule.report in REPORTS else schedule.report
    return {
        "number": str(schedule.id),
        "report": (f"{title} by {by}" if by else title) + f" ({schedule.format.upper()})",
        "period": PERIODS.get(schedule.parameters["period"]),
        "when": str(timetable(schedule)),
        "to": targets_in_words(schedule.send_to),
        "next": _next(schedule),
        "last": outcome(last) if last else "Not sent yet",
        "by": schedule.staff_name,
    }


def _next(schedule: Schedule) -> str:
    due = next_time(schedule)
    return times.moment(due) if due else "Paused"


def _one(schedule: Schedule, actor: Actor) -> None:
    section("Scheduled report", "schedule_send")
    st.text(in_words(schedule))
    paused = schedule.state == "paused"
    with st.container(horizontal=True):
        _button("Send now", "send", schedule_runs.run_now, actor, schedule)
        if paused:
            _button("Resume", "play_arrow", verbs.resume_schedule, actor, schedule)
        else:
            _button("Pause", "pause", verbs.pause_schedule, actor, schedule)
        _button("Delete", "delete", verbs.delete_schedule, actor, schedule)


def _button(label: str, icon: str, verb: Callable[..., Any], actor: Actor, schedule: Schedule) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"{label}-{schedule.id}",
        on_click=_do,
        args=(partial(verb, actor, schedule.id),),
    )


def _do(act: Callable[[], Any]) -> None:
    answer: object
    try:
        answer = _sentence(act())
    except ConsoleError as error:
        answer = error
    st.session_state[_SAID] = answer


def _sentence(came: Schedule | ScheduleRun | None) -> str:
    """Raises Refused for what was not sent."""
    if isinstance(came, ScheduleRun):
        if came.error:
            raise Refused(outcome(came))
        return outcome(came)
    if came is None:
        return "It is deleted."
    return f"{in_words(came)}. Next: {_next(came)}." if came.state == "active" else "It is paused."


def _said() -> None:
    answer = st.session_state.pop(_SAID, None)
    if isinstance(answer, ConsoleError):
        problem(answer)
    elif answer:
        st.success("**Done**", icon=":material/check_circle:")
        st.text(answer)


def schedule_form(people: Sequence[StaffMember], actor: Actor) -> None:
    """What, when and to whom. Nothing is sent before the first due time."""
    section("Schedule a report", "add")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        report = _choice("Report", {name: spec.title for name, spec in REPORTS.items()}, "report")
        _choice("Period", {code: PERIODS[code] for code in verbs.periods_of(report)}, "period")
        _choice("By", {code: BY.get(code, code) for code in REPORTS[report].by}, "by")
        _choice("File", {code: code.upper() for code in verbs.FORMATS}, "format")
    st.checkbox("With a second file: the rows behind the figures", key=_key("rows"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        every = _choice("When", EVERY, "every")
        if every == "week":
            _choice("On", {str(n): day for n, day in enumerate(WEEKDAYS, 1)}, "week")
        if every == "month":
            _choice("On day", {str(n): str(n) for n in range(1, 32)}, "month")
        _choice("At", {str(hour): f"{hour:02}:00" for hour in range(24)}, "hour", first="8")
    st.multiselect("To", _places(people), key=_key("to"), max_selections=MOST_TARGETS)
    st.text_input("Other addresses", key=_key("others"), placeholder="With commas between them")
    st.button(
        "Schedule",
        icon=":material/schedule_send:",
        type="primary",
        key=_key("add"),
        on_click=_do,
        args=(partial(_add, actor),),
    )


def _key(name: str) -> str:
    return f"schedule-{name}"


def _choice(label: str, options: Mapping[str, str], name: str, *, first: str = "") -> str:
    codes = list(options)
    index = codes.index(first) if first else 0
    return st.selectbox(label, codes, index, format_func=options.__getitem__, key=_key(name), width=200)


def _places(people: Sequence[StaffMember]) -> list[str]:
    """The addresses of active staff, and the folder where there is one."""
    folder = [THE_FOLDER] if get_settings().report_folder else []
    return folder + [member.email for member in people if member.active]


def _add(actor: Actor) -> Schedule:
    """As the form stands at the moment of the press, also where somebody was still typing."""
    form = {name: st.session_state[_key(name)] for name in ("report", "period", "by", "format", "rows")}
    places = [*st.session_state[_key("to")], *st.session_state[_key("others")].split(",")]
    send_to = [FOLDER if place == THE_FOLDER else place for place in places]
    return verbs.add_schedule(actor, Order(timetable=_timetable(), send_to=send_to, **form))


def _timetable() -> Timetable:
    picked = st.session_state[_key("every")]
    every: Every = next(code for code in get_args(Every) if code == picked)
    on = None if every == "day" else int(st.session_state[_key(every)])
    return Timetable(every, int(st.session_state[_key("hour")]), on)
