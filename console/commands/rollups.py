import os
import sys
from collections import Counter
from dataclasses import asdict

import click

from console import clocks
from console import rollups as kept
from console.commands import print_json
from console.errors import Refused
from console.rollups import Difference


@click.group()
def rollups() -> None:
    """The sums that reports read instead of the rows. For whoever operates this machine."""


@rollups.command()
def refresh() -> None:
    """Count what is new, as `console serve` and `console worker` do every minute; once a day the renewal
    rates."""
    now = clocks.now()
    click.echo(f"{kept.refresh(now):,} events were new.")
    if kept.keep_rates(now):
        click.echo("The renewal rates are counted.")


@rollups.command()
@click.option("--anew", is_flag=True, help="From the start, also where a rebuild was stopped half-way.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Processes that count; default: one per processor.")
def rebuild(anew: bool, jobs: int | None) -> None:
    """Count everything. A rebuild that was stopped goes on where it was."""
    done: Counter[str] = Counter()

    def progress(rollup: str, customers: int) -> None:
        done[rollup] += customers
        if sys.stderr.isatty():
            click.echo(f"\r{f'{rollup}: {done[rollup]:,} customers counted':60}", nl=False, err=True)

    now = clocks.now()
    position = kept.rebuild(now, anew=anew, jobs=jobs or os.cpu_count() or 1, progress=progress)
    kept.keep_rates(now)
    if sys.stderr.isatty():
        click.echo(err=True)
    click.echo(f"Counted up to event {position:,}.")


@rollups.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def verify(form: str) -> None:
    """Count everything and hold the sums to it. Exit code 1 if any differs."""
    differ = kept.verify(clocks.now())
    if differ is None:
        raise Refused("The rollups are not built yet. Run `console rollups rebuild`.")
    if form == "json":
        print_json([asdict(one) for one in differ])
    else:
        click.echo("\n".join(map(_line, differ)) or "The rollups are what the rows come to.")
    sys.exit(1 if differ else 0)


def _line(one: Difference) -> str:
    return f"{one.rollup}, {one.place}, {one.measure}: {one.kept:,} is kept, {one.counted:,} is right"
