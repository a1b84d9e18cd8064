"""A payment gateway that moves no money: it keeps Stripe's rules on its own tables, and fails when told to.

It stands for an outside system. The console knows it only as a `PaymentGateway`; tests, the sample company
and `console prove` also put facts and faults into it.
"""

from console.gateways.simulated.events import ORDERS, Order
from console.gateways.simulated.facts import Charge, Customer, Refund, Subscription
from console.gateways.simulated.faults import FAULTS, Fault
from console.gateways.simulated.gateway import SimulatedGateway
from console.gateways.simulated.store import database_url

__all__ = [
    "FAULTS",
    "ORDERS",
    "Charge",
    "Customer",
    "Fault",
    "Order",
    "Refund",
    "SimulatedGateway",
    "Subscription",
    "database_url",
]
