"""`console refund` and the other verbs as commands: the functions, words and refusals of the screen."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from console import clocks, db
from console.cli import cli
from console.errors import Refused
from console.settings import get_settings
from queries.tables_subscriptions import subscriptions
from tests.actions.company import END, alter, now_is
from tests.actions.gateway_company import Collected, collected
from tests.actions.money import gateway, given_back, operation
from tests.conftest import Databases

Run = Callable[..., Any]
DAY = timedelta(days=1)


@pytest.fixture
def run(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command's JSON; a refusal is raised."""
    monkeypatch.setenv("CONSOLE_RECALL_SECONDS", "0")
    monkeypatch.setenv("CONSOLE_MY_ACCOUNT_SECRET", "s" * 32)
    get_settings.cache_clear()

    def call(*arguments: str) -> Any:
        ran = CliRunner().invoke(cli, [*arguments, "--format", "json"], catch_exceptions=False)
        assert ran.exit_code == 0, ran.output
        return json.loads(ran.stdout)

    return call


def running(there: Collected) -> None:
    """Its period is running today."""
    ahead = {"current_period_start": clocks.now() - 10 * DAY, "current_period_end": clocks.now() + 20 * DAY}
    alter(there.number, **ahead)


def test_a_refund_and_its_preview(run: Run) -> None:
    there = collected()
    request = ("refund", there.charge, "--amount", "2,40", "--as", there.aino.email)
    shown = run(*request, "--preview")
    assert shown["button"] == "Refund 2.40\u00a0€ to Visa ••4242"
    assert given_back() == 0
    done = run(*request, "--reason", "goodwill", "--quiet")
    assert (done["state"], done["number"]) == ("settled", there.charge)
    assert given_back() == 240
    with pytest.raises(Refused, match="one of --amount, --full and --unused"):
        run("refund", there.charge, "--as", there.aino.email, "--reason", "other")


def test_a_second_person_on_the_command_line(run: Run) -> None:
    there = collected()
    with db.writing("state") as connection:
        connection.exec_driver_sql("UPDATE staff SET limits = '{\"refund\": {}}' WHERE name = 'Aino'")
    done = run("refund", there.charge, "--full", "--as", there.aino.email, "--reason", "other")
    assert done["state"] == "waiting_for_approval"
    (waiting,) = run("operations", "list")
    assert (waiting["amount"]["amount_minor"], waiting["owner"]) == (1240, "Aino")
    assert run("approve", done["operation"], "--as", there.sofia.email)["state"] == "settled"
    assert given_back() == 1240


def test_recall(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    there = collected()
    monkeypatch.setenv("CONSOLE_RECALL_SECONDS", "60")
    get_settings.cache_clear()
    done = run("refund", there.charge, "--full", "--as", there.aino.email, "--reason", "other")
    assert done["state"] == "approved"
    assert done["due"] is not None
    run("recall", done["operation"], "--as", there.aino.email)
    assert operation(done["operation"]).state == "refused"


def test_every_verb_on_a_subscription(run: Run) -> None:
    there = collected(licence_key="DEPOT-7Q2MX-K9F3K")
    running(there)
    who = ("--as", there.aino.email, "--reason", "other")
    later = (clocks.today() + 25 * DAY).isoformat()
    assert run("move-renewal", there.number, "--day", later, *who)["state"] == "settled"
    for command in ("pause", "unpause", "payment-link", "resend-licence", "replace-licence"):
        assert run(command, there.number, *who)["state"] == "settled", command
    cancelled = run("cancel", there.number, "--on", (clocks.today() + 3 * DAY).isoformat(), *who)
    assert cancelled["state"] == "settled"
    assert now_is(there.number).cancel_at is not None
    run("undo-cancel", there.number, *who)
    both = run("cancel-and-refund", there.number, "--at", "now", "--full", *who)
    assert both["state"] == "settled"
    assert (now_is(there.number).status, given_back()) == ("canceled", 1240)


def test_a_trial_a_retry_a_block_and_a_note(run: Run) -> None:
    there = collected(status="trialing", trial_end=END, current_period_end=END)
    with db.writing("subscriptions") as connection:
        end = clocks.now() + DAY
        connection.execute(subscriptions.update().values(trial_end=end, current_period_end=end))
    who = ("--as", there.sofia.email, "--reason", "other")
    day = (clocks.today() + 9 * DAY).isoformat()
    assert run("extend-trial", there.number, "--last-day", day, *who)["state"] == "settled"
    assert run("block-refunds", there.charge, *who)["state"] == "settled"
    with pytest.raises(Refused, match="blocked by Sofia"):
        run("refund", there.charge, "--full", *who)
    assert run("unblock-refunds", there.charge, *who)["state"] == "settled"
    assert run("note", there.customer, "Speaks Swedish", "--as", there.aino.email)["state"] == "settled"


def test_a_retry(run: Run) -> None:
    there = collected(status="past_due", charge_status="failed")
    done = run("retry", there.charge, "--as", there.aino.email, "--reason", "card_updated")
    assert done["state"] == "settled"
    assert now_is(there.number).status == "active"


def test_what_is_unknown_is_closed_by_a_person(run: Run) -> None:
    there = collected()
    gateway().fault("broken")
    done = run("refund", there.charge, "--full", "--as", there.aino.email, "--reason", "other")
    assert done["state"] == "unknown"
    run("operations", "close", done["operation"], "--why", "not in the dashboard", "--as", there.sofia.email)
    assert operation(done["operation"]).state == "failed"
