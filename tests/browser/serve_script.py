"""The real server with another script than the console's pages: `python -m tests.browser.serve_script`."""

import argparse
import time
from pathlib import Path
from typing import Any

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner

from console import server
from console.settings import get_settings


def dawdle(seconds: float) -> None:
    """As on a busy machine: so long between taking up a request and calling its callbacks."""
    new_module = ScriptRunner._new_module

    def late(runner: ScriptRunner, name: str) -> Any:
        time.sleep(seconds)
        return new_module(runner, name)

    ScriptRunner._new_module = late  # type: ignore[assignment,method-assign]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["demo", "serve"])
    parser.add_argument("script", type=Path)
    parser.add_argument("--port", type=int)
    parser.add_argument("--dawdle", type=float, default=0.0)
    chosen = parser.parse_args()
    dawdle(chosen.dawdle)
    get_settings.cache_clear()
    server.run(chosen.mode, address="127.0.0.1", port=chosen.port, script=chosen.script, announce=print)
