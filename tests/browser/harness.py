"""Tests with a real browser: a console in a process of its own, and Chromium to open it with.

with serving("demo", environment=databases.environment) as server:
    page.goto(server.url)
    settled(page)
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

from tests.provide import chromium

ROOT = Path(__file__).parent.parent.parent
FAILURES = Path(__file__).parent / "failures"
STARTING = 60.0  # seconds; a busy machine imports slowly
PATIENCE = 20_000.0  # milliseconds for anything on a page
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Attributes of Streamlit's own tests; its version is pinned.
SETTLED = '[data-testid=stApp][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'


expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True)
class Server:
    """A running console."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def serving(
    mode: str,
    *,
    environment: Mapping[str, str],
    script: Path | None = None,
    port: int | None = None,
    arguments: tuple[str, ...] = (),
) -> Iterator[Server]:
    """The console in a process of its own: `console demo` or `console serve`, or the same server with another
    script instead of the console's pages. Stopped with SIGTERM at the end; fails if that takes long."""
    port = port or free_port()
    module = ["console", mode] if script is None else ["tests.browser.serve_script", mode, str(script)]
    command = [sys.executable, "-m", *module, "--port", str(port), *arguments]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            server = Server(f"http://127.0.0.1:{port}", process, log)
            try:
                _wait_until_up(server)
                yield server
            finally:
                process.terminate()
                try:
                    process.wait(timeout=15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                    raise


def _wait_until_up(server: Server) -> None:
    until = time.monotonic() + STARTING
    while time.monotonic() < until:
        if server.process.poll() is not None:
            raise RuntimeError(f"the console ended with {server.process.returncode}:\n{server.said()}")
        try:
            if httpx.get(f"{server.url}/health", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError(f"the console did not start:\n{server.said()}")


@contextmanager
def browsing() -> Iterator[Browser]:
    """A Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened_page(browser: Browser, problems: list[str] | None = None) -> Iterator[Page]:
    """A page with cookies of its own. `problems` collects what its content policy refused and what broke."""
    context = browser.new_context(
        locale="en-GB", timezone_id="Europe/Helsinki", viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(PATIENCE)
    noted = problems if problems is not None else []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            noted.append(message.text)

    context.on("console", note)
    context.on("weberror", lambda error: noted.append(str(error.error)))
    yield context.new_page()
    context.close()


def settled(page: Page) -> None:
    """Wait until the page is connected and its script has run. Widgets may load later: wait for those."""
    page.wait_for_selector(SETTLED)


def said_done(page: Page) -> Locator:
    """Where a form says that it is done; a word in the corner says so too."""
    return page.get_by_test_id("stAlert").get_by_text("Done", exact=True)


def photograph(page: Page, test: str) -> None:
    """Keep how every tab looked when a test failed."""
    FAILURES.mkdir(exist_ok=True)
    for number, tab in enumerate(page.context.pages):
        name = re.sub(r"[^A-Za-z0-9_.-]+", "_", test)[:120]
        tab.screenshot(path=FAILURES / f"{name}-{number}.png", full_page=True)
