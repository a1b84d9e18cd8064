"""The README's pictures, taken from a sample company made for them: `python -m tests.browser.screenshots`."""

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from console import clocks, db, demo, migrations
from console.actions import subscriptions as verbs
from console.settings import get_settings
from console.signin.who import actor_with_email
from tests.browser.harness import PATIENCE, browsing, serving, settled

FOLDER = Path(__file__).parent / "screenshots"
CUSTOMERS, SEED = 1_000, 1
AGENT, MANAGER = "Emma Laine", "Sofia Nieminen"
AGENT_EMAIL = "emma.laine@example.com"
DRAWING = 1_500.0  # milliseconds: grids and charts draw after the page has settled
COLOURS = 128  # of a picture's palette


@dataclass(frozen=True)
class Shot:
    """One picture: whose screen it is, and how large and in which colours it is taken."""

    name: str
    person: str
    path: str
    scheme: Literal["light", "dark"] = "light"
    width: int = 1440


SHOTS = (
    Shot("home-light", AGENT, "/"),
    Shot("customer-light", AGENT, "/customer?customer=C-1001"),
    Shot("customer-narrow", AGENT, "/customer?customer=C-1001", width=420),
    Shot("subscription-light", AGENT, "/subscription?subscription=S-1001"),
    Shot("ticket-light", AGENT, "/ticket?ticket=T-1001"),
    Shot("renewals-dark", MANAGER, "/renewals", scheme="dark"),
    Shot("cancellations-light", MANAGER, "/cancellations"),
    Shot("revenue-dark", MANAGER, "/revenue", scheme="dark"),
    Shot("audit-light", MANAGER, "/audit?whom=C-1001"),
)


@contextmanager
def sample_company() -> Iterator[dict[str, str]]:
    """A company in a folder of its own; yields the environment that points at it."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"CONSOLE_VAR": folder}
        os.environ |= environment
        get_settings.cache_clear()
        for database in db.DATABASES:
            migrations.upgrade(database)
        demo.seed(CUSTOMERS, SEED, today=clocks.today())
        yield environment
        db.dispose()


def cancel_and_undo(number: str) -> None:
    """Two entries for the audit log, made as the screen makes them."""
    actor = actor_with_email(AGENT_EMAIL, "screen")
    with db.reading() as data:
        expected = verbs.shown_now(data, actor, number, "period_end")
    verbs.cancel_subscription(
        actor,
        number,
        operation_id=verbs.new_operation_id(),
        at="period_end",
        reason=next(iter(verbs.REASONS)),
        expected=expected,
        note="Asked on the phone",
    )
    with db.reading() as data:
        expected = verbs.shown_now(data, actor, number, "undo")
    verbs.undo_cancel(
        actor,
        number,
        operation_id=verbs.new_operation_id(),
        reason=next(iter(verbs.UNDO_REASONS)),
        expected=expected,
    )


def take(browser: Browser, url: str, shot: Shot) -> None:
    context = browser.new_context(
        locale="en-GB",
        timezone_id="Europe/Helsinki",
        viewport={"width": shot.width, "height": 900},
        color_scheme=shot.scheme,
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(url + shot.path)
    page.get_by_role("button", name=shot.person).click()
    settled(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.wait_for_timeout(DRAWING)
    size = save(page, FOLDER / f"{shot.name}.png")
    print(f"{shot.name}: {size:,} bytes")
    context.close()


def save(page: Page, path: Path) -> int:
    """The picture with a palette, a third of its size. Returns its bytes."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    return path.stat().st_size


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with sample_company() as environment:
        cancel_and_undo("S-1002")
        with serving("demo", environment=environment) as server, browsing() as browser:
            for shot in SHOTS:
                take(browser, server.url, shot)


if __name__ == "__main__":
    main()
