"""The files of reports: their names, and the way to a path or to bytes."""

import io
from collections.abc import Callable, Sequence
from typing import BinaryIO

from console.errors import Refused
from console.exports.plain import Style, write_csv, write_json
from queries.reports import Report

MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMATS = tuple(MEDIA_TYPES)


def file_name(report: Report, form: str, *, rows: bool = False) -> str:
    """ "renewals-by-day-2026-03-01-2026-03-30.csv"; with `rows`, that of the rows behind the report."""
    period = report.period
    days = [period.first, period.last] if period else [report.as_of.astimezone(report.zone).date()]
    kind = "rows" if rows or report.by == "rows" else f"by-{report.by}"
    return "-".join([report.name, kind, *(day.isoformat() for day in days)]) + f".{form}"


def write(
    report: Report, form: str, path: str, *, style: Style = "comma", filters: Sequence[str] = ()
) -> None:
    """The file that the screen's download gives, at `path`. Raises Refused where it cannot be written."""
    to_file(path, lambda file: _write(report, form, file, style, filters))


def content(report: Report, form: str, *, style: Style = "comma", filters: Sequence[str] = ()) -> bytes:
    """A report as the bytes of one of FORMATS. A workbook says besides which `filters` it was asked with."""
    file = io.BytesIO()
    _write(report, form, file, style, filters)
    return file.getvalue()


def to_file(path: str, written: Callable[[BinaryIO], None]) -> None:
    """Let `written` fill the file at `path`. Raises Refused where it cannot be."""
    try:
        with open(path, "wb") as file:  # noqa: PTH123 - a path a person typed, of any shape
            written(file)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a file name"
        raise Refused(f"The file “{path[:200]}” cannot be written: {reason}.") from error


def _write(report: Report, form: str, file: BinaryIO, style: Style, filters: Sequence[str]) -> None:
    if form == "csv":
        write_csv(report, file, style=style)
    elif form == "xlsx":
        from console.exports.xlsx import write_report  # takes a tenth of a second to load

        write_report(report, file, filters)
    else:
        write_json(report, file)
