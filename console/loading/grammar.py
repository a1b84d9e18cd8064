"""What a preset's TOML says of one value, read into a block of blocks.py."""

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

from console.loading.blocks import (
    KINDS,
    OTHERWISE,
    Block,
    Cases,
    Cell,
    Constant,
    Field,
    Join,
    Make,
    Monthly,
    Refer,
    Template,
    When,
)
from console.loading.store import ENTITIES

Toml = Mapping[str, Any]
Blocks = Mapping[str, Block]


def blocks(toml: Toml) -> Blocks:
    return {column: block(said) for column, said in toml.items()}


def block(said: Any) -> Block:
    """A table is the block its first key names; anything else is a constant."""
    if not isinstance(said, dict):
        return Constant(said)
    for name, build in _BUILDERS.items():
        if name in said:
            return build(said)
    raise ValueError(f"no block in {said}")


def _cell(toml: Toml) -> Cell:
    known(toml, "from", "as", "map", "otherwise", "default", "currency", "times")
    mapping = toml.get("map")
    return Cell(
        toml["from"],
        one_of(toml.get("as", "text"), KINDS),
        None if mapping is None else {text.casefold(): value for text, value in mapping.items()},
        one_of(toml.get("otherwise", "refuse"), OTHERWISE),
        toml.get("default"),
        toml.get("currency", "EUR"),
        block(toml["times"]) if "times" in toml else None,
    )


def _template(toml: Toml) -> Template:
    known(toml, "template")
    names = {name for _, name, _, _ in Formatter().parse(toml["template"]) if name}
    return Template(toml["template"], frozenset(names))


def _cases(toml: Toml) -> Cases:
    known(toml, "cases", "otherwise")
    cases = tuple((When(case["when"]), block(case["then"])) for case in toml["cases"])
    return Cases(cases, block(toml["otherwise"]))


def _refer(toml: Toml) -> Refer:
    known(toml, "reference", "key", "required")
    return Refer(one_of(toml["reference"], ENTITIES), block(toml["key"]), toml.get("required", True))


def _make(toml: Toml) -> Make:
    known(toml, "make", "key", "columns", "fill")
    return Make(one_of(toml["make"], ENTITIES), block(toml["key"]), blocks(toml["columns"]), toml.get("fill"))


_BUILDERS: dict[str, Callable[[Toml], Block]] = {
    "cases": _cases,
    "make": _make,
    "reference": _refer,
    "template": _template,
    "from": _cell,
    "join": lambda toml: Join(tuple(toml["join"])),
    "field": lambda toml: Field(toml["field"], toml.get("per")),
    "monthly": lambda toml: Monthly(toml["monthly"]),
    "missing": lambda _toml: Constant(None),
}


def known(toml: Toml, *names: str) -> None:
    if strange := set(toml) - set(names):
        raise ValueError(f"“{sorted(strange)[0]}” means nothing there")


def one_of(value: Any, allowed: Any) -> Any:
    if value not in allowed:
        raise ValueError(f"“{value}” is none of {', '.join(str(one) for one in allowed)}")
    return value
