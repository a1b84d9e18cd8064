"""`console load`: real input, checked or applied."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from console import clocks, rollups
from console.errors import Refused, Unavailable
from console.loading.files import DELIMITERS
from console.loading.preset import load_preset
from console.loading.run import LoadResult
from console.loading.run import load as load_files
from console.loading.values import ORDERS

VERDICTS = ("added", "changed", "same", "refused")
SHOWN = 20


@click.command()
@click.argument("preset")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH…")
@click.option("--check", is_flag=True, help="Read everything and change nothing.")
@click.option("--zone", help="The time zone of moments that name none (default: the preset's).")
@click.option("--date-order", type=click.Choice(list(ORDERS)), help="Where the file does not tell.")
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text")
def load(
    preset: str,
    paths: tuple[Path, ...],
    *,
    check: bool,
    zone: str | None,
    date_order: str | None,
    output: str,
) -> None:
    """Load files or folders with a PRESET: its name, or the path of a TOML file.

    Exit code 0: every row was taken; 1: some rows were refused, the others taken; 3: nothing was loaded.
    """
    try:
        result = load_files(
            load_preset(preset),
            paths,
            check=check,
            zone=_zone(zone) if zone else None,
            date_order=date_order,
            progress=_progress if sys.stderr.isatty() else None,
        )
    finally:
        if not check:
            _count_anew()
    click.echo(_json(result) if output == "json" else _text(result))
    if result.total("refused"):
        sys.exit(1)


def _count_anew() -> None:
    """A source writes over rows, and not all of that is an event."""
    try:
        rollups.forget(clocks.now())
    except Unavailable as error:
        said = f"{error}\nIf this console has rollups, run `console rollups rebuild --anew` when it is there."
        click.echo(said, err=True)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise Refused(f"“{name[:40]}” is not a time zone. Use a name like Europe/Helsinki.") from error


def _progress(file: str, rows: int) -> None:
    click.echo(f"{file}: {rows:,} rows read", err=True)


def _json(result: LoadResult) -> str:
    totals = {verdict: result.total(verdict) for verdict in VERDICTS}
    rows = sum(totals.values())
    files = [asdict(file) | {"rows": file.rows} for file in result.files]
    refusals = [asdict(refusal) for refusal in result.refusals]
    said = {"preset": result.preset, "checked": result.checked, "rows": rows, **totals}
    return json.dumps(said | {"files": files, "refusals": refusals}, ensure_ascii=False, indent=2)


def _text(result: LoadResult) -> str:
    lines = [f"{'Checked' if result.checked else 'Loaded'} with {result.preset}:"]
    for file in result.files:
        counts = ", ".join(f"{getattr(file, verdict):,} {verdict}" for verdict in VERDICTS)
        lines.append(
            f"  {file.file} ({file.section}; {file.encoding}, {DELIMITERS[file.delimiter]}, "
            f"{file.date_order}): {file.rows:,} rows: {counts}"
        )
    lines += [f"  refused: {no.file}, line {no.line}: {no.reason}" for no in result.refusals[:SHOWN]]
    more = result.total("refused") - SHOWN
    if more > 0:
        lines.append(f"  … and {more:,} more refused lines (--format json lists them)")
    counts = ", ".join(f"{result.total(verdict):,} {verdict}" for verdict in VERDICTS)
    lines.append(f"{counts}." + (" Nothing was changed." if result.checked else ""))
    return "\n".join(lines)
