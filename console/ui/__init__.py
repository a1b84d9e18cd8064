"""Drawing only: what the pages are made of, and what keeps the state they must not."""

from console.ui.address import chosen, cursor, found, pager, required
from console.ui.filters import period
from console.ui.health import finding_switch, health_table
from console.ui.history import history_table
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
from console.ui.reports import (
    ask,
    ask_rows,
    by_default,
    money_chart,
    only_switch,
    report_chart,
    report_figures,
    report_filters,
    report_foot,
    report_rows,
    report_table,
    window_back,
)
from console.ui.rows import cancellation, charges_table, last_paid, life, more, refunds_table, tickets_table
from console.ui.search import how_many_found, open_row, search_box, unowned
from console.ui.subscriptions import cancel_panel, subscription_cards
from console.ui.tables import Column, table
from console.ui.tickets import messages, ticket_changes, ticket_filters

__all__ = [
    "Column",
    "as_of_line",
    "ask",
    "ask_rows",
    "by_default",
    "cancel_panel",
    "cancellation",
    "charges_table",
    "chosen",
    "cursor",
    "explain",
    "facts",
    "figure",
    "figures",
    "finding_switch",
    "found",
    "health_table",
    "history_table",
    "how_many_found",
    "last_paid",
    "life",
    "link",
    "messages",
    "money_chart",
    "more",
    "only_switch",
    "open_row",
    "pager",
    "period",
    "problem",
    "refunds_table",
    "report_chart",
    "report_figures",
    "report_filters",
    "report_foot",
    "report_rows",
    "report_table",
    "required",
    "search_box",
    "section",
    "sidebar",
    "status_badge",
    "subscription_cards",
    "table",
    "ticket_changes",
    "ticket_filters",
    "tickets_table",
    "unowned",
    "window_back",
]
