"""What holds for every verb alike: who may, once, as it was shown, one end wherever it is stopped, told."""

from datetime import timedelta
from typing import Any

import pytest

from console import db
from console.access import ROLES, Permission
from console.actions import operations, resuming, telling
from console.actions.cancellation import Expected, as_it_is
from console.actions.every_verb import VERBS
from console.actions.points import POINTS, watch
from console.errors import Conflict, NotPermitted, Refused
from queries.operations import Operation
from queries.tables_subscriptions import customers
from tests import build
from tests.actions.company import alter, entries, kinds, log_is_intact, mrr_of_events, now_is, staff
from tests.actions.gateway_company import Collected, collected
from tests.actions.money import gateway, operation
from tests.actions.verbs import CASES, ID, LATER, Case, Outgoing, told, written
from tests.conftest import Databases

pytestmark = pytest.mark.usefixtures("at_once")
AT_GATEWAY = [name for name, case in CASES.items() if case.at_gateway]
SHOWN = [name for name in CASES if name != "note"]  # a note rests on nothing


def prepared(case: Case) -> Collected:
    there = collected(licence_key="DEPOT-7Q2MX-K9F3K", **case.made)
    if case.prepare is not None:
        case.prepare(there)
    return there


def asked_and_done() -> list[str]:
    """Kinds of the entries about this operation, which has to be the last that was begun."""
    kind = operation(ID).kind.replace(":", ".")
    return [one.removeprefix(f"{kind}.") for one in kinds() if one.startswith(f"{kind}.")]


def test_every_kind_is_tried_here(databases: Databases) -> None:
    elsewhere = {"subscription:cancel", "subscription:cancel_undo", "subscription:end_there", "charge:refund"}
    named = {"renewal_date": "move_renewal", "cancel_and_refund": "both"}
    tried = {kind for kind in VERBS if named.get(name := kind.partition(":")[2], name) in CASES}
    assert set(VERBS) == tried | elsewhere


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", CASES)
def test_who_may(databases: Databases, name: str, role: str) -> None:
    case = CASES[name]
    needs = {case.permission, Permission.CANCEL_SUBSCRIPTION} if name == "both" else {case.permission}
    there, somebody = prepared(case), staff("Somebody", role)
    if needs <= ROLES[role]:
        assert case.do(there, somebody, operation_id=ID).settled
        return
    before = kinds()
    with pytest.raises(NotPermitted):  # to see what it would do
        case.do(there, somebody)
    with pytest.raises(NotPermitted):  # to confirm what somebody else was shown
        case.do(there, somebody, **_confirmed(name))
    assert kinds() == before


@pytest.mark.parametrize("name", CASES)
def test_done_once(databases: Databases, name: str) -> None:
    case = CASES[name]
    there = prepared(case)
    done = case.do(there, operation_id=ID)
    assert (done.settled, done.already) == (True, False)
    assert done.sentence
    rows, version = written(ID), now_is(there.number).version
    again = case.do(there, operation_id=ID, **_confirmed(name))
    assert (again.settled, again.already) == (True, True)
    assert (written(ID), now_is(there.number).version) == (rows, version)
    assert asked_and_done()[-2:] == ["asked", "done"]
    assert log_is_intact()


@pytest.mark.parametrize("name", CASES)
def test_a_second_click_while_the_first_is_looked_at(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It finds nothing of its id yet, and then the first one's work where it looks whether it can be done."""
    case = CASES[name]
    there, find = prepared(case), operations.find

    def first_is_faster(id: str) -> Operation | None:
        monkeypatch.setattr(operations, "find", find)
        found = find(id)
        case.do(there, operation_id=ID)
        return found

    monkeypatch.setattr(operations, "find", first_is_faster)
    second = case.do(there, operation_id=ID, **_confirmed(name))
    assert (second.settled, second.already) == (True, True)
    assert asked_and_done()[-2:] == ["asked", "done"]


def _confirmed(name: str) -> dict[str, Any]:
    """What a second click sends: the form as it was, whatever has become of it since."""
    sent = {} if name == "note" else {"expected": Expected(0, "", ())}
    return sent | ({"amount_minor": 1240} if name == "both" else {})


@pytest.mark.parametrize("name", CASES)
def test_one_form_is_for_one_thing(databases: Databases, name: str) -> None:
    case = CASES[name]
    there = prepared(case)
    CASES["note"].do(there, operation_id=ID, body="Something else")
    with pytest.raises(Refused, match="already used by Aino for another request"):
        case.do(there, operation_id=ID, **_confirmed(name))
    assert written(ID) == 0


@pytest.mark.parametrize("name", SHOWN)
def test_what_changed_since_it_was_shown_is_a_conflict(databases: Databases, name: str) -> None:
    case = CASES[name]
    there = prepared(case)
    with pytest.raises(Conflict):
        case.do(there, **_confirmed(name))
    begun = {entry.operation_id for entry in entries() if entry.operation_id}
    assert len(begun) == (1 if case.prepare else 0)


def test_a_change_at_the_last_moment_is_a_conflict(databases: Databases) -> None:
    case = CASES["move_renewal"]
    there = prepared(case)

    def meanwhile(point: str) -> None:
        if point == "begun":
            alter(there.number, version=7, price_minor=1100)

    ended = watch(meanwhile)
    with pytest.raises(Conflict) as raised:
        case.do(there, operation_id=ID)
    ended()
    assert set(raised.value.changes) == {"renewal price"}
    assert operation(ID).state == "refused"


class Killed(BaseException):
    pass


@pytest.mark.parametrize("point", [point for point in POINTS if point != "sending"])
@pytest.mark.parametrize("name", CASES)
def test_stopped_anywhere_it_comes_to_one_end(databases: Databases, name: str, point: str) -> None:
    case = CASES[name]
    there = prepared(case)
    stopped: list[str] = []

    def kill(reached: str) -> None:
        if reached == point and not stopped:
            stopped.append(point)
            raise Killed

    ended = watch(kill)
    reaches = case.at_gateway or point not in {"claimed", "answered", "booked"}
    if reaches:
        with pytest.raises(Killed):
            case.do(there, operation_id=ID)
    else:
        case.do(there, operation_id=ID)
    ended()
    assert bool(stopped) == reaches
    resuming.resume_open(timedelta(0), now=LATER)
    assert operation(ID).state == "settled"
    assert asked_and_done()[-2:] == ["asked", "done"]
    assert asked_and_done().count("done") == 1
    assert mrr_of_events(there.number) == now_is(there.number).mrr_units
    assert told() == ([case.tells] if case.tells else [])


# Under one key the gateway answers the same for ever, and a page cannot be looked up: a person closes it.
NEVER_ANSWERED = ("payment_page", "broken_after")


@pytest.mark.parametrize("fault", ["request_lost", "answer_lost", "slow", "rate_limited", "broken_after"])
@pytest.mark.parametrize("name", AT_GATEWAY)
def test_whatever_the_gateway_loses_is_done_once(databases: Databases, name: str, fault: Any) -> None:
    case = CASES[name]
    there = prepared(case)
    gateway().fault(fault)
    done = case.do(there, operation_id=ID)
    if not done.settled:
        assert done.state == ("sending" if fault == "rate_limited" else "unknown")
        assert told() == []
    gateway().catch_up()
    resuming.resume(ID, now=LATER)
    assert operation(ID).state == ("unknown" if (name, fault) == NEVER_ANSWERED else "settled")
    assert written(ID) == 1
    assert mrr_of_events(there.number) == now_is(there.number).mrr_units
    assert told() == ([] if (name, fault) == NEVER_ANSWERED else [case.tells])


@pytest.mark.parametrize("name", ["extend_trial", "pause", "unpause", "move_renewal"])
def test_a_no_of_the_gateway_leaves_everything_as_it_was(databases: Databases, name: str) -> None:
    case = CASES[name]
    there = prepared(case)
    alter(there.number, gateway_reference="sub_nobody")
    before = now_is(there.number)
    with pytest.raises(Refused, match="gateway said no"):
        case.do(there, operation_id=ID)
    after = now_is(there.number)
    assert operation(ID).state == "failed"
    assert told() == []
    same = ("status", "trial_end", "current_period_end", "current_period_start", "mrr_units")
    assert {name: getattr(after, name) for name in same} == {name: getattr(before, name) for name in same}
    assert after.version > before.version  # what was shown meanwhile is not so any more
    assert mrr_of_events(there.number) == after.mrr_units


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.tells])
def test_the_customer_is_told_in_their_language(outgoing: Outgoing, databases: Databases, name: str) -> None:
    case = CASES[name]
    there = prepared(case)
    with db.writing("subscriptions") as connection:
        connection.execute(customers.update().values(locale="fi-FI"))
    case.do(there, operation_id=ID)
    assert telling.deliver(now=LATER).failed == 0
    (mail,) = outgoing.sent
    assert (mail.language, mail.to) == ("fi-FI", now_is(there.number).customer_email)
    assert mail.body.startswith("Hei Maija Virtanen,")
    assert "{" not in mail.subject + mail.body


@pytest.mark.parametrize("name", SHOWN)
def test_quiet_and_with_a_ticket(outgoing: Outgoing, databases: Databases, name: str) -> None:
    case = CASES[name]
    there = prepared(case)
    with db.writing("tickets") as connection:
        build.ticket(connection, number="T-77")
    case.do(there, operation_id=ID, tell_customer=False, ticket_number="T-77")
    always = name in {"resend_licence", "payment_link", "payment_page"}  # that is what they are for
    assert told() == sorted([str(case.tells), "ticket"] if always else ["ticket"])
    assert telling.deliver(now=LATER).failed == 0


def test_nothing_else_is_begun_while_the_gateway_has_not_answered(databases: Databases) -> None:
    there = prepared(CASES["resend_licence"])
    gateway().fault("answer_lost")
    assert CASES["both"].do(there, operation_id=ID, at="period_end").state == "unknown"
    with pytest.raises(Refused, match="Aino has something under way"):
        CASES["resend_licence"].do(there)
    with pytest.raises(Refused, match="Aino has something under way"):  # when confirming, too
        CASES["resend_licence"].do(there, expected=as_it_is(now_is(there.number), "resend_licence"))
    resuming.resume(ID, now=LATER)
    assert CASES["resend_licence"].do(there).settled


@pytest.mark.parametrize("name", SHOWN)
def test_a_reason_is_required(databases: Databases, name: str) -> None:
    case = CASES[name]
    there = prepared(case)
    before = kinds()
    with pytest.raises(Refused, match="A reason is required"):
        case.do(there, reason="")
    assert kinds() == before
