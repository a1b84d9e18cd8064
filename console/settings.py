"""Every setting, read once from the environment (`CONSOLE_…`); `console check` says what is missing.

The README lists them. A secret is never printed: `SecretStr` hides it.
"""

from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CONSOLE_", extra="ignore", frozen=True)

    # Where the data is. SQLAlchemy URLs; without one, a SQLite file in `var`.
    var: Path = ROOT / "var"
    subscriptions_url: SecretStr | None = None
    tickets_url: SecretStr | None = None
    state_url: SecretStr | None = None
    subscriptions_read_url: SecretStr | None = None  # replicas: reports and lists read there
    tickets_read_url: SecretStr | None = None
    database_timeout: float = Field(
        default=5.0, gt=0, description="seconds to wait for a lock or a connection"
    )

    # The company.
    company: str = "Back office"
    reporting_time_zone: str = "Europe/Helsinki"
    reporting_currency: str | None = None  # of totals over currencies, by the rates of a CSV file
    exchange_rates: Path | None = None
    locale: str = "en"
    my_account_url: str = "https://account.example.com"
    demo: bool = False  # set by `console demo`: the banner that says so

    # Who may come in.
    public_url: str | None = None  # where browsers reach the console; https outside this machine
    oidc_metadata_url: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    session_secret: SecretStr | None = None  # signs the short-lived cookie of a sign-in under way
    session_idle_minutes: int = Field(default=60, ge=1)
    session_hours: int = Field(default=12, ge=1)

    # The payment gateway.
    gateway: Literal["simulated", "stripe"] = "simulated"
    gateway_url: SecretStr | None = None  # the simulated gateway's own database; a SQLite file in `var`
    gateway_timeout: float = Field(default=10.0, gt=0, le=80, description="seconds to wait for an answer")
    stripe_api_key: SecretStr | None = None
    stripe_api_base: str | None = None  # another server that speaks Stripe's API: for tests
    stripe_webhook_secret: SecretStr | None = None

    # Acting on a customer's behalf.
    recall_seconds: int = Field(default=60, ge=0, le=3600, description="before money leaves the house")
    approval_hours: int = Field(default=72, ge=1, description="how long an approval holds")
    page_wait: float = Field(default=3.0, gt=0, description="seconds a page waits for an outcome")
    payment_link_hours: int = Field(default=72, ge=1)
    my_account_secret: SecretStr | None = None  # shared with My Account: signs links, checks its messages

    # Mail to customers. Without a host, files in `var/mail`.
    mail_from: str = "support@company.example"
    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: bool = True

    # Scheduled reports: where else they may go than to active staff.
    report_folder: Path | None = None
    report_recipient_domains: str = ""  # of e-mail addresses, with commas between them

    @field_validator("reporting_time_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is not a time zone; use a name like Europe/Helsinki") from error
        return name

    def url(self, database: str, *, replica: bool = False) -> str:
        """The SQLAlchemy URL of "subscriptions", "tickets" or "state"; the replica's where there is one."""
        chosen = getattr(self, f"{database}_read_url", None) if replica else None
        chosen = chosen or getattr(self, f"{database}_url")
        if chosen is not None:
            return str(chosen.get_secret_value())
        return f"sqlite:///{self.var}/{database}.sqlite"


@cache
def get_settings() -> Settings:
    """The settings of this process. Tests clear the cache after changing the environment."""
    return Settings()
