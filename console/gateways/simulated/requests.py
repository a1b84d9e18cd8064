"""A request to the simulated gateway, its answer, and how parameters are read.

Parameters are text inside nested dictionaries, as in a form body: {"charge": "ch_1", "metadata": {"a": "b"}};
what was a list is a dictionary with the keys "0", "1", …
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.gateways.stripe_shaped import Method


@dataclass(frozen=True)
class Request:
    method: Method
    path: str
    params: Mapping[str, Any]
    key: str | None = None

    @property
    def fingerprint(self) -> str:
        """Equal for requests that ask for the same."""
        return f"{self.method} {self.path} {json.dumps(self.params, sort_keys=True)}"

    @property
    def operation_id(self) -> str | None:
        """Whose step this is: keys are "<operation>:<step>"."""
        return self.key.rpartition(":")[0] if self.key else None

    @property
    def only_marks(self) -> bool:
        return set(self.params) == {"metadata"}


@dataclass(frozen=True)
class Answer:
    status: int
    body: Mapping[str, Any]
    replayed: bool = False
    lost: bool = False  # it never reaches the caller
    slow: bool = False  # the work is still to be done: `Core.catch_up`
    early: bool = False  # its webhooks go first
    unsaved: bool = False  # not for ever: the same key may ask again


class Refusal(Exception):
    """An answer of 4xx. `saved` ones are answered for ever under the request's key, as Stripe does once it
    has begun to work: wrong parameters are not."""

    def __init__(self, status: int, message: str, *, code: str = "", param: str = "", saved: bool = True):
        super().__init__(message)
        self.status = status
        self.saved = saved
        kind = "card_error" if status == 402 else "invalid_request_error"
        self.error = {"type": kind, "message": message}
        self.error |= {k: v for k, v in (("code", code), ("param", param)) if v}


def missing(kind: str, reference: str) -> Refusal:
    return Refusal(404, f"No such {kind}: '{reference}'", code="resource_missing", param="id")


def invalid(message: str, param: str, code: str = "") -> Refusal:
    return Refusal(400, message, code=code, param=param, saved=False)


def as_text(value: Any) -> Any:
    """Parameters as they would arrive in a form body."""
    if isinstance(value, Mapping):
        return {key: as_text(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return {str(index): as_text(part) for index, part in enumerate(value)}
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def text(params: Mapping[str, Any], name: str) -> str:
    if not params.get(name):
        raise invalid(f"Missing required param: {name}.", name, "parameter_missing")
    return str(params[name])


def whole_number(params: Mapping[str, Any], name: str) -> int:
    try:
        return int(text(params, name))
    except ValueError as error:
        raise invalid(f"Invalid integer: {params[name]}", name, "parameter_invalid_integer") from error


def yes_or_no(params: Mapping[str, Any], name: str) -> bool:
    if params[name] not in {"true", "false"}:
        raise invalid(f"Invalid boolean: {params[name]}", name)
    return bool(params[name] == "true")


def merged(metadata: str, params: Mapping[str, Any]) -> str:
    """Metadata after a request: keys are added and changed, an empty value takes a key away."""
    sent = params.get("metadata") or {}
    if not sent:
        return metadata
    return json.dumps({k: v for k, v in {**json.loads(metadata), **sent}.items() if v != ""})
