"""The sample company: made up, the same for the same seed and day, anchored on today so that screens live.

`people`, `purchases` and `history` make the crowd, `characters` those one meets by name, `desk` what they
write. Every subscription is lived through the verbs of `lives`, so its rows agree.
"""

from pathlib import Path

from console.demo.seeding import FACT, SeedCounts, seed

EXCHANGE_RATES = Path(__file__).with_name("exchange_rates.csv")  # made up, to EUR

__all__ = ["EXCHANGE_RATES", "FACT", "SeedCounts", "seed"]
