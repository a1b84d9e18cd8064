"""SQLite databases of the tests: made anew without closing what is open there."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path


def overwritten(place: Path, template: Path) -> bool:
    """A folder of databases is as its template again. False if one of them is in use: then nothing can be
    said about any of them."""
    wanted = {path.name for path in template.glob("*.sqlite")}
    if {path.name for path in place.glob("*.sqlite")} != wanted:
        return False
    for path in place.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name.split("-")[0] not in wanted:
            path.unlink()
    return all(_restored(place / name, template / name) for name in wanted)


def _restored(path: Path, template: Path) -> bool:
    with closing(sqlite3.connect(path, timeout=0)) as used, closing(sqlite3.connect(template)) as kept:
        used.execute("PRAGMA synchronous=OFF")
        try:
            used.execute("BEGIN IMMEDIATE")
        except sqlite3.Error:
            return False
        used.rollback()
        kept.backup(used)
    return True
