"""What this process knows of the sessions: each is read at most about once a second, whatever its tabs do."""

import asyncio
import logging
import time
from collections.abc import Collection
from dataclasses import dataclass, replace

import anyio.to_thread

from console import clocks
from console.db import reading
from console.errors import Unavailable
from console.signin import sessions
from queries import staff
from queries.staff import StaffSession

BELIEVED = 1.0  # seconds for which a row that was read counts as the truth
_MANY = 10_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Known:
    session: StaffSession
    read_at: float  # time.monotonic()


def _read(id_hashes: Collection[str]) -> dict[str, StaffSession]:
    with reading() as data:
        return staff.sessions(data.state, id_hashes)


class Register:
    """One for each process; used on its event loop only, database work runs in a thread."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._writing: set[asyncio.Task[None]] = set()

    async def find(self, token: str | None) -> StaffSession | None:
        """The valid session of a cookie. Raises Unavailable."""
        id_hash = sessions.hash_of(token)
        if id_hash is None:
            return None
        known = self._known.get(id_hash)
        if known is None or time.monotonic() - known.read_at > BELIEVED:
            await self.refresh([id_hash])
        return self.valid(id_hash)

    def valid(self, id_hash: str) -> StaffSession | None:
        """The session as it was read last, if it is still valid at this very moment."""
        known = self._known.get(id_hash)
        if known is None or not sessions.is_valid(known.session, clocks.now()):
            return None
        return known.session

    async def refresh(self, id_hashes: Collection[str]) -> None:
        """Read these sessions again, in one question. Raises Unavailable."""
        read_at = time.monotonic()
        found = await anyio.to_thread.run_sync(_read, id_hashes)
        if len(self._known) > _MANY:  # those with an open tab are read every second
            self._known = {key: row for key, row in self._known.items() if read_at - row.read_at < 60}
        for id_hash in id_hashes:
            if id_hash in found:
                self._known[id_hash] = _Known(found[id_hash], read_at)
            else:
                self._known.pop(id_hash, None)

    async def end(self, id_hash: str) -> None:
        """Sign a browser out. Raises Unavailable."""
        await anyio.to_thread.run_sync(sessions.end, id_hash)
        self._known.pop(id_hash, None)

    def used(self, id_hash: str) -> None:
        """A person clicked. Written down now and then, beside the click's own work."""
        known = self._known.get(id_hash)
        now = clocks.now()
        if known is None or now - known.session.last_seen_at < sessions.touch_every():
            return
        self._known[id_hash] = replace(known, session=replace(known.session, last_seen_at=now))
        task = asyncio.get_running_loop().create_task(self._touch(id_hash))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _touch(self, id_hash: str) -> None:
        try:
            await anyio.to_thread.run_sync(sessions.touch, id_hash)
        except Unavailable as error:
            _log.warning("a click could not be written down: %s", error)
