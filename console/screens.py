"""The only list of pages: what is not here cannot be opened, and a test says so if a file is missing."""

import re
from dataclasses import dataclass
from pathlib import Path

from console.access import Permission
from console.settings import ROOT

PAGES = ROOT / "pages"


@dataclass(frozen=True)
class Screen:
    file: str  # in pages/
    title: str
    icon: str  # Material symbol
    section: str
    permission: Permission
    help: str
    in_menu: bool = True  # others are opened from a row, or by their address

    @property
    def path(self) -> Path:
        return PAGES / self.file

    @property
    def address(self) -> str:
        """The path in the browser: the file's name."""
        return Path(self.file).stem


P = Permission
SCREENS = (
    Screen("home.py", "Home", "home", "", P.USE_CONSOLE, "What waits for you."),
    Screen(
        "customers.py", "Customers", "person_search", "", P.READ_CUSTOMERS,
        "Find a customer by e-mail, name, licence key, invoice, ticket or card.",
    ),
    Screen(
        "subscriptions.py", "Subscriptions", "list_alt", "", P.READ_CUSTOMERS,
        "All subscriptions, to find many at once and cancel or refund a selection.",
    ),
    Screen(
        "customer.py", "Customer", "person", "", P.READ_CUSTOMERS,
        "Everything about one customer.", in_menu=False,
    ),
    Screen(
        "subscription.py", "Subscription", "autorenew", "", P.READ_CUSTOMERS,
        "The life of one subscription, and cancelling it.", in_menu=False,
    ),
    Screen("tickets.py", "Tickets", "inbox", "", P.READ_TICKETS, "Tickets by state, team and problem."),
    Screen(
        "ticket.py", "Ticket", "mail", "", P.READ_TICKETS,
        "One ticket beside its customer's subscriptions.", in_menu=False,
    ),
    Screen(
        "approvals.py", "Approvals", "approval", "Work", P.READ_OPERATIONS,
        "Refunds that need a second person.",
    ),
    Screen(
        "operations.py", "Operations", "pending_actions", "Work", P.READ_OPERATIONS,
        "What was asked for and is not decided, and the one safe next step.",
    ),
    Screen(
        "bulk.py", "Bulk", "checklist", "Work", P.READ_OPERATIONS,
        "Cancel or refund a selection, one by one, and what came of each.", in_menu=False,
    ),
    Screen(
        "renewals.py", "Renewals", "event_repeat", "Reports", P.READ_REPORTS,
        "What falls due in the coming days, and what is at risk.",
    ),
    Screen(
        "trials.py", "Trials", "hourglass_top", "Reports", P.READ_REPORTS,
        "Trials running, ending soon, and how many became paid.",
    ),
    Screen(
        "cancellations.py", "Cancellations", "event_busy", "Reports", P.READ_REPORTS,
        "Cancellations requested and subscriptions ended, by reason.",
    ),
    Screen(
        "revenue.py", "Revenue", "monitoring", "Reports", P.READ_REPORTS,
        "Monthly recurring revenue, how it moved, and refunds.",
    ),
    Screen(
        "definitions.py", "Definitions", "menu_book", "Reports", P.READ_REPORTS,
        "What every figure means, published examples run here, and what other rules would give.",
    ),
    Screen(
        "schedules.py", "Scheduled reports", "schedule_send", "Reports", P.EXPORT_REPORTS,
        "Reports that are mailed or filed by the clock.",
    ),
    Screen(
        "saved_view.py", "Saved view", "bookmark", "Reports", P.USE_CONSOLE,
        "The way to what somebody saved under a name.", in_menu=False,
    ),
    Screen("audit.py", "Audit", "history", "Control", P.READ_AUDIT, "Who did what to whom, when and why."),
    Screen(
        "data_health.py", "Data health", "rule", "Control", P.READ_HEALTH,
        "Contradictions in the data, where the gateway differs, and what was loaded.",
    ),
)  # fmt: skip


def screen_of(file: str | Path) -> Screen:
    """The screen a page file belongs to. Raises LookupError for a file that is not in SCREENS."""
    name = Path(file).name
    for screen in SCREENS:
        if screen.file == name:
            return screen
    raise LookupError(f"{name} is not in console.screens.SCREENS")


def is_plain(number: str) -> bool:
    """Whether a number can stand in a heading or a label: an address may hold anything, Markdown too."""
    return re.fullmatch(r"[A-Za-z0-9_-]{1,40}", number) is not None
