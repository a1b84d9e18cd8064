"""The payment gateway of the settings."""

from functools import lru_cache

from console.errors import Refused
from console.gateways.payments import PaymentGateway
from console.settings import Settings, get_settings

_instead: PaymentGateway | None = None


def use(gateway: PaymentGateway | None) -> None:
    """Ask this gateway from now on, whatever the settings say; None: theirs. For proofs, which live in a
    time of their own."""
    global _instead  # noqa: PLW0603 - one process asks one gateway
    _instead = gateway


def payment_gateway() -> PaymentGateway:
    """One per process and settings. Raises Refused where CONSOLE_STRIPE_API_KEY is missing,
    Unavailable where the simulated one has no database."""
    return _instead or _gateway(get_settings())


@lru_cache(maxsize=4)
def _gateway(settings: Settings) -> PaymentGateway:
    if settings.gateway == "stripe":
        return _stripe(settings)
    from console.gateways.simulated import SimulatedGateway, database_url

    return SimulatedGateway(database_url())


def _stripe(settings: Settings) -> PaymentGateway:
    from console.gateways.stripe_client import StripeTransport
    from console.gateways.stripe_shaped import StripeShaped

    if settings.stripe_api_key is None:
        raise Refused("CONSOLE_STRIPE_API_KEY is not set. Set it, or CONSOLE_GATEWAY=simulated.")
    transport = StripeTransport(
        settings.stripe_api_key.get_secret_value(),
        api_base=settings.stripe_api_base,
        timeout=settings.gateway_timeout,
    )
    return StripeShaped("stripe", transport)
