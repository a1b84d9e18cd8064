"""The cancel form: preview, reason, confirm, what it says then, undo; and what it must refuse."""

import pytest
from streamlit.testing.v1 import AppTest

from console import db
from console.access import ROLES, Permission
from queries import audit, subscriptions
from queries.subscriptions import Subscription
from queries.tables_subscriptions import subscriptions as subscription_table
from tests.conftest import Databases
from tests.pages.screen import Opened, open_screen

NUMBER = "S-1001"


def form() -> Opened:
    return open_screen("subscription.py", "agent", subscription=NUMBER)


def now() -> Subscription:
    with db.reading() as data:
        found = subscriptions.by_number(data.subscriptions, NUMBER)
    assert found is not None
    return found


def confirm(at: AppTest, reason: str = "too_expensive", note: str = "called twice") -> AppTest:
    at.selectbox(key=f"reason-cancel-{NUMBER}").select(reason)
    at.text_area(key=f"note-cancel-{NUMBER}").set_value(note)
    return at.button(key=f"do-cancel-{NUMBER}").click().run()


def choose(at: AppTest, verb: str) -> None:
    """What is done closes its form: the next one is chosen."""
    assert not [one for one in at.button if str(one.key).startswith("do-")]
    (verbs,) = [one for one in at.button_group if str(one.key).startswith(f"act-{NUMBER}-")]
    verbs.set_value(verb).run()


def test_cancel_and_undo_are_said_and_written_down(company_copy: Databases) -> None:
    at = confirm(form().at)
    assert not at.exception
    assert at.success[0].value == "**Done**"
    assert "Set to end" in Opened(at).texts
    assert now().cancel_at_period_end
    choose(at, "undo")
    at.selectbox(key=f"reason-undo-{NUMBER}").select("changed_mind")
    at.button(key=f"do-undo-{NUMBER}").click().run()
    assert at.success[0].value == "**Done**"
    assert not now().cancel_at_period_end
    with db.reading() as data:
        entries = audit.page(data.state, audit.AuditFilters(subject_number=NUMBER)).rows
    kinds = [entry.kind for entry in entries]
    assert kinds.count("subscription.cancel.done") == 1
    assert kinds.count("subscription.cancel_undo.done") == 1
    done = next(entry for entry in entries if entry.kind == "subscription.cancel.done")
    assert (done.reason, done.note) == ("too_expensive", "called twice")
    assert done.before != done.after


def test_after_an_undo_the_safe_choice_stands_again(company_copy: Databases) -> None:
    """What was open while it was set to end ("now" only) must not become the default of the next form."""
    at = confirm(form().at)
    choose(at, "undo")
    at.selectbox(key=f"reason-undo-{NUMBER}").select("mistake")
    at.button(key=f"do-undo-{NUMBER}").click().run()
    choose(at, "cancel")
    label = at.button(key=f"do-cancel-{NUMBER}").label
    assert label.startswith("Cancel the subscription on ")


def test_without_a_reason_nothing_is_done_and_nothing_is_lost(company_copy: Databases) -> None:
    at = form().at
    at.text_area(key=f"note-cancel-{NUMBER}").set_value("a long story")
    at.button(key=f"do-cancel-{NUMBER}").click().run()
    assert "**Not done**" in Opened(at).texts
    assert at.text_area(key=f"note-cancel-{NUMBER}").value == "a long story"
    assert not now().cancel_at_period_end


def test_the_second_tab_answers_already_done(company_copy: Databases) -> None:
    first, second = form().at, form().at
    confirm(first)
    version = now().version
    confirm(second)
    assert second.info[0].value == "**Already done**"
    assert "Emma Laine" in Opened(second).texts
    assert now().version == version


def test_a_change_in_between_is_shown_and_nothing_done(company_copy: Databases) -> None:
    at = form().at
    with db.writing("subscriptions") as connection:
        table = subscription_table
        connection.execute(
            table.update()
            .where(table.c.number == NUMBER)
            .values(price_minor=1299, version=table.c.version + 1)
        )
    confirm(at)
    shown = Opened(at)
    assert "**Changed meanwhile**" in shown.texts
    assert "9.99" in shown.grids
    assert "12.99" in shown.grids
    assert not now().cancel_at_period_end
    confirm(at)  # the form now shows what is true, and goes through
    assert at.success[0].value == "**Done**"


@pytest.mark.parametrize("role", ROLES)
def test_who_is_offered_the_verb(role: str, company: Databases) -> None:
    shown = open_screen("subscription.py", role, subscription=NUMBER)
    offered = [button for button in shown.at.button if button.label.startswith("Cancel")]
    assert bool(offered) == (Permission.CANCEL_SUBSCRIPTION in ROLES[role])
