"""Drawing only: what the pages are made of."""

from console.ui.address import chosen, cursor, pager, required
from console.ui.layout import (
    as_of_line,
    explain,
    facts,
    figure,
    figures,
    link,
    section,
    sidebar,
    status_badge,
)
from console.ui.problems import problem
from console.ui.tables import Column, table

__all__ = [
    "Column", "as_of_line", "chosen", "cursor", "explain", "facts", "figure", "figures", "link", "pager",
    "problem", "required", "section", "sidebar", "status_badge", "table",
]  # fmt: skip
