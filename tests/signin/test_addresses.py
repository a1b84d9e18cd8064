"""After signing in people land where they wanted to go, and never on another site."""

from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console.signin import addresses

BASE = "https://console.company.example/signin"
ODD = st.text(alphabet="/\\.:@%?#&=;ab \t\r\n\0éA1_-", max_size=30) | st.text(max_size=40)


def as_a_browser_reads_it(address: str) -> tuple[str, str]:
    """WHATWG: tabs and line ends vanish, a backslash is a slash, the ends are stripped."""
    read = "".join(char for char in address if char not in "\t\r\n").strip("".join(map(chr, range(33))))
    landed = urlsplit(urljoin(BASE, read.replace("\\", "/")))
    return landed.scheme, landed.netloc


@given(ODD)
@example("//evil.example")
@example("/\\evil.example")
@example("/\t/evil.example")
@example("/%09/evil.example")
@example("https:evil.example")
@example("/x//evil.example")
@example("javascript:alert(1)")
@example("/" + "x" * 10_000)
@example("/x\nSet-Cookie: a=b")
def test_next_never_leaves_the_console(raw: str) -> None:
    address = addresses.local(raw)
    assert as_a_browser_reads_it(address) == ("https", "console.company.example")
    assert address.isascii()
    assert address.isprintable()
    assert addresses.local(address) == address


@given(ODD, ODD)
def test_what_a_page_says_of_its_address_never_leaves_either(url: str, query: str) -> None:
    address = addresses.of_browser(url, query)
    assert as_a_browser_reads_it(address) == ("https", "console.company.example")


@given(st.from_regex(r"/[a-z]{1,10}(\?[a-z]{1,5}=[a-zA-Z0-9%.+-]{0,20})?", fullmatch=True))
def test_a_deep_link_survives_the_round_trip(address: str) -> None:
    if address.startswith(("/signin", "/signout", "/oidc", "/health")):
        return
    there = addresses.sign_in(addresses.of_scope(*_parts(address)))
    back = parse_qs(urlsplit(there).query).get("next", ["/"])[0]
    assert addresses.local(back) == address


def _parts(address: str) -> tuple[bytes, bytes]:
    path, _, query = address.partition("?")
    return path.encode(), query.encode()


@pytest.mark.parametrize(
    "address",
    ["/signin", "/signin?next=/customers", "/signout", "/oidc/start", "/health", "", None, "x", "?a=b"],
)
def test_signing_in_does_not_lead_to_signing_in(address: str | None) -> None:
    assert addresses.local(address) == "/"


def test_a_page_is_returned_to_with_its_query() -> None:
    page = addresses.of_browser("https://console.company.example/customer", "customer=C-1&tab=2")
    assert page == "/customer?customer=C-1&tab=2"
    assert addresses.of_browser("https://console.company.example/", "") == "/"
    assert addresses.of_browser("http://[", "") == "/"
    assert addresses.of_browser("https://x.example/käyttäjä", "") == "/k%C3%A4ytt%C3%A4j%C3%A4"
