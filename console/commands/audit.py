"""`console audit`: prove the log, read it, note down where it stands, protect it."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from console import clocks, digests, times, words
from console.audit import digest as log_digest
from console.audit import instant, sentence
from console.audit import verify as verify_log
from console.commands import print_json
from console.db import reading
from console.errors import Refused
from console.migrations import append_only
from queries.audit import AuditEntry, AuditFilters, page

MOST = 10_000
_format = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")


@click.group()
def audit() -> None:
    """Verify the audit log, or read it.

    For whoever operates this machine: it needs the database, not a role.
    """


@audit.command()
@click.option(
    "--digest",
    "given",
    metavar="FILE",
    help="One made earlier and kept elsewhere (- for standard input), or its hash of 64 characters.",
)
@_format
def verify(given: str | None, form: str) -> None:
    """Recompute the whole chain. Exit code 1 names the first entry that does not fit.

    Without a digest made earlier, a log whose newest entries were removed, or that was rewritten as a whole,
    looks like any other. Entries added since the digest was made are fine.

    JSON: intact, entries (that fit), digest (the hash of the last of them), broken_at (an entry's id),
    sentence, fault (changed, removed, inserted, swapped, tail_cut, not_found or null), at (that entry's
    instant, ISO 8601 in UTC, or null).
    """
    kept = None if given is None else digests.kept(given)
    with reading() as data:
        found = verify_log(data.state, kept=kept)
    if form == "json":
        print_json(asdict(found) | {"at": found.at and instant(found.at)})
    else:
        click.echo(found.sentence)
    sys.exit(0 if found.intact else 1)


@audit.command()
@click.option("--out", metavar="FILE", help="Write to a file instead of the terminal.")
def digest(out: str | None) -> None:
    """What the whole log is now: keep it, or mail it, where nobody who can write the database can write.

    JSON: format, made_at, entries, last_id, head (the hash of the newest entry), checkpoints (place, id, hash
    of at most about 1,000 entries at even distances), checksum.
    """
    with reading() as data:
        made = log_digest(data.state, made_at=clocks.now())
    text = digests.to_text(made)
    if out is None:
        click.echo(text, nl=False)
        return
    _write(out, text)
    click.echo(f"The digest of {words.plural(made.entries, 'entry', 'entries')} is in {out}", err=True)


def _write(out: str, text: str) -> None:
    try:
        Path(out).write_text(text, encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a file name"
        raise Refused(f"The file “{out[:200]}” cannot be written: {reason}.") from error


@audit.command()
def protect() -> None:
    """Put back the triggers that refuse changes to the log, where `console check` misses them."""
    added = append_only.restore()
    click.echo(f"Put back: {', '.join(added)}" if added else "Nothing was missing.")


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
