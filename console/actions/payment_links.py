"""The link with which a customer updates the payment details: signed, expiring, used once.

    token = base64url(JSON) + "." + base64url(HMAC-SHA256(secret, "payment-link." + base64url(JSON)))
    JSON  = {"id": …, "customer": "C-1001", "subscription": "S-1001" or null, "expires": seconds since 1970}

The secret is shared with My Account, which so can tell a link of ours without asking. Base64 is without
padding. The token follows from its row and the secret: made again it is the same, and only its hash is kept.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from console import audit, clocks, times
from console.db import Connection, reading, writing
from console.errors import Refused
from console.settings import get_settings
from queries import installation
from queries import payment_links as stored
from queries.payment_links import PaymentLink
from queries.tables_state import facts, payment_links

PAGE = "/payment-details"  # of My Account
SHORTEST_SECRET = 32
LONGEST_USED_WITH = 64
FACT = "my_account_secret"  # of the demo, where nobody has set one


class Gone(Refused):
    """The link was good once: it is used or has expired."""


@dataclass(frozen=True)
class Minted:
    url: str
    expires_at: datetime


def mint(
    connection: Connection,
    *,
    operation_id: str,
    customer_number: str,
    subscription_number: str | None,
    created_by: int,
    at: datetime,
) -> Minted:
    """Make the link of an operation within the caller's transaction on the state database; the same operation
    again gets the same link. `subscription_number` None: for all that the customer has; `created_by` is of
    the staff table. Raises Refused where the secret is not set."""
    link = stored.of_operation(connection, operation_id)
    if link is not None:
        return Minted(_url(_token_of(connection, link)), link.expires_at)
    expires_at = at.replace(microsecond=0) + timedelta(hours=get_settings().payment_link_hours)
    secret = _demo_secret(connection) if _makes_its_own() else my_account_secret(connection)
    token = _signed(secret, operation_id, customer_number, subscription_number, expires_at)
    row = payment_links.insert().values(
        token_hash=_hash(token),
        operation_id=operation_id,
        customer_number=customer_number,
        subscription_number=subscription_number,
        created_by=created_by,
        created_at=at,
        expires_at=expires_at,
    )
    connection.execute(row)
    return Minted(_url(token), expires_at)


def url_of(operation_id: str, now: datetime) -> str:
    """The link of an operation, for the mail that brings it. Raises Refused if nobody could use it."""
    with reading() as data:
        link = stored.of_operation(data.state, operation_id)
        if link is None:
            raise Refused("The link was never made. Send a new one.")
        _require_usable(link, now)
        return _url(_token_of(data.state, link))


def check(token: str, now: datetime) -> PaymentLink:
    """The link of a token, if it can be used. Raises Refused (not ours, unknown) or Gone (used, expired)."""
    with reading() as data:
        return _usable(data.state, token, now)


def redeem(token: str, now: datetime, used_with: str | None = None) -> PaymentLink:
    """Use a link up, with its audit entry: of several at once, one succeeds. `used_with` is brand and last
    four of the new payment method. Raises Refused (not ours, unknown, more than that), Gone (used, expired).
    """
    said = _checked_used_with(used_with)
    with writing("state") as connection:
        link = _usable(connection, token, now)
        unused = payment_links.update().where(
            payment_links.c.token_hash == link.token_hash, payment_links.c.used_at.is_(None)
        )
        if connection.execute(unused.values(used_at=now, used_with=said)).rowcount != 1:
            raise _used(now)
        _write_down(connection, link, said, now)
        return stored.by_hash(connection, link.token_hash) or link


def _write_down(connection: Connection, link: PaymentLink, used_with: str | None, now: datetime) -> None:
    audit.record(
        connection,
        actor=audit.SYSTEM,
        kind="payment_link.used",
        at=now,
        subject_kind="subscription" if link.subscription_number else "customer",
        subject_number=link.subscription_number or link.customer_number,
        customer_number=link.customer_number,
        after={"sent_by": link.sent_by_name, "used_with": used_with},
        operation_id=link.operation_id,
    )


def _checked_used_with(text: str | None) -> str | None:
    said = " ".join(audit.storable(text or "").split())
    if len(said) > LONGEST_USED_WITH or sum(letter.isdigit() for letter in said) > 4:
        raise Refused("Say brand and last four digits of the payment method and nothing more: “Visa ••4242”.")
    return said or None


def _usable(connection: Connection, token: str, now: datetime) -> PaymentLink:
    if not _is_ours(my_account_secret(connection), token):
        raise Refused("This link is not as it was sent: a part is missing or changed. Open it from the mail.")
    link = stored.by_hash(connection, _hash(token))
    if link is None:
        raise Refused("This link is not known here. Ask support for a new one.")
    _require_usable(link, now)
    return link


def _require_usable(link: PaymentLink, now: datetime) -> None:
    if link.used_at is not None:
        raise _used(link.used_at)
    if link.expires_at <= now:
        raise Gone(f"This link expired on {_moment(link.expires_at)}. Ask support for a new one.")


def _used(at: datetime) -> Gone:
    return Gone(f"This link was already used on {_moment(at)}. Ask support for a new one.")


def _moment(at: datetime) -> str:
    return f"{times.moment(at)} {clocks.zone().key}"


def my_account_secret(connection: Connection) -> bytes:
    """What is shared with My Account; in the demo, where nobody has set one, a random one of this
    installation's own. Raises Refused where there is none."""
    own = get_settings().my_account_secret
    if own and len(own.get_secret_value()) >= SHORTEST_SECRET:
        return own.get_secret_value().encode()
    made = installation.fact(connection, FACT) if _makes_its_own() else None
    if isinstance(made, str):
        return made.encode()
    raise Refused(
        f"CONSOLE_MY_ACCOUNT_SECRET has to be {SHORTEST_SECRET} or more random characters, the same as in "
        "My Account: without it no link can be made or checked."
    )


def require_secret(connection: Connection) -> None:
    """Raises Refused where no link can be made."""
    if not _makes_its_own():
        my_account_secret(connection)


def _makes_its_own() -> bool:
    return get_settings().demo and not get_settings().my_account_secret


def _demo_secret(connection: Connection) -> bytes:
    if installation.fact(connection, FACT) is None:
        connection.execute(facts.insert().values(name=FACT, value=secrets.token_hex(SHORTEST_SECRET)))
    return my_account_secret(connection)


def _token_of(connection: Connection, link: PaymentLink) -> str:
    """The token of a link made before. Raises Refused where the secret is another one since."""
    secret = my_account_secret(connection)
    token = _signed(
        secret, link.operation_id, link.customer_number, link.subscription_number, link.expires_at
    )
    if _hash(token) != link.token_hash:
        raise Refused(
            "The secret shared with My Account was changed since this link was made. Send a new one."
        )
    return token


def _signed(
    secret: bytes, operation_id: str, customer: str, subscription: str | None, expires_at: datetime
) -> str:
    content = {
        "id": operation_id,
        "customer": customer,
        "subscription": subscription,
        "expires": int(expires_at.timestamp()),
    }
    said = _base64(json.dumps(content, separators=(",", ":")).encode())
    return f"{said}.{_seal(secret, said)}"


def _is_ours(secret: bytes, token: str) -> bool:
    said, _, seal = token.partition(".")
    return hmac.compare_digest(_seal(secret, said).encode(), seal.encode("utf-8", "replace"))


def _seal(secret: bytes, said: str) -> str:
    message = b"payment-link." + said.encode("utf-8", "replace")
    return _base64(hmac.digest(secret, message, hashlib.sha256))


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _url(token: str) -> str:
    return f"{get_settings().my_account_url.rstrip('/')}{PAGE}?token={token}"
