"""`console report`: the reports of the screens, as a file or for a program."""

import json

import click

from console import exports
from console.db import reading
from console.errors import Refused
from console.reporting import Question, in_words_alone, run
from queries.reports import REPORTS, Report


@click.command()
@click.argument("name", required=False)
@click.option("--list", "listing", is_flag=True, help="The reports there are, and what they take.")
@click.option("--from", "first", metavar="DAY", help="First day of the period, like 2026-03-01.")
@click.option("--to", "last", metavar="DAY", help="Last day of the period: it is included.")
@click.option("--as-of", metavar="DAY|ISO", help="As it was known then; a day means its end. Default: now.")
@click.option("--by", metavar="WHAT", help="The breakdown: day, month, product, … (see --list).")
@click.option("--days", type=int, metavar="N", help="The length of a window ahead, instead of --to.")
@click.option("--rows", is_flag=True, help="The rows behind the figures instead of the table.")
@click.option("--only", metavar="FIGURE", help="Of the rows, those behind one figure (see --list).")
@click.option("--sort", type=click.Choice(["date", "money"]), default="date", show_default=True)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many rows.")
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)
@click.option(
    "--style", type=click.Choice(list(exports.STYLES)), default="comma", help="Of CSV: the separator."
)
@click.option("--out", metavar="FILE", help="Write to a file instead of the terminal.")
def report(
    name: str | None,
    *,
    listing: bool,
    first: str | None,
    last: str | None,
    as_of: str | None,
    by: str | None,
    days: int | None,
    rows: bool,
    only: str | None,
    sort: str,
    limit: int | None,
    form: str,
    style: exports.Style,
    out: str | None,
) -> None:
    """A report by NAME, from the same query the screen uses.

    Days are those of the reporting time zone. CSV and JSON files are those the screen's download gives.
    """
    if listing or name is None:
        click.echo(_catalogue(form))
        return
    question = Question(
        name=name, first=first, last=last, as_of=as_of, by=by, days=days, rows=rows or only is not None,
        only=only, sort=sort, limit=limit,
    )  # fmt: skip
    with reading(replica=True) as data:
        found = run(data, question)
    if out is not None:
        _write(found, form, style, out)
    elif form == "csv":
        for line in exports.to_csv(found, style=style):
            click.echo(line, nl=False)
    elif form == "json":
        click.echo(json.dumps(exports.to_json(found), ensure_ascii=False, indent=2))
    else:
        click.echo(_table(found))


def _write(found: Report, form: str, style: exports.Style, out: str) -> None:
    if form == "table":
        raise Refused("A file needs a format of its own. Add --format csv or --format json.")
    exports.write(found, form, out, style=style)
    click.echo(f"{len(found.rows):,} rows written to {out}", err=True)


def _catalogue(form: str) -> str:
    if form == "json":
        return json.dumps(
            [
                {"name": spec.name, "title": spec.title, "by": spec.by, "only": spec.only, "days": spec.days}
                for spec in REPORTS.values()
            ],
            indent=2,
        )
    lines = []
    for spec in REPORTS.values():
        lines.append(f"{spec.name:<14} {spec.title}; without a period: {spec.default_period}")
        lines.append(f"{'':<14} --by {', '.join(spec.by)}")
        if spec.only:
            lines.append(f"{'':<14} --only {', '.join(spec.only)}")
    return "\n".join(lines)


def _table(found: Report) -> str:
    """Headline figures, then the table in aligned columns."""
    period = f"{found.period.first} to {found.period.last}, " if found.period else ""
    head = (
        f"{found.title}, {period}as of {found.as_of.astimezone(found.zone):%Y-%m-%d %H:%M} {found.time_zone}"
    )
    figures = [f"  {figure.label}: {in_words_alone(figure)}" for figure in found.figures]
    return "\n".join([head, *figures, "", *_aligned(found), *found.notes])


def _aligned(found: Report) -> list[str]:
    cells = [
        [column.title for column in found.columns],
        *([exports.cell(found, record, column) for column in found.columns] for record in found.to_records()),
    ]
    widths = [max(len(row[n]) for row in cells) for n in range(len(found.columns))]
    numbers = {n for n, column in enumerate(found.columns) if column.kind in {"money", "count", "percent"}}
    return [
        "  ".join(
            text.rjust(widths[n]) if n in numbers else text.ljust(widths[n]) for n, text in enumerate(row)
        ).rstrip()
        for row in cells
    ]
