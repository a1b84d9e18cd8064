"""What a message of the gateway says, as it is kept: its object in our words, without anything of people."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, get_args, get_type_hints

from console.audit import instant
from console.gateways.payments import GatewayCharge, GatewayDispute, GatewayRefund, GatewaySubscription
from console.gateways.webhooks import GatewayObject
from queries.notices import Notice

KINDS: dict[str, type[GatewayObject]] = {
    "charge": GatewayCharge,
    "dispute": GatewayDispute,
    "refund": GatewayRefund,
    "subscription": GatewaySubscription,
}
# How far an object has come: what comes later in here never goes back to what stands before it.
_RANK = {"pending": 0, "open": 0, "succeeded": 1, "won": 1, "lost": 1, "failed": 2}


def columns_of(about: GatewayObject | None) -> dict[str, Any]:
    """The columns of gateway_notices that say what a message is about."""
    if about is None:
        return {}
    return {
        "object_kind": next(kind for kind, cls in KINDS.items() if isinstance(about, cls)),
        "object_reference": about.reference,
        "charge_reference": getattr(about, "charge_reference", None),
        "facts": {
            name: instant(value) if isinstance(value, datetime) else value
            for name, value in asdict(about).items()
        },
    }


def object_of(notice: Notice) -> GatewayObject | None:
    """The message's object as it was when the message was written."""
    if notice.object_kind is None or notice.facts is None:
        return None
    cls = KINDS[notice.object_kind]
    hints = get_type_hints(cls)
    fields: dict[str, Any] = {name: _read(value, hints[name]) for name, value in notice.facts.items()}
    return cls(**fields)


def _read(value: Any, hint: Any) -> Any:
    is_moment = value is not None and (hint is datetime or datetime in get_args(hint))
    return datetime.fromisoformat(value) if is_moment else value


def latest(notices: Sequence[Notice]) -> GatewayObject | None:
    """What several messages about one object say together, in whatever order they came: a refund is as far as
    any of them says; else the newest decides. None if they say nothing."""
    said = [notice for notice in notices if notice.facts is not None]
    return object_of(max(said, key=_decides)) if said else None


def _decides(notice: Notice) -> tuple[Any, ...]:
    rank = _RANK.get((notice.facts or {}).get("state", ""), 0)
    place = (notice.id, notice.type)
    if notice.object_kind == "refund":
        return rank, notice.created_at, *place
    return notice.created_at, rank, *place
