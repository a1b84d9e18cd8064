"""Loading: four counts that add up, the same file twice, corrected rows, refused rows and files."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from console import db
from console.errors import NotFound, Refused
from queries.recurring import UNITS_PER_MINOR, monthly_units
from queries.tables_desk import load_refusals, load_runs
from queries.tables_subscriptions import customers, plans, refunds, subscription_events, subscriptions
from queries.tables_tickets import ticket_events, tickets
from tests import build
from tests.conftest import Databases
from tests.loading.samples import (
    ACCOUNTS_HEADER,
    CHURN_HEADER,
    RAVENSTACK,
    TICKETS_HEADER,
    counts,
    everything,
    ravenstack,
    written,
)

ANNA = "A-1,Anna Oy,FI,2024-01-31,FALSE"
BERT = "A-2,Bert AB,SE,2024-02-01,TRUE"


def test_what_the_excerpt_says_comes_out(databases: Databases) -> None:
    # Counted in the files themselves: 8 ended, 8 trials, 110,608 a month open, 2 refunds of 85.32 together.
    result = ravenstack(RAVENSTACK)
    assert [(file.section, file.rows, file.added) for file in result.files] == [
        ("accounts", 12, 12),
        ("subscriptions", 60, 60),
        ("churn events", 15, 15),
        ("support tickets", 30, 30),
    ]
    s, e, r = subscriptions.c, subscription_events.c, refunds.c
    with db.reading() as data:
        one = data.subscriptions
        assert one.scalar(select(func.count()).where(s.ended_at.is_not(None))) == 8
        assert one.scalar(select(func.count()).where(s.price_minor == 0)) == 8
        is_open = select(s.price_minor, s.interval, s.interval_count).where(s.ended_at.is_(None))
        assert sum(monthly_units(*row) for row in one.execute(is_open)) == 110_608_00 * UNITS_PER_MINOR
        assert one.scalar(select(func.sum(e.mrr_delta_units))) == 110_608_00 * UNITS_PER_MINOR
        refunded = one.execute(
            select(func.count(), func.sum(r.amount_minor)).where(r.charge_id.is_(None))
        ).one()
        assert tuple(refunded) == (2, 8532)
        scores = tickets.c.attributes["satisfaction_score"].as_string()
        assert data.tickets.scalar(select(func.count()).where(scores.is_(None))) == 11
        assert data.tickets.scalar(select(func.count()).select_from(ticket_events)) == 60


def test_an_annual_plan_costs_twelve_months_and_a_plan_knows_the_price_of_a_seat(
    databases: Databases,
) -> None:
    ravenstack(RAVENSTACK)
    with db.reading() as data:
        found = data.subscriptions.execute(
            select(plans.c.amount_minor, subscriptions.c.price_minor, subscriptions.c.quantity)
            .join(subscriptions)
            .where(plans.c.interval == "year", subscriptions.c.status == "active")
        ).all()
    assert len(found) > 5
    assert all(price == amount * seats and price % 1200 == 0 for amount, price, seats in found)


def test_a_second_load_changes_no_row(databases: Databases) -> None:
    ravenstack(RAVENSTACK)
    before = everything("subscriptions", "tickets")
    assert counts(ravenstack(RAVENSTACK)) == (0, 0, 117, 0)
    assert everything("subscriptions", "tickets") == before


def test_a_check_changes_nothing_and_says_what_the_load_then_does(
    databases: Databases, tmp_path: Path
) -> None:
    file = written(tmp_path, "accounts.csv", ACCOUNTS_HEADER, ANNA, "A-3,X,FI,2024-99-01,FALSE")
    before = everything()
    checked = ravenstack(RAVENSTACK, file, check=True)
    assert everything() == before
    assert counts(checked) == (118, 0, 0, 1)
    loaded = ravenstack(RAVENSTACK, file)
    assert (loaded.files, loaded.refusals) == (checked.files, checked.refusals)


def test_a_run_is_recorded_with_its_refusals(databases: Databases, tmp_path: Path) -> None:
    file = written(tmp_path, "accounts.csv", ACCOUNTS_HEADER, ANNA, "A-3,X,FI,2024-99-01,FALSE")
    ravenstack(file)
    with db.reading() as data:
        run = data.state.execute(select(load_runs)).mappings().one()
        refusal = data.state.execute(select(load_refusals)).mappings().one()
    assert (run["added"], run["refused"], run["files"][0]["rows"]) == (1, 1, 2)
    assert (refusal["run_id"], refusal["file"], refusal["line"]) == (run["id"], "accounts.csv", 3)
    assert refusal["reason"] == "signup_date: “2024-99-01” is not a date that exists."


def test_a_corrected_row_corrects_the_row_and_what_follows_from_it(
    databases: Databases, tmp_path: Path
) -> None:
    accounts = written(tmp_path, "accounts.csv", ACCOUNTS_HEADER, ANNA)
    header = (RAVENSTACK / "ravenstack_subscriptions.csv").read_text().splitlines()[0]
    open_row = "S-1,A-1,2024-01-31,,Pro,2,100,1200,FALSE,FALSE,FALSE,FALSE,annual,FALSE"
    ended = "S-1,A-1,2024-01-31,2024-03-01,Pro,2,100,1200,FALSE,FALSE,FALSE,TRUE,annual,FALSE"
    s, e = subscriptions.c, subscription_events.c
    history = select(e.kind, e.occurred_at, e.mrr_delta_units).order_by(e.id)
    start, end = datetime(2024, 1, 31, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC)
    units = 100_00 * UNITS_PER_MINOR

    ravenstack(accounts, written(tmp_path, "subscriptions.csv", header, open_row))
    with db.reading() as data:
        row = data.subscriptions.execute(select(subscriptions)).mappings().one()
        assert (row["status"], row["price_minor"], row["cancel_at_period_end"], row["version"]) == (
            "active",
            120_000,
            True,
            1,
        )
        assert [tuple(event) for event in data.subscriptions.execute(history)] == [("started", start, units)]

    assert counts(ravenstack(written(tmp_path, "subscriptions.csv", header, ended))) == (0, 1, 0, 0)
    with db.reading() as data:
        now = data.subscriptions.execute(select(s.status, s.ended_at, s.version)).one()
        assert tuple(now) == ("canceled", end, 2)
        events = [tuple(event) for event in data.subscriptions.execute(history)]
        assert events == [("started", start, units), ("ended", end, -units)]

    ravenstack(written(tmp_path, "subscriptions.csv", header, open_row))
    with db.reading() as data:
        assert [tuple(event) for event in data.subscriptions.execute(history)] == [("started", start, units)]


def test_an_end_before_the_start_is_kept(databases: Databases, tmp_path: Path) -> None:
    accounts = written(tmp_path, "accounts.csv", ACCOUNTS_HEADER, ANNA)
    header = (RAVENSTACK / "ravenstack_subscriptions.csv").read_text().splitlines()[0]
    row = "S-1,A-1,2024-03-01,2024-01-31,Pro,2,98,1176,FALSE,FALSE,FALSE,TRUE,monthly,TRUE"
    assert counts(ravenstack(accounts, written(tmp_path, "subscriptions.csv", header, row))) == (2, 0, 0, 0)
    with db.reading() as data:
        started, ended = data.subscriptions.execute(
            select(subscriptions.c.started_at, subscriptions.c.ended_at)
        ).one()
    assert ended < started


def test_decimal_comma_semicolons_and_windows_letters(databases: Databases, tmp_path: Path) -> None:
    accounts = written(
        tmp_path,
        "konton.csv",
        "Account ID;Account name;Country;Signup date;Churn flag;Kommentar",
        "A-1;Åsa Öberg €;UK;31.01.2024;true;hyvä",
        encoding="cp1252",
    )
    churn = written(
        tmp_path,
        "churn_events.csv",
        CHURN_HEADER.replace(",", ";"),
        "C-1;A-1;15.02.2024;price;1.234,56;",
        "C-2;A-1;16.02.2024;price;0,5;",
        encoding="utf-8-sig",
    )
    assert counts(ravenstack(accounts, churn)) == (3, 0, 0, 0)
    with db.reading() as data:
        anna = data.subscriptions.execute(select(customers)).mappings().one()
        paid = data.subscriptions.scalars(select(refunds.c.amount_minor).order_by(refunds.c.id)).all()
    assert (anna["name"], anna["country"], anna["stated_status"], anna["attributes"]) == (
        "Åsa Öberg €",
        "GB",
        "churned",
        {"kommentar": "hyvä"},
    )
    assert paid == [123456, 50]


def test_moments_without_zone_are_read_in_the_zone_asked_for(databases: Databases, tmp_path: Path) -> None:
    file = written(tmp_path, "accounts.csv", ACCOUNTS_HEADER, ANNA)
    ravenstack(file, zone=ZoneInfo("Europe/Helsinki"))
    with db.reading() as data:
        at = data.subscriptions.scalar(select(customers.c.created_at))
    assert at == datetime(2024, 1, 30, 22, tzinfo=UTC)


WRONG_ROWS = [
    (ANNA, "The key A-1 is already on line 2 of accounts.csv."),
    (",No key,FI,2024-01-01,FALSE", "The number is missing."),
    ("A-9,,FI,2024-01-01,FALSE", "The name is missing."),
    ("A-9,X,Finland,2024-01-01,FALSE", "country has 7 characters; at most 2 fit."),
    ("A-9,X,FI,yesterday,FALSE", "signup_date: “yesterday” is not a date written year-month-day."),
    ("A-9,X,FI,2024-01-01,MAYBE", "churn_flag: “MAYBE” is none of true, false."),
    (f"A-9,{'x' * 501},FI,2024-01-01,FALSE", "name has 501 characters; at most 500 fit."),
    (f"{'9' * 201},X,FI,2024-01-01,FALSE", "account_id has 201 characters; at most 200 fit."),
    ("A-9,X\0,FI,2024-01-01,FALSE", "A field contains a NUL character. Remove it."),
    ("A-9,X,FI", "The line has 3 fields, the header 5: a field is missing."),
    (
        "A-9,X,FI,2024-01-01,FALSE,?",
        "The line has 6 fields, the header 5: a text with a delimiter needs quotes.",
    ),
    (
        "S-X,Taken,FI,2024-01-01,FALSE",
        "There is already a customer S-X that did not come from this source.",
    ),
]


def test_wrong_rows_are_refused_and_the_others_loaded(databases: Databases, tmp_path: Path) -> None:
    with db.writing("subscriptions") as connection:
        build.customer(connection, number="S-X")
    rows = [row for row, _ in WRONG_ROWS]
    result = ravenstack(written(tmp_path, "accounts.csv", ACCOUNTS_HEADER, ANNA, *rows, BERT))
    assert counts(result) == (2, 0, 0, len(rows))
    assert [(r.line, r.reason) for r in result.refusals] == [
        (line, reason) for line, (_, reason) in enumerate(WRONG_ROWS, 3)
    ]


def test_text_of_every_kind_is_only_text(databases: Databases, tmp_path: Path) -> None:
    names = [
        "'; DROP TABLE customers; --",
        "100%_\\",
        "😀",
        "شركة",
        "=HYPERLINK(1)",
        "{account_id}",
        "a" * 500,
    ]
    lines = [f'A-{n},"{name}",FI,2024-01-01,FALSE' for n, name in enumerate(names)]
    assert counts(ravenstack(written(tmp_path, "accounts.csv", ACCOUNTS_HEADER, *lines))) == (7, 0, 0, 0)
    with db.reading() as data:
        assert list(data.subscriptions.scalars(select(customers.c.name).order_by(customers.c.id))) == names


def test_a_row_that_names_a_missing_one_is_refused(databases: Databases, tmp_path: Path) -> None:
    churn = written(
        tmp_path, "churn_events.csv", CHURN_HEADER, "C-1,A-1,2024-02-01,price,0,", "C-2,A-8,2024-02-01,x,0,"
    )
    accounts = written(tmp_path, "accounts.csv", ACCOUNTS_HEADER, ANNA)
    result = ravenstack(churn, accounts)  # in the preset's order, whatever the order on the command line
    assert counts(result) == (2, 0, 0, 1)
    assert result.refusals[0].reason == "It names the customer A-8, which is not loaded."


def test_a_ticket_of_an_unknown_customer_is_kept(databases: Databases, tmp_path: Path) -> None:
    file = written(tmp_path, "support_tickets.csv", TICKETS_HEADER, "T-1,A-404,2024-02-01,,medium")
    assert counts(ravenstack(file)) == (1, 0, 0, 0)
    with db.reading() as data:
        row = data.tickets.execute(select(tickets)).mappings().one()
    assert (row["customer_number"], row["status"], row["priority"], row["closed_at"]) == (
        "A-404",
        "new",
        "normal",
        None,
    )


BROKEN_FILES = [
    (["account_id,account_name,country,signup_date"], "line 1: The header “churn_flag” is missing"),
    ([ACCOUNTS_HEADER + ",Account-ID", ANNA + ",x"], "line 1: The header “Account-ID” is there twice"),
    (
        [ACCOUNTS_HEADER, ANNA, "A-2,B,SE,13-02-2024,TRUE"],
        "line 3: A date is written day-month-year here",
    ),
    ([ACCOUNTS_HEADER, ANNA, 'A-2,"B,SE,2024-01-01,TRUE'], "line 3: A quote is opened and not closed"),
]


def test_a_broken_file_refuses_the_whole_load(databases: Databases, tmp_path: Path) -> None:
    before = everything()
    for lines, sentence in BROKEN_FILES:
        with pytest.raises(Refused, match=sentence):
            ravenstack(RAVENSTACK, written(tmp_path, "accounts2.csv", *lines))
    assert everything() == before


def test_a_cut_file_refuses_the_whole_load(databases: Databases, tmp_path: Path) -> None:
    whole = (RAVENSTACK / "ravenstack_subscriptions.csv").read_bytes()
    cut = tmp_path / "ravenstack_subscriptions.csv"
    cut.write_bytes(whole[:-40])
    with pytest.raises(Refused, match=r"line 61: The last line is cut: \d+ of 14 fields"):
        ravenstack(RAVENSTACK / "ravenstack_accounts.csv", cut)
    assert not any(everything().values())


def test_what_is_no_file_of_the_preset_is_said(databases: Databases, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"list.csv: Neither its name nor its headers .* Leave it out"):
        ravenstack(written(tmp_path, "list.csv", "a,b", "1,2"))
    with pytest.raises(NotFound, match="There is no file"):
        ravenstack(tmp_path / "nowhere.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFound, match="There is no CSV file in"):
        ravenstack(tmp_path / "empty")


def test_more_rows_than_one_batch(databases: Databases, tmp_path: Path) -> None:
    lines = [f"A-{n},Company {n},FI,2024-01-01,FALSE" for n in range(2_001)]
    file = written(tmp_path, "accounts.csv", ACCOUNTS_HEADER, *lines, lines[0])
    told: list[int] = []
    result = ravenstack(file, progress=lambda _file, rows: told.append(rows))
    assert counts(result) == (2_001, 0, 0, 1)
    assert told == [1000, 2000, 1000, 2000]
    assert counts(ravenstack(file)) == (0, 0, 2_001, 1)
