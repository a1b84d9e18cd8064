"""Refunds beside the charges of the same days."""

from tests import build
from tests.conftest import Databases
from tests.reports import HELSINKI, ask, at, days, paying, scratch


def test_settled_refunds_and_their_rate(empty: Databases) -> None:
    with scratch() as data:
        c = data.subscriptions
        customer = build.customer(c)
        paid = paying(data, customer, "2026-01-01")
        charges = [
            build.charge(
                c, customer["id"], subscription_id=paid["id"], created_at=at(f"2026-02-0{n}"),
                settled_at=at(f"2026-02-0{n}"),
            )
            for n in (1, 2, 3, 4)
        ]  # fmt: skip
        build.charge(c, customer["id"], status="failed", settled_at=None, created_at=at("2026-02-05"))
        build.refund(c, charges[0]["id"], settled_at=at("2026-02-10"), reason="duplicate")
        build.refund(c, charges[1]["id"], settled_at=at("2026-03-01"))  # settled in March
        build.refund(c, charges[2]["id"], status="pending", settled_at=None, created_at=at("2026-02-11"))
        window = days("2026-02-01", "2026-02-28")
        report = ask(data, "refunds", "2026-04-01", period=window)
        assert report.to_records() == [
            {
                "month": window.first, "currency": "EUR", "refunds": 1, "refunded": 1240, "refunded_tax": 240,
                "charges": 4, "charged": 4960, "rate": 0.25, "rate_money": 0.25,
            }
        ]  # fmt: skip
        assert (report.figure("refunds"), report.figure("rate")) == (1, 0.25)
        assert report.figure("rate_money", "EUR") == 0.25
        by_reason = ask(data, "refunds", "2026-04-01", period=window, by="reason")
        assert [(row["reason"], row["refunds"]) for row in by_reason.to_records()] == [("duplicate", 1)]
        assert by_reason.figure("charges") == 4
        listed = ask(data, "refunds", "2026-04-01", period=window, rows=True)
        assert [(row["invoice_number"], row["amount"]) for row in listed.to_records()] == [
            (charges[0]["invoice_number"], 1240)
        ]


def test_a_refund_of_no_known_charge_is_counted(empty: Databases) -> None:
    with scratch() as data:
        customer = build.customer(data.subscriptions, country="SE")
        build.refund(data.subscriptions, None, customer_id=customer["id"], settled_at=at("2026-02-10"))
        build.refund(data.subscriptions, None, settled_at=at("2026-02-10"))
        window = days("2026-02-01", "2026-02-28")
        by_country = ask(data, "refunds", "2026-04-01", period=window, by="country")
        assert [(row["country"], row["refunds"], row["rate"]) for row in by_country.to_records()] == [
            ("SE", 1, None), (None, 1, None),
        ]  # fmt: skip
        by_product = ask(data, "refunds", "2026-04-01", period=window, by="product")
        assert by_product.values("product") == [None]


def test_a_refund_belongs_to_its_local_day(empty: Databases) -> None:
    with scratch() as data:
        for moment in ("2026-03-28T22:00", "2026-03-29T20:59:59", "2026-03-29T21:00"):
            build.refund(data.subscriptions, None, settled_at=at(moment))
        window = days("2026-03-28", "2026-03-30", HELSINKI)
        assert ask(data, "refunds", "2026-04-01", HELSINKI, period=window, by="day").values("refunds") == [
            0,
            2,
            1,
        ]
