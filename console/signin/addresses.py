"""Addresses inside the console: the place to return to after signing in, and never anywhere else."""

from urllib.parse import quote, urlsplit

HOME = "/"
LONGEST = 2000
_SIGN_IN = ("/signin", "/signout", "/oidc", "/health")


def local(address: str | None) -> str:
    """The address if it is a path of this console (with its query), else the home page.

    Browsers drop tabs and line ends and read "\\" as "/", so nothing of that kind is let through.
    """
    if not address or len(address) > LONGEST or not address.startswith("/"):
        return HOME
    if not (address.isascii() and address.isprintable()) or "\\" in address or " " in address:
        return HOME
    path = address.partition("?")[0].partition("#")[0]
    if "//" in path or path.startswith(_SIGN_IN):
        return HOME
    return address


def of_scope(path: bytes, query: bytes) -> str:
    """The address a request asked for, if it is one to return to."""
    text = path.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")
    return local(text)


def of_browser(url: str, query: str) -> str:
    """The address a page says it is at (its own words: only the path is believed, and only if local)."""
    try:
        path = urlsplit(url[:LONGEST]).path
    except ValueError:
        return HOME
    return local(quote(path, safe="/%-._~") + (f"?{query.lstrip('?')}" if query else ""))


def sign_in(back_to: str = HOME) -> str:
    """The address of the sign-in page that leads back to an address afterwards."""
    return "/signin" if back_to == HOME else f"/signin?next={quote(back_to, safe='')}"
