"""Signing in with the company's identity provider: OpenID Connect, authorization code with PKCE.

The provider says who somebody is; the staff table says whether and as what they may come in.
"""

import logging
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import anyio.to_thread
import httpx
from authlib.deprecate import AuthlibDeprecationWarning
from joserfc.errors import JoseError
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console import clocks
from console.errors import NotPermitted, Refused, Unavailable
from console.settings import get_settings
from console.signin import addresses, html
from console.signin.door import Door
from console.signin.site import Site
from console.signin.who import actor_with_email

with warnings.catch_warnings():  # it asks for httpx's successor
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.base_client import MismatchingStateError, OAuthError
    from authlib.integrations.starlette_client import OAuth

UNDER_WAY = 600  # seconds a sign-in may take
LEEWAY = 60  # seconds our clock and the provider's may differ
TIMEOUT = 10.0  # seconds to wait for the provider

_log = logging.getLogger(__name__)


def signing(site: Site) -> Middleware:
    """The short-lived signed cookie of a sign-in under way: state, nonce and PKCE's secret."""
    secret = get_settings().session_secret
    return Middleware(
        SessionMiddleware,
        secret_key=secret.get_secret_value() if secret else "",
        session_cookie="console_signin",
        max_age=UNDER_WAY,
        path="/oidc",
        same_site="lax",
        https_only=site.secure,
    )


@dataclass(frozen=True)
class Identity:
    """What the provider vouches for."""

    email: str
    authenticated_at: datetime | None


class OidcSignIn:
    def __init__(self, door: Door) -> None:
        self._door = door
        self._redirect_uri = f"{door.site.origin}/oidc/callback"
        settings = get_settings()
        secret = settings.oidc_client_secret
        self._provider: Any = OAuth().register(
            "provider",
            client_id=settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            server_metadata_url=settings.oidc_metadata_url,
            client_kwargs={
                "scope": "openid email profile",
                "code_challenge_method": "S256",
                "timeout": TIMEOUT,
            },
        )

    async def show(self, request: Request) -> Response:
        """The sign-in page; a browser that is signed in goes on."""
        back_to = addresses.local(request.query_params.get("next"))
        if await self._door.session_of(request.scope) is not None:
            return RedirectResponse(back_to, status_code=303)
        return html.page(
            "Sign in",
            "<p>Use your company account.</p>\n" + html.link(_start(back_to), "Sign in"),
        )

    async def start(self, request: Request) -> Response:
        """To the provider, remembering in the signed cookie where to go afterwards. Raises Unavailable."""
        choose = {"prompt": "select_account"} if "another" in request.query_params else {}
        try:
            asked = await self._provider.create_authorization_url(self._redirect_uri, **choose)
        except (httpx.HTTPError, ValueError, RuntimeError) as error:
            raise _silent(error) from error
        back_to = addresses.local(request.query_params.get("next"))
        await self._provider.save_authorize_data(
            request, redirect_uri=self._redirect_uri, next=back_to, **asked
        )
        return RedirectResponse(asked["url"], status_code=303)

    async def callback(self, request: Request) -> Response:
        """Back from the provider: verify what it says, find the person, let them in."""
        back_to = await self._remembered(request)
        try:
            identity = await self._identity(request)
            actor = await anyio.to_thread.run_sync(actor_with_email, identity.email)
        except NotPermitted as error:
            _log.warning("sign-in refused: %s", error)
            again = html.link(f"{_start(back_to)}&another", "Sign in with another account")
            return html.refusal("You cannot come in", str(error), status=403, way=again)
        return await self._door.let_in(request, actor.staff_id, back_to, identity.authenticated_at)

    async def _remembered(self, request: Request) -> str:
        state = request.query_params.get("state", "")
        data = await self._provider.framework.get_state_data(request.session, state) or {}
        return addresses.local(data.get("next"))

    async def _identity(self, request: Request) -> Identity:
        """The verified claims. Raises NotPermitted, Refused (start again) or Unavailable."""
        try:
            claims = await self._claims(request)
        except MismatchingStateError as error:
            raise Refused(
                "This sign-in was begun in another browser, or more than ten minutes ago. Start again."
            ) from error
        except (OAuthError, JoseError) as error:
            _log.warning("the identity provider's answer was refused: %s", error)
            raise NotPermitted("Your identity provider did not sign you in. Start again.") from error
        except (httpx.HTTPError, ValueError, RuntimeError) as error:
            raise _silent(error) from error
        return _identity_of(claims)

    async def _metadata(self) -> dict[str, Any]:
        """What the provider publishes of itself; unsigned tokens are not taken even if it offers them."""
        metadata: dict[str, Any] = await self._provider.load_server_metadata()
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        signed = [name for name in offered if name.startswith(("RS", "PS", "ES", "EdDSA"))]
        metadata["id_token_signing_alg_values_supported"] = signed or ["RS256"]
        return metadata

    async def _claims(self, request: Request) -> dict[str, Any]:
        metadata = await self._metadata()
        token = await self._provider.authorize_access_token(
            request,
            leeway=LEEWAY,
            claims_options={
                "iss": {"essential": True, "value": metadata["issuer"]},
                "aud": {"essential": True, "value": self._provider.client_id},
            },
        )
        claims: dict[str, Any] = dict(token.get("userinfo") or {})
        if claims and "email" not in claims and "userinfo_endpoint" in metadata:
            more = await self._provider.userinfo(token=token)
            if more.get("sub") == claims["sub"]:
                claims |= {name: more[name] for name in ("email", "email_verified") if name in more}
        return claims


def _start(back_to: str) -> str:
    return f"/oidc/start?next={quote(back_to, safe='')}"


def _identity_of(claims: dict[str, Any]) -> Identity:
    email = claims.get("email")
    if not isinstance(email, str) or not email:
        raise NotPermitted(
            "Your identity provider does not say your e-mail address. "
            "Whoever runs it can allow this console to see it."
        )
    if claims.get("email_verified") is not True:
        raise NotPermitted(
            f"Your identity provider has not verified the e-mail address {email[:100]}. "
            "Verify it there, then sign in again."
        )
    return Identity(email, _moment(claims.get("auth_time")))


def _moment(seconds: object) -> datetime | None:
    """When the provider last saw proof of who this is; never in the future."""
    if not isinstance(seconds, int | float) or not 0 < seconds < 1e11:
        return None
    return min(datetime.fromtimestamp(seconds, UTC), clocks.now())


def _silent(error: Exception) -> Unavailable:
    _log.warning("the identity provider gave no usable answer: %s: %s", type(error).__name__, error)
    return Unavailable(
        "The identity provider cannot be reached now, or its answer makes no sense. Try again in a moment.",
        "identity provider",
    )
