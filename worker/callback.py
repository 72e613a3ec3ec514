"""Call agents back: tell an endpoint what moved, and record whether it took it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from webapp.desk import Desk
from webapp.domain.callback import event_type, failure, retry_after
from webapp.domain.errors import NotNow
from webapp.domain.instant import written
from webapp.domain.message import Attempt, Message
from webapp.gateways.callbacks import Post, send
from webapp.gateways.web import AddressRefused, Answer
from webapp.handoff_json import for_agent, json_bytes, links
from webapp.services import callbacks, outbox
from webapp.services.callbacks import Call
from worker.doors import Crowded, host_of
from worker.hands import Hands

GONE = 410


def call_back(hands: Hands, attempt: Attempt, message: Message) -> None:
    """Make one try at telling an agent that its handoff moved, or come again where its host has no room for it."""
    url = hands.desk.read(lambda work: callbacks.address(work, message))
    try:
        with hands.doors.through(host_of(url or "")):
            _try(hands, attempt, message)
    except Crowded as error:
        pause = error.after or timedelta(0)
        hands.desk.transact(lambda work: outbox.come_again(work, attempt, pause))


def _try(hands: Hands, attempt: Attempt, message: Message) -> None:
    desk = hands.desk
    call = desk.transact(lambda work: callbacks.begin(work, attempt, message))
    if call is None:
        return
    now = desk.world.now()
    post = Post(
        url=call.endpoint.url,
        secrets=call.secrets.all,
        name=call.name,
        body=event(desk, call, now),
    )
    try:
        answer = send(hands.web, post, now)
    except (NotNow, AddressRefused) as error:
        why = error.detail.rstrip(".")
        desk.transact(lambda work: callbacks.missed(work, attempt, call, why))
        return
    _record(desk, attempt, call, answer, now)


def event(desk: Desk, call: Call, now: datetime) -> bytes:
    """Write what the endpoint is sent: which handoff moved, or all of it, as it stands now."""
    handoff = call.handoff
    told: dict[str, Any] = {
        "id": handoff.id,
        "status": handoff.status.value,
        "version": handoff.version,
        "revision": handoff.revision,
        "links": links(desk, handoff.id),
    }
    if call.delivery:
        told = for_agent(desk, call.delivery, now)
    body = {
        "type": event_type(handoff.status),
        "timestamp": written(handoff.changed_at),
        "data": told,
    }
    return json_bytes(body, [call.delivery] if call.delivery else ())


def _record(desk: Desk, attempt: Attempt, call: Call, answer: Answer, now: datetime) -> None:
    why = failure(answer.status)
    if why is None:
        desk.transact(lambda work: callbacks.delivered(work, attempt, call))
    elif answer.status == GONE:
        desk.transact(lambda work: callbacks.gone(work, attempt, call, why))
    else:
        after = retry_after(answer.headers.get("retry-after"), now)
        desk.transact(lambda work: callbacks.missed(work, attempt, call, why, after))
