"""What anybody may open: sign-in, sign-out and health. An application of its own, without Streamlit."""

import time

import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from console.db import reading
from console.errors import NotPermitted, Refused, Unavailable
from console.signin import html
from console.signin.demo import DemoSignIn
from console.signin.door import Door

LEAVE = "/auth/logout"  # where st.logout() leads a browser: the button of the side panel
HEALTH_BELIEVED = 2.0  # seconds: probes do not become questions to the databases one by one


def is_porch(path: str) -> bool:
    """Whether a path belongs here and not behind the gate."""
    return path in {"/signin", "/signout", LEAVE, "/health"} or path.startswith("/oidc/")


def build_porch(door: Door) -> Starlette:
    """The application in front of the gate."""
    common: list[BaseRoute] = [
        Route("/signout", SignOut(door).ask, methods=["GET"]),
        Route("/signout", SignOut(door).do, methods=["POST"]),
        Route(LEAVE, SignOut(door).leave, methods=["GET"]),
        Route("/health", Health().show, methods=["GET"]),
    ]
    kinds = {Unavailable: _unavailable, NotPermitted: _not_permitted, Refused: _refused}
    if door.site.mode == "demo":
        demo = DemoSignIn(door)
        ways = [
            Route("/signin", demo.show, methods=["GET"]),
            Route("/signin", demo.choose, methods=["POST"]),
        ]
        return Starlette(routes=[*ways, *common], exception_handlers=kinds)
    from console.signin.oidc import OidcSignIn, signing  # the demo starts without Authlib

    oidc = OidcSignIn(door)
    ways = [
        Route("/signin", oidc.show, methods=["GET"]),
        Route("/oidc/start", oidc.start, methods=["GET"]),
        Route("/oidc/callback", oidc.callback, methods=["GET"]),
    ]
    return Starlette(routes=[*ways, *common], exception_handlers=kinds, middleware=[signing(door.site)])


def _unavailable(_request: Request, error: Exception) -> Response:
    return html.refusal("Not available", str(error), status=503)


def _not_permitted(_request: Request, error: Exception) -> Response:
    return html.refusal("You cannot come in", str(error), status=403)


def _refused(_request: Request, error: Exception) -> Response:
    return html.refusal("That did not work", str(error), status=400)


class SignOut:
    """A link may only ask; the form does it."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def ask(self, request: Request) -> Response:
        if await self._door.session_of(request.scope) is None:
            return RedirectResponse("/signin", status_code=303)
        return html.page(
            "Sign out?",
            "<p>This signs you out in every tab of this browser.</p>\n"
            '<form method="post" action="/signout" class="row"><button class="action">Sign out</button>'
            '<a href="/">Stay signed in</a></form>',
        )

    async def leave(self, request: Request) -> Response:
        """From our own page at once; from anywhere else it is only a link."""
        ours = request.headers.get("sec-fetch-site") == "same-origin"
        return await self.do(request) if ours else await self.ask(request)

    async def do(self, request: Request) -> Response:
        return await self._door.let_out(request, to="/signin")


class Health:
    """Whether this process and its databases answer: for probes, without details."""

    def __init__(self) -> None:
        self._ok = False
        self._asked_at = float("-inf")

    async def show(self, _request: Request) -> Response:
        if time.monotonic() - self._asked_at > HEALTH_BELIEVED:
            self._ok = await anyio.to_thread.run_sync(_databases_answer)
            self._asked_at = time.monotonic()
        return JSONResponse(
            {"status": "ok" if self._ok else "unavailable"}, status_code=200 if self._ok else 503
        )


def _databases_answer() -> bool:
    try:
        with reading() as data:
            return not any(connection.closed for connection in (data.subscriptions, data.tickets, data.state))
    except Unavailable:
        return False
