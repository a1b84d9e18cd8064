"""`console refund` and the other verbs as commands: the functions, words and refusals of the screen."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from console import clocks, db
from console.cli import cli, main
from console.errors import Refused
from console.settings import get_settings
from queries import notes
from queries.tables_subscriptions import charges, subscriptions
from tests.actions.company import END, alter, entries, now_is
from tests.actions.gateway_company import Collected, collected
from tests.actions.money import gateway, given_back, operation
from tests.actions.verbs import ID, told
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
    with db.writing("subscriptions") as connection:
        paid = {"period_start": ahead["current_period_start"], "period_end": ahead["current_period_end"]}
        connection.execute(charges.update().values(paid))


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


def text(*arguments: str) -> str:
    ran = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.output


def cases(there: Collected) -> dict[str, tuple[str, ...]]:
    """Every command that acts, with what it asks itself."""
    later = (clocks.today() + 25 * DAY).isoformat()
    return {
        "refund": (there.charge, "--amount", "2.40"),
        "cancel-and-refund": (there.number, "--at", "now", "--full"),
        "pause": (there.number,),
        "move-renewal": (there.number, "--day", later),
        "payment-link": (there.number,),
        "resend-licence": (there.number,),
        "replace-licence": (there.number,),
        "block-refunds": (there.charge,),
    }


COMMANDS = [
    "refund", "cancel-and-refund", "pause", "move-renewal", "payment-link", "resend-licence",
    "replace-licence", "block-refunds",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_a_preview_says_what_the_screen_says_and_does_nothing(run: Run, command: str) -> None:
    there = collected(licence_key="DEPOT-7Q2MX-K9F3K")
    running(there)
    line = (command, *cases(there)[command], "--as", there.sofia.email, "--preview")
    shown = run(*line)
    assert list(shown) == ["number", "button", "version", "lines", "warnings"]
    said = text(*line)
    assert "Nothing was done: this is a preview." in said
    for label, words in shown["lines"]:
        assert label in said
        assert words in said
    assert entries() == []


@pytest.mark.parametrize("command", COMMANDS)
def test_the_same_id_again_answers_what_came_of_it(run: Run, command: str) -> None:
    there = collected(licence_key="DEPOT-7Q2MX-K9F3K")
    running(there)
    who = ("--as", there.sofia.email, "--reason", "other", "--operation", ID)
    line = (command, *cases(there)[command], *who)
    assert run(*line)["already"] is False
    count = len(entries())
    again = run(*line)
    assert (again["already"], again["state"], again["operation"]) == (True, "settled", ID)
    assert len(entries()) == count
    with pytest.raises(Refused, match="for another request"):
        run("unpause", there.number, *who)


def test_a_preview_finishes_nothing(run: Run) -> None:
    there = collected()
    gateway().fault("answer_lost")
    line = ("refund", there.charge, "--full", "--as", there.aino.email, "--reason", "other")
    assert run(*line, "--operation", ID)["state"] == "unknown"
    with pytest.raises(Refused, match="Aino has something under way"):
        run(*line, "--operation", ID, "--preview")
    assert operation(ID).state == "unknown"


def test_each_warning_is_said_once(run: Run) -> None:
    there = collected()
    running(there)
    alter(there.number, cancel_at_period_end=True)
    said = text(
        "cancel-and-refund", there.number, "--at", "now", "--full", "--as", there.aino.email, "--preview"
    )
    assert said.count("already set to end") == 1


def test_another_amount_under_the_same_id_is_refused(run: Run) -> None:
    there = collected()
    who = ("--as", there.aino.email, "--reason", "other", "--operation", ID)
    run("refund", there.charge, "--amount", "2.40", *who)
    with pytest.raises(Refused, match="for another request"):
        run("refund", there.charge, "--amount", "2.50", *who)
    assert given_back() == 240


@pytest.mark.parametrize("command", ["cancel", "pause"])
def test_quiet_and_with_a_ticket(run: Run, command: str) -> None:
    there = collected()
    running(there)
    who = ("--as", there.aino.email, "--reason", "other", "--operation", ID)
    run(command, there.number, *who, "--quiet", "--ticket", "T-77")
    assert told() == ["ticket"]


def test_what_waits_says_who_sends_it_when(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    there = collected()
    monkeypatch.setenv("CONSOLE_RECALL_SECONDS", "60")
    get_settings.cache_clear()
    line = ("refund", there.charge, "--full", "--as", there.aino.email, "--reason", "other")
    said = text(*line, "--operation", ID)
    assert "it is sent at" in said
    assert f"console operations resume {ID}" in said
    assert f"console recall {ID}" in said
    listed = text("operations", "list")
    assert "Refund 12.40\u00a0€" in listed
    assert "in the queue of Aino: Leaves us at" in listed
    assert ID in listed


def test_rejected_with_a_sentence(run: Run) -> None:
    there = collected()
    with db.writing("state") as connection:
        connection.exec_driver_sql("UPDATE staff SET limits = '{\"refund\": {}}' WHERE name = 'Aino'")
    run("refund", there.charge, "--full", "--as", there.aino.email, "--reason", "other", "--operation", ID)
    rejected = run("reject", ID, "--why", "ask the bank first", "--as", there.sofia.email)
    assert rejected["sentence"] == "Sofia said no: ask the bank first"
    assert (operation(ID).state, given_back()) == ("refused", 0)


def test_cancel_and_refund_on_a_day(run: Run) -> None:
    there = collected()
    running(there)
    day = (clocks.today() + 3 * DAY).isoformat()
    who = ("--as", there.aino.email, "--reason", "other")
    run("cancel-and-refund", there.number, "--on", day, "--unused", *who)
    assert now_is(there.number).cancel_at is not None
    assert 0 < given_back() < 1240


def test_a_note_about_a_subscription(run: Run) -> None:
    there = collected()
    line = ("note", there.customer, "Speaks Swedish", "--about", there.number, "--as", there.aino.email)
    run(*line, "--operation", ID)
    assert run(*line, "--operation", ID)["already"] is True
    with db.reading() as data:
        (kept,) = notes.of_customer(data.state, there.customer)
    assert (kept.subject_number, kept.body) == (there.number, "Speaks Swedish")


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        (("pause", "S-none"), 5, "There is no subscription"),
        (("block-refunds", "{charge}"), 4, "may not do this"),
        (("pause", "{number}"), 3, "A reason is required"),
        (("move-renewal", "{number}", "--day", "tomorrow"), 3, "is not a date"),
        (("extend-trial", "{number}", "--last-day", "9999-12-31"), 3, "is not on trial"),
        (("refund", "{charge}", "--amount", "much"), 3, "much"),
        (("recall", "no-uuid"), 3, "not a UUID"),
    ],
)
def test_refusals_are_a_sentence_and_a_code(
    run: Run, capsys: pytest.CaptureFixture[str], line: tuple[str, ...], code: int, says: str
) -> None:
    there = collected()
    running(there)
    arguments = [one.format(number=there.number, charge=there.charge) for one in line]
    with pytest.raises(SystemExit) as left:
        main([*arguments, "--as", there.aino.email])
    assert left.value.code == code
    assert says in capsys.readouterr().err
    assert entries() == []
