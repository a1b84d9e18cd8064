"""`console audit`: prove the log, read it, note down where it stands."""

import sys
from typing import Any

import click

from console import times
from console.audit import digest as log_digest
from console.audit import instant, sentence
from console.audit import verify as verify_log
from console.commands import print_json
from console.db import reading
from console.errors import Refused
from queries.audit import AuditEntry, AuditFilters, page

MOST = 10_000
_format = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")


@click.group()
def audit() -> None:
    """Verify the audit log, or read it.

    For whoever operates this machine: it needs the database, not a role.
    """


@audit.command()
@click.option("--digest", "kept", metavar="HASH", help="One noted down earlier: it must still be in the log.")
@_format
def verify(kept: str | None, form: str) -> None:
    """Recompute the whole chain. Exit code 1 names the first entry that does not fit.

    JSON: intact, entries (that fit), digest (of the last of them), broken_at (an entry's id), sentence.
    """
    with reading() as data:
        found = verify_log(data.state, kept=_checked(kept))
    if form == "json":
        print_json(
            {
                "intact": found.intact,
                "entries": found.entries,
                "digest": found.digest,
                "broken_at": found.broken_at,
                "sentence": found.sentence,
            }
        )
    else:
        click.echo(found.sentence)
    sys.exit(0 if found.intact else 1)


def _checked(kept: str | None) -> str | None:
    if kept is None:
        return None
    plain = kept.strip().lower()
    if len(plain) != 64 or not set(plain) <= set("0123456789abcdef"):
        raise Refused(
            "That is not a digest: 64 of the characters 0–9 and a–f. `console audit digest` gives it."
        )
    return plain


@audit.command()
def digest() -> None:
    """The hash that stands for the whole log: keep it where nobody who can write the database can."""
    with reading() as data:
        click.echo(log_digest(data.state))


@audit.command("list")
@click.option("--customer", metavar="NUMBER", help="Only what concerns this customer.")
@click.option("--limit", type=click.IntRange(1, MOST), default=50, show_default=True)
@_format
def list_(customer: str | None, limit: int, form: str) -> None:
    """Who did what to whom, when and why; newest first.

    JSON: a list of id, at, kind, sentence, actor, actor_email, channel, subject_kind, subject, customer,
    reason, note, before, after, operation, hash. Instants are ISO 8601 in UTC.
    """
    with reading() as data:
        entries = page(data.state, AuditFilters(customer_number=customer), limit=limit).rows
    if form == "json":
        print_json([_plain(entry) for entry in entries])
        return
    for entry in entries:
        click.echo(_line(entry))
    if not entries:
        click.echo("There is no entry.")


def _line(entry: AuditEntry) -> str:
    """One line per entry, whatever is in it: line breaks and what would steer a terminal become spaces."""
    why = f" ({entry.reason})" if entry.reason else ""
    note = f" – {entry.note}" if entry.note else ""
    said = "".join(sign if sign.isprintable() else " " for sign in f"{sentence(entry)}{why}{note}")
    return f"{times.moment(entry.at)}  {' '.join(said.split())}"


def _plain(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": instant(entry.at),
        "kind": entry.kind,
        "sentence": sentence(entry),
        "actor": entry.actor_name,
        "actor_email": entry.actor_email,
        "channel": entry.channel,
        "subject_kind": entry.subject_kind,
        "subject": entry.subject_number,
        "customer": entry.customer_number,
        "reason": entry.reason,
        "note": entry.note,
        "before": entry.before,
        "after": entry.after,
        "operation": entry.operation_id,
        "hash": entry.hash,
    }
