"""From the id the gate passes to the person, as the staff table has them now. Fails closed."""

from console.access import ROLES, Actor, Channel
from console.db import reading
from console.errors import NotPermitted
from queries.staff import StaffMember, by_email, by_id


def actor_of(staff_id: str | None) -> Actor:
    """The person behind `st.user["staff_id"]`. Raises NotPermitted for nobody, unknown or disabled people."""
    if not isinstance(staff_id, str) or not (
        staff_id.isascii() and staff_id.isdigit() and len(staff_id) < 19
    ):
        raise NotPermitted("Nobody is signed in here. Open the console's address again and sign in.")
    with reading() as data:
        return _actor(by_id(data.state, int(staff_id)), "screen")


def actor_with_email(email: str, channel: Channel = "command") -> Actor:
    """The person a command acts as (`--as`). Raises NotPermitted for unknown or disabled people."""
    with reading() as data:
        return _actor(by_email(data.state, email.strip()), channel)


def _actor(member: StaffMember | None, channel: Channel) -> Actor:
    if member is None:
        raise NotPermitted(
            "This person is not on the list of staff. An administrator can add them: `console staff add`."
        )
    if not member.active:
        raise NotPermitted(
            f"The access of {member.name} has been switched off. "
            "An administrator can switch it on again: `console staff enable`."
        )
    if member.role not in ROLES:
        raise NotPermitted(
            f"{member.name} has a role this console does not know. "
            "An administrator can give them another: `console staff set-role`."
        )
    return Actor(member.id, member.email, member.name, member.role, channel)
