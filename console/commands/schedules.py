"""`console schedules`: reports that are sent by the clock. JSON of one: id, report, period, by, rows, format,
every, on, hour, send_to, state, made_by (e-mail), next (an instant), last (due, state, error).
"""

from typing import Any

import click

from console import clocks, times
from console.actions import schedule_runs
from console.actions import schedules as verbs
from console.actions.report_files import in_words, next_time, outcome
from console.audit import instant
from console.commands import print_json
from console.db import reading
from console.errors import Refused
from console.scheduling import PERIODS, WEEKDAYS, Every, Timetable
from console.signin.who import actor_with_email
from queries import schedules as stored
from queries.reports import REPORTS
from queries.schedules import Schedule, ScheduleRun

_number = click.argument("number", type=int)
_as = click.option("--as", "email", required=True, metavar="EMAIL", help="Who of the staff does it.")
_DAYS = [day.lower() for day in WEEKDAYS]


@click.group()
def schedules() -> None:
    """Reports that are sent by the clock, while `console serve` or `console worker` runs.

    Listing them is for whoever operates this machine: it needs the database, not a role.
    """


@schedules.command("list")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_(form: str) -> None:
    """All of them, with the next time and what came of the last."""
    with reading() as data:
        found, last = stored.listed(data.state), stored.last_runs(data.state)
    if form == "json":
        print_json([_json(schedule, last.get(schedule.id)) for schedule in found])
        return
    for schedule in found:
        click.echo("\n".join(_lines(schedule, last.get(schedule.id))))
    if not found:
        click.echo("No report is scheduled.")


@schedules.command()
@click.argument("report", type=click.Choice(list(REPORTS)))
@click.option(
    "--period", type=click.Choice(list(PERIODS)), required=True, help="Seen from the day it is sent."
)
@click.option("--every", type=click.Choice(["day", "week", "month"]), required=True)
@click.option("--on", metavar="DAY", help="A weekday, like monday; or a day of the month, 1 to 31.")
@click.option(
    "--hour", type=click.IntRange(0, 23), default=8, show_default=True, help="Of the reporting zone."
)
@click.option(
    "--to", "send_to", multiple=True, required=True, metavar="EMAIL|folder", help="May be repeated."
)
@click.option("--by", default="", metavar="WHAT", help="The breakdown (see `console report --list`).")
@click.option("--rows", is_flag=True, help="A second file with the rows behind the figures.")
@click.option("--format", "form", type=click.Choice(verbs.FORMATS), default="csv", show_default=True)
@_as
def add(
    report: str,
    *,
    period: str,
    every: Every,
    on: str | None,
    hour: int,
    send_to: tuple[str, ...],
    by: str,
    rows: bool,
    form: str,
    email: str,
) -> None:
    """Let a REPORT be sent by the clock."""
    order = verbs.Order(
        report=report,
        period=period,
        timetable=_timetable(every, hour, on),
        send_to=send_to,
        by=by,
        rows=rows,
        format=form,
    )
    _say(verbs.add_schedule(actor_with_email(email), order))


def _timetable(every: Every, hour: int, on: str | None) -> Timetable:
    try:
        return Timetable(every, hour, _day(every, on))
    except ValueError as error:
        raise Refused(f"{error} (--on)") from error


def _day(every: Every, on: str | None) -> int | None:
    if on is None:
        return None
    if every == "week" and on.lower() in _DAYS:
        return _DAYS.index(on.lower()) + 1
    return int(on) if on.isascii() and on.isdigit() and len(on) < 3 else 0


@schedules.command()
@_number
@_as
def pause(number: int, email: str) -> None:
    """Send nothing until it is resumed."""
    _say(verbs.pause_schedule(actor_with_email(email), number))


@schedules.command()
@_number
@_as
def resume(number: int, email: str) -> None:
    """Go on with the next time."""
    _say(verbs.resume_schedule(actor_with_email(email), number))


@schedules.command()
@_number
@_as
def delete(number: int, email: str) -> None:
    """Send it no more, and list it no more."""
    verbs.delete_schedule(actor_with_email(email), number)
    click.echo(f"{number} is deleted.")


@schedules.command()
@_number
@_as
def run_now(number: int, email: str) -> None:
    """Make and send it now, besides its times."""
    run = schedule_runs.run_now(actor_with_email(email), number)
    if run.error:
        raise Refused(f"{run.error} It is tried again by itself." if run.finished_at is None else run.error)
    click.echo(outcome(run))


def _say(schedule: Schedule) -> None:
    click.echo("\n".join(_lines(schedule, None)))


def _lines(schedule: Schedule, last: ScheduleRun | None) -> list[str]:
    due = next_time(schedule)
    coming = f"next: {times.moment(due)} {clocks.zone().key}" if due else "paused"
    lines = [f"{schedule.id:>4}  {in_words(schedule)}", f"      by {schedule.staff_email}; {coming}"]
    return [*lines, f"      last: {outcome(last)}"] if last else lines


def _json(schedule: Schedule, last: ScheduleRun | None) -> dict[str, Any]:
    due = next_time(schedule)
    return {
        "id": schedule.id,
        "report": schedule.report,
        **schedule.parameters,
        "format": schedule.format,
        "every": schedule.every,
        "on": schedule.on_day,
        "hour": schedule.hour,
        "send_to": schedule.send_to,
        "state": schedule.state,
        "made_by": schedule.staff_email,
        "next": instant(due) if due else None,
        "last": last and {"due": instant(last.due_at), "state": last.state, "error": last.error},
    }
