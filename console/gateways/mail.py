"""Mail to customers behind one Protocol: an SMTP server or, where none is set, files in a folder.

`send` returns when the message was accepted. It raises NotSent when it certainly was not, and NoAnswer when
nobody knows: sending it again may then bring it twice, always under the same Message-ID.
"""

import os
import re
import smtplib
import ssl
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol

from console import clocks
from console.gateways.payments import NoAnswer, NotSent
from console.settings import get_settings

TIME_LIMIT = 10.0  # seconds for each answer of the server
IMPLICIT_TLS = 465  # the port on which a server speaks TLS from the first byte

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_LOCAL_PART = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")


@dataclass(frozen=True)
class Attachment:
    name: str  # of the file
    media_type: str  # like "text/csv"
    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Message:
    message_id: str  # the same for every attempt: letters, digits, ".", "-" and "_"
    to: str  # one e-mail address
    subject: str
    body: str  # plain text
    language: str  # BCP 47
    attachments: tuple[Attachment, ...] = ()


class Mail(Protocol):
    def send(self, message: Message) -> None:
        """Raises NotSent, NoAnswer."""
        ...


@dataclass(frozen=True)
class FolderMail:
    """Each message a file `<message id>.eml`, for people to read: one that is there already was sent."""

    folder: Path

    def send(self, message: Message) -> None:
        email = as_email(message, encoding="8bit")
        place = self.folder / f"{message.message_id}.eml"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not place.exists():
                write_whole(place, email.as_bytes())
        except OSError as error:
            raise NotSent(
                f"The mail could not be written: {error.strerror}. Check the folder {self.folder.name}."
            ) from error


def write_whole(place: Path, content: bytes) -> None:
    """All of it or nothing, whenever the process is stopped."""
    with tempfile.NamedTemporaryFile(dir=place.parent, suffix=".part", delete=False) as part:
        part.write(content)
    os.replace(part.name, place)  # noqa: PTH105 - both are in one folder


@dataclass(frozen=True)
class SmtpMail:
    """`tls`: nothing is said before the connection is encrypted and the server's certificate checked."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = True
    context: ssl.SSLContext | None = None  # whom to trust; none: who this machine trusts

    def send(self, message: Message) -> None:
        email = as_email(message)
        server = self._ready()
        try:
            server.send_message(email)
        except smtplib.SMTPServerDisconnected as error:
            raise NoAnswer("The connection to the mail server was lost before it answered.") from error
        except smtplib.SMTPException as error:
            raise NotSent(f"The mail server did not take the message: {_said(error)}.") from error
        except OSError as error:
            raise NoAnswer("The mail server did not answer in time. The mail may have left.") from error
        finally:
            _hang_up(server)

    def _ready(self) -> smtplib.SMTP:
        """Connected, encrypted and signed in. Whatever fails here: the message was not sent."""
        try:
            server = self._connected()
        except (OSError, smtplib.SMTPException) as error:  # ssl.SSLError is an OSError
            raise NotSent(f"The mail server {self.host} cannot be reached: {_said(error)}.") from error
        try:
            if self.tls and self.port != IMPLICIT_TLS:
                server.starttls(context=self._trust())
            if self.user is not None:
                server.login(self.user, self.password or "")
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            server.close()
            raise NotSent(f"The mail server {self.host} does not let us in: {_said(error)}.") from error
        return server

    def _connected(self) -> smtplib.SMTP:
        if self.tls and self.port == IMPLICIT_TLS:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIME_LIMIT, context=self._trust())
        return smtplib.SMTP(self.host, self.port, timeout=TIME_LIMIT)

    def _trust(self) -> ssl.SSLContext:
        return self.context or ssl.create_default_context()


def _hang_up(server: smtplib.SMTP) -> None:
    """Politely if it still listens; what was said before stays said."""
    with suppress(smtplib.SMTPException, OSError):
        server.quit()
    server.close()


def _said(error: Exception) -> str:
    """The server's own words on one line."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return _line(f"{code} {text.decode(errors='replace')}")
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error  # bytes, whatever its type says
        return _line(
            f"{error.smtp_code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
        )
    return _line(str(error)) or type(error).__name__


def as_email(message: Message, *, encoding: str = "quoted-printable") -> EmailMessage:
    """Plain text in UTF-8, and its attachments, from the sender of the settings. No value can add a header:
    what would break a line is taken out of the subject, and refused in an address. Raises NotSent."""
    settings = get_settings()
    if not _ID.fullmatch(message.message_id):
        raise ValueError(f"not an id for a message: {message.message_id!r}")
    sender = _address(settings.mail_from, settings.company)
    email = EmailMessage(policy=SMTP)
    email["From"] = sender
    email["To"] = _address(message.to)
    email["Subject"] = _line(message.subject)
    email["Date"] = format_datetime(clocks.now())
    email["Message-ID"] = f"<{message.message_id}@{sender.domain}>"
    email["Auto-Submitted"] = "auto-generated"  # out-of-office replies do not answer it
    email.set_content(message.body, cte=encoding)
    email["Content-Language"] = _line(message.language)
    for one in message.attachments:
        main, _, sub = one.media_type.partition("/")
        email.add_attachment(one.content, main, sub, filename=_line(one.name))
    return email


def is_address(text: str) -> bool:
    """Whether mail can be sent to it."""
    try:
        _address(text)
    except NotSent:
        return False
    return True


def _address(text: str, name: str = "") -> Address:
    local, _, domain = text.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
        if _LOCAL_PART.fullmatch(local) and re.fullmatch(r"[A-Za-z0-9.-]+", ascii_domain):
            return Address(_line(name), local, ascii_domain)
    except UnicodeError:
        pass
    raise NotSent(f"“{_line(text)[:60]}” is not an address mail can be sent to. Correct it, then try again.")


def _line(text: str) -> str:
    """On one line, without characters that are not to be seen."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def mailer() -> Mail:
    """The SMTP server of the settings, or the folder `mail` beside the databases."""
    settings = get_settings()
    if settings.smtp_host is None:
        return FolderMail(settings.var / "mail")
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    return SmtpMail(
        settings.smtp_host, settings.smtp_port, settings.smtp_user, password, tls=settings.smtp_tls
    )
