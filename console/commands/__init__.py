"""The commands behind `console`: one file each, thin, calling what the screens call."""

import json
from typing import Any

import click


def print_json(value: Any) -> None:
    """The stable form for other programs: UTF-8, keys in the order the documentation gives."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
