"""The demo's sign-in: choose one of the sample staff. On this machine only, checked with every request."""

from html import escape
from urllib.parse import urlsplit

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from console.db import reading
from console.signin import addresses, html
from console.signin.door import Door
from console.signin.forms import form_of
from console.signin.site import is_loopback
from console.signin.who import actor_of
from queries.staff import StaffMember, everyone

WHAT_A_ROLE_DOES = {
    "agent": "Finds customers, answers them, cancels subscriptions and trials for them",
    "finance": "Reads renewals, trials and cancellations, and takes them to a spreadsheet",
    "manager": "Does what agents do, and sees the reports and who did what",
    "admin": "May do everything, and sees the health of the data",
}
_RELAYED = ("forwarded", "via", "x-real-ip", "x-client-ip", "x-original-host", "true-client-ip")


def not_from_here(scope: Scope) -> str | None:
    """Why a request is not one of this machine's own browsers, in a sentence; None if it is."""
    headers = Headers(scope=scope)
    peer = (scope.get("client") or ("", 0))[0]
    if not is_loopback(peer):
        return "The demo lets anybody in as anybody, so it answers only on the machine it runs on."
    if not _named_locally(headers.getlist("host")):
        return "The demo answers only to http://127.0.0.1 and http://localhost, in a browser on its machine."
    if any(name in _RELAYED or name.startswith(("x-forwarded", "cf-")) for name in headers):
        return "This request came through a proxy. The demo lets anybody in as anybody: open it directly."
    return None


def _named_locally(hosts: list[str]) -> bool:
    if len(hosts) != 1:
        return False
    try:
        return is_loopback(urlsplit(f"//{hosts[0]}").hostname or "")
    except ValueError:
        return False


def _active() -> list[StaffMember]:
    with reading() as data:
        return [member for member in everyone(data.state) if member.active]


def _choice(member: StaffMember) -> str:
    does = WHAT_A_ROLE_DOES.get(member.role, "")
    return (
        f'<li><button class="person" name="staff" value="{member.id}"><b>{escape(member.name)}</b>'
        f"<span>{escape(member.role.capitalize())} · {escape(does)}</span></button></li>"
    )


class DemoSignIn:
    """The two answers of /signin in the demo."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def show(self, request: Request) -> Response:
        """Who do you want to be?"""
        people = await anyio.to_thread.run_sync(_active)
        if not people:
            return html.refusal(
                "Nobody to sign in as",
                "There is no active person on the list of staff. Add one: `console staff add`.",
                status=503,
            )
        back_to = addresses.local(request.query_params.get("next"))
        return html.page(
            "Sign in as",
            '<p class="banner note">This is the demo: a sample company, nothing in it is real. '
            "Choose who you want to be.</p>\n"
            '<form method="post" action="/signin">'
            f'<input type="hidden" name="next" value="{escape(back_to)}">\n'
            f"<ul>{''.join(_choice(member) for member in people)}</ul></form>",
        )

    async def choose(self, request: Request) -> Response:
        """Sign in as the chosen person. Raises NotPermitted, Refused, Unavailable."""
        form = await form_of(request)
        actor = await anyio.to_thread.run_sync(actor_of, form.get("staff"))
        return await self._door.let_in(request, actor.staff_id, addresses.local(form.get("next")))
