"""`console definitions`: the published worked examples, run against this installation's own code."""

import sys
from dataclasses import asdict
from typing import Any

import click

from console.commands import print_json
from console.examples import Outcome, outcomes_now


@click.command()
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def definitions(form: str) -> None:
    """Run the published examples of what the figures mean. Exit code 1 if one differs.

    Needs no database: the examples bring their own rows. JSON: a list of number, metric, given, state (holds
    or differs), expected (what, value, kind: money in minor units, percent as a share), got (the
    values in the same order; empty where nothing was answered), problem, source.
    """
    found = outcomes_now()
    if form == "json":
        print_json([_plain(one) for one in found])
    else:
        for one in found:
            click.echo(_line(one))
    sys.exit(1 if any(one.state == "differs" for one in found) else 0)


def _line(one: Outcome) -> str:
    """One line; what differs says both sides."""
    said = f"expected {one.expected_in_words}"
    if one.state != "holds":
        said += f"; got {one.got_in_words}" if one.got else f"; {one.problem}"
    return f"{one.state:<7}  {one.example.number:<2}  {one.example.given}: {said}"


def _plain(one: Outcome) -> dict[str, Any]:
    example = one.example
    return {
        "number": example.number,
        "metric": example.metric,
        "given": example.given,
        "state": one.state,
        "expected": [asdict(each) for each in example.expected],
        "got": list(one.got),
        "problem": one.problem,
        "source": example.source,
    }
