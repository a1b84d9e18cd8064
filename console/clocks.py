"""Time: now, the reporting zone, and what people write for a day or a moment (spans: queries.periods)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from console.errors import Refused
from console.settings import get_settings
from queries import periods


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def zone(name: str | None = None) -> ZoneInfo:
    """The named zone; the reporting zone if there is no name or it is not a zone (real data has such)."""
    try:
        return ZoneInfo(name) if name else ZoneInfo(get_settings().reporting_time_zone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(get_settings().reporting_time_zone)


def today() -> date:
    """Today in the reporting zone."""
    return now().astimezone(zone()).date()


def start_of(day: date, in_zone: ZoneInfo | None = None) -> datetime:
    """The first instant of a local day, in UTC; in the reporting zone unless told otherwise."""
    return periods.start_of(day, in_zone or zone())


def parse_instant(text: str) -> datetime:
    """ISO 8601 to UTC. A date alone is the end of that day in the reporting zone: "as of 2024-12-31" sees
    all of the 31st. A time without zone is in the reporting zone. Raises Refused."""
    try:
        if len(text) == len("2024-12-31"):
            return start_of(date.fromisoformat(text) + timedelta(days=1))
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise Refused(
            f"“{text[:40]}” is not a date or time. Write 2024-12-31 or 2024-12-31T18:00+02:00."
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone())).astimezone(UTC)


def parse_day(text: str) -> date:
    """An ISO date. Raises Refused."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"“{text[:40]}” is not a date. Write it as 2024-12-31.") from error


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month where it is shorter."""
    month = day.year * 12 + day.month - 1 + months
    year, index = divmod(month, 12)
    following = date(year + (index == 11), (index + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return date(year, index + 1, min(day.day, last))
