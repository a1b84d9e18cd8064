"""Mail: to a folder and to a server, once where that can be known, never with somebody else's header."""

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from console.gateways import mail
from console.gateways.mail import Attachment, FolderMail, Message, SmtpMail, as_email, mailer
from console.gateways.payments import NoAnswer, NotSent
from console.settings import get_settings

MESSAGE = Message(
    message_id="6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a01.mail",
    to="aino@example.com",
    subject="Tilauksesi päättyy 30. marraskuuta",
    body="Hei Aino,\n\nkiitos ja näkemiin – 佐藤.\n",
    language="fi",
)


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("CONSOLE_VAR", str(tmp_path))
    monkeypatch.setenv("CONSOLE_COMPANY", "Lumo\r\nBcc: all@example.com")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def differently(**values: Any) -> Message:
    return Message(**{**MESSAGE.__dict__, **values})


def read(content: bytes) -> EmailMessage:
    email = message_from_bytes(content, policy=policy.default)
    assert isinstance(email, EmailMessage)
    return email


def text_of(email: EmailMessage) -> str:
    return str(email.get_content()).replace("\r\n", "\n")


def test_it_is_plain_text_with_our_headers_only() -> None:
    email = read(as_email(MESSAGE).as_bytes())
    assert email["From"] == '"Lumo Bcc: all@example.com" <support@company.example>'
    assert email["To"] == "aino@example.com"
    assert email["Subject"] == MESSAGE.subject
    assert email["Message-ID"] == f"<{MESSAGE.message_id}@company.example>"
    assert email.get_content_type() == "text/plain"
    assert text_of(email) == MESSAGE.body
    assert sorted(email.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Content-Language", "Auto-Submitted", "MIME-Version",
         "Content-Type", "Content-Transfer-Encoding"]
    )  # fmt: skip


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\0", "\x85"])
def test_a_subject_adds_no_header(end: str) -> None:
    content = as_email(differently(subject=f"Hello{end}Bcc: all@example.com{end}{end}<b>")).as_bytes()
    assert b"\r\nBcc" not in content
    assert read(content)["Bcc"] is None
    assert text_of(read(content)) == MESSAGE.body


def test_attachments_stay_as_they_are_and_add_no_header(tmp_path: Path) -> None:
    content = "\ufeffDay,Due\r\n2026-11-23,4\r\n".encode()
    hostile = Attachment('a"\r\nBcc: all@example.com.csv', "text/csv", b"")
    sent = differently(attachments=(Attachment("raportti-työ.csv", "text/csv", content), hostile))
    FolderMail(tmp_path).send(sent)
    for email in (read(as_email(sent).as_bytes()), read((tmp_path / f"{sent.message_id}.eml").read_bytes())):
        body, (file, other) = email.get_body(), list(email.iter_attachments())
        assert body is not None
        assert body.get_content().replace("\r\n", "\n") == MESSAGE.body
        assert (file.get_filename(), file.get_content_type()) == ("raportti-työ.csv", "text/csv")
        assert file.get_payload(decode=True) == content
        assert other.get_filename() == 'a" Bcc: all@example.com.csv'
        assert email["Bcc"] is None
        assert email["Content-Language"] is None
        assert body["Content-Language"] == "fi"


WRONG_ADDRESSES = [
    "",
    "aino",
    "aino@",
    "@example.com",
    "aino@example.com\r\nBcc: all@example.com",
    "aino@example.com, all@example.com",
    "Aino <aino@example.com>",
    "a b@example.com",
    "aino@exa mple.com",
    "aino@exam\u0000ple.com",
    f"aino@{'x' * 70}.com",
    '"a@b"@example.com',
]


@pytest.mark.parametrize("to", WRONG_ADDRESSES)
def test_what_is_not_one_address_is_refused(to: str, tmp_path: Path) -> None:
    with pytest.raises(NotSent, match="is not an address"):
        FolderMail(tmp_path / "mail").send(differently(to=to))
    assert not (tmp_path / "mail").exists()


def test_addresses_people_have() -> None:
    for to, written in (
        (" lauri.maki+shop@example.com ", "lauri.maki+shop@example.com"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("o'brien@example.co.uk", "o'brien@example.co.uk"),
    ):
        assert as_email(differently(to=to))["To"] == written


def test_an_id_names_no_other_file() -> None:
    for id in ("../x", "a/b", "", ".hidden", "a\nb", "x" * 200):
        with pytest.raises(ValueError, match="not an id"):
            FolderMail(Path("/nowhere")).send(differently(message_id=id))


def test_a_folder_keeps_one_file_for_each_message(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    FolderMail(folder).send(MESSAGE)
    first = (folder / f"{MESSAGE.message_id}.eml").read_bytes()
    FolderMail(folder).send(differently(subject="again"))
    FolderMail(folder).send(differently(message_id="another"))
    assert sorted(file.name for file in folder.iterdir()) == [f"{MESSAGE.message_id}.eml", "another.eml"]
    assert (folder / f"{MESSAGE.message_id}.eml").read_bytes() == first
    assert text_of(read(first)) == MESSAGE.body
    assert "kiitos ja näkemiin – 佐藤." in first.decode()  # as a person reads it


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file")
    with pytest.raises(NotSent, match=r"could not be written: .* Check the folder mail"):
        FolderMail(tmp_path / "mail").send(MESSAGE)


class Inbox:
    """A mail server's side: what arrived, and what it says to it."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.answer = answer
        self.got: list[Envelope] = []
        self.encrypted: list[bool] = []
        self.recipient_answer = "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.encrypted.append(session.ssl is not None)
        self.got.append(envelope)
        return self.answer


def only_us(_server: object, _session: object, _envelope: object, mechanism: str, data: object) -> AuthResult:
    ours = isinstance(data, LoginPassword) and (data.login, data.password) == (b"console", b"a password")
    return AuthResult(success=ours and mechanism in {"LOGIN", "PLAIN"}, handled=False)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def plain(inbox: Inbox) -> Iterator[SmtpMail]:
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield SmtpMail("127.0.0.1", controller.port, tls=False)
    controller.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_a_server_gets_the_same_message(plain: SmtpMail, inbox: Inbox) -> None:
    plain.send(MESSAGE)
    (envelope,) = inbox.got
    assert (envelope.mail_from, envelope.rcpt_tos) == ("support@company.example", ["aino@example.com"])
    assert isinstance(envelope.content, bytes)
    email = read(envelope.content)
    assert email["Message-ID"] == f"<{MESSAGE.message_id}@company.example>"
    assert text_of(email) == MESSAGE.body


@pytest.mark.parametrize(
    ("recipient", "data"),
    [("550 No such user", "250 OK"), ("250 OK", "451 Try later"), ("250 OK", "554 Looks like spam")],
)
def test_a_server_that_says_no_is_quoted(plain: SmtpMail, inbox: Inbox, recipient: str, data: str) -> None:
    inbox.recipient_answer, inbox.answer = recipient, data
    with pytest.raises(NotSent, match=recipient if recipient.startswith("5") else data):
        plain.send(MESSAGE)


def test_nobody_there() -> None:
    with pytest.raises(NotSent, match="cannot be reached"):
        SmtpMail("127.0.0.1", free_port(), tls=False).send(MESSAGE)


@pytest.mark.parametrize("hangs_up", [True, False])
def test_no_answer_after_the_message_is_not_known(hangs_up: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "TIME_LIMIT", 0.5)
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=_silent_after_data, args=(listening, hangs_up, done))
        server.start()
        with pytest.raises(NoAnswer):
            SmtpMail("127.0.0.1", listening.getsockname()[1], tls=False).send(MESSAGE)
        done.set()
        server.join()


def _silent_after_data(listening: socket.socket, hangs_up: bool, done: threading.Event) -> None:
    """Takes the whole message and then says nothing."""
    connection, _ = listening.accept()
    with connection, connection.makefile("rb") as said:
        connection.sendall(b"220 here\r\n")
        for line in said:
            if line == b".\r\n":
                break
            if line.upper().startswith((b"EHLO", b"MAIL", b"RCPT")):
                connection.sendall(b"250 ok\r\n")
            if line.upper().startswith(b"DATA"):
                connection.sendall(b"354 go on\r\n")
        if not hangs_up:
            done.wait(10)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1's name, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def encrypted(inbox: Inbox, tmp_path: Path) -> Iterator[SmtpMail]:
    """A server that wants STARTTLS and a password; the client trusts its certificate."""
    cert, key = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    controller = Controller(
        inbox, hostname="127.0.0.1", port=free_port(), tls_context=context, require_starttls=True,
        authenticator=only_us, auth_required=True,
    )  # fmt: skip
    controller.start()
    trust = ssl.create_default_context(cafile=str(cert))
    yield SmtpMail("localhost", controller.port, "console", "a password", tls=True, context=trust)
    controller.stop()


def with_(mail_: SmtpMail, **values: Any) -> SmtpMail:
    return SmtpMail(**{**mail_.__dict__, **values})


def test_a_server_with_tls_and_a_password(encrypted: SmtpMail, inbox: Inbox) -> None:
    encrypted.send(MESSAGE)
    assert inbox.encrypted == [True]


@pytest.mark.parametrize(
    "values",
    [
        {"context": None},
        {"password": "wrong"},
        {"password": "höpö"},
        {"password": None},
        {"tls": False},
        {"user": None},
    ],
    ids=["not trusted", "wrong password", "unspeakable password", "no password", "not encrypted", "nobody"],
)
def test_whom_the_server_does_not_let_in(encrypted: SmtpMail, inbox: Inbox, values: dict[str, Any]) -> None:
    with pytest.raises(NotSent, match=r"does not let us in|did not take"):
        with_(encrypted, **values).send(MESSAGE)
    assert inbox.got == []


def test_nothing_is_sent_in_the_clear_to_a_server_without_tls(plain: SmtpMail, inbox: Inbox) -> None:
    with pytest.raises(NotSent, match="STARTTLS"):
        with_(plain, tls=True).send(MESSAGE)
    assert inbox.got == []


def test_the_password_is_not_printed() -> None:
    assert "a password" not in repr(SmtpMail("h", 25, "u", "a password"))


def test_the_settings_choose(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert mailer() == FolderMail(tmp_path / "mail")
    for name, value in {"HOST": "mail.example.com", "PORT": "465", "USER": "u", "PASSWORD": "p"}.items():
        monkeypatch.setenv(f"CONSOLE_SMTP_{name}", value)
    get_settings.cache_clear()
    assert mailer() == SmtpMail("mail.example.com", 465, "u", "p", tls=True)
