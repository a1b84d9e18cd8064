"""Looking at what the screens mask: allowed by role, and written down."""

from console import audit, clocks
from console.access import Actor, Permission, require
from console.db import reading, writing
from console.errors import NotFound, Refused
from queries.subscriptions import by_number


def reveal_licence_key(actor: Actor, number: str) -> str:
    """The licence key of a subscription in full. The log keeps who looked, before it is shown; never the key.

    Raises NotPermitted, NotFound, Refused where the subscription has no key, Unavailable.
    """
    require(actor, Permission.READ_CUSTOMERS)
    with reading() as data:
        subscription = by_number(data.subscriptions, number.strip())
    if subscription is None:
        raise NotFound(f"There is no subscription “{number.strip()[:40]}”.")
    if not subscription.licence_key:
        raise Refused(f"{subscription.number} has no licence key.")
    with writing("state") as connection:
        audit.record(
            connection,
            actor=actor,
            kind="licence.revealed",
            at=clocks.now(),
            subject_kind="subscription",
            subject_number=subscription.number,
            customer_number=subscription.customer_number,
            customer_name=subscription.customer_name,
        )
    return subscription.licence_key
