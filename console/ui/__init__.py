"""Drawing only: what the pages are made of, and what keeps the state they must not."""

from console.ui.acting import act_panel
from console.ui.address import chosen, cursor, found, pager, required
from console.ui.audit import audit_filters, audit_table
from console.ui.bulk import bulk_form
from console.ui.bulk_run import bulk_run
from console.ui.bulk_tables import runs_table as bulk_runs_table
from console.ui.definitions import definitions_part, examples_list, metrics_list, rule_compared, rule_switch
from console.ui.downloads import finance_pack
from console.ui.drift import comparison, difference_switch, differences
from console.ui.headlines import nothing_to_report, report_figures
from console.ui.health import finding_switch, health_table
from console.ui.history import history_table
from console.ui.home import (
    backlog,
    quick_search,
    revenue_now,
    subscription_pile,
    ticket_pile,
)
from console.ui.layout import (
    ICON,
    as_of_line,
    facts,
    link,
    section,
    sidebar,
    status_badge,
    their_time,
)
from console.ui.licences import masked, reveal_licence
from console.ui.more_forms import FORMS
from console.ui.notes import notes_section, payment_links_table
from console.ui.operations import (
    approval_form,
    operation_details,
    operation_filter,
    operation_steps,
    operations_pile,
    operations_table,
)
from console.ui.problems import problem
from console.ui.report_charts import split_chart
from console.ui.reports import (
    ask,
    listed,
    money_chart,
    only_switch,
    report_chart,
    report_filters,
    report_foot,
    report_rows,
    report_table,
    view_switch,
    window_back,
)
from console.ui.revenue import ageing_chart, cohort_table, share_chart
from console.ui.rows import (
    cancellation,
    charges_table,
    last_paid,
    life,
    more,
    period,
    refunds_table,
    tickets_table,
)
from console.ui.schedules import schedule_form, schedules_table
from console.ui.search import how_many_found, open_row, search_box, unowned
from console.ui.selection import subscription_filters, subscription_selection
from console.ui.subscriptions import subscription_cards
from console.ui.tables import Column, table
from console.ui.tickets import messages, ticket_changes, ticket_filters
from console.ui.views import open_view, saved_views

__all__ = [
    "FORMS",
    "ICON",
    "Column",
    "act_panel",
    "ageing_chart",
    "approval_form",
    "as_of_line",
    "ask",
    "audit_filters",
    "audit_table",
    "backlog",
    "bulk_form",
    "bulk_run",
    "bulk_runs_table",
    "cancellation",
    "charges_table",
    "chosen",
    "cohort_table",
    "comparison",
    "cursor",
    "definitions_part",
    "difference_switch",
    "differences",
    "examples_list",
    "facts",
    "finance_pack",
    "finding_switch",
    "found",
    "health_table",
    "history_table",
    "how_many_found",
    "last_paid",
    "life",
    "link",
    "listed",
    "masked",
    "messages",
    "metrics_list",
    "money_chart",
    "more",
    "notes_section",
    "nothing_to_report",
    "only_switch",
    "open_row",
    "open_view",
    "operation_details",
    "operation_filter",
    "operation_steps",
    "operations_pile",
    "operations_table",
    "pager",
    "payment_links_table",
    "period",
    "problem",
    "quick_search",
    "refunds_table",
    "report_chart",
    "report_figures",
    "report_filters",
    "report_foot",
    "report_rows",
    "report_table",
    "required",
    "reveal_licence",
    "revenue_now",
    "rule_compared",
    "rule_switch",
    "saved_views",
    "schedule_form",
    "schedules_table",
    "search_box",
    "section",
    "share_chart",
    "sidebar",
    "split_chart",
    "status_badge",
    "subscription_cards",
    "subscription_filters",
    "subscription_pile",
    "subscription_selection",
    "table",
    "their_time",
    "ticket_changes",
    "ticket_filters",
    "ticket_pile",
    "tickets_table",
    "unowned",
    "view_switch",
    "window_back",
]
