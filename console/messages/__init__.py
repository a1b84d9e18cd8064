"""What customers are told, each in their own language: one TOML file per language, a subject and a text for
each kind of message. A text has placeholders like {product}, the same ones in every language.

    name, product        text; with a `number` (optional) the product is said with it: "Depot Backup (S-1001)"
    time_zone            IANA, in which the days below are theirs; optional
    amount               {"minor": 1250, "currency": "EUR"}
    end                  ISO 8601: said as the last day on which the customer can use what ends
    renewal, charged_at  ISO 8601: said as a day
    expires              ISO 8601: said as day, time and offset
    link, licence_key    text

Values are JSON and are put into words as the message leaves, so that it can wait in the outbox.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from console.messages.values import Value, Voice
from console.settings import get_settings

__all__ = ["KINDS", "LANGUAGES", "Value", "needed", "render", "require"]

HERE = Path(__file__).parent
FALLBACK = "en"
LANGUAGES = tuple(sorted(file.stem for file in HERE.glob("*.toml")))
KINDS = (
    "cancel_at_end",
    "cancel_now",
    "cancel_on_date",
    "cancel_undone",
    "resumed",
    "refund_sent",
    "refund_failed",
    "cancel_and_refund",
    "trial_extended",
    "trial_cancelled",  # at its end
    "trial_cancelled_now",
    "paused",
    "unpaused",
    "renewal_date_changed",
    "payment_link",
    "payment_retried_ok",
    "payment_retried_failed",
    "licence_resent",
    "licence_replaced",
)
# What texts may name without the caller giving it, and what it is made of.
_MADE_OF = {"company": frozenset[str](), "subscription": frozenset({"product"})}


def render(kind: str, language_tag: str | None, values: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and body, plain text, in the language of the tag (BCP 47) or else in English; amounts and times
    as that language writes them. Raises ValueError for an unknown kind or a missing value."""
    require(kind, values)
    language = _language(language_tag)
    texts = _texts(language)
    voice = Voice.of(language_tag, language, texts["moment"], values.get("time_zone"))
    words = {name: voice.say(name, values[name]) for name in needed(kind)}
    words["company"] = voice.say("company", get_settings().company)
    if "product" in words:
        words["subscription"] = _with_number(words["product"], values.get("number"))
    parts = (texts["greeting"], texts[kind]["body"], texts["closing"])
    body = "\n\n".join(part.strip() for part in parts) + "\n"
    return texts[kind]["subject"].format_map(words), body.format_map(words)


def _with_number(product: str, number: str | None) -> str:
    return f"{product} ({number})" if number else product


def require(kind: str, values: Mapping[str, Any]) -> None:
    """Raises ValueError unless there is such a kind of message and every value it needs."""
    missing = sorted(name for name in needed(kind) if values.get(name) is None)
    if missing:
        raise ValueError(f"a message of kind {kind!r} lacks {', '.join(missing)}")


def needed(kind: str) -> frozenset[str]:
    """The names of the values a kind of message cannot do without. Raises ValueError for an unknown kind."""
    if kind not in KINDS:
        raise ValueError(f"there is no message of kind {kind!r}")
    named = placeholders(FALLBACK, kind)
    return frozenset().union(*(_MADE_OF.get(name, {name}) for name in named))


def placeholders(language: str, kind: str) -> frozenset[str]:
    """What the texts of one kind name in one language, greeting and closing included."""
    texts = _texts(language)
    whole = " ".join((texts["greeting"], *texts[kind].values(), texts["closing"]))
    return frozenset(name for _, name, _, _ in Formatter().parse(whole) if name is not None)


@cache
def _texts(language: str) -> dict[str, Any]:
    return tomllib.loads((HERE / f"{language}.toml").read_text(encoding="utf-8"))


def _language(tag: str | None) -> str:
    language = (tag or "").replace("_", "-").partition("-")[0].lower()
    return language if language in LANGUAGES else FALLBACK
