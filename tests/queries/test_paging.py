"""Pages after a key show every row once, also where instants are equal; counts stop."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import db
from queries import customers, paging
from queries.paging import Cursor
from tests import build
from tests.conftest import Databases
from tests.queries.conftest import Asked


@given(
    st.datetimes(datetime(1000, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(0, 2**59),
)
def test_a_cursor_survives_the_address(at: datetime, id: int) -> None:
    assert Cursor.parse(str(Cursor(at, id))) == Cursor(at, id)


@given(st.text())
def test_what_is_no_cursor_is_none(text: str) -> None:
    cursor = Cursor.parse(text)
    assert cursor is None or Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "x", "20260101T000000.000000Z", "20260101T000000.000000Z-²", "-1"])
def test_a_wrong_cursor_begins_at_the_first_page(text: str) -> None:
    assert Cursor.parse(text) is None


@given(st.text())
def test_what_was_typed_can_be_asked(text: str) -> None:
    asked = paging.askable(text)
    assert len(asked) <= paging.LONGEST_QUESTION
    assert "\0" not in asked.encode().decode()


def test_every_row_is_on_one_page(databases: Databases, asked: list[Asked]) -> None:
    with db.writing("subscriptions") as connection:
        made = [
            build.customer(connection, created_at=build.START + timedelta(days=n // 3)) for n in range(10)
        ]
    with db.reading() as data:
        seen, before = [], None
        while True:
            asked.clear()
            page = customers.page(data.subscriptions, before=before, limit=4)
            assert len(asked) == 1
            seen += [customer.id for customer in page.rows]
            before = page.next
            if before is None:
                break
    assert seen == [row["id"] for row in reversed(made)]
    assert "OFFSET" not in asked[0].statement or databases.kind == "sqlite"  # where it says OFFSET 0


def test_counts_stop(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.writing("subscriptions") as connection:
        for _ in range(5):
            build.customer(connection)
        assert customers.count(connection) == 5
        monkeypatch.setattr(paging, "COUNT_STOPS_AT", 3)
        assert customers.count(connection) == 3
