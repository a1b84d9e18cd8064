"""`console report`: the reports of the screens, as a file or for a program."""

import json
from dataclasses import replace

import click

from console import exports
from console.db import reading
from console.errors import Refused
from console.reporting import Question, filters, in_words_alone, run
from console.words import plural
from queries.reports import REPORTS, Figure, Report


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
@click.option("--key", metavar="LINE", help="Of the rows, those of one line of the table by --by.")
@click.option("--compare", is_flag=True, help="Figures also of the period before and the year before.")
@click.option("--sort", type=click.Choice(["date", "money"]), default="date", show_default=True)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many rows.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *exports.FORMATS]),
    default="table",
    show_default=True,
    help="xlsx is a workbook with typed cells and a sheet of definitions; it needs --out.",
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
    key: str | None,
    compare: bool,
    sort: str,
    limit: int | None,
    form: str,
    style: exports.Style,
    out: str | None,
) -> None:
    """A report by NAME, from the same query the screen uses.

    Days are those of the reporting time zone. CSV and XLSX files are those the screen's downloads give; rows
    that do not fit one sheet of a workbook go on in the next.
    """
    if listing or name is None:
        click.echo(_catalogue(form))
        return
    question = Question(
        name=name, first=first, last=last, as_of=as_of, by=by, days=days,
        rows=rows or only is not None or key is not None, only=only, key=key,
        compare=compare, sort=sort, limit=limit,
    )  # fmt: skip
    _check_way_out(form, out)
    with reading(replica=True) as data:
        found = run(data, question)
    if out is not None:
        exports.write(found, form, out, style=style, filters=filters(question))
        click.echo(f"{plural(len(found.rows), 'row')} written to {out}", err=True)
    elif form == "csv":
        for line in exports.to_csv(found, style=style):
            click.echo(line, nl=False)
    elif form == "json":
        click.echo(json.dumps(exports.to_json(found), ensure_ascii=False, indent=2))
    else:
        click.echo(_table(found))


def _check_way_out(form: str, out: str | None) -> None:
    if out is not None and form == "table":
        raise Refused("A file needs a format of its own. Add --format csv, json or xlsx.")
    if out is None and form == "xlsx":
        raise Refused("A workbook is a file, not text for the terminal. Add --out FILE.xlsx.")


def _catalogue(form: str) -> str:
    if form == "json":
        return json.dumps(
            [
                {
                    "name": spec.name,
                    "title": spec.title,
                    "by": spec.by,
                    "only": spec.only,
                    "days": bool(spec.days),
                }
                for spec in REPORTS.values()
            ],
            indent=2,
        )
    wide = max(map(len, REPORTS))
    lines = []
    for spec in REPORTS.values():
        lines.append(f"{spec.name:<{wide}} {spec.title}; without a period: {spec.default_period}")
        lines.append(f"{'':<{wide}} --by {', '.join(spec.by)}")
        if spec.only:
            lines.append(f"{'':<{wide}} --only {', '.join(spec.only)}")
    return "\n".join(lines)


def _table(found: Report) -> str:
    """Headline figures, then the table in aligned columns."""
    period = f"{found.period.first} to {found.period.last}, " if found.period else ""
    head = (
        f"{found.title}, {period}as of {found.as_of.astimezone(found.zone):%Y-%m-%d %H:%M} {found.time_zone}"
    )
    figures = [f"  {figure.label}: {in_words_alone(figure)}{_earlier(figure)}" for figure in found.figures]
    return "\n".join([head, *figures, "", *_aligned(found), *found.notes])


def _earlier(figure: Figure) -> str:
    """What it was, where that was asked for."""
    said = [
        f"{words} {in_words_alone(replace(figure, value=value))}"
        for words, value in (("the period before", figure.previous), ("the year before", figure.last_year))
        if value is not None
    ]
    return f" ({', '.join(said)})" if said else ""


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
