"""Every verb as a form, on subscriptions in every state, on the three pages it can be opened from: it asks,
shows what will happen, or says why not; and what is pressed is done once."""

import pytest
from sqlalchemy import func, select

from console import db
from console.access import ROLES
from console.settings import get_settings
from console.ui.more_forms import FORMS
from queries.tables_state import operations as operation_table
from queries.tables_subscriptions import customers, refunds, subscriptions
from tests.conftest import Databases
from tests.pages.screen import Opened, open_screen

# The screens are opened on both databases in test_screens, and act on both in test_cancelling.
pytestmark = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)

STATUSES = ("trialing", "active", "past_due", "paused", "canceled")
NUMBER, CUSTOMER, TICKET = "S-1001", "C-1001", "T-1001"


def one_of(status: str) -> str:
    """The number of a subscription in that state."""
    with db.reading() as data:
        some = select(subscriptions.c.number).where(subscriptions.c.status == status)
        return str(data.subscriptions.scalars(some.order_by(subscriptions.c.id).limit(1)).one())


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_form_opens_or_says_why_not(form: object, status: str, company: Databases) -> None:
    name = getattr(form, "name", "")
    shown = open_screen("subscription.py", "manager", subscription=one_of(status), act=name)
    assert not shown.at.exception
    offered = [button.key for button in shown.at.button if str(button.key).startswith(f"do-{name}-")]
    assert offered or "not possible" in shown.texts.lower()


@pytest.mark.parametrize("role", ROLES)
def test_only_what_a_role_may_is_offered(role: str, company: Databases) -> None:
    shown = open_screen("customer.py", role, customer=CUSTOMER)
    opened = {str(button.key).split("-of-")[0] for button in shown.at.button if "-of-" in str(button.key)}
    may = {form.name for form in FORMS if form.permission in ROLES[role]}
    assert opened & {form.name for form in FORMS} <= may
    assert ("refund" in opened) == ("refund" in may)


def test_the_page_of_a_customer_with_one_subscription_opens_without_a_form(company: Databases) -> None:
    with db.reading() as data:
        alone = (
            select(customers.c.number)
            .join(subscriptions, subscriptions.c.customer_id == customers.c.id)
            .group_by(customers.c.number)
            .having(func.count() == 1)
        )
        number = str(data.subscriptions.scalars(alone.order_by(customers.c.number).limit(1)).one())
    at = open_screen("customer.py", "agent", customer=number).at
    assert not [one for one in at.button_group if str(one.key).startswith("act-")]


def refunded() -> list[int]:
    with db.reading() as data:
        made = select(refunds.c.amount_minor).where(refunds.c.operation_id.is_not(None))
        return list(data.subscriptions.scalars(made))


def states() -> list[str]:
    with db.reading() as data:
        return list(data.state.scalars(select(operation_table.c.state)))


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("customer.py", {"customer": CUSTOMER, "on": NUMBER}),
        ("subscription.py", {"subscription": NUMBER}),
        ("ticket.py", {"ticket": TICKET, "on": NUMBER}),
    ],
)
def test_a_refund_from_each_page(
    page: str, address: dict[str, str], company_copy: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSOLE_RECALL_SECONDS", "0")
    get_settings.cache_clear()
    at = open_screen(page, "agent", act="refund", **address).at
    button = next(one for one in at.button if one.key == f"do-refund-{NUMBER}")
    assert button.label == "Refund 12.54\u00a0€ to Visa ••4242"
    at.selectbox(key=f"reason-refund-{NUMBER}").select("goodwill")
    at.button(key=f"do-refund-{NUMBER}").click().run()
    assert at.success[0].value == "**Done**"
    assert (refunded(), states()) == ([1254], ["settled"])


def test_a_wrong_amount_is_a_sentence(company: Databases) -> None:
    at = open_screen("subscription.py", "agent", subscription=NUMBER, act="refund").at
    at.segmented_control(key=f"how-refund-{NUMBER}").set_value("An amount").run()
    for typed, said in (
        ("12.5455", "too many decimals"),
        ("12,545", "thousands or decimals"),
        ("99", "more than is left"),
        ("x", "not an amount"),
    ):
        at.text_input(key=f"amount-refund-{NUMBER}").set_value(typed).run()
        assert not at.exception
        assert said in Opened(at).texts
        assert not [button for button in at.button if button.key == f"do-refund-{NUMBER}"]


def test_a_verb_nobody_knows_in_the_address(company: Databases) -> None:
    shown = open_screen("customer.py", "agent", customer=CUSTOMER, act="explode", on=NUMBER)
    assert not shown.at.exception
    assert "Aino Korhonen" in shown.texts
