"""What a scheduled report sends: its files, the letter with them, and where they may go."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from console import clocks, exports, times, words
from console.db import Connection, Reading
from console.errors import Refused
from console.gateways.mail import Attachment, Message, is_address, mailer, write_whole
from console.reporting import Question, in_words_alone, run
from console.scheduling import PERIODS, Timetable, days_of, next_due
from console.settings import get_settings
from queries import staff
from queries.reports import REPORTS, Report
from queries.schedules import Schedule, ScheduleRun

FOLDER = "folder"  # in place of an e-mail address: the folder of the settings
LARGEST_MAIL = 15_000_000  # bytes of files: mail makes a third more of them, and many servers refuse 25 MB


@dataclass(frozen=True)
class Files:
    """The table of a report and, where they were asked for, the rows behind it; as of the due instant."""

    schedule: Schedule
    due_at: datetime
    reports: tuple[Report, ...]
    attachments: tuple[Attachment, ...]

    @property
    def rows(self) -> int:
        return sum(len(report.rows) for report in self.reports)


def timetable(schedule: Schedule) -> Timetable:
    return Timetable(schedule.every, schedule.hour, schedule.on_day)


def in_words(schedule: Schedule) -> str:
    """ "Renewals by day with rows, next 30 days, as CSV: every Monday at 08:00, to anna@company.example"."""
    asked = schedule.parameters
    by = f" by {asked['by']}" if asked["by"] else ""
    rows = " with rows" if asked["rows"] else ""
    title = REPORTS[schedule.report].title if schedule.report in REPORTS else schedule.report
    when = str(timetable(schedule))
    return (
        f"{title}{by}{rows}, {_lower(PERIODS[asked['period']])}, as {schedule.format.upper()}: "
        f"{_lower(when)}, to {targets_in_words(schedule.send_to)}"
    )


def targets_in_words(targets: list[str]) -> str:
    return ", ".join("the folder" if one == FOLDER else one for one in targets)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def next_time(schedule: Schedule) -> datetime | None:
    """When it is due next, in UTC: in the past where nobody is at work; None while it is paused."""
    if schedule.state != "active":
        return None
    return next_due(timetable(schedule), schedule.done_until, clocks.zone())


def outcome(run: ScheduleRun) -> str:
    """ "23 Nov 2026, 08:00: sent, 30 rows.", what went wrong, and what was missed."""
    state = "waits for its turn" if run.state == "waiting" else run.state
    rows = "" if run.rows is None else f", {words.plural(run.rows, 'row')}"
    parts = (f"{times.moment(run.due_at)}: {state}{rows}.", run.error, missed(run.skipped))
    return " ".join(part for part in parts if part)


def why_not(connection: Connection, target: str) -> str | None:
    """Why reports may not go there, in a sentence; None if they may. `connection`: the state database."""
    if target == FOLDER:
        missing = get_settings().report_folder is None
        return "There is no folder for reports. Set CONSOLE_REPORT_FOLDER, or mail them." if missing else None
    if not is_address(target):
        return f"“{words.visible(target[:60])}” is not an e-mail address. Write it as name@company.example."
    member = staff.by_email(connection, target)
    if (member is not None and member.active) or target.rpartition("@")[2].lower() in _domains():
        return None
    return (
        f"Reports may not go to {target[:100]}: it is no address of active staff. Choose another, or let its "
        "domain in with CONSOLE_REPORT_RECIPIENT_DOMAINS."
    )


def _domains() -> set[str]:
    listed = get_settings().report_recipient_domains.lower().split(",")
    return {domain.strip() for domain in listed} - {""}


def made(data: Reading, schedule: Schedule, due_at: datetime) -> Files:
    """Ask the report as of the due instant, as `console report` does: the same files whenever it is asked
    again. Raises Refused, Unavailable."""
    questions = [_question(schedule, due_at, rows=False)]
    if schedule.parameters["rows"]:
        questions.append(_question(schedule, due_at, rows=True))
    reports = tuple(run(data, question) for question in questions)
    return Files(schedule, due_at, reports, tuple(_attachment(one, schedule.format) for one in reports))


def _question(schedule: Schedule, due_at: datetime, *, rows: bool) -> Question:
    first, last = days_of(schedule.parameters["period"], _local_day(due_at))
    return Question(
        name=schedule.report,
        first=first.isoformat(),
        last=last.isoformat(),
        as_of=due_at.isoformat(),
        by=schedule.parameters["by"] or None,
        rows=rows,
    )


def _local_day(moment: datetime) -> date:
    return moment.astimezone(clocks.zone()).date()


def _attachment(report: Report, form: str) -> Attachment:
    name = exports.file_name(report, form)
    return Attachment(name, exports.MEDIA_TYPES[form], exports.content(report, form))


def put(files: Files, target: str, skipped: int) -> None:
    """Write the files into the folder, or mail them. Again, it is the same file names and the same
    Message-ID. Raises Refused, NotSent, NoAnswer."""
    if target == FOLDER:
        _file_away(files)
        return
    if sum(len(one.content) for one in files.attachments) > LARGEST_MAIL:
        raise Refused(
            "The files are too large for mail. Leave the rows out, choose fewer days, or use the folder."
        )
    mailer().send(_letter(files, target, skipped))


def _file_away(files: Files) -> None:
    folder = get_settings().report_folder
    if folder is None:
        raise Refused("There is no folder for reports any more. Set CONSOLE_REPORT_FOLDER, then send again.")
    due = files.due_at.astimezone(clocks.zone())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in files.attachments:
            write_whole(folder / f"{due:%Y-%m-%d-%H%M}-{files.schedule.id}-{one.name}", one.content)
    except OSError as error:
        raise Refused(
            f"The report could not be written: {error.strerror}. Check the folder {folder.name}."
        ) from error


def _letter(files: Files, to: str, skipped: int) -> Message:
    report, schedule = files.reports[0], files.schedule
    figures = [f"{figure.label}: {in_words_alone(figure)}" for figure in report.figures]
    parts = [
        f"{report.title}, {_period(report)}",
        times.as_of(report.as_of),
        "\n".join(figures),
        "\n".join(report.notes),
        missed(skipped),
        f"Files: {', '.join(one.name for one in files.attachments)}",
        f"{schedule.staff_name} scheduled this: {_lower(str(timetable(schedule)))}. It can be stopped under "
        f"“Scheduled reports” in the console, where it has the number {schedule.id}.",
    ]
    name = f"{schedule.id} {schedule.created_at.isoformat()} {files.due_at.isoformat()} {to.lower()}"
    return Message(
        message_id=f"{uuid.uuid5(uuid.NAMESPACE_URL, name)}.report",
        to=to,
        subject=f"{report.title}, {_period(report)}",
        body="\n\n".join(part for part in parts if part) + "\n",
        language="en",
        attachments=files.attachments,
    )


def _period(report: Report) -> str:
    period = report.period
    if period is None:
        return times.day(_local_day(report.as_of))
    if period.first == period.last:
        return times.day(period.first)
    return f"{times.day(period.first)} – {times.day(period.last)}"


def missed(skipped: int) -> str:
    """What is said about due times that passed while nobody was at work; nothing for none."""
    if not skipped:
        return ""
    passed = words.plural(skipped, "earlier time")
    return f"{passed} passed while the console was not at work: nothing was made for that."
