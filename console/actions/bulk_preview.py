"""What a bulk action will do, row by row; nothing is written.

A number that is not known, or that stands twice for the same thing, is named: no row is dropped in silence.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from console import words
from console.access import Actor, Permission, require
from console.actions.bulk_effects import At, BulkRow, Rows, cancel_rows, refund_rows, with_second_persons
from console.db import Reading
from console.errors import Refused
from queries.paging import askable
from queries.recurring import minor_from_units

Kind = Literal["cancel", "refund"]

MOST = 500
PERMISSIONS: dict[Kind, Permission] = {
    "cancel": Permission.CANCEL_SUBSCRIPTION,
    "refund": Permission.REFUND_CHARGE,
}
NOUNS: dict[Kind, str] = {"cancel": "subscription", "refund": "refund"}


@dataclass(frozen=True, kw_only=True)
class Total:
    """What the possible rows of one currency come to, in its minor units."""

    currency: str
    rows: int
    refund_minor: int
    next_charges_minor: int
    mrr_delta_minor: int


@dataclass(frozen=True, kw_only=True)
class BulkPreview:
    """`at`: when a cancellation takes effect; a refund has none to choose."""

    kind: Kind
    at: At
    rows: tuple[BulkRow, ...]
    unknown: tuple[str, ...]  # numbers of nothing
    repeated: tuple[str, ...]  # numbers of what another row is about
    asked_at: datetime
    totals: tuple[Total, ...] = ()

    @property
    def possible(self) -> tuple[BulkRow, ...]:
        return tuple(row for row in self.rows if row.possible)

    @property
    def second_person(self) -> int:
        """How many rows a second person has to approve."""
        return sum(row.second_person is not None for row in self.rows)

    @property
    def typed(self) -> str:
        """What has to be typed to confirm: "12 subscriptions"."""
        return words.plural(len(self.possible), NOUNS[self.kind])

    @property
    def what(self) -> str:
        """What is asked for, in words: "cancel 12 subscriptions at the end of the period"."""
        when = "at once" if self.at == "now" else "at the end of the period"
        return f"cancel {self.typed} {when}" if self.kind == "cancel" else f"make {self.typed}"

    @property
    def digest(self) -> str:
        """Another one as soon as anything that would be confirmed is another."""
        rows = [(row.subject_number, row.amount_minor, row.expected) for row in self.possible]
        text = json.dumps([self.kind, self.at, rows], default=lambda expected: expected.fingerprint)
        return hashlib.sha256(text.encode()).hexdigest()


def numbers_in(text: str) -> list[str]:
    """Numbers as somebody pastes them: between spaces, commas, semicolons or on lines of their own."""
    return text.replace(",", " ").replace(";", " ").replace("\0", " ").split()


def prepare(
    data: Reading,
    actor: Actor,
    kind: Kind,
    numbers: Sequence[str],
    now: datetime,
    *,
    at: At = "period_end",
) -> BulkPreview:
    """What will happen to each of them: a cancellation at the end of the period (or trial) or at once, or a
    refund of all that is left of a charge. To refund, a number is a charge's, or a subscription's: then its
    latest paid charge is meant. Raises NotPermitted, Refused for no number or more than MOST, Unavailable."""
    require(actor, PERMISSIONS[kind])
    wanted = [askable(number) for number in numbers if askable(number)]
    if not wanted:
        raise Refused("No number is given. Write one on each line.")
    if len(wanted) > MOST:
        raise Refused(f"{len(wanted):,} numbers are too many at once: at most {MOST}. Take them in parts.")
    each = list(dict.fromkeys(wanted))
    found = cancel_rows(data, each, at, now) if kind == "cancel" else refund_rows(data, each, now)
    rows, unknown, repeated = _sorted_out(found, wanted)
    if kind == "refund":
        rows = with_second_persons(data, actor, rows, now)
    return BulkPreview(
        kind=kind,
        at=at,
        rows=tuple(rows),
        unknown=tuple(dict.fromkeys(unknown)),
        repeated=tuple(repeated),
        asked_at=now,
        totals=tuple(_totals(rows)),
    )


def _sorted_out(found: Rows, wanted: Sequence[str]) -> tuple[list[BulkRow], list[str], list[str]]:
    """Each thing once, in the order it was named; the numbers of nothing; those of what is there already."""
    rows: dict[str, BulkRow] = {}
    unknown: list[str] = []
    repeated: list[str] = []
    for number in wanted:
        row = found.get(number)
        if row is None:
            unknown.append(number)
        elif row.subject_number in rows:
            repeated.append(number)
        else:
            rows[row.subject_number] = row
    return list(rows.values()), unknown, repeated


def _totals(rows: Sequence[BulkRow]) -> list[Total]:
    """Never added up across currencies."""
    by_currency: dict[str, list[BulkRow]] = defaultdict(list)
    for row in rows:
        if row.possible and row.currency is not None:
            by_currency[row.currency].append(row)
    return [
        Total(
            currency=currency,
            rows=len(some),
            refund_minor=sum(row.amount_minor or 0 for row in some),
            next_charges_minor=sum(row.next_charge_minor or 0 for row in some),
            mrr_delta_minor=minor_from_units(sum(row.mrr_delta_units for row in some)),
        )
        for currency, some in sorted(by_currency.items())
    ]
