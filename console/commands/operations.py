import click

from console import clocks, times
from console.actions.resuming import resume
from console.commands import print_json
from console.db import reading
from queries import operations as stored


@click.group()
def operations() -> None:
    """What was asked for and is not finished: a process was stopped, or an outside system did not answer.

    For whoever operates this machine: it needs the database, not a role.
    """


@operations.command(name="list")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
def list_(format_: str) -> None:
    """Every operation that is not finished, the oldest first."""
    with reading() as data:
        found = stored.open_operations(data.state)
    if format_ == "json":
        print_json(
            [
                {
                    "id": one.id,
                    "kind": one.kind,
                    "subject": one.subject_number,
                    "state": one.state,
                    "requested_by": one.requester_email,
                    "requested_at": one.requested_at.isoformat(),
                }
                for one in found
            ]
        )
        return
    for one in found:
        asked = f"{times.moment(one.requested_at)} {clocks.zone().key}, {times.ago(one.requested_at)}"
        click.echo(f"{one.id}  {one.state}  {one.kind} {one.subject_number}  {one.requester_email}  {asked}")
    if not found:
        click.echo("Nothing is unfinished.")


@operations.command(name="resume")
@click.argument("operation", metavar="ID")
def resume_(operation: str) -> None:
    """Bring one operation to its end. Safe to repeat: nothing is done twice."""
    click.echo(resume(operation).sentence)
