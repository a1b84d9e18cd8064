"""Presets: ours name only what the schema has; a wrong one is refused in words."""

from pathlib import Path

import pytest

from console.errors import NotFound, Refused
from console.loading.blocks import Block, Cases, Cell, Constant
from console.loading.preset import load_preset, presets
from console.loading.run import load
from console.loading.store import ENTITIES
from queries.tables_subscriptions import EVENT_KINDS, INTERVALS, SUBSCRIPTION_STATUSES
from queries.tables_tickets import CHANNELS, PRIORITIES, TICKET_STATUSES
from tests.conftest import Databases
from tests.loading.samples import everything, written

ALLOWED = {
    ("subscription", "status"): SUBSCRIPTION_STATUSES,
    ("subscription", "interval"): INTERVALS,
    ("subscription_event", "kind"): EVENT_KINDS,
    ("ticket", "status"): TICKET_STATUSES,
    ("ticket", "priority"): PRIORITIES,
    ("ticket", "channel"): CHANNELS,
}
SMALL = """
title = "Small"
source = "small"
[[files]]
name = "people"
pattern = "*"
entity = "customer"
key = ["id"]
required = ["id"]
[files.columns]
number = { from = "id" }
"""
EXTRA = """
name = { template = "Person {id}" }
created_at = { from = "since", as = "instant" }
"""


def constants(block: Block) -> set[object]:
    """Every constant a block can give."""
    if isinstance(block, Constant):
        return {block.constant}
    if isinstance(block, Cell):
        return set((block.map or {}).values())
    if isinstance(block, Cases):
        return set.union(constants(block.otherwise), *(constants(then) for _, then in block.cases))
    return set()


@pytest.mark.parametrize("name", presets())
def test_a_preset_gives_only_words_the_schema_knows(name: str) -> None:
    for section in load_preset(name).sections:
        for entity, columns in [
            (section.entity, section.columns),
            *((e.entity, e.columns) for e in section.events),
        ]:
            assert set(columns) <= set(ENTITIES[entity].table.c.keys())
            for column, block in columns.items():
                allowed = ALLOWED.get((entity, column))
                assert allowed is None or constants(block) <= {*allowed, None}


@pytest.mark.parametrize("name", ["nonsense", "", "../secrets", "x" * 10_000, "nowhere.toml"])
def test_no_such_preset(name: str) -> None:
    with pytest.raises(NotFound, match="There are: ravenstack, servicenow"):
        load_preset(name)


@pytest.mark.parametrize(
    ("written", "instead", "sentence"),
    [
        ('title = "Small"', "title = ", "is not TOML"),
        ('source = "small"', "", "source"),
        ('entity = "customer"', 'entity = "planet"', "“planet” is none of"),
        ("number = ", "numbre = ", "no column “numbre”"),
        ('from = "id"', 'from = "id", az = "text"', "“az” means nothing there"),
        ('from = "id"', 'form = "id"', "no block in"),
        ('from = "id"', 'from = "id", as = "nomber"', "“nomber” is none of"),
        ('from = "id"', 'from = "id", map = {}, otherwise = "unchanged"', "needs a history"),
        ('source = "small"', 'source = "small"\nzone = "Mars/Base"', "Mars/Base"),
    ],
)
def test_a_wrong_preset_is_refused_in_words(
    tmp_path: Path, written: str, instead: str, sentence: str
) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    assert load_preset(str(path)).title == "Small"
    path.write_text(SMALL.replace(written, instead), encoding="utf-8")
    with pytest.raises(Refused, match=sentence):
        load_preset(str(path))


def test_two_keys_with_one_number_load_nothing(databases: Databases, tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL.replace('key = ["id"]', 'key = ["id", "part"]') + EXTRA, encoding="utf-8")
    file = written(tmp_path, "people.csv", "id,part,since", "P-1,a,2024-01-01", "P-1,b,2024-01-01")
    with pytest.raises(Refused, match="Two rows would have the same number"):
        load(load_preset(str(path)), [file])
    assert not any(everything().values())
