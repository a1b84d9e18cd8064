"""Where the console is reached, and how its people sign in: what the gate and the cookies depend on."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from console.errors import Refused
from console.settings import Settings, get_settings

Mode = Literal["demo", "serve"]
SHORTEST_SECRET = 32

_NEEDED = {
    "public_url": "the address people open, like https://console.company.example",
    "oidc_metadata_url": "your identity provider's address ending in /.well-known/openid-configuration",
    "oidc_client_id": "the id your identity provider gave this console",
    "oidc_client_secret": "the secret that belongs to that id",
    "session_secret": "any 32 or more random characters, like the output of `openssl rand -hex 32`",
}


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine only."""
    if host in {"localhost", "localhost."}:
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


@dataclass(frozen=True)
class Site:
    """`origin` is the scheme and host browsers use; None in the demo, where it is whatever name this
    machine has for itself."""

    mode: Mode
    origin: str | None = None

    @property
    def secure(self) -> bool:
        return self.origin is not None and self.origin.startswith("https://")

    @property
    def cookie(self) -> str:
        """The `__Host-` prefix makes browsers refuse this cookie from any other host or without https."""
        return "__Host-console_session" if self.secure else "console_session"

    @property
    def same_site(self) -> Literal["lax", "strict"]:
        """Lax where the identity provider sends people back; strict where nobody comes from elsewhere."""
        return "lax" if self.mode == "serve" else "strict"


def site_of(mode: Mode) -> Site:
    """The site as the settings have it. Raises Refused with everything that is missing, and what to set."""
    if mode == "demo":
        return Site("demo")
    settings = get_settings()
    wrong = [*_missing(settings), *_unusable(settings)]
    if wrong:
        raise Refused(
            "`console serve` needs an identity provider to sign people in. Set in the environment:\n"
            + "\n".join(f"  {line}" for line in wrong)
            + "\nTo look around without one: `console demo`."
        )
    return Site("serve", _origin(settings.public_url or ""))


def _origin(url: str) -> str:
    """As browsers write it: without the scheme's own port."""
    address = urlsplit(url.lower())
    port = {"https": ":443", "http": ":80"}[address.scheme]
    return f"{address.scheme}://{address.netloc.removesuffix(port)}"


def _missing(settings: Settings) -> list[str]:
    return [
        f"CONSOLE_{name.upper()}: {what}" for name, what in _NEEDED.items() if not getattr(settings, name)
    ]


def _unusable(settings: Settings) -> list[str]:
    wrong = []
    if settings.public_url and not _is_safe(settings.public_url, path=False):
        wrong.append(
            "CONSOLE_PUBLIC_URL: https and a host without a path, like https://console.company.example "
            "(http only for this machine itself)"
        )
    if settings.oidc_metadata_url and not _is_safe(settings.oidc_metadata_url, path=True):
        wrong.append("CONSOLE_OIDC_METADATA_URL: it has to begin with https://")
    secret = settings.session_secret
    if secret and len(secret.get_secret_value()) < SHORTEST_SECRET:
        wrong.append(f"CONSOLE_SESSION_SECRET: it is shorter than {SHORTEST_SECRET} characters")
    return wrong


def _is_safe(url: str, *, path: bool) -> bool:
    """Whether nobody on the way can read or change what goes there."""
    try:
        address = urlsplit(url)
        host = address.hostname
    except ValueError:
        return False
    if not host or "@" in address.netloc or (not path and (address.path.strip("/") or address.query)):
        return False
    return address.scheme == "https" or (address.scheme == "http" and is_loopback(host))
