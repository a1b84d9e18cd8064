"""What other systems call, without a session: each request is signed instead.

    X-Signature: t=<seconds since 1970>,v1=<hex of HMAC-SHA256(secret, t + "." + body)>

Stripe calls the same header Stripe-Signature. A signature holds for five minutes. Answers are JSON with "ok",
and "error" where something is wrong.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from console import audit, clocks
from console.actions import notices, payment_links
from console.actions.payment_links import Gone
from console.db import reading
from console.errors import ConsoleError, NotPermitted, Refused, Unavailable
from console.gateways.webhooks import GatewayEvent, verified
from console.settings import get_settings
from queries.payment_links import PaymentLink

HOOKS = "/hooks/"
LONGEST = 1024 * 1024  # bytes of a body
TOLERANCE = 300  # seconds between their clock and ours, and for a request on its way


class TooLong(Refused):
    pass


_STATUS = {NotPermitted: 401, Gone: 410, TooLong: 413, Unavailable: 503}


def is_hook(scope: Scope) -> bool:
    """Whether a request belongs here and not behind the gate."""
    path: str = scope["path"]
    return scope["type"] == "http" and scope["method"] == "POST" and path.startswith(HOOKS)


def routes() -> list[BaseRoute]:
    """Every hook. Each handler checks the signature itself, before it believes anything."""
    return [
        Route(f"{HOOKS}my-account/payment-link", payment_link_used, methods=["POST"]),
        Route(f"{HOOKS}stripe", stripe_message, methods=["POST"]),
    ]


def build_hooks() -> Starlette:
    return Starlette(routes=routes(), exception_handlers={ConsoleError: _refused})


def _refused(_request: Request, error: Exception) -> Response:
    return JSONResponse({"ok": False, "error": str(error)}, status_code=_STATUS.get(type(error), 400))


async def payment_link_used(request: Request) -> Response:
    """My Account: a customer has updated the payment details by this link. {"token", "used_with"}: brand and
    last four. 200; 410 for a link that is used or has expired."""
    body = await body_of(request)
    link = await anyio.to_thread.run_sync(_redeemed, request.headers.getlist("x-signature"), body)
    return JSONResponse(
        {
            "ok": True,
            "customer": link.customer_number,
            "subscription": link.subscription_number,
            "used_at": audit.instant(link.used_at) if link.used_at else None,
        }
    )


async def stripe_message(request: Request) -> Response:
    """Stripe tells us what happened there. It is kept before it is answered, and applied after that. 200,
    also for what is here already; 400 for what Stripe did not sign; 503 where the secret is not set."""
    body = await body_of(request)
    event = await anyio.to_thread.run_sync(_kept, request.headers.getlist("stripe-signature"), body)
    work = BackgroundTask(_applied, event) if event is not None else None
    return JSONResponse({"ok": True}, background=work)


def _kept(signatures: list[str], body: bytes) -> GatewayEvent | None:
    """The event, if it is new."""
    secret, now = get_settings().stripe_webhook_secret, clocks.now()
    if secret is None:
        raise Unavailable(
            "This console takes no messages of the payment gateway yet: set CONSOLE_STRIPE_WEBHOOK_SECRET.",
            "payment gateway",
        )
    signature = signatures[0] if len(signatures) == 1 else ""
    event = verified(body, signature, secret.get_secret_value(), now)
    return event if notices.keep(event, now) else None


def _applied(event: GatewayEvent) -> None:
    with suppress(Unavailable):  # the sweep applies what was left
        notices.apply(event, clocks.now())


async def body_of(request: Request) -> bytes:
    """Raises TooLong, before all of it was read."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            raise TooLong("That is more than a hook takes.")
    return body


def _redeemed(signatures: list[str], body: bytes) -> PaymentLink:
    now = clocks.now()
    require_signed(signatures, body, now, secret_of=_my_account_secret)
    said = _json(body)
    token, used_with = said.get("token"), said.get("used_with")
    if not isinstance(token, str) or not isinstance(used_with, str | None):
        raise Refused('Send {"token": "…", "used_with": "Visa ••4242"}.')
    return payment_links.redeem(token, now, used_with)


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused("The body is not JSON.") from error
    if not isinstance(said, dict):
        raise Refused("The body is not a JSON object.")
    return said


def _my_account_secret() -> bytes:
    with reading() as data:
        return payment_links.my_account_secret(data.state)


def require_signed(
    signatures: list[str], body: bytes, now: datetime, *, secret_of: Callable[[], bytes]
) -> None:
    """Raises NotPermitted unless exactly one signature is there, is of this body and is not old."""
    at, given = _parts(signatures[0]) if len(signatures) == 1 else ("", "")
    recent = at.isascii() and at.isdigit() and len(at) < 12 and abs(now.timestamp() - int(at)) <= TOLERANCE
    if not (recent and hmac.compare_digest(signature(_known(secret_of), at, body), given.encode())):
        raise NotPermitted("This request is not signed, or its signature is wrong or too old.")


def _known(secret_of: Callable[[], bytes]) -> bytes:
    try:
        return secret_of()
    except Refused as error:  # what is not set is not for strangers to hear
        raise NotPermitted("This console takes no signed requests yet.") from error


def _parts(header: str) -> tuple[str, str]:
    named = dict(part.strip().partition("=")[::2] for part in header.split(","))
    return named.get("t", ""), named.get("v1", "")


def signature(secret: bytes, at: str, body: bytes) -> bytes:
    """The hex of a request's signature."""
    return hmac.new(secret, at.encode() + b"." + body, hashlib.sha256).hexdigest().encode()
