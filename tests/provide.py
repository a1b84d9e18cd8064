"""See that the tests have what they need: a Chromium and a PostgreSQL. `python -m tests.provide`.

What cannot be had ends this with a sentence and exit code 1; nothing is skipped in silence.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.postgres import binaries

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """The path of a Chromium: from the PATH, else the one Playwright downloaded."""
    for name in CHROMIUMS:
        found = shutil.which(name)
        if found:
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _try(*command: str) -> bool:
    print("  " + " ".join(command))
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0


def install_chromium() -> str | None:
    """Playwright's own download, else Debian's package when we may install it."""
    print("No Chromium on the PATH: installing one for the browser tests.")
    if _try(sys.executable, "-m", "playwright", "install", "chromium-headless-shell", "chromium"):
        return chromium()
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        _try("apt-get", "update", "-qq")
        _try("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-core")
    return chromium()


def main() -> None:
    browser = chromium() or install_chromium()
    if browser is None:
        sys.exit(
            "The browser tests need a Chromium and none could be installed. "
            "Install Chromium or Chrome so that it is on the PATH, and run this again."
        )
    try:
        postgresql = binaries()
    except RuntimeError as error:
        sys.exit(str(error))
    print(f"Chromium: {browser}\nPostgreSQL: {postgresql}")


if __name__ == "__main__":
    main()
