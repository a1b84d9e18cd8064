"""Who works at the sample company: staff of the console, agents of the help desk, its clocks."""

from datetime import datetime

from console.demo.rows import Row

# name, role, active. The demo sign-in offers them; their e-mail is first.last@example.com.
STAFF = (
    ("Emma Laine", "agent", True),
    ("Oskar Lindqvist", "finance", True),
    ("Sofia Nieminen", "manager", True),
    ("Daniel Weber", "admin", True),
    ("Joonas Salo", "agent", False),
)
# name, team, active. The index is the id, less one.
AGENTS = (
    ("Emma Laine", "First line", True),
    ("Sofia Nieminen", "First line", True),
    ("Veikko Rinne", "First line", True),
    ("Anna Lund", "First line", True),
    ("Haruka Mori", "First line", True),
    ("Petra Kurz", "Billing", True),
    ("Oskar Lindqvist", "Billing", True),
    ("Mikael Sten", "Billing", True),
    ("Daniel Weber", "Technical", True),
    ("Ravi Menon", "Technical", True),
    ("Joonas Salo", "Technical", False),
)


def email_of(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@example.com"


def staff_rows(at: datetime) -> list[Row]:
    return [
        {
            "email": email_of(name),
            "name": name,
            "role": role,
            "locale": "en",
            "time_zone": "Europe/Helsinki",
            "active": active,
            "created_at": at,
        }
        for name, role, active in STAFF
    ]


def agent_rows() -> list[Row]:
    return [
        {"id": number, "email": email_of(name), "name": name, "team": team, "active": active}
        for number, (name, team, active) in enumerate(AGENTS, start=1)
    ]


def calendar_rows(at: datetime) -> list[Row]:
    """Weekdays 08–18 in Helsinki, closed on Finland's public holidays."""
    return [
        {
            "id": 1,
            "name": "Helsinki office",
            "valid_from": at,
            "time_zone": "Europe/Helsinki",
            "hours": {day: [["08:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
            "holidays": [],
            "country": "FI",
        }
    ]


# name, priority, problem type, minutes to the first and the next response and to the resolution
_POLICIES = (
    ("Urgent", "urgent", None, 60, 120, 480),
    ("Cancellations", None, "Cancellation", 120, 240, 1200),
    ("Everything else", None, None, 240, 480, 2400),
)


def policy_rows(at: datetime) -> list[Row]:
    return [
        {
            "id": number,
            "name": name,
            "valid_from": at,
            "position": number,
            "priority": priority,
            "problem_type": problem_type,
            "language": None,
            "calendar_id": 1,
            "first_response_minutes": first,
            "next_response_minutes": following,
            "resolution_minutes": resolution,
        }
        for number, (name, priority, problem_type, first, following, resolution) in enumerate(
            _POLICIES, start=1
        )
    ]
