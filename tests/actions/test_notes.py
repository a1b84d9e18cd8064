"""Notes for colleagues: kept once, as written, about a customer or a subscription of theirs."""

import pytest

from console import db
from console.actions.checked import LONGEST_NOTE
from console.errors import NotFound, Refused
from queries import notes as kept
from queries.notes import Note
from tests.actions.company import company, entries, kinds
from tests.actions.gateway_company import Collected, collected
from tests.actions.verbs import ID, LATER, note
from tests.conftest import Databases


@pytest.fixture
def there(databases: Databases) -> Collected:
    return collected()


def written(there: Collected) -> list[Note]:
    with db.reading() as data:
        return kept.of_customer(data.state, there.customer)


def test_written_once(there: Collected) -> None:
    assert note(there, operation_id=ID, body="  Calls back on Monday  ").settled
    assert note(there, operation_id=ID, body="Calls back on Monday").already
    (one,) = written(there)
    assert (one.body, one.author_name) == ("Calls back on Monday", "Aino")
    assert (one.subject_kind, one.subject_number) == ("customer", there.customer)
    assert kinds() == ["customer.note.asked", "customer.note.done"]
    assert entries()[1].note == "Calls back on Monday"
    with pytest.raises(Refused, match="already used by Aino for another request"):
        note(there, operation_id=ID, body="Never calls")


def test_the_newest_first_and_no_more_than_asked_for(there: Collected) -> None:
    note(there, body="first")
    note(there, body="about one", subject_number=there.number, now=LATER)
    assert [(one.body, one.subject_number) for one in written(there)] == [
        ("about one", there.number), ("first", there.customer),
    ]  # fmt: skip
    with db.reading() as data:
        (newest,) = kept.of_customer(data.state, there.customer, limit=1)
    assert newest.body == "about one"


@pytest.mark.parametrize("body", ["", " \n ", "x" * (LONGEST_NOTE + 1)])
def test_neither_empty_nor_endless(there: Collected, body: str) -> None:
    with pytest.raises(Refused, match="The note"):
        note(there, body=body)
    assert note(there, body="x" * LONGEST_NOTE).settled
    assert len(written(there)) == 1


def test_of_whom_it_speaks_is_known(there: Collected) -> None:
    other = company()
    with pytest.raises(Refused, match="is not a subscription of"):
        note(there, subject_number=other.number)
    with pytest.raises(NotFound):
        note(there, subject_number="S-none")
    assert written(there) == []
