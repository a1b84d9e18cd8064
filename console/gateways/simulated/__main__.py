"""`python -m console.gateways.simulated --port N`: the simulated gateway as a server on this machine only.

Point a Stripe client, or the console with CONSOLE_GATEWAY=stripe, at it with CONSOLE_STRIPE_API_BASE.
"""

import click
import uvicorn

from console.gateways.simulated.gateway import SimulatedGateway
from console.gateways.simulated.http import app
from console.gateways.simulated.store import database_url


@click.command()
@click.option("--port", type=int, required=True, help="on 127.0.0.1")
@click.option("--slow", type=float, default=30.0, show_default=True, help="seconds the fault “slow” takes")
def serve(port: int, slow: float) -> None:
    """The simulated payment gateway over HTTP, on the database of CONSOLE_GATEWAY_URL."""
    gateway = SimulatedGateway(database_url())
    uvicorn.run(app(gateway, slow=slow), host="127.0.0.1", port=port, log_level="critical")


if __name__ == "__main__":
    serve()
