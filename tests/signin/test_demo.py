"""The demo lets anybody in as anybody, so it answers only browsers of its own machine."""

import pytest
from starlette.websockets import WebSocketDisconnect

from console import db
from queries.tables_state import staff_sessions
from tests import build
from tests.signin.conftest import PAGE, OpenConsole, Row, choose, from_page, socket

# One database will do: what is refused here is refused before a database is asked.
pytestmark = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)

ELSEWHERE = [
    "192.168.1.20",
    "10.0.0.1",
    "203.0.113.7",
    "fe80::1",
    "::",
    "",
    "testclient",
    "::ffff:10.0.0.1",
]
HERE = ["127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"]
FOREIGN_HOSTS = [
    "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "192.168.1.20:8501", "",
    "127.0.0.1@evil.example", "[::1", "0.0.0.0:8501", "0x7f.1", "2130706433",
]  # fmt: skip
RELAYED = [
    "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-IP", "Via",
    "CF-Connecting-IP", "True-Client-IP", "X-Client-IP", "x-forwarded",
]  # fmt: skip


def test_the_picker_lists_who_may_come_in(opened: OpenConsole, aino: Row) -> None:
    with db.writing("state") as connection:
        build.staff(connection, name="<script>alert(1)</script>", role="finance")
        build.staff(connection, name="Gone Long Ago", active=False)
    page = opened().get("/signin?next=/customer%3Fcustomer%3D%22%3E%3Cb%3E").text
    assert "Aino Aalto" in page
    assert "Reads renewals, trials and cancellations" in page
    assert "<script" not in page
    assert "<b>&lt;script&gt;alert(1)&lt;/script&gt;</b>" in page
    assert 'value="/"' in page or "&quot;" in page
    assert "Gone Long Ago" not in page


def test_nobody_on_the_list(opened: OpenConsole) -> None:
    answer = opened().get("/signin")
    assert (answer.status_code, "console staff add" in answer.text) == (503, True)


def test_choosing_signs_in(opened: OpenConsole, aino: Row) -> None:
    client = opened()
    choose(client, aino)
    assert client.get("/", headers=PAGE).status_code == 200
    assert client.get("/signin").status_code == 200  # to become somebody else
    with db.reading() as data:
        assert data.state.execute(staff_sessions.select()).one().method == "demo"


@pytest.mark.parametrize("peer", HERE)
def test_this_machine_is_answered(opened: OpenConsole, aino: Row, peer: str) -> None:
    assert opened(client=(peer, 50000)).get("/signin").status_code == 200


def test_other_machines_are_not_answered(opened: OpenConsole, aino: Row) -> None:
    token = choose(opened(), aino)
    for peer in ELSEWHERE:
        client = opened(client=(peer, 50000))
        client.cookies.set("console_session", token)  # not even with a valid cookie
        for path in ("/signin", "/", "/customers", "/static/x.js", "/health", "/signout"):
            answer = client.get(path)
            assert (answer.status_code, "on the machine it runs on" in answer.text) == (403, True), (
                peer,
                path,
            )
        assert client.post("/signin", data={"staff": "1"}, headers=from_page(client)).status_code == 403
        with pytest.raises(WebSocketDisconnect), socket(client):
            pytest.fail(f"a socket from {peer}")


def test_other_names_of_this_machine_are_not_answered(opened: OpenConsole, aino: Row) -> None:
    client = opened()
    choose(client, aino)
    for host in FOREIGN_HOSTS:
        answer = client.get("/", headers={"host": host})
        assert (answer.status_code, "answers only to" in answer.text) == (403, True), host
    assert client.get("/", headers=[("host", "127.0.0.1"), ("host", "evil.example")]).status_code == 403
    for host in ("localhost:8501", "127.0.0.1", "[::1]:8501", "LOCALHOST"):
        assert client.get("/signin", headers={"host": host}).status_code == 200, host


def test_relayed_requests_are_not_answered(opened: OpenConsole, aino: Row) -> None:
    client = opened()
    choose(client, aino)
    for header in RELAYED:
        answer = client.get("/", headers={header: "127.0.0.1"})
        assert (answer.status_code, "came through a proxy" in answer.text) == (403, True), header
        with pytest.raises(WebSocketDisconnect), socket(client, from_page(client) | {header: "127.0.0.1"}):
            pytest.fail(f"a socket with {header}")


BAD_CHOICES = ["", "0", "-1", "999", "1.0", "1 OR 1=1", "x" * 8000, "\0", "١", "9" * 30, "{gone}"]


def test_a_wrong_choice_is_a_sentence(opened: OpenConsole, aino: Row) -> None:
    with db.writing("state") as connection:
        gone = build.staff(connection, active=False)["id"]
    client = opened()
    for choice in BAD_CHOICES:
        answer = client.post("/signin", data={"staff": choice.format(gone=gone)}, headers=from_page(client))
        assert answer.status_code in {400, 403}, choice
        assert "Back to sign-in" in answer.text
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"a=1&" * 50, b"staff", b"x" * 100_000, b"staff=%00"])
def test_a_wrong_form_is_a_sentence(opened: OpenConsole, aino: Row, body: bytes) -> None:
    client = opened()
    answer = client.post("/signin", content=body, headers=from_page(client))
    assert (answer.status_code in {400, 403}, "set-cookie" in answer.headers) == (True, False)


def test_the_demo_has_no_identity_provider(opened: OpenConsole, aino: Row) -> None:
    client = opened()
    assert client.get("/oidc/start").status_code == 404
    assert client.get("/oidc/callback").status_code == 404
    assert (
        opened("serve")
        .post("/signin", data={"staff": str(aino["id"])}, headers=from_page(opened("serve")))
        .status_code
        == 405
    )
