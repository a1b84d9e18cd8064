"""One history of a customer: subscriptions, payments, tickets and what staff did, in one order."""

from collections.abc import Callable, Sequence

from console import money, words
from console.ui.rows import ACTORS, EVENTS
from console.ui.tables import Column, table
from queries.history import HistoryItem

AREAS = {
    "subscription": "Subscription", "charge": "Payment", "refund": "Refund", "ticket": "Ticket",
    "ticket_status": "Ticket", "message": "Message", "audit": "Console",
}  # fmt: skip


MESSAGES = {"customer": "Customer wrote", "agent": "Staff answered", "note": "Note"}

_WHAT: dict[str, Callable[[HistoryItem], str]] = {
    "subscription": lambda item: EVENTS.get(item.kind, words.sentence_case(item.kind)),
    "charge": lambda item: (
        f"{words.sentence_case(item.kind)}: {words.status('charge', item.status or '').lower()}"
    ),
    "refund": lambda item: words.status("refund", item.status or ""),
    "ticket": lambda item: "Ticket opened",
    "ticket_status": lambda item: f"Ticket {words.status('ticket', item.status or item.kind).lower()}",
    "message": lambda item: MESSAGES.get(item.kind, item.kind),
    "audit": lambda item: words.sentence_case(item.kind.rpartition(".")[0].replace(".", " ")),
}


def history_table(items: Sequence[HistoryItem], *, key: str) -> None:
    """Newest first; each row says of what it is, and opens it."""
    table(
        [
            {
                "at": item.at,
                "area": AREAS.get(item.source, item.source),
                "what": _WHAT[item.source](item),
                "amount": money.in_words(item.amount_minor, item.currency)
                if item.amount_minor is not None and item.currency
                else None,
                "subject": item.subject_number,
                "who": (ACTORS | words.CHANNEL).get(item.actor or "", item.actor),
                "why": words.sentence_case(item.reason) if item.reason else None,
                "text": item.text,
            }
            for item in items
        ],
        [
            Column("at", "When", "instant"),
            Column("area", "Area", width=100),
            Column("what", "What"),
            Column("amount", "Amount", "right"),
            Column("subject", "Of", width=130),
            Column("who", "By"),
            Column("why", "Reason"),
            Column("text", "Details", width="large"),
        ],
        key=key,
        alt="Everything that happened to this customer, newest first",
        empty="Nothing has happened yet.",
    )
