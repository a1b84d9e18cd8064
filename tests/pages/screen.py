"""Open a screen as somebody, through the console's own entry script."""

from dataclasses import dataclass
from pathlib import Path

from streamlit.testing.v1 import AppTest

from console import db
from console.settings import ROOT
from queries import staff

APP = ROOT / "console" / "app.py"
SECONDS = 30


@dataclass
class Opened:
    """A screen after it ran: what a person can read on it."""

    at: AppTest

    @property
    def title(self) -> str:
        return self.at.title[0].value if self.at.title else ""

    @property
    def texts(self) -> str:
        """Everything readable outside of grids, in one string."""
        parts = [
            *self.at.title, *self.at.subheader, *self.at.text, *self.at.markdown, *self.at.caption,
            *self.at.warning, *self.at.error, *self.at.success, *self.at.info,
        ]  # fmt: skip
        return "\n".join(str(part.value) for part in parts)

    @property
    def grids(self) -> str:
        """Every cell of every grid, in one string."""
        return "\n".join(frame.value.to_csv() for frame in self.at.dataframe)


def staff_id(role: str) -> str:
    """The id of somebody with that role."""
    with db.reading() as data:
        return str(next(one.id for one in staff.everyone(data.state) if one.role == role and one.active))


def entry(user: str | None, **address: str) -> AppTest:
    """The entry script with somebody (or nobody) signed in, not yet run."""
    at = AppTest.from_file(str(APP), default_timeout=SECONDS)
    at.user = {"is_logged_in": True, "staff_id": user} if user else {"is_logged_in": False}
    for name, value in address.items():
        at.query_params[name] = value
    return at


def open_screen(page: str, role: str | None, **address: str) -> Opened:
    """The page's file as somebody with a role (None: nobody), with the address's parameters."""
    at = entry(staff_id(role) if role else None, **address).run()
    if role is not None and page != "home.py":
        at.switch_page(str(Path("../pages") / page))
        for name, value in address.items():
            at.query_params[name] = value
        at.run()
    return Opened(at)
