"""The schemas: what the migrations make is what the tables say, on both databases."""

import warnings
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from console import db, migrations
from console.errors import Refused
from tests.conftest import KINDS, Databases, new_databases


def test_migrations_make_the_tables(databases: Databases) -> None:
    for name in db.DATABASES:
        mine = set(db.METADATA[name].tables) | {migrations.version_table(name)}

        def ours(thing: object, label: str | None, kind: str, *_: object, mine: set[str] = mine) -> bool:
            return label in mine if kind == "table" else label != "ix_customers_name_search"

        with db.engine(name).connect() as connection, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SQLite cannot reflect indexes on expressions
            context = MigrationContext.configure(
                connection,
                opts={"version_table": migrations.version_table(name), "include_object": ours},
            )
            assert compare_metadata(context, db.METADATA[name]) == []


def test_upgrade_twice_changes_nothing(databases: Databases) -> None:
    for name in db.DATABASES:
        assert migrations.upgrade(name) == "current"
        assert migrations.state(name).state == "current"


@pytest.mark.parametrize("kind", KINDS)
def test_upgrade_takes_over_tables_that_fit_and_refuses_others(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_databases(kind, tmp_path / "theirs")
    made.use(monkeypatch)
    with db.writing("tickets") as connection:
        db.METADATA["tickets"].create_all(connection)
    assert migrations.upgrade("tickets") == "taken over"
    assert migrations.state("tickets").state == "current"
    with db.writing("subscriptions") as connection:
        connection.exec_driver_sql("CREATE TABLE customers (id INTEGER PRIMARY KEY)")
    with pytest.raises(Refused, match=r"lacks customers\.number"):
        migrations.upgrade("subscriptions")
    made.drop()


@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
def test_of_few_rows_each_the_planner_expects_few(databases: Databases) -> None:
    """A long history in the sample is not taken for all of them."""
    told = "SELECT attrelid::regclass::text, attname FROM pg_attribute WHERE attoptions = '{n_distinct=-0.1}'"
    with db.engine("subscriptions").connect() as connection:
        assert {(table, column) for table, column in connection.exec_driver_sql(told)} == {
            (table, column)
            for table in ("charges", "subscription_events")
            for column in ("subscription_id", "customer_id")
        }
