"""`console pack`: the finance pack of a month as a workbook."""

import click

from console import packs
from console.db import reading
from console.words import plural


@click.command()
@click.option("--month", required=True, metavar="MONTH", help="Like 2026-10, up to the running one.")
@click.option("--out", required=True, metavar="FILE", help="Where the workbook (XLSX) is written.")
def pack(month: str, out: str) -> None:
    """Every report for a month as of its end (of the running month: as of now) in one workbook.

    The sheet Summary has the headline figures of all, beside the month before and the year before, and the
    identities they were held against; then each report's table; then what the figures mean. Months are those
    of the reporting time zone.
    """
    first = packs.month(month)
    with reading(replica=True) as data:
        made = packs.pack(data, first)
    packs.write(made, out)
    click.echo(f"{plural(len(made.reports), 'report')} written to {out}", err=True)
