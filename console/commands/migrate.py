import click

from console import migrations
from console.db import DATABASES, Database


@click.command()
@click.option(
    "--only", type=click.Choice(DATABASES), multiple=True,
    help="Just this database (may be repeated). The company's own databases need no tables of ours.",
)  # fmt: skip
def migrate(only: tuple[Database, ...]) -> None:
    """Bring the databases to the present schema. Safe to run twice and on databases that exist."""
    for database in only or DATABASES:
        click.echo(f"{database}: {migrations.upgrade(database)}")
