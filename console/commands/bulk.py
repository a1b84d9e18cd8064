"""`console bulk`: cancel or refund many, one by one, with the preview, the words to type and the rules of the
screen.

JSON of a preview: kind, confirm (what to give as --confirm), rows, unknown, repeated, totals. JSON of a run:
id, kind, what, state, done, of, by, at, rows (number, operation, outcome, sentence). Instants are ISO 8601 in
UTC. Exit code 1: a run has ended, and a row of it was not done or waits.
"""

import sys
from collections.abc import Callable
from typing import Any, TextIO

import click

from console import clocks, times
from console.access import Actor
from console.actions import bulk as runs
from console.actions.bulk import Kind
from console.audit import instant
from console.commands import print_json
from console.commands.bulk_preview import show_preview
from console.db import reading
from console.errors import NotFound, Refused
from console.signin.who import actor_with_email
from queries import bulk as stored
from queries.bulk import BulkItem, BulkRun

AT: dict[str, runs.At] = {"end": "period_end", "now": "now"}
_DONE = ("settled", "already", "approved")

_id = click.argument("run", metavar="ID")
_as = click.option("--as", "email", required=True, metavar="EMAIL", help="Who of the staff does it.")
_format = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")


def _asks(command: Callable[..., Any]) -> Callable[..., Any]:
    """What cancelling and refunding many have in common."""
    for option in (
        _format,
        click.option("--run", "run_id", metavar="UUID", help="The same id again is the same run."),
        click.option("--preview", is_flag=True, help="Say what would happen, and do nothing."),
        click.option("--confirm", default="", metavar="WORDS", help="What the preview says, word by word."),
        click.option("--quiet", is_flag=True, help="Do not write to the customers."),
        click.option("--note", default="", help="For colleagues; kept in the audit log."),
        click.option("--reason", default="", metavar="CODE", help="As for the single action."),
        _as,
        click.option(
            "--numbers", "file", type=click.File(encoding="utf-8"), required=True, metavar="FILE",
            help="One number on each line; - reads standard input.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


@click.group()
def bulk() -> None:
    """Cancel or refund many, one by one: each row is an operation of its own."""


@bulk.command()
@click.option("--at", "at", type=click.Choice(list(AT)), default="end", show_default=True)
@_asks
def cancel(at: str, **given: Any) -> None:
    """Cancel subscriptions and trials, at their ends or now."""
    _do("cancel", AT[at], **given)


@bulk.command()
@_asks
def refund(**given: Any) -> None:
    """Refund all that is left of charges. A subscription stands for its latest paid charge."""
    _do("refund", "period_end", **given)


def _do(
    kind: Kind,
    at: runs.At,
    *,
    file: TextIO,
    email: str,
    reason: str,
    note: str,
    quiet: bool,
    confirm: str,
    preview: bool,
    run_id: str | None,
    form: str,
) -> None:
    actor, numbers = actor_with_email(email), runs.numbers_in(file.read())
    earlier = _earlier(run_id, kind, actor)
    if earlier is not None:
        _finish(earlier, form)
        return
    with reading() as data:
        shown = runs.prepare(data, actor, kind, numbers, clocks.now(), at=at)
    if preview:
        show_preview(shown, form)
        return
    id = run_id or runs.new_bulk_id()
    run = runs.begin(
        actor, shown, bulk_id=id, typed=confirm, reason=reason, note=note, tell_customer=not quiet
    )
    _finish(run, form)


def _earlier(run_id: str | None, kind: Kind, actor: Actor) -> BulkRun | None:
    """The run with an id that is given again. Raises Refused for one of somebody else, or of another kind."""
    try:
        found = runs.load(run_id) if run_id else None
    except NotFound:
        return None
    if found is not None and (runs.kind_of(found), found.requested_by) != (kind, actor.staff_id):
        raise Refused(f"This id is that of another run, of {found.requester_name}. Leave --run out.")
    return found


def _finish(run: BulkRun, form: str) -> None:
    """Every row, with a count on the terminal. Stopped half-way it goes on with `console bulk resume`."""
    click.echo(f"Run {run.id}", err=True)
    with click.progressbar(length=run.rows, label="One by one", file=sys.stderr) as bar:
        while run.state == "running":
            run = runs.go_on(run.id, limit=1)
            bar.update(run.done - bar.pos)
    _say(run, form)


@bulk.command(name="list")
@_format
def list_(form: str) -> None:
    """The latest runs, newest first."""
    with reading() as data:
        found = stored.latest(data.state)
    if form == "json":
        print_json([_plain(run) for run in found])
        return
    for run in found:
        asked = f"{times.moment(run.requested_at)} {clocks.zone().key}"
        click.echo(
            f"{run.id}  {run.state}  {run.done} of {run.rows}  {run.request['what']}  "
            f"{run.requester_name}, {asked}"
        )
    if not found:
        click.echo("Nothing was done in bulk yet.")


@bulk.command()
@_id
@_format
def show(run: str, form: str) -> None:
    """What came of each row, as it stands now."""
    _say(runs.load(run), form)


@bulk.command()
@_id
@_as
@_format
def stop(run: str, email: str, form: str) -> None:
    """Begin no further row. The one at work comes to its end."""
    _say(runs.stop(actor_with_email(email), run), form)


@bulk.command()
@_id
@_as
@_format
def resume(run: str, email: str, form: str) -> None:
    """Go on with a run that was stopped or left: nothing is done twice."""
    _finish(runs.resume(actor_with_email(email), run), form)


def _say(run: BulkRun, form: str) -> None:
    with reading() as data:
        items = stored.items(data.state, run.id)
    if form == "json":
        print_json(_plain(run) | {"rows": [_plain_item(item) for item in items]})
    else:
        for item in items:
            click.echo(f"{item.subject_number}  {item.now or 'to come'}  {item.says or ''}".rstrip())
        click.echo(f"{run.state.capitalize()}: {run.done} of {run.rows}, to {run.request['what']}.")
    if run.state == "finished" and any(item.now not in _DONE for item in items):
        sys.exit(1)


def _plain(run: BulkRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "kind": run.kind,
        "what": run.request["what"],
        "state": run.state,
        "done": run.done,
        "of": run.rows,
        "by": run.requester_name,
        "at": instant(run.requested_at),
    }


def _plain_item(item: BulkItem) -> dict[str, Any]:
    return {
        "number": item.subject_number,
        "operation": item.operation_id,
        "outcome": item.now,
        "sentence": item.says,
    }
