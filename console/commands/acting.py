"""What the commands that act have in common: who, why, with which id; what they show and what they answer.

JSON of a preview: number, button, version, lines (label and text, as on the screen), warnings. JSON of an
answer: operation, number, state, already, by, at, due, sentence. Instants are ISO 8601 in UTC.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import Any

import click

from console import clocks
from console.access import Actor
from console.actions import operations
from console.actions.cancellation import Expected
from console.actions.carrying_out import again
from console.actions.done import Done
from console.audit import instant
from console.commands import print_json
from console.db import Reading, reading
from console.signin.who import actor_with_email
from queries.operations import Operation

Preview = Callable[[Reading, Actor], Any]
Verb = Callable[..., Done]
Same = Callable[[Operation], bool]


def same(kind: str, number: str, **log: str) -> Same:
    """Whether an operation is the one that a command asks for. `log`: what else its audit entries say."""

    def is_it(operation: Operation) -> bool:
        said = operation.request["log"]
        told_apart = all(said.get(name) == value for name, value in log.items())
        return (operation.kind, operation.subject_number) == (kind, number.strip()) and told_apart

    return is_it


def acts(reasons: Mapping[str, str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options every verb has. The command gets what it asks itself and `given`, made of them."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def with_given(**options: Any) -> None:
            names = ("email", "reason", "note", "ticket", "quiet", "preview", "operation", "form")
            command(Given(**{name: options.pop(name) for name in names}), **options)

        listed = f"One of: {', '.join(reasons)}."
        for option in (
            click.option("--format", "form", type=click.Choice(["text", "json"]), default="text"),
            click.option("--operation", metavar="UUID", help="The same id again is the same operation."),
            click.option("--preview", is_flag=True, help="Say what would happen, and do nothing."),
            click.option("--quiet", is_flag=True, help="Do not write to the customer."),
            click.option("--ticket", metavar="NUMBER", help="The ticket it came from: it gets the outcome."),
            click.option("--note", default="", help="For colleagues; kept in the audit log."),
            click.option("--reason", default="", metavar="CODE", help=listed),
            click.option("--as", "email", required=True, metavar="EMAIL", help="Who of the staff does it."),
        ):
            with_given = option(with_given)
        return with_given

    return decorate


class Given:
    """Who does it, why, and under which id."""

    def __init__(
        self,
        *,
        email: str,
        reason: str,
        note: str,
        ticket: str | None,
        quiet: bool,
        preview: bool,
        operation: str | None,
        form: str,
    ) -> None:
        self.actor = actor_with_email(email)
        self.only_preview = preview
        self.form = form
        self._id = operations.checked_id(operation or operations.new_operation_id())
        self._common = {
            "operation_id": self._id,
            "reason": reason,
            "note": note,
            "ticket_number": ticket,
            "tell_customer": not quiet,
        }

    def do(self, is_same: Same, preview: Preview, verb: Callable[[Any], Verb]) -> None:
        """Show the preview, or confirm exactly what it shows now. `verb` binds what is special about it. An
        id that was used before, for the same, answers what came of it."""
        earlier = operations.find(self._id)
        if earlier is not None and not self.only_preview:
            say(again(earlier, clocks.now(), same=is_same(earlier)), self.form)
            return
        with reading() as data:
            shown = preview(data, self.actor)
        if self.only_preview:
            show(shown, self.form)
            return
        say(verb(shown)(self.actor, expected=shown.expected, **self._common), self.form)


def show(shown: Any, form: str) -> None:
    """What a verb would do, in the words of the screen: its warnings are among the lines."""
    lines: Sequence[tuple[str, str]] = shown.lines
    if form == "json":
        expected: Expected = shown.expected
        said = {"number": shown.number, "button": shown.button, "version": expected.version}
        warnings = list(getattr(shown, "warnings", ()))
        print_json(said | {"lines": [list(line) for line in lines], "warnings": warnings})
        return
    width = max(len(label) for label, _ in lines)
    for label, text in lines:
        click.echo(f"{label:<{width}}  {text}")
    click.echo("Nothing was done: this is a preview.", err=True)


def say(done: Done, form: str) -> None:
    """What came of it; what is not settled goes on in a running console, or by `operations resume`."""
    if form == "text":
        click.echo(done.sentence)
        if done.state == "approved":
            click.echo(
                "A running `console serve` or `console worker` sends it then; else, from then on: "
                f"console operations resume {done.operation_id}\n"
                f"Until then it can be taken back: console recall {done.operation_id}"
            )
        return
    print_json(
        {
            "operation": done.operation_id,
            "number": done.number,
            "state": done.state,
            "already": done.already,
            "by": done.by,
            "at": _instant(done.at),
            "due": _instant(done.due),
            "sentence": done.sentence,
        }
    )


def _instant(moment: datetime | None) -> str | None:
    return instant(moment) if moment else None
