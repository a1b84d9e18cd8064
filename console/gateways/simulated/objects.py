"""Rows as Stripe's objects, with the keys that carry meaning; `full` adds all the others for HTTP."""

import json
import secrets
from typing import Any

from sqlalchemy import Row

from console.gateways.stripe_shaped import API_VERSION

Object = dict[str, Any]


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def metadata(stored: str) -> dict[str, str]:
    return dict(json.loads(stored))


def customer(row: Row[Any]) -> Object:
    return {
        "id": row.id,
        "object": "customer",
        "created": row.created,
        "email": row.email,
        "metadata": metadata(row.metadata),
    }


def refund(row: Row[Any]) -> Object:
    found = {
        "id": row.id,
        "object": "refund",
        "amount": row.amount,
        "charge": row.charge,
        "created": row.created,
        "currency": row.currency,
        "metadata": metadata(row.metadata),
        "reason": row.reason,
        "status": row.status,
    }
    return found | ({"failure_reason": row.failure_reason} if row.failure_reason else {})


def charge(row: Row[Any], *, subscription: str | None = None, expanded: bool = False) -> Object:
    """`expanded`: with the part of its invoice that says which subscription it paid for."""
    paid = row.status == "succeeded"
    invoice = {"id": row.invoice, "object": "invoice", "subscription": subscription}
    return {
        "id": row.id,
        "object": "charge",
        "amount": row.amount,
        "amount_captured": row.amount if paid else 0,
        "amount_refunded": row.refunded,
        "captured": paid,
        "created": row.created,
        "currency": row.currency,
        "customer": row.customer,
        "disputed": row.disputed,
        "failure_code": row.failure_code,
        "failure_message": "Your card was declined." if row.failure_code else None,
        "invoice": invoice if expanded and row.invoice else row.invoice,
        "metadata": metadata(row.metadata),
        "paid": paid,
        "payment_intent": row.intent,
        "refunded": 0 < row.amount == row.refunded,
        "status": row.status,
    }


def invoice(row: Row[Any]) -> Object:
    paid = row.amount if row.status == "paid" else 0
    return {
        "id": row.id,
        "object": "invoice",
        "amount_due": row.amount,
        "amount_paid": paid,
        "amount_remaining": row.amount - paid,
        "attempted": row.charge is not None,
        "charge": row.charge,
        "created": row.created,
        "currency": row.currency,
        "customer": row.customer,
        "metadata": metadata(row.metadata),
        "paid": row.status == "paid",
        "payment_intent": row.intent,
        "status": row.status,
        "subscription": row.subscription,
        "total": row.amount,
    }


def subscription(row: Row[Any]) -> Object:
    period = {
        "current_period_start": row.current_period_start,
        "current_period_end": row.current_period_end,
    }
    return period | {
        "id": row.id,
        "object": "subscription",
        "billing_cycle_anchor": row.current_period_end,
        "cancel_at": row.current_period_end if row.cancel_at_period_end else row.cancel_at,
        "cancel_at_period_end": row.cancel_at_period_end,
        "canceled_at": row.canceled_at,
        "created": row.created,
        "currency": row.currency,
        "customer": row.customer,
        "ended_at": row.ended_at,
        "items": {"object": "list", "data": [_item(row) | period], "has_more": False},
        "latest_invoice": row.latest_invoice,
        "metadata": metadata(row.metadata),
        "pause_collection": {"behavior": "void", "resumes_at": None} if row.paused else None,
        "start_date": row.created,
        "status": row.status,
        "trial_end": row.trial_end,
    }


def _item(row: Row[Any]) -> Object:
    price = {
        "id": row.price,
        "object": "price",
        "currency": row.currency,
        "recurring": {"interval": row.interval, "interval_count": row.interval_count},
        "type": "recurring",
        "unit_amount": row.amount,
    }
    return {
        "id": f"si_{row.id.removeprefix('sub_')}",
        "object": "subscription_item",
        "price": price,
        "quantity": 1,
        "subscription": row.id,
    }


def dispute(row: Row[Any], reference: str, status: str) -> Object:
    """Of a charge's row: disputes have no table, only events."""
    return {
        "id": reference,
        "object": "dispute",
        "amount": row.amount,
        "charge": row.id,
        "created": row.created,
        "currency": row.currency,
        "is_charge_refundable": False,
        "payment_intent": row.intent,
        "reason": "fraudulent",
        "status": status,
    }


def event(row: Row[Any]) -> Object:
    return {
        "id": row.id,
        "object": "event",
        "api_version": API_VERSION,
        "created": row.created,
        "data": {"object": json.loads(row.object)},
        "type": row.type,
    }
