"""Who may give back how much alone: every role, currency and edge, and own limits that cannot be read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import limits
from console.access import ROLES
from console.limits import LIMITS, Limit, limit_for, needs_second_person

EURO = {"agent": (5000, 20000), "manager": (50000, 200000), "finance": (100000, 500000)}
EURO["admin"] = EURO["finance"]
EVERY = [(role, currency) for role, by_currency in LIMITS.items() for currency in by_currency]


def test_every_role_has_its_limits() -> None:
    assert LIMITS.keys() == ROLES.keys()
    for role, (per_refund, per_day) in EURO.items():
        limit = limit_for(role, None, "EUR")
        assert (limit.per_refund_minor, limit.per_day_minor) == (per_refund, per_day)
    assert {limit.per_refund_minor for limit in LIMITS["agent"].values()} >= {5000, 50000, 7500}
    assert limit_for("agent", None, "JPY").per_refund_minor == 7500  # yen: no decimals


@pytest.mark.parametrize(("role", "currency"), EVERY)
def test_up_to_the_limit_alone_and_one_more_not(role: str, currency: str) -> None:
    limit = limit_for(role, None, currency)
    most, a_day = limit.per_refund_minor, limit.per_day_minor
    assert (limit.currency, 0 < most <= a_day) == (currency, True)
    assert needs_second_person(limit, 1, 0) is None
    assert needs_second_person(limit, most, 0) is None
    assert "may refund alone" in (needs_second_person(limit, most + 1, 0) or "")
    assert needs_second_person(limit, most, a_day - most) is None
    assert "today" in (needs_second_person(limit, most, a_day - most + 1) or "")
    assert needs_second_person(limit, 1, a_day - 1) is None
    assert "today" in (needs_second_person(limit, 1, a_day) or "")


@pytest.mark.parametrize(
    ("role", "currency"),
    [("agent", "CZK"), ("admin", "KWD"), ("admin", "eur"), ("admin", ""), ("nobody", "EUR"), ("", "EUR")],
)
def test_what_is_not_listed_always_needs_a_second_person(role: str, currency: str) -> None:
    limit = limit_for(role, None, currency)
    assert (limit.per_refund_minor, limit.per_day_minor) == (0, 0)
    assert "always needs a second person" in (needs_second_person(limit, 1, 0) or "")


def test_the_sentences() -> None:
    agent = limit_for("agent", None, "EUR")
    assert needs_second_person(agent, 8000, 0) == (
        "80.00\u00a0€ is above what an agent may refund alone (50.00\u00a0€)."
    )
    assert needs_second_person(agent, 3000, 20000) == (
        "30.00\u00a0€ would make 230.00\u00a0€ today; the limit a day of an agent is 200.00\u00a0€."
    )
    assert needs_second_person(limit_for("agent", None, "CZK"), 1, 0) == (
        "A refund in CZK by an agent always needs a second person."
    )
    own = limit_for("agent", {"refund": {"EUR": 100}, "refund_per_day": {"EUR": 200}}, "EUR")
    assert needs_second_person(own, 101, 0) == (
        "1.01\u00a0€ is above what this person may refund alone (1.00\u00a0€)."
    )
    for amounts in ((-1, 0), (1, -1)):
        with pytest.raises(ValueError, match="below zero"):
            needs_second_person(agent, *amounts)


@pytest.mark.parametrize("role", LIMITS)
def test_own_limits_replace_the_roles_in_their_currency_alone(role: str) -> None:
    own = {"refund": {"EUR": 1, "CZK": 700}, "refund_per_day": {"EUR": 3, "CZK": 900}}
    assert limit_for(role, own, "EUR") == Limit(1, 3, "EUR", "this person")
    assert limit_for(role, own, "CZK") == Limit(700, 900, "CZK", "this person")
    assert limit_for(role, own, "SEK") == LIMITS[role]["SEK"]
    assert limit_for(role, {}, "EUR") == LIMITS[role]["EUR"]


UNREADABLE: list[Any] = [
    {"refund": {"EUR": -1}, "refund_per_day": {"EUR": -1}},
    {"refund": {"EUR": "5000"}, "refund_per_day": {"EUR": "20000"}},
    {"refund": {"EUR": 50.0}, "refund_per_day": {"EUR": 200.0}},
    {"refund": {"EUR": True}, "refund_per_day": {"EUR": True}},
    {"refund": {"EUR": None}, "refund_per_day": {"EUR": None}},
    {"refund": {"EUR": 5000}},
    {"refund": {"EUR": 5000}, "refund_per_day": {}},
    {"refund": {}, "refund_per_day": {"EUR": 5000}},
    {"refund": {"EUR": 5000}, "refund_per_day": 20000},
    {"refund": None, "refund_per_day": None},
    {"refunds": {"EUR": 5000}},
    [],
    "5000",
    5000,
    False,
]


@pytest.mark.parametrize("own", UNREADABLE)
@pytest.mark.parametrize("role", LIMITS)
def test_own_limits_that_cannot_be_read_are_none(role: str, own: Any) -> None:
    assert needs_second_person(limit_for(role, own, "EUR"), 1, 0)
    assert limits.in_words(own) != "those of the role"


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
half = st.dictionaries(st.sampled_from(["EUR", "SEK", "CZK"]), json, max_size=3) | json
anything = st.fixed_dictionaries({}, optional={"refund": half, "refund_per_day": half}) | json


@given(anything, st.sampled_from(list(LIMITS)), st.sampled_from(["EUR", "CZK"]))
def test_whatever_is_kept_gives_a_limit(own: Any, role: str, currency: str) -> None:
    limit = limit_for(role, own, currency)
    assert limit.per_refund_minor >= 0
    assert limit.per_day_minor >= 0
    assert limits.in_words(own)


@given(anything, st.integers(0, 10**9), st.integers(0, 10**9))
def test_setting_and_clearing_one_currency(own: Any, per_refund: int, per_day: int) -> None:
    kept = limits.with_own(own, "EUR", per_refund, per_day)
    assert limit_for("agent", kept, "EUR") == Limit(per_refund, per_day, "EUR", "this person")
    cleared = limits.without_own(kept, "EUR") or {"refund": {}, "refund_per_day": {}}
    assert limit_for("agent", cleared, "EUR") == LIMITS["agent"]["EUR"]
    for name in ("refund", "refund_per_day"):
        assert cleared[name] == {code: minor for code, minor in kept[name].items() if code != "EUR"}


def test_in_words() -> None:
    assert limits.in_words(None) == limits.in_words({}) == "those of the role"
    both = limits.with_own(limits.with_own(None, "SEK", 100, 0), "EUR", 5000, 20000)
    assert limits.in_words(both) == (
        "50.00\u00a0€ per refund, 200.00\u00a0€ a day; 1.00\u00a0SEK per refund, 0.00\u00a0SEK a day"
    )
    assert limits.in_words({"refund": 1}).startswith("none that can be read")
