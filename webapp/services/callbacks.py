"""Tell agents of what moved: begin a try, record how it went, list what was told and set going what was given up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from webapp.domain import retry
from webapp.domain.alert import AlertKind
from webapp.domain.callback import Callback, CallbackState, Endpoint, EndpointState, webhook_id
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.decision import Person
from webapp.domain.errors import NotFound
from webapp.domain.handoff import SYSTEM, Actor, Handoff
from webapp.domain.message import Attempt, Message, Topic
from webapp.services import alerts, outbox
from webapp.services.alerts import Concern
from webapp.services.deliver import Delivery, deliver
from webapp.services.endpoints import authorised
from webapp.store import acts, endpoints, handoffs
from webapp.store import callbacks as store
from webapp.store import outbox as box
from webapp.store.endpoints import Secrets
from webapp.work import Work

HOLD = timedelta(seconds=60)  # longer than a try takes, from the look-up of a name to its record
MOST_LISTED = 50
MOST_REDRIVEN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One try at telling an agent: where, with which secrets, and the handoff as it stands now.

    `delivery` is its content, where the agent is told all of it.
    """

    callback: Callback
    endpoint: Endpoint
    secrets: Secrets
    handoff: Handoff
    delivery: Delivery | None

    @property
    def name(self) -> str:
        """Name what is told, the same at each try."""
        return webhook_id(self.callback.handoff_id, self.callback.version)


def address(work: Work, message: Message) -> str | None:
    """Give where the agent of a handoff is called back, None where it is not."""
    return endpoints.url_for(work, message.handoff_id)


def begin(work: Work, attempt: Attempt, message: Message) -> Call | None:
    """Begin a try; None where there is nothing to send, or another process has begun this very try."""
    handoff = handoffs.find_with_clock(work, message.handoff_id)
    known = store.find(work, message.handoff_id, message.about)
    if known and known.attempt >= attempt.number:
        return None
    found = endpoints.find_to_send(work, handoff.agent_id) if handoff else None
    if handoff is None or found is None or _is_old(handoff, message.about, known):
        _drop(work, attempt, known, handoff if found else None)
        return None
    endpoint, _ = found
    callback = _tried(work, attempt, known, handoff)
    if endpoint.state is not EndpointState.VERIFIED:
        _wait(work, attempt, callback, endpoint, handoff)
        return None
    if not store.begin(work, attempt, callback, work.now + HOLD):
        return None
    return _call(work, callback, found, handoff)


def delivered(work: Work, attempt: Attempt, call: Call) -> None:
    """Record that the agent has taken it."""
    store.taken(work, attempt, call.callback)


def missed(
    work: Work, attempt: Attempt, call: Call, why: str, after: timedelta | None = None
) -> None:
    """Record a try that came to nothing: it is made again later, or given up, and its owner told of that once.

    `after` is how long the endpoint asked us to wait.
    """
    if not _again(work, attempt, call.callback, why, after):
        _alert(work, call.handoff, f"{why}, and it was given up after {call.callback.tries} tries")


def gone(work: Work, attempt: Attempt, call: Call, why: str) -> None:
    """Switch an endpoint off that says that it is gone for good, and tell its owner."""
    standing = endpoints.find(work, call.endpoint.agent_id, lock=True)
    if standing and (standing.id, standing.url) == (call.endpoint.id, call.endpoint.url):
        off = replace(standing, state=EndpointState.OFF, problem=why)
        endpoints.save(work, off, endpoints.secrets(work, standing))
        acts.note(work, SYSTEM, "callback.switched_off", off.agent_id, why)
    _give_up(work, attempt, call.callback, why)
    _alert(work, call.handoff, f"{why}, so its endpoint is switched off")


# ---- seeing it, and setting going what was given up


def newest(work: Work, agent_id: str) -> list[Callback]:
    """List what an agent was told, the last try first."""
    return store.newest(work, agent_id, MOST_LISTED)


def dead(work: Work, agent_id: str) -> list[Callback]:
    """List what was given up and can be set going again, the oldest first."""
    return store.dead(work, agent_id, MOST_LISTED)


def redrive(work: Work, name: str, handoff_id: str | None, by: Person | Actor) -> int:
    """Set going again what was given up for an agent, of one handoff or of all; give how much there was.

    Raises NotFound and Forbidden.
    """
    agent = authorised(work, name, by)
    found = store.dead(work, agent.id, MOST_REDRIVEN, handoff_id)
    if handoff_id is not None and not found:
        raise NotFound(f"Nothing that was given up for {name} is about {handoff_id}.")
    for one in found:
        outbox.redrive(work, one.message_id, by)
        store.save(work, replace(one, state=CallbackState.WAITING, tries=0, next_at=work.now))
    return len(found)


# ---- the parts they share


def _is_old(handoff: Handoff, version: int, known: Callback | None) -> bool:
    """Say whether the handoff has moved on, or a try whose hold had ended has told it."""
    return handoff.version > version or (
        known is not None and known.state is CallbackState.DELIVERED
    )


def _tried(work: Work, attempt: Attempt, known: Callback | None, handoff: Handoff) -> Callback:
    """Count a try; what was given up and set going again counts afresh."""
    before = 0 if known is None or known.state is CallbackState.GIVEN_UP else known.tries
    return Callback(
        handoff_id=handoff.id,
        version=handoff.version,
        agent_id=handoff.agent_id,
        status=handoff.status,
        state=CallbackState.WAITING,
        message_id=attempt.id,
        attempt=attempt.number,
        tries=before + 1,
        first_at=known.first_at if known else work.now,
        last_at=work.now,
        problem=known.problem if known else None,
    )


def _call(
    work: Work, callback: Callback, found: tuple[Endpoint, Secrets], handoff: Handoff
) -> Call:
    endpoint, secrets = found
    full = handoff.callback is CallbackWish.FULL
    return Call(
        callback=callback,
        endpoint=endpoint,
        secrets=secrets,
        handoff=handoff,
        delivery=deliver(work, handoff) if full else None,
    )


def _drop(work: Work, attempt: Attempt, known: Callback | None, handoff: Handoff | None) -> None:
    """Strike out what need not be told any more, and say why where it was tried."""
    if not outbox.hold(work, attempt, HOLD):
        return
    moved_on = f"the handoff has moved on, to version {handoff.version}" if handoff else None
    if known and known.state is not CallbackState.DELIVERED:
        _save(work, known, CallbackState.DROPPED, moved_on or "the endpoint was removed")
    outbox.done(work, attempt)


def _wait(
    work: Work, attempt: Attempt, callback: Callback, endpoint: Endpoint, handoff: Handoff
) -> None:
    """Put aside what cannot be sent: until people bring the endpoint back, or for a while where it is being moved."""
    if not outbox.hold(work, attempt, HOLD):
        return
    if endpoint.state is EndpointState.OFF:
        _give_up(work, attempt, callback, "its endpoint is switched off")
    elif not _again(work, attempt, callback, "its endpoint is not verified", None):
        _alert(work, handoff, "its endpoint is not verified")


def _again(
    work: Work, attempt: Attempt, callback: Callback, why: str, after: timedelta | None
) -> bool:
    """Have it tried again later; give it up and say False where that was the last try."""
    patience = retry.patience(Topic.CALLBACK)
    if patience.ends(callback.tries):
        _give_up(work, attempt, callback, why)
        return False
    pause = patience.delay(callback.tries, work.store.world.jitter())
    due_at = work.now + max(pause, min(after or pause, patience.longest))
    store.save(work, replace(callback, next_at=due_at, problem=why))
    box.postpone(work, attempt, due_at, why)
    return True


def _give_up(work: Work, attempt: Attempt, callback: Callback, why: str) -> None:
    _save(work, callback, CallbackState.GIVEN_UP, why)
    box.give_up(work, attempt, why)


def _save(work: Work, callback: Callback, state: CallbackState, problem: str | None) -> None:
    store.save(
        work, replace(callback, state=state, last_at=work.now, next_at=None, problem=problem)
    )


def _alert(work: Work, handoff: Handoff, problem: str) -> None:
    """Tell the owner, once until somebody settles it."""
    concern = Concern(
        kind=AlertKind.CALLBACK,
        agent_id=handoff.agent_id,
        agent=handoff.agent,
        owner=handoff.owner,
        detail={"problem": problem},
    )
    alerts.raise_alert(work, concern)
