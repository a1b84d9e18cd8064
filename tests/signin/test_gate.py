"""Nothing behind the gate answers a browser that is not signed in; nobody can pretend to be another."""

import itertools
import time
from collections.abc import Collection

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from console import db
from console.actions import staff as staff_actions
from console.errors import Unavailable
from console.signin import register, sockets
from console.signin.register import Register
from queries.staff import StaffSession
from queries.tables_state import staff
from tests import build
from tests.signin.conftest import PAGE, OpenConsole, Row, choose, from_page, socket

PATHS = [
    "/",
    "/customers",
    "/customer?customer=C-1",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/upload_file/a/b",
    "/media/0123.csv",
    "/static/js/index.js",
    "/component/x/y",
    "/favicon.png",
    "/signin/",
    "/signinx",
    "/SIGNIN",
    "/oidc",
    "//evil.example",
    "/%2e%2e/etc/passwd",
    "/health/x",
]
CLOSED = [
    "/_stcore/metrics",
    "/_stcore/script-health-check",
    "/_stcore/agent/interact",
    "/_stcore/agent/openapi.json",
    "/_stcore%2Fmetrics",
    "/auth/login",
    "/oauth2callback",
    "/app/static/x",
]


def headers_inside(answer: object) -> list[list[str]]:
    return answer.json()["headers"]  # type: ignore[attr-defined, no-any-return]


def test_anonymous_clients_get_nothing(opened: OpenConsole) -> None:
    client = opened()
    for path, method in itertools.product(PATHS, ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE")):
        answer = client.request(method, path, headers=from_page(client))
        assert (answer.status_code, "headers" in answer.text) == (401, False), (method, path)


def test_a_person_is_led_to_sign_in_and_back(opened: OpenConsole, aino: Row) -> None:
    for path in ("/", "/customers", "/customer?customer=C-1&tab=%C3%A4%20b", "/signinx"):
        _led_to_sign_in_and_back(opened(), aino, path)


def _led_to_sign_in_and_back(client: TestClient, aino: Row, path: str) -> None:
    answer = client.get(path, headers=PAGE)
    assert answer.status_code == 303
    picker = client.get(answer.headers["location"])
    assert picker.status_code == 200
    form = picker.text.split('name="next" value="')[1].split('"')[0].replace("&amp;", "&")
    back = client.post(
        "/signin", data={"staff": str(aino["id"]), "next": form}, headers=from_page(client)
    ).headers["location"]
    assert back == ("/" if path.startswith("/signin") else path)
    assert client.get(back, headers=PAGE).status_code == 200


def test_what_the_console_does_not_need_is_closed_to_everybody(opened: OpenConsole, aino: Row) -> None:
    client = opened()
    assert [client.get(path).status_code for path in CLOSED] == [404] * len(CLOSED)
    choose(client, aino)
    assert [client.get(path, headers=PAGE).status_code for path in CLOSED] == [404] * len(CLOSED)


def test_the_house_is_told_who_is_here_and_nothing_clients_say_of_that(
    opened: OpenConsole, aino: Row
) -> None:
    client = opened()
    token = choose(client, aino)
    client.cookies.set("other", "kept")
    forged = {"X-Console-Staff": "999", "x-console-session": "mine", "x-console-role": "admin"}
    said = headers_inside(client.get("/customers", headers=PAGE | forged | {"x_console_staff": "999"}))
    ours = [pair for pair in said if pair[0].replace("_", "-").startswith("x-console")]
    assert ours[0] == ["x-console-staff", str(aino["id"])]
    assert [name for name, _ in ours] == ["x-console-staff", "x-console-session"]
    assert token not in str(said)
    assert ["cookie", "other=kept"] in said
    with socket(client, from_page(client) | forged) as line:
        said = line.receive_json()["headers"]
    assert [value for name, value in said if name == "x-console-staff"] == [str(aino["id"])]
    assert token not in str(said)


def test_anonymous_headers_open_nothing(opened: OpenConsole, aino: Row) -> None:
    client = opened()
    assert client.get("/", headers={"x-console-staff": str(aino["id"])}).status_code == 401


TAMPERED = [
    "",
    "x",
    "a" * 43,
    "A" * 10_000,
    "../../etc",
    "%00",
    '"; DROP TABLE staff; --',
    "{token}x",
    "{shorter}",
    "{token}; console_session={token}",
    "ä" * 43,
]


def test_a_tampered_cookie_opens_nothing(opened: OpenConsole, aino: Row) -> None:
    client = opened()
    token = choose(client, aino)
    client.cookies.clear()
    for cookie in TAMPERED:
        sent = "console_session=" + cookie.format(token=token, shorter=token[:-1])
        assert client.get("/", headers={"cookie": sent.encode("latin-1")}).status_code == 401, cookie
    assert client.get("/", headers={"cookie": f"console_session={token}"}).status_code == 200


def test_the_cookie_of_another_place_opens_nothing(opened: OpenConsole, aino: Row) -> None:
    token = choose(opened(), aino)
    client = opened("serve")
    assert client.get("/", headers={"cookie": f"console_session={token}"}).status_code == 401
    assert client.get("/", headers={"cookie": f"__Host-console_session={token}"}).status_code == 200


def test_anonymous_sockets_are_refused(opened: OpenConsole) -> None:
    client = opened()
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        socket(client),
    ):
        pass
    assert refused.value.code == sockets.SIGNED_OUT


OTHER_ORIGINS = [
    None,
    "null",
    "http://evil.example",
    "http://127.0.0.1:9999",
    "http://127.0.0.1",
    "https://127.0.0.1:8501",
    "http://localhost:8501",
]


def test_sockets_and_changes_from_other_sites_are_refused(opened: OpenConsole, aino: Row) -> None:
    client = opened()
    choose(client, aino)
    for origin in OTHER_ORIGINS:
        headers = {} if origin is None else {"origin": origin}
        with pytest.raises(WebSocketDisconnect), socket(client, headers):
            pytest.fail(f"a socket from {origin}")
        for path in ("/signin", "/signout", "/_stcore/upload_file/a/b"):
            assert client.post(path, headers=headers).status_code == 403, (origin, path)
    assert client.get("/").status_code == 200  # still signed in


def test_two_origins_are_none(opened: OpenConsole, aino: Row) -> None:
    client = opened()
    choose(client, aino)
    both = [("origin", "http://127.0.0.1:8501"), ("origin", "http://evil.example")]
    assert client.post("/signout", headers=both).status_code == 403


def test_a_browser_that_leaves_out_the_origin_may_say_same_origin(opened: OpenConsole, aino: Row) -> None:
    client = opened()
    choose(client, aino)
    assert client.post("/signout", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.post("/signout", headers={"sec-fetch-site": "same-origin"}).status_code == 303


def test_only_the_stream_is_a_socket(opened: OpenConsole, aino: Row) -> None:
    client = opened()
    choose(client, aino)
    for path in ("/", "/other", "/_stcore/stream/", "/signin"):
        with pytest.raises(WebSocketDisconnect), socket(client, path=path):
            pytest.fail(f"a socket at {path}")


def test_someone_disabled_is_out_at_once(opened: OpenConsole, aino: Row) -> None:
    client = opened()
    choose(client, aino)
    assert client.get("/").status_code == 200
    staff_actions.disable("AINO@company.example")
    staff_actions.enable("aino@company.example")
    assert _soon_401(client)  # their sessions ended: to be let in again is to sign in again


def _soon_401(client: TestClient) -> bool:
    until = time.monotonic() + register.BELIEVED + 0.5
    while time.monotonic() < until:
        if client.get("/").status_code == 401:
            return True
        time.sleep(0.05)
    return False


def test_a_person_made_inactive_otherwise_is_out_too(opened: OpenConsole, aino: Row) -> None:
    client = opened()
    choose(client, aino)
    with db.writing("state") as connection:
        connection.execute(staff.update().values(active=False))
    assert _soon_401(client)


def test_a_database_that_does_not_answer_lets_nobody_in(
    opened: OpenConsole, aino: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = opened()
    choose(client, aino)

    async def silent(*_: object) -> None:
        raise Unavailable("The state database cannot be used now.", "state")

    monkeypatch.setattr(Register, "find", silent)
    answer = client.get("/", headers=PAGE)
    assert (answer.status_code, "cannot be used now" in answer.text) == (503, True)
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        socket(client),
    ):
        pass
    assert refused.value.code == sockets.TRY_LATER


def test_many_requests_are_few_questions(
    opened: OpenConsole, aino: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Collection[str]] = []
    really = register._read

    def counted(id_hashes: Collection[str]) -> dict[str, StaffSession]:
        asked.append(id_hashes)
        return really(id_hashes)

    monkeypatch.setattr(register, "_read", counted)
    monkeypatch.setattr(register, "BELIEVED", 60.0)
    client = opened()
    choose(client, aino)
    for _ in range(20):
        assert client.get("/static/js/index.js").status_code == 200
    assert len(asked) == 1


def test_two_people_do_not_mix(opened: OpenConsole, aino: Row) -> None:
    with db.writing("state") as connection:
        bert = build.staff(connection, name="Bert", role="agent")
    first, second = opened(), opened()
    choose(first, aino)
    choose(second, bert)
    for client, person in ((first, aino), (second, bert), (first, aino)):
        assert ["x-console-staff", str(person["id"])] in headers_inside(client.get("/customers"))
