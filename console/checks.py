"""What this installation needs, piece by piece: each is fine, or says what is missing and what to do."""

import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from zoneinfo import available_timezones

from console import clocks, db, migrations, words
from console.actions import payment_links
from console.errors import ConsoleError
from console.gateways.choose import payment_gateway
from console.gateways.payments import GatewayError
from console.migrations import append_only
from console.settings import get_settings
from queries import installation, notices, operations, sample_company

OLDEST_SQLITE = (3, 34, 0)  # trigram search
LATE = timedelta(minutes=10)  # the worker looks every minute


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


def _gateway() -> str:
    """Which one it is, and whether it answers. The simulated one is right for the sample company only."""
    settings = get_settings()
    gateway = payment_gateway()
    try:
        next(gateway.charges(clocks.now()), None)
    except GatewayError as error:
        raise _Missing(f"The {gateway.name} gateway cannot be used. {error}") from error
    if settings.gateway == "simulated":
        return _simulated()
    if settings.stripe_webhook_secret is None:
        raise _Missing(
            "Stripe's messages are refused: set CONSOLE_STRIPE_WEBHOOK_SECRET, and let Stripe send them to "
            "/hooks/stripe. Without them, what happens there is seen by the nightly comparison only."
        )
    return "Stripe answers, and its messages can be checked"


def _simulated() -> str:
    with db.reading() as data:
        if not sample_company.is_marked(data.state):
            raise _Missing(
                "The payment gateway is the simulated one: refunds and cancellations move no money. "
                "Set CONSOLE_GATEWAY=stripe and CONSOLE_STRIPE_API_KEY."
            )
    return "the simulated one, for the sample company: no money moves"


def _mail() -> str:
    settings = get_settings()
    if settings.smtp_host is None:
        folder = settings.var / "mail"
        if not os.access(_there(folder), os.W_OK):
            raise _Missing(f"Mail cannot be written to {folder}. Check the rights, or set CONSOLE_SMTP_HOST.")
        return f"no mail server: what customers are told is kept as files in {folder}"
    try:
        socket.create_connection((settings.smtp_host, settings.smtp_port), timeout=5).close()
    except OSError as error:
        raise _Missing(
            f"The mail server {settings.smtp_host}:{settings.smtp_port} cannot be reached: {error}. Check "
            "CONSOLE_SMTP_HOST and CONSOLE_SMTP_PORT."
        ) from error
    return f"{settings.smtp_host}:{settings.smtp_port} can be reached"


def _there(folder: Path) -> Path:
    """The folder, or the one in which it would be made."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _my_account() -> str:
    """The secret of the links with which customers update payment details."""
    with db.reading() as data:
        if get_settings().my_account_secret is None and sample_company.is_marked(data.state):
            return "the demo makes a secret of its own"
        payment_links.my_account_secret(data.state)
    return "links to My Account can be made and checked"


def _worker() -> str:
    """Whether somebody does what runs by the clock: nothing may be left behind for long."""
    late = clocks.now() - LATE
    with db.reading() as data:
        left = len(operations.left_sending(data.state, late))
        unheard = [one for one in notices.left(data.state) if one.received_at < late]
    if left or unheard:
        raise _Missing(
            f"Left behind for more than ten minutes: {words.plural(left, 'operation')} and "
            f"{words.plural(len(unheard), 'message')} of the gateway. Start `console serve` or `console "
            "worker`, and see that the gateway answers."
        )
    return "nothing is left behind"


def all_checks() -> Iterator[Check]:
    """Every check in turn; one that fails does not stop the next."""
    checks: list[tuple[str, Callable[[], str]]] = [("sqlite", _sqlite), ("time zones", _zones)]
    checks += [(f"{database} database", partial(_database, database)) for database in db.DATABASES]
    checks += [("search", _search), ("audit log", _log), ("staff", _staff), ("sign-in", _sign_in)]
    checks += [("payment gateway", _gateway), ("mail", _mail), ("My Account", _my_account)]
    checks += [("worker", _worker)]
    for name, run in checks:
        try:
            yield Check(name, True, run())
        except ConsoleError as error:
            yield Check(name, False, str(error))
