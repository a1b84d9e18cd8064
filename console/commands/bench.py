"""`console bench`: how fast the questions behind the screens are, on this machine."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path

import click

from console import bench as benchmark
from console import bench_actions, clocks, rollups
from console.bench import Measured
from console.db import engine
from console.demo import seed


@click.command()
@click.option(
    "--customers", type=click.IntRange(20), default=100_000, show_default=True, help="How many to seed."
)
@click.option("--repeat", type=click.IntRange(1), default=20, show_default=True, help="Runs of each.")
@click.option("--here", is_flag=True, help="Measure the databases of the settings; seed and change nothing.")
@click.option("--keep", is_flag=True, help="Keep the folder with the seeded databases, and say where it is.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def bench(customers: int, repeat: int, here: bool, keep: bool, form: str) -> None:
    """Medians in milliseconds, and the ratio to the same SQL sent through the driver alone, in the same run.

    Seeds a sample company into a temporary folder (SQLite) unless told to measure --here.
    """
    with nullcontext() if here else _seeded(customers, keep=keep):
        kind = engine("subscriptions", read_only=True).dialect.name
        measured = benchmark.run(repeat=repeat, progress=lambda name: click.echo(f"… {name}", err=True))
        confirmed = [] if here else bench_actions.run(repeat=repeat)  # it cancels and refunds
    if form == "json":
        rows = [{**asdict(one), "ratio": one.ratio} for one in measured]
        about = {"database": kind, "customers": None if here else customers, "repeat": repeat}
        acts = [asdict(one) for one in confirmed]
        click.echo(json.dumps({**about, "questions": rows, "confirmed": acts}))
        return
    click.echo(_table(measured))
    for one in confirmed:
        click.echo(f"{one.milliseconds:9.2f}  {one.name}, {one.gateway_milliseconds:.2f} of it the gateway's")


@contextmanager
def _seeded(customers: int, *, keep: bool) -> Iterator[Path]:
    with benchmark.own_databases(keep=keep) as folder:
        with click.progressbar(length=1000, label="The sample company", file=sys.stderr) as bar:
            seed(
                customers,
                1,
                today=clocks.today(),
                progress=lambda done, total: bar.update(1000 * done // total - bar.pos),
            )
        rollups.rebuild(clocks.now())
        rollups.keep_rates(clocks.now())
        yield folder
        if keep:
            click.echo(f"The databases are in {folder}: CONSOLE_VAR={folder} console bench --here", err=True)


def _table(measured: list[Measured]) -> str:
    lines = [
        f"{'ms':>9} {'same SQL bare':>14} {'ratio':>6} {'shortest SQL':>13} {'statements':>11}  question"
    ]
    for one in measured:
        shortest = "" if one.shortest_milliseconds is None else f"{one.shortest_milliseconds:.2f}"
        lines.append(
            f"{one.milliseconds:9.2f} {one.bare_milliseconds:14.2f} {one.ratio:6.2f} {shortest:>13} "
            f"{one.statements:11}  {one.name}"
        )
    return "\n".join(lines)
