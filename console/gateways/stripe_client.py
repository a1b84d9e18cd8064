"""Requests to Stripe through its official client: sent once, with our key, within our time limit."""

from collections.abc import Mapping
from typing import Any

import stripe
from requests.exceptions import ConnectTimeout
from urllib3.exceptions import MaxRetryError, NewConnectionError

from console.gateways import shapes
from console.gateways.payments import GatewayError, NoAnswer, NotSent
from console.gateways.stripe_params import Params
from console.gateways.stripe_shaped import API_VERSION, Method


class StripeTransport:
    def __init__(self, api_key: str, *, api_base: str | None = None, timeout: float = 10) -> None:
        """`api_base` is another server that speaks Stripe's API; `timeout` in seconds: a part of it to
        connect, the rest until the answer."""
        connecting = min(3.0, timeout / 3)
        self._client = stripe.StripeClient(
            api_key,
            stripe_version=API_VERSION,
            max_network_retries=0,
            base_addresses={"api": api_base} if api_base else {},
            http_client=stripe.RequestsClient(timeout=(connecting, timeout - connecting)),
        )

    def call(self, method: Method, path: str, params: Params, key: str | None = None) -> Mapping[str, Any]:
        options = {"idempotency_key": key} if key else {}
        try:
            answer = self._client.raw_request(method, path, **params, **options)
            return dict(answer.data)
        except stripe.APIConnectionError as error:
            raise _unreached(error) from error
        except stripe.StripeError as error:
            raise _refused(error) from error
        except (AttributeError, TypeError, ValueError) as error:
            # JSON that is not Stripe's, a proxy's {"error": "…"}: the client trips over it.
            raise shapes.failure(0, {}) from error


def _refused(error: stripe.StripeError) -> GatewayError:
    """A body that is not Stripe's JSON has no `error`; the status still tells."""
    body = error.json_body if isinstance(error.json_body, dict) else {}
    said = body.get("error")
    return shapes.failure(error.http_status or 0, said if isinstance(said, dict) else {})


def _unreached(error: stripe.APIConnectionError) -> GatewayError:
    """Without a connection nothing was sent; with one, nobody knows."""
    if _never_connected(error.__cause__):
        return NotSent("The payment gateway cannot be reached. Nothing was done. Try again.", "not_reached")
    return NoAnswer("The payment gateway did not answer in time. Look up what it did.", "no_answer")


def _never_connected(cause: BaseException | None) -> bool:
    if isinstance(cause, ConnectTimeout):
        return True
    inner = cause.args[0] if cause is not None and cause.args else None
    return isinstance(inner, MaxRetryError) and isinstance(inner.reason, NewConnectionError)
