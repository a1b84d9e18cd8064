"""Open websockets: whose session ends is cut off within about a second, and led to the sign-in page.

What passes is Streamlit's own protocol, which is not public: the two messages used here are pinned with its
version and tested in a browser.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from console.errors import Unavailable
from console.signin import addresses
from console.signin.register import Register
from queries.staff import StaffSession

SIGNED_OUT = 4401  # close codes: ours, after HTTP's 401 …
TRY_LATER = 1013  # … and the standard's
LOOK_EVERY = 1.0  # seconds
PATIENCE = 10.0  # seconds without a readable state database before sockets are closed
_GOODBYE = 2.0  # seconds to take leave of a browser that does not listen

# What a browser sends by itself, with nobody clicking.
_NOT_A_CLICK = {None, "app_heartbeat", "load_git_info", "set_run_on_save"}

_log = logging.getLogger(__name__)


class Line:
    """One open websocket: cut by setting `code`; remembers the address its page was at."""

    def __init__(self, session: StaffSession) -> None:
        self.id_hash = session.id_hash
        self.address = addresses.HOME
        self.code: int | None = None
        self._cut = asyncio.Event()

    def cut(self, code: int) -> None:
        self.code = self.code or code
        self._cut.set()

    async def wait(self) -> None:
        await self._cut.wait()

    def heard(self, data: bytes) -> bool:
        """Reads what the browser said; True if a person did something."""
        said = BackMsg()
        try:
            said.ParseFromString(data)
        except DecodeError:
            return False
        kind = said.WhichOneof("type")
        if kind == "rerun_script":
            state = said.rerun_script
            if state.context_info.url:
                self.address = addresses.of_browser(state.context_info.url, state.query_string)
            return not state.is_auto_rerun
        return kind not in _NOT_A_CLICK


class Switchboard:
    """All open websockets of this process, watched with one question a second."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._lines: set[Line] = set()
        self._watch: asyncio.Task[None] | None = None

    def hang_up(self, id_hash: str, code: int = SIGNED_OUT) -> None:
        """Cut every tab of a session now."""
        for line in self._lines:
            if line.id_hash == id_hash:
                line.cut(code)

    @contextlib.contextmanager
    def _watched(self, line: Line) -> Iterator[None]:
        self._lines.add(line)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.get_running_loop().create_task(self._look())
        try:
            yield
        finally:
            self._lines.discard(line)

    async def _look(self) -> None:
        """While sockets are open: read their sessions, cut those that ended. Never leaves one unwatched."""
        read_at = time.monotonic()
        try:
            while self._lines:
                await asyncio.sleep(LOOK_EVERY)
                try:
                    await self._register.refresh({line.id_hash for line in self._lines})
                    read_at = time.monotonic()
                except Unavailable as error:
                    _log.warning("sessions cannot be checked: %s", error)
                if time.monotonic() - read_at > PATIENCE:
                    self._cut_all(TRY_LATER)
                for line in self._lines:
                    if self._register.valid(line.id_hash) is None:
                        line.cut(SIGNED_OUT)
        finally:
            self._cut_all(TRY_LATER)

    def _cut_all(self, code: int) -> None:
        for line in self._lines:
            line.cut(code)

    async def connect(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, session: StaffSession
    ) -> None:
        """Run a websocket for a signed-in browser until either side, or its session, ends."""
        line = Line(session)
        accepted = False

        async def guarded_receive() -> Message:
            message = await self._next(line, receive)
            if message is None:
                await _take_leave(line, send, accepted=accepted)
                return {"type": "websocket.disconnect", "code": line.code}
            return message

        async def guarded_send(message: Message) -> None:
            nonlocal accepted
            if line.code is None:
                accepted = accepted or message["type"] == "websocket.accept"
                await send(message)

        with self._watched(line):
            await app(scope, guarded_receive, guarded_send)

    async def _next(self, line: Line, receive: Receive) -> Message | None:
        """The next message of the browser; None once the line is cut."""
        hearing = asyncio.ensure_future(receive())
        cutting = asyncio.ensure_future(line.wait())
        try:
            await asyncio.wait({hearing, cutting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            cutting.cancel()
            if line.code is not None or not hearing.done():
                hearing.cancel()
        if line.code is not None:
            return None
        message = hearing.result()
        if message["type"] == "websocket.receive" and not self._may_speak(line, message):
            return None
        return message

    def _may_speak(self, line: Line, message: Message) -> bool:
        if self._register.valid(line.id_hash) is None:
            line.cut(SIGNED_OUT)
            return False
        if line.heard(message.get("bytes") or b""):
            self._register.used(line.id_hash)
        return True


async def _take_leave(line: Line, send: Send, *, accepted: bool) -> None:
    """Lead the browser to the sign-in page (and from there back to where it was), then close."""
    with contextlib.suppress(OSError, RuntimeError, TimeoutError):  # it may be gone already
        async with asyncio.timeout(_GOODBYE):
            if accepted and line.code == SIGNED_OUT:
                redirect = ForwardMsg()
                redirect.auth_redirect.url = addresses.sign_in(line.address)
                await send({"type": "websocket.send", "bytes": redirect.SerializeToString()})
            await send({"type": "websocket.close", "code": line.code})
