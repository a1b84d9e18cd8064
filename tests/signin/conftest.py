"""The gate and the porch in front of a house that only says who it was told is here."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from console import db
from console.settings import get_settings
from console.signin.door import Door
from console.signin.gate import Gate
from console.signin.headers import SecurityHeaders
from console.signin.porch import build_porch
from console.signin.register import Register
from console.signin.site import Mode, Site, site_of
from console.signin.sockets import Switchboard
from tests import build
from tests.conftest import Databases

DEMO_URL = "http://127.0.0.1:8501"
SERVE_URL = "https://console.company.example"
SETTINGS = {
    "CONSOLE_PUBLIC_URL": SERVE_URL,
    "CONSOLE_OIDC_METADATA_URL": "https://id.company.example/.well-known/openid-configuration",
    "CONSOLE_OIDC_CLIENT_ID": "console",
    "CONSOLE_OIDC_CLIENT_SECRET": "a secret of the provider",
    "CONSOLE_SESSION_SECRET": "0123456789abcdef" * 4,
}
Row = dict[str, Any]


NOT_CUT = b"\xff this socket was not cut"


async def _say_headers(request: Request) -> JSONResponse:
    return JSONResponse({"headers": request.headers.items()})


async def _repeat(websocket: WebSocket) -> None:
    """First who is here, then whatever is said, until the line is cut; then a word too many."""
    await websocket.accept()
    await websocket.send_json({"headers": websocket.headers.items()})
    async for data in websocket.iter_bytes():
        await websocket.send_bytes(data)
    await websocket.send({"type": "websocket.send", "bytes": NOT_CUT})


def house() -> Starlette:
    every = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]
    return Starlette(
        routes=[
            WebSocketRoute("/{path:path}", _repeat),
            Route("/{path:path}", _say_headers, methods=every),
        ]
    )


def gated(site: Site) -> ASGIApp:
    register = Register()
    door = Door(site, register, Switchboard(register))
    return SecurityHeaders(Gate(house(), door, build_porch(door)), site)


OpenConsole = Callable[..., TestClient]


@pytest.fixture
def opened(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenConsole]:
    """Opens a browser (without cookies) at the console: opened("demo"), opened("serve")."""
    clients: list[TestClient] = []

    def open_console(mode: Mode = "demo", **differently: Any) -> TestClient:
        for name, value in SETTINGS.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        known = {"base_url": DEMO_URL if mode == "demo" else SERVE_URL, "client": ("127.0.0.1", 50000)}
        client = TestClient(gated(site_of(mode)), follow_redirects=False, **(known | differently))
        client.__enter__()  # one event loop for all its requests and sockets
        clients.append(client)
        return client

    yield open_console
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def aino(databases: Databases) -> Row:
    """An administrator."""
    with db.writing("state") as connection:
        return build.staff(connection, name="Aino Aalto", email="Aino@company.example", role="admin")


def from_page(client: TestClient) -> dict[str, str]:
    """What a browser adds when one of our own pages sends something."""
    return {"origin": str(client.base_url).rstrip("/")}


def choose(client: TestClient, person: Row, back_to: str = "/") -> str:
    """Sign in with the demo's picker. Returns the cookie."""
    answer = client.post(
        "/signin", data={"staff": str(person["id"]), "next": back_to}, headers=from_page(client)
    )
    assert answer.status_code == 303, answer.text
    return str(client.cookies["console_session"])


def socket(
    client: TestClient, headers: dict[str, str] | None = None, path: str = "/_stcore/stream"
) -> WebSocketTestSession:
    """Open a websocket where the pages' own scripts would; from one of our pages if not told otherwise."""
    address = str(client.base_url).replace("http", "ws", 1).rstrip("/") + path
    return client.websocket_connect(address, headers=from_page(client) if headers is None else headers)


PAGE = {"accept": "text/html,application/xhtml+xml"}
