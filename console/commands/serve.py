import os
from contextlib import suppress

import click

from console import clocks, migrations, server
from console.db import DATABASES, Connection, reading
from console.demo import EXCHANGE_RATES, catalogue, office, seed
from console.errors import Refused, Unavailable
from console.settings import get_settings
from console.signin.sample_my_account import SAMPLE_MY_ACCOUNT
from queries import installation, sample_company

_port = click.option("--port", default=8501, show_default=True, type=click.IntRange(0, 65535))


@click.command()
@click.option(
    "--address", default="127.0.0.1", show_default=True, help="Where to listen; a proxy is in front."
)
@_port
def serve(address: str, port: int) -> None:
    """Serve the console behind your identity provider, at CONSOLE_PUBLIC_URL."""
    server.run("serve", address=address, port=port, announce=_announce)


@click.command()
@click.option("--address", default="127.0.0.1", help="Only 127.0.0.1: the demo lets anybody in as anybody.")
@_port
@click.option("--customers", default=5000, show_default=True, help="How many, if the databases are empty.")
@click.option("--seed", "number", default=1, show_default=True, help="The same number, the same company.")
def demo(address: str, port: int, customers: int, number: int) -> None:
    """The sample company with the demo sign-in, on this machine only. Made first if it is not there."""
    if address not in {"127.0.0.1", "localhost"}:
        raise Refused(
            f"The demo lets anybody in as anybody, so it listens on 127.0.0.1 only, not on “{address[:60]}”. "
            "For other machines use `console serve` with an identity provider."
        )
    _refuse_other_data()
    _prepare(customers, number)
    os.environ["CONSOLE_DEMO"] = "1"
    os.environ.setdefault("CONSOLE_COMPANY", "Sample company")
    _use_made_up_rates()
    get_settings.cache_clear()
    server.run("demo", address="127.0.0.1", port=port, announce=_announce_demo)


def _use_made_up_rates() -> None:
    """So that totals in one currency are to be seen; not where the settings name rates or a currency."""
    if not {"CONSOLE_EXCHANGE_RATES", "CONSOLE_REPORTING_CURRENCY"} & set(os.environ):
        os.environ["CONSOLE_EXCHANGE_RATES"] = str(EXCHANGE_RATES)
        os.environ["CONSOLE_REPORTING_CURRENCY"] = "EUR"


def _announce(address: str) -> None:
    click.echo(f"The console is at {address}  (Ctrl-C stops it)")


def _announce_demo(address: str) -> None:
    """The port is known only now: from here on links to My Account lead to its stand-in."""
    os.environ.setdefault("CONSOLE_MY_ACCOUNT_URL", f"{address}{SAMPLE_MY_ACCOUNT}")
    get_settings.cache_clear()
    _announce(address)


def _refuse_other_data() -> None:
    """Before anything is changed: data that is not the sample's is somebody's own."""
    for database, is_foreign in (
        ("state", _foreign_state),
        ("subscriptions", _foreign_subscriptions),
        ("tickets", _foreign_tickets),
    ):
        with suppress(Unavailable), reading() as data:  # no tables yet, or said again when we make them
            if is_foreign(getattr(data, database)):
                raise Refused(
                    f"The {database} database holds data that is not the sample company's. The demo lets "
                    "anybody in as anybody, so it does not open it. Nothing was done. "
                    "Use `console serve`, or point CONSOLE_VAR at an empty folder."
                )


def _foreign_state(state: Connection) -> bool:
    return sample_company.has_staff(state) and not sample_company.is_marked(state)


def _foreign_subscriptions(subscriptions: Connection) -> bool:
    """The mark is in the state database, which may be another's: the sample's own products tell as well."""
    codes = [row["code"] for row in catalogue.product_rows()]
    ours = all(sample_company.has_product(subscriptions, code) for code in codes)
    return sample_company.has_customers(subscriptions) and not ours


def _foreign_tickets(tickets: Connection) -> bool:
    emails = [row["email"] for row in office.agent_rows()]
    ours = all(sample_company.has_agent(tickets, email) for email in emails)
    return sample_company.has_tickets(tickets) and not ours


def _say_if_old(made: object) -> None:
    """The sample does not live on by itself: what fell due since it was made was charged to nobody."""
    anchored_on = str(made.get("anchored_on")) if isinstance(made, dict) else ""
    if anchored_on and anchored_on != clocks.today().isoformat():
        click.echo(
            f"The sample company is that of {anchored_on}, with your changes. For one of today, remove its "
            f"files: rm -rf {get_settings().var}"
        )


def _prepare(customers: int, number: int) -> None:
    for database in DATABASES:
        migrations.upgrade(database)
    with reading() as data:
        if sample_company.is_complete(data.state):
            _say_if_old(installation.fact(data.state, "demo"))
            return
    with click.progressbar(length=1000, label="Making the sample company") as bar:

        def progress(done: int, total: int) -> None:
            bar.update(1000 * done // max(total, 1) - bar.pos)

        seed(customers, number, today=clocks.today(), progress=progress)
