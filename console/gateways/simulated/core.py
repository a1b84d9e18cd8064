"""Answers requests as Stripe's API does, on the tables of a store. Each request is one transaction.

Keys: the first answer to a key is saved, refusals and 500s too, and answered again for ever; the same key
with other parameters is refused; a key whose request is under way answers 409. What never began (wrong
parameters, too many requests) saves nothing. Stripe reads no key of a GET or DELETE, and neither do we.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from console.gateways.simulated import faults, invoices, objects, reading, refunds, subscriptions, tables
from console.gateways.simulated.objects import Object
from console.gateways.simulated.requests import Answer, Refusal, Request, text
from console.gateways.simulated.store import Store
from console.gateways.simulated.work import Work

_k = tables.keys.c
_BEGIN = {
    "sqlite": sqlite.insert(tables.keys).on_conflict_do_nothing().returning(_k.key),
    "postgresql": postgresql.insert(tables.keys).on_conflict_do_nothing().returning(_k.key),
}
_SAVE = tables.keys.update().where(_k.key == bindparam("_key"))
_UNDER_WAY = select(tables.keys).where(_k.status.is_(None), _k.request.is_not(None))
_LATER = select(tables.refunds).where(tables.refunds.c.later.is_not(None)).order_by(tables.refunds.c.number)
_BROKEN = {"error": {"type": "api_error", "message": "An unknown error occurred"}}
_BUSY = {"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many requests"}}
_IN_USE = {
    "error": {
        "type": "idempotency_error",
        "code": "idempotency_key_in_use",
        "message": "There is currently another in-progress request using this Idempotency Key.",
    }
}
_OTHER = {
    "error": {
        "type": "idempotency_error",
        "message": "Keys for idempotent requests can only be used with the same parameters they were first "
        "used with.",
    }
}


class Core:
    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self.store = store
        self._clock = clock

    @property
    def now(self) -> int:
        return int(self._clock().timestamp())

    def answer(self, request: Request) -> Answer:
        """What Stripe would say; a fault that waits for this request strikes it."""
        if request.method == "get":
            with self.store.reading() as connection:
                return _read(connection, request)
        with self.store.transaction() as connection:
            fault = faults.waiting(connection, request)
            if fault is None:
                return self._changed(connection, request, None)
        with self.store.transaction() as connection:
            struck = faults.taken(connection, fault.number)
        return self._struck(request, fault.name if struck else None)

    def _struck(self, request: Request, fault: str | None) -> Answer:
        if fault == "request_lost":
            return Answer(0, {}, lost=True)
        if fault == "rate_limited":
            return Answer(429, _BUSY)
        with self.store.transaction() as connection:
            if fault == "slow":
                return self._put_off(connection, request)
            answer = self._changed(connection, request, fault)
        return replace(answer, lost=fault == "answer_lost", early=fault == "early")

    def _changed(self, connection: Connection, request: Request, fault: str | None) -> Answer:
        if request.key is None or request.method == "delete":
            return self._worked(connection, request, fault)
        if not _begun(connection, {"key": request.key, "fingerprint": request.fingerprint}):
            return _known(connection, request)
        answer = self._worked(connection, request, fault)
        _save(connection, request.key, answer)
        return answer

    def _worked(self, connection: Connection, request: Request, fault: str | None) -> Answer:
        if fault == "broken":
            return Answer(500, _BROKEN)
        work = Work(connection, request.params, self.now, fault)
        try:
            answer = Answer(200, _change(work, request))
        except Refusal as refusal:
            answer = Answer(refusal.status, {"error": refusal.error}, unsaved=not refusal.saved)
        work.write_events()
        return Answer(500, _BROKEN) if fault == "broken_after" else answer

    def _put_off(self, connection: Connection, request: Request) -> Answer:
        """Under way until `catch_up`. A request without a key gets one of its own."""
        key = request.key if request.key and request.method == "post" else objects.new_id("slow")
        row = {
            "key": key,
            "fingerprint": request.fingerprint,
            "request": json.dumps([request.method, request.path, request.params]),
        }
        if not _begun(connection, row):
            return _known(connection, request)
        return Answer(0, {"key": key}, lost=True, slow=True)

    def catch_up(self) -> None:
        """Do what slow requests asked for, and let the pending refunds fail that are to."""
        with self.store.transaction() as connection:
            waiting = connection.execute(_UNDER_WAY.with_for_update()).all()
            for row in waiting:
                self._finished(connection, row.key, row.request)
        with self.store.transaction() as connection:
            work = Work(connection, {}, self.now)
            for row in connection.execute(_LATER).all():
                refunds.settle(work, row.id, row.later)
            work.write_events()

    def finish(self, key: str) -> Answer:
        """Do what one slow request asked for; it may have been done meanwhile."""
        with self.store.transaction() as connection:
            row = connection.execute(select(tables.keys).where(_k.key == key).with_for_update()).one()
            if row.status is not None:
                return Answer(row.status, json.loads(row.answer))
            return self._finished(connection, key, row.request)

    def _finished(self, connection: Connection, key: str, request: str) -> Answer:
        answer = self._worked(connection, Request(*json.loads(request)), None)
        _save(connection, key, answer)
        return answer


def _begun(connection: Connection, row: dict[str, str]) -> bool:
    """The key is ours from here on. False: it was used before (PostgreSQL waits for one under way)."""
    return connection.scalar(_BEGIN[connection.dialect.name], row) is not None


def _save(connection: Connection, key: str, answer: Answer) -> None:
    if answer.unsaved:
        connection.execute(tables.keys.delete().where(_k.key == key))
    else:
        values = {"_key": key, "status": answer.status, "answer": json.dumps(answer.body), "request": None}
        connection.execute(_SAVE, values)


def _known(connection: Connection, request: Request) -> Answer:
    row = connection.execute(select(tables.keys).where(_k.key == request.key)).one()
    if row.fingerprint != request.fingerprint:
        return Answer(400, _OTHER)
    if row.status is None:
        return Answer(409, _IN_USE)
    return Answer(row.status, json.loads(row.answer), replayed=True)


def _read(connection: Connection, request: Request) -> Answer:
    try:
        match request.path.split("/")[2:]:
            case [kind] if kind in reading.KINDS:
                return Answer(200, reading.page(connection, kind, request.params))
            case [kind, reference] if kind in reading.KINDS:
                return Answer(200, reading.one(connection, kind, reference, request.params))
    except Refusal as refusal:
        return Answer(refusal.status, {"error": refusal.error})
    return Answer(404, {"error": _unknown(request).error})


def _change(work: Work, request: Request) -> Object:
    kind, *rest = request.path.split("/")[2:]
    whole = (request.method, kind, *rest)
    if whole in _MAKES:
        return _MAKES[whole](work)
    of_one = (request.method, kind, *rest[1:])
    if rest and of_one in _CHANGES:
        return _CHANGES[of_one](work, rest[0])
    raise _unknown(request)


def _portal(work: Work) -> Object:
    customer = work.one(tables.customers, text(work.params, "customer"), "customer")
    session = objects.new_id("bps")
    return {
        "id": session,
        "object": "billing_portal.session",
        "created": work.now,
        "customer": customer.id,
        "return_url": work.params.get("return_url"),
        "url": f"https://billing.example.com/p/session/{session}",
    }


def _unknown(request: Request) -> Refusal:
    message = f"Unrecognized request URL ({request.method.upper()}: {request.path})."
    return Refusal(404, message, saved=False)


_MAKES: dict[tuple[str, ...], Callable[[Work], Object]] = {
    ("post", "refunds"): refunds.create,
    ("post", "subscriptions"): subscriptions.create,
    ("post", "billing_portal", "sessions"): _portal,
}
_CHANGES: dict[tuple[str, ...], Callable[[Work, str], Object]] = {
    ("post", "refunds", "cancel"): refunds.cancel,
    ("post", "subscriptions"): subscriptions.update,
    ("delete", "subscriptions"): subscriptions.delete,
    ("post", "invoices", "pay"): invoices.pay,
    ("post", "payment_intents"): invoices.mark_intent,
}
