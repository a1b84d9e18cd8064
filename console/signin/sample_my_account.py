"""A stand-in for the sample company's My Account: the page behind a payment link. In the demo only."""

from html import escape

import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import clocks, times
from console.actions import payment_links, payment_methods
from console.actions.payment_links import Gone
from console.actions.payment_methods import BRANDS
from console.errors import ConsoleError, Unavailable
from console.signin import html
from console.signin.forms import form_of
from queries.payment_links import PaymentLink

SAMPLE_MY_ACCOUNT = "/sample-my-account"
PAGE = SAMPLE_MY_ACCOUNT + payment_links.PAGE
_BANNER = (
    '<p class="banner note">This page stands in for the My Account of the sample company, to which the link '
    "in the customer's mail leads. Nothing in it is real.</p>\n"
)


def is_sample(path: str) -> bool:
    """Whether a path belongs here."""
    return path == PAGE


def build_sample() -> Starlette:
    routes = [Route(PAGE, show, methods=["GET"]), Route(PAGE, update, methods=["POST"])]
    return Starlette(routes=routes, exception_handlers={ConsoleError: _refused})


def _page(title: str, body: str, status: int = 200) -> Response:
    return html.page(title, _BANNER + body, status=status, place="My Account")


def _refused(_request: Request, error: Exception) -> Response:
    status = {Gone: 410, Unavailable: 503}.get(type(error), 400)
    return _page("That did not work", f"<p>{escape(str(error))}</p>", status)


async def show(request: Request) -> Response:
    """The form, if the link can be used."""
    token = request.query_params.get("token", "")
    link = await anyio.to_thread.run_sync(payment_links.check, token, clocks.now())
    return _page("Payment details", _form(link, token))


def _form(link: PaymentLink, token: str) -> str:
    what = link.subscription_number or "all your subscriptions"
    year = clocks.today().year + 3
    brands = "".join(f"<option>{brand}</option>" for brand in BRANDS)
    return (
        f"<p>Your new card for {escape(what)}:</p>\n"
        f'<form method="post" action="{PAGE}">'
        f'<input type="hidden" name="token" value="{escape(token)}">\n'
        f'<label>Card <select name="brand">{brands}</select></label>\n'
        '<label>Last four digits <input name="last4" value="4444" inputmode="numeric" pattern="[0-9]{4}" '
        'maxlength="4" size="6" required></label>\n'
        f'<label>Valid until <input name="expiry" value="08/{year}" pattern="[0-9]{{1,2}}/[0-9]{{4}}" '
        'maxlength="7" size="8" required></label>\n'
        f'<p class="note">The link works once, until {escape(times.moment(link.expires_at))} '
        f"{escape(clocks.zone().key)} time.</p>\n"
        '<button class="action">Save</button></form>'
    )


async def update(request: Request) -> Response:
    """Use the link up and store the card."""
    form = await form_of(request)
    said = await anyio.to_thread.run_sync(_updated, form)
    return _page("Thank you", f"<p>{escape(said)}</p>")


def _updated(form: dict[str, str]) -> str:
    now = clocks.now()
    card = payment_methods.checked_card(
        form.get("brand", ""), form.get("last4", ""), form.get("expiry", ""), now
    )
    link = payment_links.redeem(form.get("token", ""), now, str(card))
    payment_methods.store_payment_method(link, card, now)
    return f"From now on {link.subscription_number or 'everything you have'} is charged to {card}."
