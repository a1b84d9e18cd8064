"""Keeping the address of a screen under a name, for oneself or for everybody who may open the screen."""

from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from console import audit, clocks
from console.access import Actor, require
from console.db import Connection, writing
from console.errors import Conflict, NotFound, NotPermitted, Refused
from console.screens import screen_of
from queries import saved_views as stored
from queries.saved_views import SavedView
from queries.tables_desk import saved_views

LONGEST_NAME = 80
LONGEST_ADDRESS = 2000
MOST_OF_ONE = 100
NOT_KEPT = {"before"}  # where in a list somebody was


def save_view(
    actor: Actor,
    screen: str,
    name: str,
    address: str,
    *,
    shared: bool = False,
    replace: bool = False,
    now: datetime | None = None,
) -> SavedView:
    """Keep the query part of an address of `screen` (its file). Raises NotPermitted, Refused, Unavailable,
    and Conflict for a name the person has used already, unless they `replace` what is there."""
    require(actor, screen_of(screen).permission)
    called, kept, at = _checked_name(name), _checked_address(address), now or clocks.now()
    with writing("state") as connection:
        audit.one_at_a_time(connection)  # the same name twice at once: the second is seen
        there = stored.named(connection, actor.staff_id, screen, called)
        if there is not None and not replace:
            raise Conflict(
                f"You have a view “{called}” of this screen already. Replace it, or choose another name.",
                {"address": (there.address, kept)},
            )
        values = {"address": kept, "shared": shared}
        if there is not None:
            connection.execute(saved_views.update().where(saved_views.c.id == there.id).values(values))
        else:
            _require_room(connection, actor)
            key = {"staff_id": actor.staff_id, "screen": screen, "name": called, "created_at": at}
            connection.execute(saved_views.insert().values(key | values))
        return _written_down(connection, actor, screen, called, at)


def _written_down(connection: Connection, actor: Actor, screen: str, name: str, at: datetime) -> SavedView:
    view = stored.named(connection, actor.staff_id, screen, name)
    if view is None:
        raise RuntimeError(f"the view {name!r} is not there")
    audit.record(
        connection,
        actor=actor,
        kind="view.saved",
        at=at,
        subject_kind="view",
        subject_number=name,
        after={
            "screen": screen_of(screen).title,
            "address": view.address,
            "whose": "everybody" if view.shared else "themselves",
        },
    )
    return view


def delete_view(actor: Actor, id: int, *, now: datetime | None = None) -> None:
    """Keep one of one's own views no more. Raises NotFound, NotPermitted for a colleague's, Unavailable."""
    with writing("state") as connection:
        view = found(connection, actor, id)
        if view.staff_id != actor.staff_id:
            raise NotPermitted(f"Only {view.staff_name} can delete the view “{view.name}”.")
        connection.execute(saved_views.delete().where(saved_views.c.id == id))
        audit.record(
            connection,
            actor=actor,
            kind="view.deleted",
            at=now or clocks.now(),
            subject_kind="view",
            subject_number=view.name,
            before={"screen": screen_of(view.screen).title, "address": view.address},
        )


def found(connection: Connection, actor: Actor, id: int) -> SavedView:
    """A view of the person's own, or a shared one. Raises NotFound."""
    view = stored.by_id(connection, id, actor.staff_id) if 0 < id < 2**31 else None
    if view is None:
        raise NotFound("There is no such view any more, or it is not shared with you.")
    return view


def _checked_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not 1 <= len(cleaned) <= LONGEST_NAME or not cleaned.isprintable():
        raise Refused(f"A view needs a name of 1 to {LONGEST_NAME} characters, on one line.")
    return cleaned


def _checked_address(address: str) -> str:
    pairs = parse_qsl(address, keep_blank_values=True, max_num_fields=100)
    kept = urlencode([(key, value) for key, value in pairs if key not in NOT_KEPT])
    if len(kept) > LONGEST_ADDRESS:
        raise Refused("The address is too long to keep. Choose fewer filters.")
    return kept


def _require_room(connection: Connection, actor: Actor) -> None:
    if stored.count_of(connection, actor.staff_id) >= MOST_OF_ONE:
        raise Refused(f"You have {MOST_OF_ONE} saved views. Delete one that is not needed any more.")
