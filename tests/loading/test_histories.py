"""One row per update: differences become events, in the order of the file."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from console import db
from console.errors import Refused
from queries.tables_tickets import agents, source_keys, ticket_events, tickets
from tests import build
from tests.conftest import Databases
from tests.loading.samples import INCIDENTS, UPDATES_HEADER, counts, everything, servicenow, written

ONE = "INC1,New,3 - Moderate,28-02-2016 10:00,28-02-2016 10:05,0,Ann"
TWO = "INC1,Active,3 - Moderate,28-02-2016 10:00,28-02-2016 11:00,1,Bob"
THREE = "INC1,Resolved,2 - High,28-02-2016 10:00,28-02-2016 11:00,2,Cid"
OTHER = "INC2,Active,4 - Low,28-02-2016 12:00,28-02-2016 12:00,0,Dan"


def file_of(folder: Path, *lines: str) -> Path:
    return written(folder, "incident.csv", UPDATES_HEADER, *lines)


def history(number: str = "INC1", field: str = "status") -> list[tuple[str | None, str | None, str | None]]:
    """(from, to, who), in the order they were stored."""
    e = ticket_events.c
    statement = (
        select(e.value_from, e.value_to, e.actor)
        .join(tickets)
        .where(tickets.c.number == number, e.field == field)
        .order_by(e.id)
    )
    with db.reading() as data:
        return [tuple(row) for row in data.tickets.execute(statement)]


def test_what_the_excerpt_says_comes_out(databases: Databases) -> None:
    # Counted in the file itself: 80 updates of 8 tickets, 2 of them with reopen_count > 0.
    result = servicenow(INCIDENTS)
    assert counts(result) == (80, 0, 0, 0)
    assert result.files[0].date_order == "dmy"
    reopened = tickets.c.attributes["reopen_count"].as_integer()
    with db.reading() as data:
        assert data.tickets.scalar(select(func.count()).select_from(tickets)) == 8
        assert data.tickets.scalar(select(func.count()).where(reopened > 0)) == 2
        assert set(data.tickets.scalars(select(tickets.c.status))) == {"closed"}
        row = data.tickets.execute(select(tickets).where(tickets.c.number == "INC0000045")).mappings().one()
        assert len(data.tickets.scalars(select(agents.c.id)).all()) > 3
    assert (row["requester_name"], row["team"], row["channel"], row["attributes"]["contact_type"]) == (
        "Caller 2403",
        "Group 56",
        None,
        "Phone",
    )
    assert history("INC0000045") == [
        (None, "new", "Updated by 21"),
        ("new", "solved", "Updated by 642"),
        ("solved", "closed", "Updated by 908"),
    ]
    assert history("INC0000073")[0][1] == "open"


def test_a_second_load_changes_no_row(databases: Databases) -> None:
    servicenow(INCIDENTS)
    before = everything("tickets")
    assert counts(servicenow(INCIDENTS)) == (0, 0, 80, 0)
    assert everything("tickets") == before


def test_a_check_changes_nothing(databases: Databases) -> None:
    before = everything()
    assert counts(servicenow(INCIDENTS, check=True)) == (80, 0, 0, 0)
    assert everything() == before


def test_the_order_of_the_file_decides_between_equal_minutes(databases: Databases, tmp_path: Path) -> None:
    servicenow(file_of(tmp_path, ONE, THREE, OTHER, TWO))
    assert history() == [(None, "new", "Ann"), ("new", "solved", "Cid"), ("solved", "open", "Bob")]
    assert history(field="priority") == [
        (None, "normal", "Ann"),
        ("normal", "high", "Cid"),
        ("high", "normal", "Bob"),
    ]


def test_later_updates_go_on_from_where_the_ticket_stands(databases: Databases, tmp_path: Path) -> None:
    servicenow(file_of(tmp_path, ONE, OTHER))
    assert counts(servicenow(file_of(tmp_path, ONE, TWO, THREE))) == (2, 0, 1, 0)
    assert history() == [(None, "new", "Ann"), ("new", "open", "Bob"), ("open", "solved", "Cid")]
    with db.reading() as data:
        status, version = data.tickets.execute(
            select(tickets.c.status, tickets.c.version).where(tickets.c.number == "INC1")
        ).one()
    assert (status, version) == ("solved", 2)


def test_equal_rows_are_numbered_and_found_again(databases: Databases, tmp_path: Path) -> None:
    file = file_of(tmp_path, ONE, ONE, TWO)
    assert counts(servicenow(file)) == (3, 0, 0, 0)
    assert counts(servicenow(file)) == (0, 0, 3, 0)
    with db.reading() as data:
        keys = data.tickets.scalars(select(source_keys.c.key).where(source_keys.c.entity == "ticket/update"))
        assert "INC1/28-02-2016 10:05/0#2" in set(keys)


def test_a_rewritten_update_rewrites_the_tickets_history(databases: Databases, tmp_path: Path) -> None:
    servicenow(file_of(tmp_path, ONE, TWO, THREE, OTHER))
    with db.writing("tickets") as connection:
        ticket = connection.scalar(select(tickets.c.id).where(tickets.c.number == "INC1"))
        assert ticket is not None
        build.ticket_event(connection, ticket, "team", "Ours", operation_id="done in the console")
    changed = TWO.replace("Active", "Awaiting Vendor")
    assert counts(servicenow(file_of(tmp_path, ONE, changed, THREE, OTHER))) == (0, 1, 3, 0)
    assert history() == [(None, "new", "Ann"), ("new", "on_hold", "Bob"), ("on_hold", "solved", "Cid")]
    assert history(field="team") == [(None, "Ours", None)]
    assert history("INC2") == [(None, "open", "Dan")]
    assert counts(servicenow(file_of(tmp_path, ONE, changed, THREE, OTHER))) == (0, 0, 4, 0)


def test_a_rewritten_update_without_the_rest_is_refused(databases: Databases, tmp_path: Path) -> None:
    servicenow(file_of(tmp_path, ONE, TWO, THREE))
    before = everything("tickets")
    result = servicenow(file_of(tmp_path, TWO.replace("Active", "On Hold"), OTHER.replace("INC2", "INC1")))
    assert counts(result) == (1, 0, 0, 1)
    assert result.refusals[0].line == 2
    assert "Load a file with the whole history of INC1" in result.refusals[0].reason
    assert len(everything("tickets")["tickets.ticket_events"]) > len(before["tickets.ticket_events"])


def test_a_word_nobody_knows_is_kept_and_changes_no_status(databases: Databases, tmp_path: Path) -> None:
    unknown = TWO.replace("Active", "-100")
    assert counts(servicenow(file_of(tmp_path, ONE, unknown, OTHER.replace("Active", "-100")))) == (
        3,
        0,
        0,
        0,
    )
    assert history() == [(None, "new", "Ann")]
    assert history(field="reported_status") == [(None, "-100", "Bob")]
    assert history("INC2") == [(None, "open", "Dan")]


WRONG_UPDATES = [
    ("?,New,4 - Low,28-02-2016 12:00,28-02-2016 12:00,0,Dan", "The number is missing."),
    ("INC3,?,4 - Low,28-02-2016 12:00,28-02-2016 12:00,0,Dan", "The status is missing."),
    ("INC3,New,4 - Low,28-02-2016 12:00,?,0,Dan", "The updated at is missing."),
    (
        "INC3,New,4 - Low,28-02-2016 12:00,31-02-2016 12:00,0,Dan",
        "sys_updated_at: “31-02-2016 12:00” is not a date that exists.",
    ),
    (
        "MINE,New,4 - Low,28-02-2016 12:00,28-02-2016 12:00,0,Dan",
        "There is already a ticket MINE that did not come from this source.",
    ),
]


def test_wrong_updates_are_refused_and_the_others_loaded(databases: Databases, tmp_path: Path) -> None:
    with db.writing("tickets") as connection:
        build.ticket(connection, number="MINE")
    rows = [row for row, _ in WRONG_UPDATES]
    result = servicenow(file_of(tmp_path, ONE, *rows, TWO))
    assert counts(result) == (2, 0, 0, len(rows))
    assert [(r.line, r.reason) for r in result.refusals] == [
        (line, reason) for line, (_, reason) in enumerate(WRONG_UPDATES, 3)
    ]


def test_the_same_update_in_two_files_is_taken_once(databases: Databases, tmp_path: Path) -> None:
    first, second = file_of(tmp_path, ONE, TWO), written(tmp_path, "more.csv", UPDATES_HEADER, TWO, THREE)
    result = servicenow(first, second)
    assert counts(result) == (3, 0, 0, 1)
    assert result.refusals[0].reason == "The same update is already on line 3 of incident.csv."
    assert len(history()) == 3


def test_two_date_orders_in_one_file_are_refused(databases: Databases, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="line 3: A date is written month-day-year here"):
        servicenow(file_of(tmp_path, ONE, OTHER.replace("28-02-2016", "02-28-2016")))
    assert not any(everything("tickets").values())


def test_a_file_with_the_month_first_is_read_that_way(databases: Databases, tmp_path: Path) -> None:
    result = servicenow(file_of(tmp_path, OTHER.replace("28-02-2016", "02-28-2016")))
    assert (result.files[0].date_order, counts(result)) == ("mdy", (1, 0, 0, 0))


def test_more_updates_than_one_batch(databases: Databases, tmp_path: Path) -> None:
    def rows(first: str) -> list[str]:
        states = [first, *(["Active", "On Hold"] * 600)]
        return [
            f"INC1,{state},4 - Low,28-02-2016 10:00,28-02-2016 11:00,{n},A" for n, state in enumerate(states)
        ]

    assert counts(servicenow(file_of(tmp_path, *rows("New")))) == (1201, 0, 0, 0)
    assert len(history()) == 1201
    assert counts(servicenow(file_of(tmp_path, *rows("Resolved")))) == (0, 1, 1200, 0)
    assert [entry[1] for entry in history()][:3] == ["solved", "open", "on_hold"]
    assert len(history()) == 1201
