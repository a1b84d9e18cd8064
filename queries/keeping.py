"""What is kept of what was there: what it means to a month that a worth went from one amount to another.

A month is a Counter. `subscriptions` and `customers`: by how much the worth of those that are there (above
nothing) grew; `gone`: what subscriptions there at its start lost of it; `gained`: by how much customers there
at its start grew; `worth`: by how much all did; `joined` and `lost`: how many customers came, and went. Worth
is in units of queries.recurring.
"""

from collections import Counter


def take_subscription(month: Counter[str], was: int, now: int) -> None:
    """A subscription was worth so much at the start of the month, and is at its end."""
    month["subscriptions"] += max(now, 0) - max(was, 0)
    month["gone"] += max(was, 0) - max(min(was, now), 0)


def take_customer(month: Counter[str], was: int, now: int) -> None:
    """So was, and is, a customer in one currency."""
    month["customers"] += max(now, 0) - max(was, 0)
    month["gained"] += now - was if was > 0 else 0
    month["worth"] += now - was
    month["joined"] += was <= 0 < now
    month["lost"] += now <= 0 < was
