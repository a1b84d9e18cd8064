"""The gate: in front of everything. Behind it are only browsers with a valid session.

It is pure ASGI, and asks in this order: is this request for us at all, is it for the porch or a hook (which
is signed instead), who is it?
Behind the gate the id of the person travels in a header that no client can send.
"""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from console.errors import Unavailable
from console.signin import addresses, html
from console.signin.demo import not_from_here
from console.signin.door import Door
from console.signin.hooks import build_hooks, is_hook
from console.signin.porch import is_porch
from console.signin.sample_my_account import build_sample, is_sample
from console.signin.sockets import SIGNED_OUT, TRY_LATER
from queries.staff import StaffSession

STREAM = "/_stcore/stream"
STAFF_HEADER = "x-console-staff"  # the person's id
SESSION_HEADER = "x-console-session"  # tells sessions apart; opens nothing
FORBIDDEN = 4403  # close code: ours, after HTTP's 403

_SAFE = {"GET", "HEAD", "OPTIONS"}
_ASSETS = ("/static/", "/media/", "/component/", "/_stcore/")
# Of Streamlit's own addresses only what the console needs: no metrics, agent API or second way to sign in.
_CORE = {STREAM, "/_stcore/health", "/_stcore/host-config"}
_CORE_FOLDERS = ("/_stcore/upload_file/", "/_stcore/bidi-components/")
_CLOSED = ("/_stcore", "/auth/", "/oauth2callback", "/app/static")


def is_served(path: str) -> bool:
    """Whether there is anything for anybody at this path of Streamlit's."""
    if path in _CORE or path.startswith(_CORE_FOLDERS):
        return True
    return not path.startswith(_CLOSED)


def is_page(scope: Scope) -> bool:
    """Whether a person opens a page (and not a browser a part of one)."""
    headers = Headers(scope=scope)
    if scope["method"] not in {"GET", "HEAD"} or scope["path"].startswith(_ASSETS):
        return False
    return headers.get("sec-fetch-mode") == "navigate" or "text/html" in headers.get("accept", "")


class Gate:
    def __init__(self, app: ASGIApp, door: Door, porch: ASGIApp) -> None:
        self._app = app
        self._door = door
        self._porch = porch
        self._hooks = build_hooks()
        self._sample = build_sample() if door.site.mode == "demo" else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:  # starting and stopping
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: ASGIApp | None = self._unwanted(scope)
        if answer is None:
            answer = self._before_the_gate(scope)
        if answer is None and not is_served(scope["path"]):
            answer = PlainTextResponse("There is nothing here.", status_code=404)
        if answer is not None:
            await answer(scope, receive, send)
            return
        try:
            session = await self._door.session_of(scope)
        except Unavailable as error:
            await html.refusal("Not available", str(error), status=503)(scope, receive, send)
            return
        if session is None:
            await _turned_away(scope)(scope, receive, send)
            return
        if is_page(scope) or scope["method"] not in _SAFE:
            self._door.register.used(session.id_hash)
        await self._app(self._with_identity(scope, session), receive, send)

    def _before_the_gate(self, scope: Scope) -> ASGIApp | None:
        """The application that answers without a session, if any does."""
        if is_hook(scope):
            return self._hooks
        if self._sample is not None and is_sample(scope["path"]):
            return self._sample
        return self._porch if is_porch(scope["path"]) else None

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._unwanted(scope) or scope["path"] != STREAM:
            await send({"type": "websocket.close", "code": FORBIDDEN})
            return
        try:
            session = await self._door.session_of(scope)
        except Unavailable:
            await send({"type": "websocket.close", "code": TRY_LATER})
            return
        if session is None:
            await send({"type": "websocket.close", "code": SIGNED_OUT})
            return
        known = self._with_identity(scope, session)
        await self._door.switchboard.connect(self._app, known, receive, send, session)

    def _unwanted(self, scope: Scope) -> Response | None:
        """A refusal for requests from elsewhere: other machines (demo), other sites' pages."""
        if self._door.site.mode == "demo" and (reason := not_from_here(scope)):
            return html.refusal("Not from here", reason, status=403, way="")
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE
        if changes and not is_hook(scope) and not self._is_same_origin(scope):
            return html.refusal(
                "Not from here", "This request came from another site. Nothing was done.", status=403
            )
        return None

    def _is_same_origin(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        own = self._door.site.origin or f"http://{headers.get('host', '')}"
        origins = headers.getlist("origin")
        if not origins and scope["type"] == "http":  # some browsers leave it out, but then say this
            return headers.get("sec-fetch-site") == "same-origin"
        return [origin.lower() for origin in origins] == [own.lower()]

    def _with_identity(self, scope: Scope, session: StaffSession) -> Scope:
        """The request with our word on who it is, whatever the client says about that."""
        theirs = [
            (name, value)
            for name, value in self._door.without_token(scope)
            if not name.lower().replace(b"_", b"-").startswith(b"x-console-")
        ]
        ours = [
            (STAFF_HEADER.encode(), str(session.staff_id).encode()),
            (SESSION_HEADER.encode(), session.id_hash[:16].encode()),
        ]
        return {**scope, "headers": [*theirs, *ours]}


def _turned_away(scope: Scope) -> Response:
    """What an anonymous client gets: a person the way to sign in, everything else a plain no."""
    if not is_page(scope):
        return PlainTextResponse("Sign in first.", status_code=401)
    back_to = addresses.of_scope(scope.get("raw_path") or b"/", scope["query_string"])
    return RedirectResponse(addresses.sign_in(back_to), status_code=303)
