"""The real server with another script than the console's pages: `python -m tests.browser.serve_script`."""

import argparse
from pathlib import Path

from console import server
from console.settings import get_settings

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["demo", "serve"])
    parser.add_argument("script", type=Path)
    parser.add_argument("--port", type=int)
    chosen = parser.parse_args()
    get_settings.cache_clear()
    server.run(chosen.mode, address="127.0.0.1", port=chosen.port, script=chosen.script, announce=print)
