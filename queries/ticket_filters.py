"""What a list of tickets can be narrowed to, and what the filters offer."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select

from queries.paging import askable, rows_of
from queries.tables_tickets import CHANNELS, OPEN_STATUSES, agents, tickets

LARGEST_ID = 2**63 - 1
RECENT = 2_000  # tickets whose values are offered as filters

# Written out, not bound: only so do the databases see that the small index of open tickets answers it.
open_tickets: ColumnElement[bool] = tickets.c.status.in_(
    bindparam("open", OPEN_STATUSES, expanding=True, literal_execute=True)
)


@dataclass(frozen=True, kw_only=True)
class TicketFilters:
    """What a list, its count and its export have in common. None, empty and False leave all in.

    `text` is part of the subject (in any case of A to Z) or the ticket's number.
    """

    statuses: Sequence[str] = ()
    team: str | None = None
    assignee_id: int | None = None
    unassigned: bool = False
    channel: str | None = None
    problem_type: str | None = None
    language: str | None = None
    priority: str | None = None
    text: str = ""


EVERYTHING = TicketFilters()
ALL_OPEN = TicketFilters(statuses=OPEN_STATUSES)


@dataclass(frozen=True, kw_only=True)
class Agent:
    id: int
    name: str
    email: str | None
    team: str | None
    active: bool


@dataclass(frozen=True, kw_only=True)
class Facets:
    """What the filters offer: the values of the newest RECENT tickets, and the agents with their teams."""

    teams: tuple[str, ...]
    channels: tuple[str, ...]
    problem_types: tuple[str, ...]
    languages: tuple[str, ...]
    agents: tuple[Agent, ...]


def conditions(filters: TicketFilters) -> list[ColumnElement[bool]]:
    """The filters as conditions on the tickets table."""
    found: list[ColumnElement[bool]] = []
    if filters.statuses:
        if set(filters.statuses) <= set(OPEN_STATUSES):
            found.append(open_tickets)
        if set(filters.statuses) != set(OPEN_STATUSES):
            found.append(tickets.c.status.in_(sorted(map(askable, filters.statuses))))
    if filters.unassigned:
        found.append(tickets.c.assignee_id.is_(None))
    if filters.assignee_id is not None:
        found.append(tickets.c.assignee_id == min(max(filters.assignee_id, 0), LARGEST_ID))
    for name in ("team", "channel", "problem_type", "language", "priority"):
        wanted = getattr(filters, name)
        if wanted is not None:
            found.append(tickets.c[name] == askable(wanted))
    text = askable(filters.text)
    if text:
        found.append(or_(tickets.c.subject.icontains(text, autoescape=True), tickets.c.number == text))
    return found


def facets_of_tickets(connection: Connection) -> Facets:
    """Two statements; no list of distinct values over all tickets, which would read them all."""
    t = tickets.c
    latest = select(t.team, t.channel, t.problem_type, t.language).order_by(t.created_at.desc(), t.id.desc())
    recent = latest.limit(RECENT).subquery()
    seen = connection.execute(select(recent).distinct()).all()
    teams, channels, problem_types, languages = ({row[n] for row in seen} - {None} for n in range(4))
    columns = (agents.c[name] for name in Agent.__dataclass_fields__)
    people = rows_of(connection, select(*columns).order_by(agents.c.name, agents.c.id), Agent)
    return Facets(
        teams=tuple(sorted(teams | {agent.team for agent in people if agent.team})),
        channels=tuple(c for c in CHANNELS if c in channels) + tuple(sorted(channels - set(CHANNELS))),
        problem_types=tuple(sorted(problem_types)),
        languages=tuple(sorted(languages)),
        agents=tuple(people),
    )
