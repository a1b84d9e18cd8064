import sys
from datetime import datetime
from typing import Any

import click

from console import clocks, times
from console.actions.drift import LOOK_BACK, compare
from console.actions.drift_fixing import fix
from console.actions.drift_kinds import KINDS
from console.commands import print_json
from console.db import reading
from console.signin.who import actor_with_email
from queries import drift_findings as stored
from queries.drift_findings import DriftFinding, DriftRun

_PAGE = 500
_format = click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")


@click.group()
def drift() -> None:
    """Our books beside the payment gateway's: compare them, list what differs, mend it.

    Comparing and listing are for whoever operates this machine: they need the database, not a role.
    """


@drift.command(name="compare")
@click.option("--since", metavar="DAY", help="Charges and refunds from this day on; five weeks if not given.")
@_format
def compare_(since: str | None, format_: str) -> None:
    """Compare now. Exit code 1 if there are findings."""
    now = clocks.now()
    start = now - LOOK_BACK if since is None else clocks.start_of(clocks.parse_day(since))
    run = _compared(start, now)
    _print(run, _findings(), format_)


@drift.command(name="list")
@_format
def list_(format_: str) -> None:
    """What the comparisons have found and is still there. Exit code 1 if there is anything."""
    with reading() as data:
        run = stored.latest_complete_run(data.state)
    _print(run, _findings(), format_)


@drift.command(name="fix")
@click.argument("finding", type=int)
@click.option("--as", "email", required=True, metavar="EMAIL", help="The member of staff who does it.")
def fix_(finding: int, email: str) -> None:
    """Mend one finding, as the button on the screen Data health does."""
    click.echo(fix(actor_with_email(email), finding))


def _compared(since: datetime, now: datetime) -> DriftRun:
    """A gateway does not say how much it has: so there is a count, and no bar."""

    def progress(compared: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\rComparing: {compared:,} objects", nl=False, err=True)

    run = compare(since=since, now=now, progress=progress)
    if sys.stderr.isatty():
        click.echo(err=True)
    return run


def _findings() -> list[DriftFinding]:
    found: list[DriftFinding] = []
    with reading() as data:
        while page := stored.left(data.state, after=found[-1].id if found else 0, limit=_PAGE):
            found += page
    return found


def _print(run: DriftRun | None, found: list[DriftFinding], format_: str) -> None:
    if format_ == "json":
        print_json({"run": _run(run), "findings": [_finding(one) for one in found]})
    else:
        _say(run, found)
    sys.exit(1 if found else 0)


def _run(run: DriftRun | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "gateway": run.gateway,
        "since": run.since.isoformat(),
        "started_at": run.started_at.isoformat(),
        "compared": run.compared,
    }


def _finding(one: DriftFinding) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "subject_kind": one.subject_kind,
        "subject": one.subject_number,
        "customer": one.customer_number,
        "reference": one.reference,
        "here": one.here,
        "there": one.there,
        "first_seen_at": one.first_seen_at.isoformat(),
    }


def _say(run: DriftRun | None, found: list[DriftFinding]) -> None:
    if run is None:
        click.echo("The books have not been compared yet: `console drift compare`.")
    else:
        when = f"{times.moment(run.started_at)} {clocks.zone().key}"
        click.echo(f"{run.compared:,} objects of the {run.gateway} gateway and ours compared on {when}.")
    for one in found:
        here, there = (", ".join(f"{k} {v}" for k, v in side.items()) for side in (one.here, one.there))
        click.echo(
            f"{one.id:>6}  {KINDS[one.kind].title}: {one.subject_number}  here: {here}  there: {there}"
        )
    click.echo(f"{len(found)} differ." if found else "Nothing differs.")
