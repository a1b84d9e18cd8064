"""Letting a browser in and out: the cookie and the session row behind it."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from console.signin import addresses, sessions
from console.signin.register import Register
from console.signin.site import Site
from console.signin.sockets import Switchboard
from queries.staff import StaffSession


@dataclass(frozen=True)
class Door:
    """One for each process."""

    site: Site
    register: Register
    switchboard: Switchboard

    def token_of(self, scope: Scope) -> str | None:
        """The browser's cookie, if it has exactly one of ours."""
        found = [
            value for name, value in map(_pair, _cookies(Headers(scope=scope))) if name == self.site.cookie
        ]
        return found[0] if len(found) == 1 else None

    def without_token(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """The request's headers without our cookie: nothing behind the gate needs the secret."""
        kept = [part for part in _cookies(Headers(scope=scope)) if _pair(part)[0] != self.site.cookie]
        headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"cookie"]
        return [*headers, (b"cookie", "; ".join(kept).encode("latin-1"))] if kept else headers

    async def session_of(self, scope: Scope) -> StaffSession | None:
        """The valid session of this browser. Raises Unavailable."""
        return await self.register.find(self.token_of(scope))

    async def let_in(
        self, request: Request, staff_id: int, back_to: str, authenticated_at: datetime | None = None
    ) -> Response:
        """Sign this browser in as a person, and lead it where it wanted to go. Raises Unavailable."""
        method = "oidc" if self.site.mode == "serve" else "demo"
        former = self.token_of(request.scope)
        begin = partial(
            sessions.begin, staff_id, method, instead_of=former, authenticated_at=authenticated_at
        )
        token = await anyio.to_thread.run_sync(begin)
        self._hang_up(former)
        response = RedirectResponse(addresses.local(back_to), status_code=303)
        self._set_cookie(response, token)
        return response

    async def let_out(self, request: Request, to: str) -> Response:
        """Sign this browser out, all its tabs with it. Raises Unavailable."""
        token = self.token_of(request.scope)
        id_hash = sessions.hash_of(token)
        if id_hash is not None:
            await self.register.end(id_hash)
            self._hang_up(token)
        response = RedirectResponse(to, status_code=303)
        self._set_cookie(response, "", max_age=0)
        return response

    def _hang_up(self, token: str | None) -> None:
        id_hash = sessions.hash_of(token)
        if id_hash is not None:
            self.switchboard.hang_up(id_hash)

    def _set_cookie(self, response: Response, value: str, max_age: int | None = None) -> None:
        response.set_cookie(
            self.site.cookie,
            value,
            max_age=max_age,  # None: until the browser is closed; the row's own limits come first
            path="/",
            secure=self.site.secure,
            httponly=True,
            samesite=self.site.same_site,
        )


def _cookies(headers: Headers) -> list[str]:
    return [part.strip() for line in headers.getlist("cookie") for part in line.split(";") if part.strip()]


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip(), value.strip()
