import sys
from dataclasses import asdict

import click

from console.checks import all_checks
from console.commands import print_json


@click.command()
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
def check(format_: str) -> None:
    """Name every missing piece and what to do. Exit code 1 if there is one."""
    done = list(all_checks())
    if format_ == "json":
        print_json([asdict(one) for one in done])
    else:
        for one in done:
            click.echo(f"{'ok     ' if one.fine else 'MISSING'}  {one.name}: {one.says}")
    sys.exit(0 if all(one.fine for one in done) else 1)
