"""The database itself refuses to change or remove entries of the audit log, and the code never tries."""

import warnings
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from console import audit, checks, db, migrations
from console.cli import main
from console.migrations import append_only
from tests.conftest import Databases
from tests.house_rules import nothing_changes_the_log
from tests.tampering import tampering
from tests.test_audit import record, staff_actor, verification

BY_SQL = (
    "UPDATE audit_entries SET note = 'other'",
    "UPDATE audit_entries SET note = 'other' WHERE id < 0 OR note IS NOT NULL",
    "DELETE FROM audit_entries",
)
REPLACE = "INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries"
UPSERT = (
    "INSERT INTO audit_entries SELECT * FROM audit_entries WHERE true "
    "ON CONFLICT (id) DO UPDATE SET note = 'other'"
)


@pytest.fixture
def kept(databases: Databases) -> str:
    """The head of a log with three entries."""
    for _ in range(3):
        record(audit.SYSTEM, "session.signed_in", note="as it was")
    return verification().digest


def _refused(statement: str) -> None:
    with (
        pytest.raises(db.IntegrityError, match="never changed or removed"),
        db.writing("state") as connection,
    ):
        connection.execute(text(statement))


def test_entries_are_neither_changed_nor_removed(databases: Databases, kept: str) -> None:
    for statement in (*BY_SQL, UPSERT, REPLACE if databases.kind == "sqlite" else "TRUNCATE audit_entries"):
        _refused(statement)
    found = verification(kept)
    assert (found.intact, found.entries) == (True, 3)


def test_entries_can_still_be_added(databases: Databases) -> None:
    record(staff_actor())
    assert verification().entries == 1


def _says_of_the_log() -> checks.Check:
    return next(check for check in checks.all_checks() if check.name == "audit log")


def test_what_was_dropped_is_named_and_put_back(
    databases: Databases, kept: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _says_of_the_log().fine
    on = "" if databases.kind == "sqlite" else " ON audit_entries"
    for name in append_only.TRIGGERS[databases.kind]:
        with db.writing("state") as connection:
            connection.execute(text(f"DROP TRIGGER {name}{on}"))
        said = _says_of_the_log()
        assert (said.fine, name in said.says) == (False, True)
        with pytest.raises(SystemExit) as left:
            main(["audit", "protect"])
        assert (left.value.code, capsys.readouterr().out) == (0, f"Put back: {name}\n")
        assert _says_of_the_log().fine
    _refused(BY_SQL[0])
    assert append_only.restore() == []


@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
def test_a_trigger_switched_off_counts_as_missing(databases: Databases, kept: str) -> None:
    with db.writing("state") as connection:
        connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
    assert append_only.restore() == ["audit_entries_no_change"]
    _refused("TRUNCATE audit_entries")


def test_the_check_waits_for_the_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Databases("sqlite", str(tmp_path)).use(monkeypatch)
    db.engine("state").connect().close()
    said = _says_of_the_log()
    assert (said.fine, "Run `console migrate`." in said.says) == (False, True)


def test_the_migration_goes_down_and_up_again(databases: Databases, kept: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SQLite cannot reflect indexes on expressions
        with db.writing("state") as connection:
            command.downgrade(migrations._config("state", connection), "state_0001")
            assert append_only.missing(connection) == list(append_only.TRIGGERS[databases.kind])
        assert migrations.upgrade("state") == "upgraded"
    _refused(BY_SQL[0])
    assert verification(kept).entries == 3


def test_tampering_puts_the_triggers_back(databases: Databases, kept: str) -> None:
    with tampering() as connection:
        connection.execute(text(BY_SQL[0]))
    assert verification().fault == "changed"
    _refused(BY_SQL[0])


@pytest.mark.parametrize(
    "line",
    [
        "audit_entries.update()",
        "t.audit_entries.delete().where(x)",
        "sqlalchemy.update(tables_state.audit_entries)",
        "delete(audit_entries)",
        "from queries.tables_state import audit_entries as log\nlog.delete()",
        "text('update audit_entries set note = 1')",
        "SQL = f'DELETE  FROM {schema}.\"audit_entries\"'",
        "text('TRUNCATE TABLE staff, audit_entries')",
        "text('INSERT OR REPLACE INTO audit_entries VALUES (1)')",
        "text('DROP TABLE audit_entries')",
        "text('DROP TRIGGER audit_entries_no_update')",
    ],
)
def test_the_rule_sees_every_spelling(line: str, tmp_path: Path) -> None:
    for room in ("console", "queries", "pages"):
        (tmp_path / room).mkdir()
    (tmp_path / "queries" / "x.py").write_text(line + "\n", encoding="utf-8")
    assert len(nothing_changes_the_log(tmp_path)) == 1
    harmless = (
        "audit_entries.insert()\nupdate(operations)\ntext('SELECT * FROM audit_entries')\nseen.update(a)\n"
    )
    (tmp_path / "queries" / "x.py").write_text(harmless, encoding="utf-8")
    assert nothing_changes_the_log(tmp_path) == []
