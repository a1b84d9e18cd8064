import json
import sys
from dataclasses import asdict
from datetime import date

import click

from console import clocks, migrations
from console.db import DATABASES
from console.demo import SeedCounts
from console.demo import seed as fill


@click.command()
@click.option("--customers", default=5000, show_default=True, help="How many customers.")
@click.option(
    "--seed", "number", default=1, show_default=True, help="The same number makes the same company."
)
@click.option("--today", metavar="ISO", help="The day it is anchored on; today if not given.")
@click.option(
    "--without-gateway", is_flag=True, help="Leave the simulated payment gateway empty: for measuring."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def seed(customers: int, number: int, today: str | None, without_gateway: bool, form: str) -> None:
    """Fill empty databases with the sample company. Creates their tables first where there are none."""
    day = clocks.today() if today is None else clocks.parse_day(today)
    for database in DATABASES:
        migrations.upgrade(database)
    counts = _fill(customers, number, day, with_gateway=not without_gateway)
    if form == "json":
        click.echo(json.dumps({**asdict(counts), "seed": number, "anchored_on": day.isoformat()}))
        return
    for name, count in asdict(counts).items():
        click.echo(f"{count:>12,} {name.replace('_', ' ')}")


def _fill(customers: int, number: int, day: date, *, with_gateway: bool) -> SeedCounts:
    with click.progressbar(length=1000, label="The sample company", file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.update(1000 * done // total - bar.pos)

        return fill(customers, number, today=day, progress=progress, with_gateway=with_gateway)
