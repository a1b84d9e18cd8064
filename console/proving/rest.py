"""Bringing a world to rest: no faults any more, the gateway decides, every message arrives, the sweep runs,
and people do what only people may. What is then still on its way will stay so for ever.
"""

from datetime import timedelta

from console.actions import approvals, notices, operations, resuming
from console.actions.every_verb import VERBS
from console.actions.subscription_verb import SubscriptionVerb
from console.db import reading
from console.errors import ConsoleError
from console.gateways.simulated.objects import Object
from console.proving.world import Outcome, World
from queries import drift
from queries.operations import Operation
from queries.tables_state import OPEN_OPERATION_STATES

MOST_ROUNDS = 8


def bring_to_rest(world: World) -> None:
    world.tell("— to rest —")
    world.gateway.clear_faults()
    decided: set[str] = set()
    for _ in range(MOST_ROUNDS):
        world.pass_time(timedelta(minutes=5))
        _machines(world)
        left = {id: state for id, state in _open(world).items() if id not in decided}
        for id, state in left.items():
            _person(world, operations.find(id), state, decided)
        if not left:
            return


def _open(world: World) -> dict[str, str]:
    """What is not decided, in the order in which it was asked for."""
    with reading() as data:
        states = drift.states_of(data.state, list(world.asked))
    return {id: states[id] for id in world.asked if states.get(id) in OPEN_OPERATION_STATES}


def _machines(world: World) -> None:
    world.gateway.catch_up()
    world.gateway.deliver(lambda body: _heard(world, body))
    notices.apply_left(world.now)
    resuming.resume_open(timedelta(0), now=world.now)


def _heard(world: World, body: Object) -> None:
    notices.receive(body, now=world.now)


def _person(world: World, operation: Operation | None, state: str, decided: set[str]) -> None:
    if operation is None:
        return
    try:
        if state == "waiting_for_approval":
            decided.add(operation.id)
            _answer(world, operation)
        elif state == "pending":
            _gateway_decides(world, operation)
        elif state == "unknown":
            _look_it_up(world, operation)
    except ConsoleError as refusal:
        world.tell(f"→ {type(refusal).__name__}: {refusal}")


def _answer(world: World, operation: Operation) -> None:
    """A second person says yes, or no, or nothing for now."""
    fate, helmi, sofia = world.random.random(), world.people["Helmi"], world.people["Sofia"]
    second = helmi if operation.requested_by == sofia.staff_id else sofia
    world.tell(f"{second.name} decides about {operation.id[:8]}")
    if fate < 0.5:
        approvals.approve(second, operation.id, now=world.now)
    elif fate < 0.75:
        approvals.reject(second, operation.id, why="no", now=world.now)


def _gateway_decides(world: World, operation: Operation) -> None:
    if operation.gateway_reference:
        outcome: Outcome = world.random.choice(("succeeded", "failed"))
        world.tell(f"the gateway decides {operation.gateway_reference}: {outcome}")
        world.gateway.settle_refund(operation.gateway_reference, outcome)


def _look_it_up(world: World, operation: Operation) -> None:
    """Close what certainly was not done; else send it again under its key; else do it there by hand."""
    sofia = world.people["Sofia"]
    if approvals.why_not_close(operation) is None:
        world.tell(f"Sofia closes {operation.id[:8]}")
        try:
            approvals.close_as_not_done(sofia, operation.id, why="not there", now=world.now)
            return
        except ConsoleError as refusal:
            world.tell(f"→ {refusal}")
            _do_it_there(world, operation)
    world.tell(f"Sofia sends {operation.id[:8]} again")
    resuming.resume(operation.id, now=world.now)


def _do_it_there(world: World, operation: Operation) -> None:
    verb, reference = VERBS[operation.kind], operation.request.get("gateway_reference")
    change = verb.at_gateway(operation.request) if isinstance(verb, SubscriptionVerb) else None
    if change is not None and reference is not None:
        world.tell(f"Sofia does it in the gateway's own pages: {reference}")
        world.gateway.change_subscription(reference, change, operation_id=world.new_id())
