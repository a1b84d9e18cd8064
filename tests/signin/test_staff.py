"""Who may sign in: the list, the verbs of `console staff`, and from an id to the person of this moment."""

import json

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console import audit, db
from console.access import ROLES, Permission
from console.actions.staff import add_staff, clear_limit, disable, enable, set_limit, set_role
from console.cli import main
from console.commands.staff import staff as command
from console.errors import NotFound, NotPermitted, Refused
from console.limits import LIMITS, limit_for
from console.signin import sessions
from console.signin.who import actor_of, actor_with_email
from queries import staff
from queries.tables_state import staff as staff_table
from tests.actions.company import entries
from tests.conftest import Databases

HOSTILE = [
    "",
    " ",
    "x" * 10_000,
    "'; DROP TABLE staff; --",
    "%",
    "_",
    "😀",
    "مرحبا",
    "\0",
    "\ud800",
    "a\nb@x.fi",
]


def find(email: str) -> staff.StaffMember | None:
    with db.reading() as data:
        return staff.by_email(data.state, email)


def test_people_are_added_changed_and_shut_out(databases: Databases) -> None:
    added = add_staff(" Aino@Company.example ", "  Aino   Aalto ", "agent")
    assert (added.email, added.name, added.role, added.active) == (
        "Aino@Company.example",
        "Aino Aalto",
        "agent",
        True,
    )
    actor = actor_of(str(added.id))
    assert (actor.email, actor.role, actor.channel) == ("Aino@Company.example", "agent", "screen")
    assert set_role("AINO@company.EXAMPLE", "admin").role == "admin"
    assert actor_of(str(added.id)).may(Permission.READ_AUDIT)  # at once, for everybody who asks again
    assert disable("aino@company.example").active is False
    with pytest.raises(NotPermitted, match="switched off"):
        actor_of(str(added.id))
    with pytest.raises(NotPermitted, match="switched off"):
        actor_with_email("aino@company.example")
    assert enable("aino@company.example").active is True
    assert actor_with_email(" Aino@company.example ").channel == "command"


def test_disabling_ends_every_session_of_that_person_alone(databases: Databases) -> None:
    aino, bert = (add_staff(f"{name}@company.example", name, "agent") for name in ("aino", "bert"))
    tokens = [
        sessions.begin(aino.id, "oidc"),
        sessions.begin(aino.id, "oidc"),
        sessions.begin(bert.id, "oidc"),
    ]
    hashes = [sessions.hash_of(token) or "" for token in tokens]
    disable(aino.email)
    with db.reading() as data:
        found = staff.sessions(data.state, hashes)
    assert [found[id_hash].ended_at is None for id_hash in hashes] == [False, False, True]
    assert [found[id_hash].staff_active for id_hash in hashes] == [False, False, True]
    enable(aino.email)
    with db.reading() as data:
        assert staff.sessions(data.state, hashes[:1])[hashes[0]].ended_at is not None


def test_own_limits_are_set_and_cleared_by_currency(databases: Databases) -> None:
    aino = add_staff("aino@company.example", "Aino", "agent")
    assert aino.limits is None
    set_limit("AINO@company.example", " eur ", 5000, 20000)
    both = set_limit(aino.email, "CZK", 0, 0)
    assert both.limits == {"refund": {"EUR": 5000, "CZK": 0}, "refund_per_day": {"EUR": 20000, "CZK": 0}}
    assert clear_limit(aino.email, "czk").limits == {
        "refund": {"EUR": 5000},
        "refund_per_day": {"EUR": 20000},
    }
    assert clear_limit(aino.email, "EUR").limits is None
    set_limit(aino.email, "SEK", 100, 100)
    cleared = clear_limit(aino.email)
    assert limit_for(cleared.role, cleared.limits, "SEK") == LIMITS["agent"]["SEK"]


def test_a_change_of_limits_is_a_sentence_of_the_log(databases: Databases) -> None:
    add_staff("aino@company.example", "Aino", "agent")
    set_limit("aino@company.example", "EUR", 5000, 20000)
    clear_limit("aino@company.example", "EUR")
    changed = "The operator of this machine changed what aino@company.example may refund alone"
    own = "50.00\u00a0€ per refund, 200.00\u00a0€ a day"
    assert [audit.sentence(entry) for entry in entries()][1:] == [
        f"{changed} from those of the role to {own}",
        f"{changed} from {own} to those of the role",
    ]


def test_wrong_limits_change_nothing(databases: Databases) -> None:
    add_staff("aino@company.example", "Aino", "agent")
    for bad in [*HOSTILE, "euro", "XYZ", "EURO"]:
        with pytest.raises(Refused, match="not a currency"):
            set_limit("aino@company.example", bad, 1, 1)
        with pytest.raises(Refused, match="not a currency"):
            clear_limit("aino@company.example", bad)
        with pytest.raises(NotFound, match="Nobody of the staff"):
            set_limit(bad, "EUR", 1, 1)
        with pytest.raises(NotFound, match="Nobody of the staff"):
            clear_limit(bad)
    for per_refund, per_day in ((-1, 1), (-2, -1), (2, 1)):
        with pytest.raises(Refused, match="not below zero"):
            set_limit("aino@company.example", "EUR", per_refund, per_day)
    assert [entry.kind for entry in entries()] == ["staff.added"]


def test_limits_that_cannot_be_read_are_shown_and_can_be_set_anew(databases: Databases) -> None:
    add_staff("aino@company.example", "Aino", "agent")
    with db.writing("state") as connection:
        connection.execute(staff_table.update().values(limits={"refund": 5000}))
    listed = CliRunner().invoke(command, ["list"]).output
    assert "refunds alone: none that can be read, so always with a second person" in listed
    assert set_limit("aino@company.example", "EUR", 1, 2).limits == {
        "refund": {"EUR": 1},
        "refund_per_day": {"EUR": 2},
    }


def test_nobody_is_on_the_list_twice(databases: Databases) -> None:
    add_staff("aino@company.example", "Aino", "agent")
    with pytest.raises(Refused, match="already on the list"):
        add_staff("AINO@company.example", "Another", "admin")
    assert actor_with_email("aino@company.example").role == "agent"


def test_wrong_input_is_a_sentence(databases: Databases) -> None:
    for bad in HOSTILE:
        with pytest.raises(Refused, match="e-mail address"):
            add_staff(bad, "Aino", "agent")
        with pytest.raises(Refused, match="no role"):
            add_staff("aino@company.example", "Aino", bad)
        for verb in (disable, enable):
            with pytest.raises(NotFound, match="Nobody of the staff"):
                verb(bad)
        with pytest.raises(NotFound):
            set_role(bad, "agent")
        with pytest.raises(NotPermitted):
            actor_with_email(bad)
        assert find(bad) is None
    for bad in ("", " ", "x" * 201, "a\0b", "\ud800"):
        with pytest.raises(Refused, match="needs a name"):
            add_staff("aino@company.example", bad, "agent")
    with db.reading() as data:
        assert staff.everyone(data.state) == []


NOBODY = [None, "", " ", "0", "-1", "1 ", "1.0", "1e0", "+1", "１", "٣", "9" * 18, "9" * 400, "None", "\0"]
NOT_EVEN_TEXT = [True, 1, b"1", ["1"]]


def test_only_the_id_of_somebody_opens_anything(databases: Databases) -> None:
    assert add_staff("aino@company.example", "Aino", "admin").id == 1
    for staff_id in [*NOBODY, *NOT_EVEN_TEXT]:
        with pytest.raises(NotPermitted):
            actor_of(staff_id)  # type: ignore[arg-type]


def test_a_role_the_console_does_not_know_opens_nothing(databases: Databases) -> None:
    added = add_staff("aino@company.example", "Aino", "admin")
    with db.writing("state") as connection:
        connection.execute(staff_table.update().values(role="superuser"))
    with pytest.raises(NotPermitted, match="does not know"):
        actor_of(str(added.id))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=60), st.sampled_from(["aino@company.example", "K@x.fi", "ı@x.fi", "ß@x.fi"]))
def test_only_the_same_address_matches(databases: Databases, asked: str, there: str) -> None:
    """Case does not matter for ASCII; nothing else is the same: no wildcard, no look-alike of Unicode."""
    if find(there) is None:
        add_staff(there, "Somebody", "agent")
    found = find(asked)
    assert found is None or _ascii_lower(found.email) == _ascii_lower(asked)
    swapped = find("".join(char.swapcase() if char.isascii() else char for char in there))
    assert swapped is not None
    assert swapped.email == there


def _ascii_lower(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


def test_look_alikes_are_not_the_same(databases: Databases) -> None:
    add_staff("kim@company.example", "Kim", "admin")
    assert find("\u212aim@company.example") is None  # the Kelvin sign, which Unicode lowers to k
    assert find("k\u0131m@company.example") is None


def test_the_list_is_by_name(databases: Databases) -> None:
    for name in ("bert", "Aino", "cecilia"):
        add_staff(f"{name}@company.example", name, "agent")
    disable("bert@company.example")
    with db.reading() as data:
        assert [(m.name, m.active) for m in staff.everyone(data.state)] == [
            ("Aino", True),
            ("bert", False),
            ("cecilia", True),
        ]
        assert staff.by_id(data.state, 10**30) is None


def test_the_command(databases: Databases, capsys: pytest.CaptureFixture[str]) -> None:
    run = CliRunner()
    assert "Nobody yet" in run.invoke(command, ["list"]).output
    added = run.invoke(command, ["add", "aino@company.example", "--name", "Aino", "--role", "admin"])
    assert (added.exit_code, added.output) == (0, "aino@company.example  Aino  admin  active\n")
    assert "finance" in run.invoke(command, ["set-role", "aino@company.example", "--role", "finance"]).output
    assert "disabled" in run.invoke(command, ["disable", "AINO@company.example"]).output
    assert "disabled" in run.invoke(command, ["list"]).output
    assert "active" in run.invoke(command, ["enable", "aino@company.example"]).output
    listed = json.loads(run.invoke(command, ["list", "--format", "json"]).output)
    assert [(row["email"], row["role"]) for row in listed] == [("aino@company.example", "finance")]
    for role in ROLES:
        assert role in run.invoke(command, ["add", "--help"]).output
    with pytest.raises(SystemExit) as ended:
        main(["staff", "disable", "nobody@company.example"])
    assert (ended.value.code, "Nobody of the staff" in capsys.readouterr().err) == (5, True)


def test_the_command_for_limits(databases: Databases, capsys: pytest.CaptureFixture[str]) -> None:
    run = CliRunner()
    aino = "aino@company.example"
    add_staff(aino, "Aino", "agent")
    fifty = ["set-limit", aino, "--currency", "eur", "--per-refund", "50.00", "--per-day", "1,200.00 €"]
    line = f"{aino}  Aino  agent  active  refunds alone: 50.00\u00a0€ per refund, 1,200.00\u00a0€ a day\n"
    assert run.invoke(command, fifty).output == line
    assert run.invoke(command, ["list"]).output == line
    (row,) = json.loads(run.invoke(command, ["list", "--format", "json"]).output)
    assert row["limits"] == {"refund": {"EUR": 5000}, "refund_per_day": {"EUR": 120000}}
    yen = ["set-limit", aino, "--currency", "JPY", "--per-refund", "0", "--per-day", "5800"]
    assert "0\u00a0¥ per refund, 5,800\u00a0¥ a day" in run.invoke(command, yen).output
    assert "¥" not in run.invoke(command, ["set-limit", aino, "--clear", "--currency", "JPY"]).output
    assert run.invoke(command, ["set-limit", aino, "--clear"]).output == f"{aino}  Aino  agent  active\n"
    for wrong in (
        [],
        ["--currency", "EUR"],
        ["--per-refund", "1", "--per-day", "2"],
        ["--currency", "EUR", "--per-refund", "1"],
        ["--clear", "--per-refund", "1"],
    ):
        assert run.invoke(command, ["set-limit", aino, *wrong]).exit_code == 2
    with pytest.raises(SystemExit) as ended:
        main(["staff", "set-limit", aino, "--currency", "JPY", "--per-refund", "1.5", "--per-day", "2"])
    assert (ended.value.code, "too many decimals" in capsys.readouterr().err) == (3, True)
