"""The server: Streamlit behind the gate. `console serve` and `console demo` run it; so does
`python -m console.server`.

One process serves 20 to 50 people with room. More processes need a proxy that keeps a browser on its process.
"""

import errno
import gc
import importlib
import logging
import signal
import socket
import sys
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import anyio.to_thread
import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from streamlit.web import bootstrap

from console import durable, incidents, migrations, presses
from console.actions.resuming import resume_open
from console.db import DATABASES
from console.errors import ConsoleError, Refused, Unavailable
from console.settings import ROOT
from console.signin.door import Door
from console.signin.gate import SESSION_HEADER, STAFF_HEADER, Gate
from console.signin.headers import SecurityHeaders
from console.signin.porch import build_porch
from console.signin.register import Register
from console.signin.site import Mode, Site, site_of
from console.signin.sockets import Switchboard

ENTRY = Path(__file__).with_name("app.py")
LOOK = ROOT / ".streamlit" / "config.toml"
# What the pages import: loaded once and put out of the collector's sight, which runs after every click.
USED_BY_PAGES = ("pandas", "pyarrow", "sqlalchemy", "plotly.graph_objects", "babel.dates", "babel.numbers")
PING = 30.0  # seconds between signs of life on an open page
BEGUN_LONG_AGO = timedelta(minutes=1)  # another process may be at a younger one right now
GRACE = 5  # seconds for requests under way when the server is stopped

ShowIncident = Callable[[str], None]


def build_app(
    script: Path = ENTRY, mode: Mode = "serve", *, show_incident: ShowIncident | None = None
) -> st.App:
    """The whole ASGI application. Raises Refused when `serve` lacks settings.

    `show_incident` draws, on the page that failed, the number under which the log has the defect.
    """
    site = site_of(mode)
    bootstrap.load_config_options(options(site))
    presses.carry_out()
    register = Register()
    door = Door(site, register, Switchboard(register))
    return st.App(
        script.resolve(),
        lifespan=_lifespan,
        middleware=[
            Middleware(SecurityHeaders, site=site),
            Middleware(Gate, door=door, porch=build_porch(door)),
        ],
        on_script_error=_on_script_error(show_incident or _show_incident),
    )


def options(site: Site) -> dict[str, Any]:
    """Streamlit's options: the look from its file, wherever the server is started, and what must not vary."""
    return _look() | {
        # Only the gate sets these headers. Never put them into a file: `streamlit run` has no gate.
        "server.trustedUserHeaders": {STAFF_HEADER: "staff_id", SESSION_HEADER: "session"},
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.enableStaticServing": False,
        "server.enableXsrfProtection": True,
        "server.enableCORS": True,
        "server.corsAllowedOrigins": [site.origin] if site.origin else [],
        "server.baseUrlPath": "",
        "server.address": "127.0.0.1",
        "browser.serverAddress": "localhost",
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "global.developmentMode": False,
        # One run of a page at a time: what arrives during a press waits for what comes of it, and shows it.
        "runner.fastReruns": False,
    }


def _look() -> dict[str, Any]:
    if not LOOK.is_file():
        return {}
    return _flat(tomllib.loads(LOOK.read_text(encoding="utf-8")))


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        name = f"{prefix}{key}"
        flat |= _flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return flat


@asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[None]:
    for module in USED_BY_PAGES:
        importlib.import_module(module)
    await anyio.to_thread.run_sync(durable.start, "serve")
    gc.collect()
    gc.freeze()
    await anyio.to_thread.run_sync(_finish_what_was_begun)
    yield
    await anyio.to_thread.run_sync(durable.stop)


def _finish_what_was_begun() -> None:
    """Operations that a command was stopped in, or a server elsewhere: what cannot be finished now stays
    under Operations, and is taken up again every minute."""
    try:
        resume_open(BEGUN_LONG_AGO)
    except ConsoleError as error:
        logging.getLogger(__name__).warning("operations were not resumed: %s", error)


def _on_script_error(show: ShowIncident) -> Callable[[Exception], bool]:
    def handle(error: Exception) -> bool:
        show(incidents.record(error))
        return True  # shown: Streamlit need not

    return handle


def _show_incident(number: str) -> None:
    st.error(
        f"Something went wrong that should not have. It is in the log as incident {number}: "
        "tell that number to whoever runs this console.",
        icon=":material/report:",
    )


def listen(address: str, port: int) -> socket.socket:
    """A bound socket. Raises Refused with the reason when that address cannot be had."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    none = Refused(
        f"This machine has no address “{address[:60]}” to listen on. Use 127.0.0.1 or one of its own."
    )
    if not address or not address.isprintable():  # nothing would mean everything
        raise none
    try:
        return socket.create_server((address, port), family=family, backlog=2048)
    except PermissionError as error:
        raise Refused(f"Port {port} needs more rights than this user has. Choose one above 1023.") from error
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise Refused(
                f"Port {port} is in use by another program. Stop that, or choose another: --port {port + 1}."
            ) from error
        raise none from error


def run(
    mode: Mode,
    *,
    address: str,
    port: int,
    script: Path = ENTRY,
    announce: Callable[[str], None],
) -> None:
    """Serve until stopped by Ctrl-C or SIGTERM. `announce` is told the address once it is listening.

    Raises Refused for missing settings or an address that cannot be had, Unavailable for databases.
    """
    site = site_of(mode)
    for database in DATABASES:
        migrations.require_current(database)
    with listen(address, port) as listening:
        logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        announce(site.origin or f"http://{address}:{listening.getsockname()[1]}")
        _serve(build_app(script, mode), listening)


def _serve(app: st.App, listening: socket.socket) -> None:
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            proxy_headers=False,  # who the peer is, is not for a header to say
            server_header=False,
            access_log=False,
            log_config=None,
            log_level=logging.WARNING,
            lifespan="on",
            ws="websockets-sansio",
            ws_ping_interval=PING,
            ws_ping_timeout=PING,
            ws_per_message_deflate=False,
            ws_max_size=64 * 1024 * 1024,
            timeout_graceful_shutdown=GRACE,
        )
    )
    signal.signal(signal.SIGTERM, _stop)
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        return
    if not server.started:
        raise Unavailable("The server did not start. The lines above say why.", "server")


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


if __name__ == "__main__":
    from console.cli import main

    main(["serve", *sys.argv[1:]])
