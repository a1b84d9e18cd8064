"""Files for the tests of the loader, and the whole state of the databases to compare."""

import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from console import db
from console.loading.preset import load_preset
from console.loading.run import LoadResult, load

CASES = Path(__file__).parent.parent / "cases"
RAVENSTACK = CASES / "ravenstack_excerpt"
INCIDENTS = CASES / "incidents_excerpt.csv"
ACCOUNTS_HEADER = "account_id,account_name,country,signup_date,churn_flag"
CHURN_HEADER = "churn_event_id,account_id,churn_date,reason_code,refund_amount_usd,feedback_text"
TICKETS_HEADER = "ticket_id,account_id,submitted_at,closed_at,priority"
UPDATES_HEADER = "number,incident_state,priority,opened_at,sys_updated_at,sys_mod_count,sys_updated_by"


def shared_data(name: str) -> Path:
    """A folder of the third-party data beside the repository; the test is skipped where it is not."""
    place = os.environ.get("CONSOLE_TEST_DATA")
    root = Path(place) if place else Path(__file__).resolve().parents[2].parent / "shared" / "data"
    if not (root / name).is_dir():
        pytest.skip(f"no {name} data in {root}: set CONSOLE_TEST_DATA to its folder")
    return root / name


def ravenstack(*paths: Path, check: bool = False, **options: Any) -> LoadResult:
    return load(load_preset("ravenstack"), paths, check=check, **options)


def servicenow(*paths: Path, check: bool = False, **options: Any) -> LoadResult:
    return load(load_preset("servicenow"), paths, check=check, **options)


def counts(result: LoadResult) -> tuple[int, int, int, int]:
    """added, changed, same, refused"""
    added, changed, same, refused = map(result.total, ("added", "changed", "same", "refused"))
    return added, changed, same, refused


def written(folder: Path, name: str, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def everything(*names: db.Database) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the named databases (all three by default), by table."""
    found = {}
    with db.reading() as data:
        for name in names or db.DATABASES:
            for table in db.METADATA[name].sorted_tables:
                rows = getattr(data, name).execute(select(table).order_by(*table.primary_key)).all()
                found[f"{name}.{table.name}"] = [tuple(row) for row in rows]
    return found
