"""`console prove`: proofs by brute force. Each prints its seed, and that seed replays it."""

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from console.proving import log as log_proof
from console.proving import worlds as worlds_proof
from console.proving.tamperings import TAMPERINGS

_seed = click.option(
    "--seed", type=click.IntRange(0), help="Of the first; the next has the next number. Default: a new one."
)


@click.group()
def prove() -> None:
    """Random worlds from a seed: exit code 1 and the seed of the first wrong one, if there is one."""


@prove.command()
@click.option("--logs", type=click.IntRange(1), default=1_000, show_default=True, help="How many.")
@click.option(
    "--each", type=click.IntRange(1, len(TAMPERINGS)), default=len(TAMPERINGS), show_default=True,
    help="Kinds of tampering tried on each log.",
)  # fmt: skip
@_seed
def log(logs: int, each: int, seed: int | None) -> None:
    """The audit log: every tampering is found against a digest, and a clean log raises no alarm.

    Needs no database: the logs are made up, the walk is that of `console audit verify`.
    """
    first = _begun(seed)
    with _progress(logs, "Logs") as step:
        outcome = log_proof.prove(logs, first, each=each, progress=step)
    click.echo(f"{outcome.clean:,} walks over logs nobody touched: no alarm.")
    for kind in TAMPERINGS:
        click.echo(f"{outcome.found[kind]:8,} found: {kind}")
    if outcome.miss:
        miss = outcome.miss
        _wrong(miss.seed, f"After “{miss.done}” the verification said: {miss.said}", "log --logs 1")
    click.echo(f"All {outcome.found.total():,} were found, each at the first entry that differs.")


@prove.command()
@click.option("--worlds", type=click.IntRange(1), default=1_000, show_default=True, help="How many.")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default="one per core",
    help="Processes that share the work. The worlds are the same.",
)
@click.option(
    "--database",
    metavar="URL",
    help="postgresql://… of a server for databases of the proof's own. Default: SQLite files of its own.",
)
@_seed
def operations(worlds: int, jobs: int, database: str | None, seed: int | None) -> None:
    """Refunds and cancellations under fault: our books end equal to the gateway's, whatever happens.

    Never touches the configured databases or gateway. One world again, with what happened in it:
    --worlds 1 --seed N
    """
    first = _begun(seed)
    with _progress(worlds, "Worlds") as step:
        outcome = worlds_proof.prove(worlds, first, jobs=jobs, database=database, progress=step)
    if outcome.wrong:
        click.echo("\n".join(outcome.wrong.story))
        _wrong(outcome.wrong.seed, outcome.wrong.said, "operations --worlds 1")
    for state, count in sorted(outcome.states.items()):
        click.echo(f"{count:8,} operations ended {state.replace('_', ' ')}")
    click.echo(f"All {outcome.worlds:,} worlds came to rest, and every rule holds in each.")


def _begun(seed: int | None) -> int:
    first = secrets.randbelow(10**9) if seed is None else seed
    click.echo(f"Seed {first}")
    return first


@contextmanager
def _progress(length: int, label: str) -> Iterator[Callable[..., object]]:
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield lambda done=1: bar.update(done)


def _wrong(seed: int, said: str, command: str) -> None:
    """Ends the command with exit code 1 and how to see the first wrong world again."""
    click.echo(f"WRONG at seed {seed}. {said}\nAgain: console prove {command} --seed {seed}")
    sys.exit(1)
