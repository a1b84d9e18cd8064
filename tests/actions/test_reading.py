"""Who looks at a licence key is written down before it is shown; the key itself is not."""

import pytest

from console import db
from console.access import Actor
from console.actions.reading import reveal_licence_key
from console.audit import sentence
from console.errors import NotFound, NotPermitted, Refused
from queries.audit import page
from tests.actions.company import Company, alter, company, entries, now_is
from tests.conftest import Databases


@pytest.fixture
def there(databases: Databases) -> Company:
    return company(licence_key="DEPOT-7Q2MX-K9F3K")


def test_the_key_is_shown_and_written_down(there: Company) -> None:
    assert reveal_licence_key(there.aino, f" {there.number} ") == "DEPOT-7Q2MX-K9F3K"
    with db.reading() as data:
        (entry,) = page(data.state).rows
    assert sentence(entry) == f"Aino looked at the licence key of {there.number}"
    assert (entry.kind, entry.actor_id) == ("licence.revealed", there.aino.staff_id)
    assert (entry.subject_kind, entry.subject_number) == ("subscription", there.number)
    assert (entry.customer_number, entry.customer_name) == (there.customer["number"], "Maija Virtanen")
    assert "K9F3K" not in str(entries())
    assert now_is(there.number).version == 1


def test_each_look_is_an_entry(there: Company) -> None:
    for actor in (there.aino, there.onni, there.aino):
        reveal_licence_key(actor, there.number)
    assert [entry.actor_name for entry in entries()] == ["Aino", "Onni", "Aino"]


def test_nothing_is_written_where_nothing_is_shown(there: Company) -> None:
    nobody = Actor(there.aino.staff_id, "x@y.example", "X", "no such role")
    with pytest.raises(NotPermitted, match="customer:read"):
        reveal_licence_key(nobody, there.number)
    with pytest.raises(NotFound, match="There is no subscription “S-none”"):
        reveal_licence_key(there.aino, "S-none")
    alter(there.number, licence_key=None)
    with pytest.raises(Refused, match="has no licence key"):
        reveal_licence_key(there.aino, there.number)
    assert entries() == []


def test_a_key_that_cannot_be_written_down_is_not_shown(
    there: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise RuntimeError("no space left")

    monkeypatch.setattr("console.audit.record", refuse)
    with pytest.raises(RuntimeError, match="no space left"):
        reveal_licence_key(there.aino, there.number)
