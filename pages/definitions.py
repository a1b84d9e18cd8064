"""Definitions: what every figure means, published examples run here, and what other rules would give."""

from console import clocks, examples, ui
from console.db import reading
from console.page import open_page
from queries.reports import Params
from queries.reports.other_rules import other_rule

open_page(__file__)
part = ui.definitions_part()

if part == "metrics":
    ui.metrics_list(examples.outcomes())
elif part == "examples":
    ui.examples_list(examples.outcomes())
else:
    rule, now = ui.rule_switch(), clocks.now()
    with reading(replica=True) as data:
        compared = other_rule(data, Params(as_of=now, zone=clocks.zone()), rule)
    ui.rule_compared(compared)
    ui.as_of_line(now)
