"""What this installation needs, piece by piece: each is fine, or says what is missing and what to do."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from zoneinfo import available_timezones

from console import clocks, db, migrations
from console.errors import ConsoleError
from console.migrations import append_only
from console.settings import get_settings
from queries import installation

OLDEST_SQLITE = (3, 34, 0)  # trigram search


@dataclass(frozen=True)
class Check:
    name: str
    fine: bool
    says: str


def _schema(database: db.Database) -> str:
    found = migrations.state(database)
    lacks = f" It lacks {', '.join(found.missing[:6])}." if found.missing else ""
    problems = {
        "missing": f"The {database} database has no tables. Run `console migrate`.",
        "behind": f"The {database} database has an older schema.{lacks} Run `console migrate`.",
        "ahead": f"The {database} database has a newer schema than this console. Install the newer console.",
    }
    if found.state in problems:
        raise _Missing(problems[found.state])
    if found.missing:
        raise _Missing(f"The {database} database is not ours and lacks columns the console reads.{lacks}")
    return f"schema {found.revision or 'of another system, with every column the console reads'}"


class _Missing(ConsoleError):
    pass


def _search() -> str:
    with db.reading() as data:
        if not installation.has_name_search(data.subscriptions):
            raise _Missing("Names cannot be searched by their parts. Run `console migrate`.")
    return "names are found by any of their letters"


def _log() -> str:
    """The audit log is protected by the database itself, too."""
    migrations.require_current("state")
    with db.reading() as data:
        lacks = append_only.missing(data.state)
    if lacks:
        raise _Missing(
            f"Entries of the audit log can be changed: {', '.join(lacks)} is not there. Find out who dropped "
            "it, compare the log with a digest (`console audit verify --digest FILE`), then put it back: "
            "`console audit protect`."
        )
    return "its entries can be neither changed nor removed"


def _clock(database: db.Database) -> str:
    """The database's clock decides nothing here, but a wrong one means a wrong one of ours."""
    with db.reading() as data:
        difference = abs((installation.clock(getattr(data, database)) - clocks.now()).total_seconds())
    if difference > 5:
        raise _Missing(
            f"The clock of the {database} database and this machine's differ by {difference:.0f} seconds. "
            "Set both by a time server."
        )
    return f"clock within {difference:.1f} s"


def _database(database: db.Database) -> str:
    return f"{_schema(database)}, {_clock(database)}"


def _sign_in() -> str:
    settings = get_settings()
    names = ("oidc_metadata_url", "oidc_client_id", "oidc_client_secret", "public_url", "session_secret")
    lacks = [f"CONSOLE_{name.upper()}" for name in names if getattr(settings, name) is None]
    if lacks:
        raise _Missing(
            f"`console serve` will not start: set {', '.join(lacks)}. `console demo` needs none of them."
        )
    return "an identity provider is set"


def _staff() -> str:
    with db.reading() as data:
        people = installation.active_staff(data.state)
    if not people:
        raise _Missing(
            "Nobody may sign in. Add a person: `console staff add EMAIL --name NAME --role admin`."
        )
    return f"{people} active"


def _zones() -> str:
    if "Europe/Helsinki" not in available_timezones():
        raise _Missing("There is no time zone data. Install the tzdata package.")
    return f"reporting zone {clocks.zone().key}"


def _sqlite() -> str:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise _Missing(f"SQLite {sqlite3.sqlite_version} is too old. Use Python with SQLite 3.34 or newer.")
    return f"SQLite {sqlite3.sqlite_version}"


def all_checks() -> Iterator[Check]:
    """Every check in turn; one that fails does not stop the next."""
    checks: list[tuple[str, Callable[[], str]]] = [("sqlite", _sqlite), ("time zones", _zones)]
    checks += [(f"{database} database", partial(_database, database)) for database in db.DATABASES]
    checks += [("search", _search), ("audit log", _log), ("staff", _staff), ("sign-in", _sign_in)]
    for name, run in checks:
        try:
            yield Check(name, True, run())
        except ConsoleError as error:
            yield Check(name, False, str(error))
