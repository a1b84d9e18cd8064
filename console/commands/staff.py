import json
from dataclasses import asdict
from typing import Literal

import click

from console import limits, money
from console.access import ROLES
from console.actions import staff as actions
from console.db import reading
from queries.staff import StaffMember, everyone


@click.group()
def staff() -> None:
    """Who may sign in, with which role and limits.

    For whoever operates this machine: it needs the database, not a role.
    """


_email = click.argument("email")
_role = click.option("--role", type=click.Choice(list(ROLES)), required=True)


def _say(member: StaffMember) -> None:
    click.echo(_line(member))


def _line(member: StaffMember) -> str:
    line = f"{member.email}  {member.name}  {member.role}  {'active' if member.active else 'disabled'}"
    return f"{line}  refunds alone: {limits.in_words(member.limits)}" if member.limits else line


@staff.command("list")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_(form: Literal["text", "json"]) -> None:
    """Everybody on the list, by name."""
    with reading() as data:
        members = everyone(data.state)
    if form == "json":
        rows = [asdict(member) | {"created_at": member.created_at.isoformat()} for member in members]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for member in members:
        _say(member)
    if not members:
        click.echo("Nobody yet. Add the first: `console staff add EMAIL --name NAME --role admin`.")


@staff.command()
@_email
@click.option("--name", required=True, help="As colleagues know them.")
@_role
def add(email: str, name: str, role: str) -> None:
    """Let a person sign in with this (verified) e-mail address."""
    _say(actions.add_staff(email, name, role))


@staff.command()
@_email
@_role
def set_role(email: str, role: str) -> None:
    """Give a person another role, from their next click on."""
    _say(actions.set_role(email, role))


@staff.command()
@_email
@click.option("--currency", help="Its three letters, like EUR.")
@click.option("--per-refund", metavar="AMOUNT", help="What they may refund at once, like 50.00; 0: nothing.")
@click.option("--per-day", metavar="AMOUNT", help="What they may refund in a day.")
@click.option("--clear", is_flag=True, help="Let the role's limit hold again: of this currency, or of all.")
def set_limit(
    email: str, currency: str | None, per_refund: str | None, per_day: str | None, clear: bool
) -> None:
    """What a person may refund without a second person, in place of their role's limit."""
    if clear and per_refund is None and per_day is None:
        _say(actions.clear_limit(email, currency))
        return
    if clear or currency is None or per_refund is None or per_day is None:
        raise click.UsageError("Give --currency, --per-refund and --per-day, or --clear.")
    amounts = [money.parse(text, currency.upper(), zero=True) for text in (per_refund, per_day)]
    _say(actions.set_limit(email, currency, *amounts))


@staff.command()
@_email
def disable(email: str) -> None:
    """Shut a person out, and sign out every browser of theirs now."""
    _say(actions.disable(email))


@staff.command()
@_email
def enable(email: str) -> None:
    """Let a person in again."""
    _say(actions.enable(email))
