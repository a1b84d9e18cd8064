"""`console worker`: the durable work of the console on a machine of its own."""

import signal
import threading

import click

from console import durable, migrations
from console.db import DATABASES


@click.command()
def worker() -> None:
    """Carry operations out and do what runs by the clock, without a screen, until stopped.

    `console serve` does the same by itself; with PostgreSQL any number of machines may share the work.
    """
    for database in DATABASES:
        migrations.require_current(database)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    durable.start("worker")
    click.echo("Working (Ctrl-C stops it)")
    stopped.wait()
    durable.stop()
