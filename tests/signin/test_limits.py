"""Sessions end: by sign-out, idle time, age; a new sign-in makes a new one. Open sockets end with them."""

import asyncio
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from console import db
from console.actions import staff as staff_actions
from console.errors import Unavailable
from console.signin import sessions, sockets
from console.signin.register import Register
from console.signin.sockets import Line, Switchboard
from queries import staff
from queries.staff import StaffSession
from queries.tables_state import staff_sessions
from tests.signin.conftest import NOT_CUT, PAGE, OpenConsole, Row, choose, from_page, socket

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def row_of(token: str) -> StaffSession:
    id_hash = sessions.hash_of(token) or ""
    with db.reading() as data:
        return staff.sessions(data.state, [id_hash])[id_hash]


def stays_in(client: TestClient) -> bool:
    return bool(client.get("/", headers=PAGE).status_code == 200)


def test_idle_for_the_limit_is_signed_out(
    opened: OpenConsole, aino: Row, clock: time_machine.Traveller
) -> None:
    client = opened()
    choose(client, aino)
    clock.shift(timedelta(minutes=59, seconds=59))
    assert stays_in(client)
    clock.shift(timedelta(minutes=59, seconds=59))
    assert stays_in(client)
    clock.shift(timedelta(minutes=60))
    assert not stays_in(client)


def test_parts_of_pages_are_no_sign_of_life(
    opened: OpenConsole, aino: Row, clock: time_machine.Traveller
) -> None:
    client = opened()
    choose(client, aino)
    for _ in range(3):
        clock.shift(timedelta(minutes=19))
        assert client.get("/_stcore/health").status_code == 200
    clock.shift(timedelta(minutes=4))
    assert client.get("/_stcore/health").status_code == 401


def test_the_oldest_session_ends_whatever_is_done(
    opened: OpenConsole, aino: Row, clock: time_machine.Traveller
) -> None:
    client = opened()
    choose(client, aino)
    for _ in range(15):
        clock.shift(timedelta(minutes=48))
        assert stays_in(client) == (time.time() - NOON.timestamp() < 12 * 3600)


def test_what_is_over_stays_over_when_the_clock_goes_back(
    opened: OpenConsole, aino: Row, clock: time_machine.Traveller
) -> None:
    client = opened()
    token = choose(client, aino)
    client.post("/signout", headers=from_page(client))
    client.cookies.set("console_session", token)
    clock.shift(timedelta(minutes=-30))
    assert not stays_in(client)


def test_use_is_written_down_now_and_then(aino: Row, clock: time_machine.Traveller) -> None:
    token = sessions.begin(aino["id"], "demo")
    clock.shift(timedelta(minutes=30))
    sessions.touch(sessions.hash_of(token) or "")
    assert row_of(token).last_seen_at == NOON + timedelta(minutes=30)
    clock.shift(timedelta(minutes=60))
    sessions.touch(sessions.hash_of(token) or "")
    assert row_of(token).last_seen_at == NOON + timedelta(minutes=30)  # too late to count


def test_each_sign_in_makes_a_new_session_and_ends_the_former(opened: OpenConsole, aino: Row) -> None:
    client = opened()
    first = choose(client, aino)
    second = choose(client, aino)
    assert first != second
    assert row_of(first).ended_at is not None
    assert row_of(second).ended_at is None
    assert client.get("/").status_code == 200
    client.cookies.clear()
    client.cookies.set("console_session", first)
    assert client.get("/").status_code == 401


def test_only_the_hash_of_the_cookie_is_kept(opened: OpenConsole, aino: Row) -> None:
    token = choose(opened(), aino)
    with db.reading() as data:
        kept = data.state.execute(staff_sessions.select()).one()
    assert token not in str(kept)
    assert kept.id_hash == sessions.hash_of(token)
    assert len(token) == 43  # 32 random bytes


def test_signing_out_ends_every_copy_of_the_cookie(opened: OpenConsole, aino: Row) -> None:
    client = opened()
    token = choose(client, aino)
    asked = client.get("/signout")
    assert (asked.status_code, 'method="post"' in asked.text) == (200, True)
    assert client.get("/").status_code == 200  # asking changes nothing
    answer = client.post("/signout", headers=from_page(client))
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin")
    assert 'console_session=""' in answer.headers["set-cookie"]
    assert client.get("/", headers={"cookie": f"console_session={token}"}).status_code == 401
    assert client.get("/signout").headers["location"] == "/signin"  # nobody to sign out
    assert client.post("/signout", headers=from_page(client)).status_code == 303


def test_the_button_signs_out_at_once_and_a_link_from_elsewhere_only_asks(
    opened: OpenConsole, aino: Row
) -> None:
    client = opened()
    choose(client, aino)
    for elsewhere in ({}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        asked = client.get("/auth/logout", headers=elsewhere)
        assert asked.status_code in {200, 403}
        assert client.get("/").status_code == 200
    answer = client.get("/auth/logout", headers={"sec-fetch-site": "same-origin"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin")
    assert client.get("/").status_code == 401


@pytest.mark.parametrize(
    ("mode", "flags"),
    [
        ("demo", {"HttpOnly", "SameSite=strict", "Path=/"}),
        ("serve", {"HttpOnly", "SameSite=lax", "Path=/", "Secure"}),
    ],
)
def test_the_cookie_is_well_kept(opened: OpenConsole, aino: Row, mode: str, flags: set[str]) -> None:
    client = opened(mode)
    token = sessions.begin(aino["id"], mode)
    name = "console_session" if mode == "demo" else "__Host-console_session"
    client.cookies.set(name, token)
    made = client.post("/signout", headers=from_page(client)).headers["set-cookie"]
    assert flags <= set(made.split("; "))
    assert made.startswith(f"{name}=")


def click(page: str = "http://127.0.0.1:8501/customer", query: str = "customer=C-1", **state: bool) -> bytes:
    said = BackMsg()
    said.rerun_script.query_string = query
    said.rerun_script.context_info.url = page
    for name, value in state.items():
        setattr(said.rerun_script, name, value)
    return bytes(said.SerializeToString())


def test_a_click_counts_as_use_and_a_timer_does_not(aino: Row) -> None:
    token = sessions.begin(aino["id"], "demo")
    line = Line(row_of(token))
    assert line.heard(click())
    assert not line.heard(click(is_auto_rerun=True))
    heartbeat = BackMsg()
    heartbeat.app_heartbeat = True
    assert not line.heard(heartbeat.SerializeToString())
    assert not line.heard(b"")
    assert not line.heard(b"\xff\xff\xff not a message")


def test_clicks_keep_a_session_and_timers_do_not(
    opened: OpenConsole, aino: Row, clock: time_machine.Traveller
) -> None:
    client = opened()
    token = choose(client, aino)
    with socket(client) as line:
        line.receive_json()
        clock.shift(timedelta(minutes=40))
        line.send_bytes(click(is_auto_rerun=True))
        line.receive_bytes()
        assert row_of(token).last_seen_at == NOON
        line.send_bytes(click())
        line.receive_bytes()
        assert _written(token) == NOON + timedelta(minutes=40)
        clock.shift(timedelta(minutes=59))
        line.send_bytes(click())
        line.receive_bytes()
        clock.shift(timedelta(minutes=60))
        line.send_bytes(click())  # too late: not passed on
        assert _cut(line) == sockets.SIGNED_OUT


def _written(token: str) -> datetime:
    """When the session was last used, given a moment for that to be written."""
    until = time.monotonic() + 2
    while row_of(token).last_seen_at == NOON and time.monotonic() < until:
        time.sleep(0.02)
    return row_of(token).last_seen_at


def _cut(line: WebSocketTestSession, *, led_to: str | None = None) -> int:
    """The code a socket is closed with, after being led somewhere; fails if that takes long."""
    give_up = threading.Timer(3.0, line.close)  # the house then says that it was not cut
    give_up.start()
    try:
        with pytest.raises(WebSocketDisconnect) as cut:
            while True:
                said = line.receive_bytes()
                assert said != NOT_CUT
                message = ForwardMsg.FromString(said)
                assert led_to is None or message.auth_redirect.url == led_to
    finally:
        give_up.cancel()
    return int(cut.value.code)


@pytest.mark.parametrize("how", ["sign-out", "sign-in", "disabled", "ended elsewhere"])
def test_open_sockets_are_cut_and_led_to_sign_in(opened: OpenConsole, aino: Row, how: str) -> None:
    client = opened()
    token = choose(client, aino)
    with socket(client) as line, socket(client) as other_tab:
        for tab in (line, other_tab):
            tab.receive_json()
            tab.send_bytes(click())
            tab.receive_bytes()
        if how == "sign-out":
            client.post("/signout", headers=from_page(client))
        elif how == "sign-in":
            choose(client, aino)
        elif how == "disabled":
            staff_actions.disable(aino["email"])
        else:  # by another process
            sessions.end(sessions.hash_of(token) or "")
        for tab in (line, other_tab):
            back = "/signin?next=%2Fcustomer%3Fcustomer%3DC-1"
            assert _cut(tab, led_to=back) == sockets.SIGNED_OUT


def test_idle_cuts_an_open_socket(opened: OpenConsole, aino: Row, clock: time_machine.Traveller) -> None:
    client = opened()
    choose(client, aino)
    with socket(client) as line:
        line.receive_json()
        clock.shift(timedelta(minutes=61))
        assert _cut(line, led_to="/signin") == sockets.SIGNED_OUT


def test_nothing_said_after_the_end_is_heard(
    opened: OpenConsole, aino: Row, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "LOOK_EVERY", 60.0)
    client = opened()
    choose(client, aino)
    with socket(client) as line:
        line.receive_json()
        clock.shift(timedelta(minutes=60))
        line.send_bytes(click())
        assert _cut(line, led_to="/signin") == sockets.SIGNED_OUT  # led away, and no echo before


def test_nothing_is_said_after_the_end(aino: Row) -> None:
    """A script that is still running when its session ends draws for nobody."""
    session = row_of(sessions.begin(aino["id"], "demo"))
    sent: list[str] = []

    async def send(message: Message) -> None:
        sent.append(message["type"])

    async def receive() -> Message:
        await asyncio.sleep(3600)
        raise AssertionError

    async def run() -> None:
        switchboard = Switchboard(Register())

        async def script(_scope: Scope, hear: Receive, say: Send) -> None:
            await say({"type": "websocket.accept"})
            switchboard.hang_up(session.id_hash)
            await say({"type": "websocket.send", "bytes": b"a customer's name"})
            assert (await hear())["type"] == "websocket.disconnect"
            await say({"type": "websocket.send", "bytes": b"a customer's name"})

        await switchboard.connect(script, {"type": "websocket"}, receive, send, session)

    asyncio.run(run())
    assert sent == ["websocket.accept", "websocket.send", "websocket.close"]  # led away, closed


def test_other_people_stay(opened: OpenConsole, aino: Row) -> None:
    first, second = opened(), opened()
    choose(first, aino)
    choose(second, aino)
    with socket(second) as line:
        line.receive_json()
        first.post("/signout", headers=from_page(first))
        time.sleep(1.3)
        line.send_bytes(click())
        assert line.receive_bytes() == click()


def test_without_a_readable_database_sockets_end_after_a_while(
    opened: OpenConsole, aino: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(sockets, "PATIENCE", 0.3)
    client = opened()
    choose(client, aino)
    with socket(client) as line:
        line.receive_json()

        async def silent(*_: object) -> None:
            raise Unavailable("The state database cannot be used now.", "state")

        monkeypatch.setattr(Register, "refresh", silent)
        line.send_bytes(click())
        assert line.receive_bytes() == click()  # patience first
        assert _cut(line) == sockets.TRY_LATER


def test_a_defect_of_the_watch_leaves_no_socket_open(
    opened: OpenConsole, aino: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "LOOK_EVERY", 0.05)
    client = opened()
    choose(client, aino)
    with socket(client) as line:
        line.receive_json()

        async def broken(*_: object) -> None:
            raise KeyError("a defect")

        monkeypatch.setattr(Register, "refresh", broken)
        assert _cut(line) == sockets.TRY_LATER


AN_HOUR_OR_SO = st.integers(min_value=0, max_value=14 * 3600)


@given(age=AN_HOUR_OR_SO, idle=AN_HOUR_OR_SO, ended=st.booleans(), active=st.booleans())
def test_valid_means_all_of_it(age: int, idle: int, ended: bool, active: bool) -> None:
    idle = min(age, idle)
    session = StaffSession(
        id_hash="0" * 64,
        staff_id=1,
        staff_active=active,
        method="demo",
        created_at=NOON - timedelta(seconds=age),
        last_seen_at=NOON - timedelta(seconds=idle),
        authenticated_at=NOON,
        ended_at=NOON if ended else None,
    )
    expected = active and not ended and idle < 3600 and age < 12 * 3600
    assert sessions.is_valid(session, NOON) == expected
