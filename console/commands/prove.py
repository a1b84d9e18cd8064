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

_jobs = click.option(
    "--jobs",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default="one per core",
    help="Processes that share the work. What is found is the same.",
)
_database = click.option(
    "--database",
    metavar="URL",
    help="postgresql://… of a server for databases of the proof's own. Default: SQLite files of its own.",
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
@_jobs
@_database
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


@prove.command()
@click.option(
    "--times", type=click.IntRange(1), default=10, show_default=True, help="At each point of each verb."
)
@_jobs
@_database
def kills(times: int, jobs: int, database: str | None) -> None:
    """SIGKILL at every named point of a verb: a new process brings it to the end that it has undisturbed."""
    from console.proving import kills as kills_proof

    each = sum(len(case.points) for case in kills_proof.CASES.values())
    with _progress(each * times, "Kills") as step:
        held, wrong = kills_proof.prove(times, jobs=jobs, database=database, progress=step)
    if wrong:
        click.echo(f"WRONG: {wrong.verb}, killed at “{wrong.point}”: {wrong.said}")
        sys.exit(1)
    click.echo(f"{held:,} processes were killed at {each} points, and each operation came to its one end.")


@prove.command()
@click.option("--rounds", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@click.option("--processes", type=click.IntRange(2), default=64, show_default=True, help="In each round.")
@click.option(
    "--until-used-up", is_flag=True, help="Each asks again until it got something or nothing is left."
)
@_database
@_seed
def crowd(
    rounds: int, processes: int, *, until_used_up: bool, database: str | None, seed: int | None
) -> None:
    """Many processes refund one charge at once: what goes back is never more than was paid."""
    from console.proving import crowd as crowd_proof

    first = _begun(seed)
    with _progress(rounds, "Rounds") as step:
        outcome = crowd_proof.prove(
            rounds, first, size=processes, until_used_up=until_used_up, database=database, progress=step
        )
    if outcome.wrong:
        more = " --until-used-up" if until_used_up else ""
        _wrong(*outcome.wrong, f"crowd --rounds 1 --processes {processes}{more}")
    click.echo(
        f"{outcome.rounds:,} rounds: {outcome.asked:,} refunds asked for, {outcome.settled:,} done, "
        "and no charge gave back more than was paid."
    )


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
