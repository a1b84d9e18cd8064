"""The simulated gateway as a server that speaks Stripe's API: an ASGI app for any Stripe client.

An answer that is lost is a connection that closes before the body; a slow one comes after `slow` seconds.
"""

from typing import Any, cast

import anyio
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from console.gateways.simulated.core import Core
from console.gateways.simulated.forms import nested
from console.gateways.simulated.full import full
from console.gateways.simulated.gateway import SimulatedGateway
from console.gateways.simulated.objects import new_id
from console.gateways.simulated.requests import Answer, Request
from console.gateways.stripe_shaped import API_VERSION, Method

_NO_KEY = {
    "error": {
        "type": "invalid_request_error",
        "message": "You did not provide an API key.",
    }
}


class Cut(Response):
    """Promises a body and closes the connection without it."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


def app(gateway: SimulatedGateway, *, slow: float = 30) -> Starlette:
    """`slow`: seconds until a request with the fault "slow" is done and answered."""

    async def serve(request: HttpRequest) -> Response:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return JSONResponse(_NO_KEY, 401)
        asked = await _asked(request)
        answer = await run_in_threadpool(gateway.core.answer, asked)
        if answer.early and gateway.listener is not None:
            await run_in_threadpool(gateway.deliver, gateway.listener)
        if answer.slow:
            answer = await _in_the_end(gateway.core, answer, slow)
        return Cut() if answer.lost else _response(asked, answer)

    return Starlette(routes=[Route("/{path:path}", serve, methods=["GET", "POST", "DELETE"])])


async def _asked(request: HttpRequest) -> Request:
    method = cast(Method, request.method.lower())
    body = request.url.query if method != "post" else (await request.body()).decode()
    return Request(method, request.url.path, nested(body), request.headers.get("idempotency-key"))


async def _in_the_end(core: Core, answer: Answer, slow: float) -> Answer:
    await anyio.sleep(slow)
    return await run_in_threadpool(core.finish, answer.body["key"])


def _response(asked: Request, answer: Answer) -> Response:
    headers = {"request-id": new_id("req"), "stripe-version": API_VERSION}
    if asked.key:
        headers["idempotency-key"] = asked.key
    if answer.replayed:
        headers["idempotent-replayed"] = "true"
    body: Any = full(answer.body)
    return JSONResponse(body, answer.status, headers)
