"""Run what was approved where the agent does not: at most once, and it is recorded how it ended or nobody knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from webapp.domain.errors import Conflict, HandrailError, LostRace, NotFound, NotNow
from webapp.domain.executor import MARGIN, HttpCall
from webapp.domain.handoff import Handoff, Status
from webapp.domain.message import Attempt, Message
from webapp.domain.permit import SigningKey, run_claims_of, sign
from webapp.domain.previewing import must_look
from webapp.domain.run_errors import Stopped, TooEarly
from webapp.domain.tool_call import Ran, body_of, headers_of, not_begun, read_answer, without
from webapp.gateways.web import AddressRefused, NoAnswer, Request, Unreachable
from webapp.services import execute as executing
from webapp.services import outbox
from webapp.services.previews import Fresh
from webapp.work import Work
from worker.doors import CLUSTER, host_of
from worker.hands import Hands
from worker.lend import Shown, shown_to
from worker.preview import seen_now
from worker.start import run_job

STOP_PAUSE = timedelta(seconds=30)
INTERRUPTED = Ran(
    status=Status.UNKNOWN,
    detail="Handrail was interrupted while it ran this, and nobody knows whether the call was made.",
)
TOO_LATE = Ran(
    status=Status.UNKNOWN,
    detail="The tool was asked again under the same key until its permit ended, and never said how it went.",
)


def execute(hands: Hands, attempt: Attempt, message: Message) -> None:
    """Run an approved action, go on where an earlier attempt of this message stands, or strike it out."""
    found = hands.desk.read(lambda work: outbox.subject(work, message))
    executor = found.terms.executor if found else None
    if found is None or executor is None or not _waits(found, attempt):
        hands.desk.transact(lambda work: executing.drop(work, attempt, message.handoff_id))
        return
    fresh = seen_now(hands, found) if must_look(found) else None
    if isinstance(executor, HttpCall):
        call_tool(hands, attempt, found, executor, fresh)
    else:
        with hands.doors.through(CLUSTER):
            run_job(hands, attempt, found, executor, partial(begin, fresh=fresh))


def call_tool(
    hands: Hands, attempt: Attempt, found: Handoff, call: HttpCall, fresh: Fresh | None = None
) -> None:
    """Call a tool once; where an earlier attempt has begun to, only if the tool knows a call that comes twice."""
    if found.status is Status.RUNNING and not call.idempotent:
        _conclude(hands, attempt, found, INTERRUPTED)
        return
    with hands.doors.through(host_of(call.url)), shown_to(hands, call) as shown:
        # read before it begins: what fails in between leaves open whether it ran
        key = hands.desk.signing_key
        length = call.timeout + MARGIN
        begun = begin(hands, attempt, found, length, shown.lease, fresh=fresh)
        if begun:
            is_first = found.status is Status.APPROVED
            sends = partial(_sent, hands, key, begun, call, shown, is_first=is_first)
            _conclude(hands, attempt, begun, _called(sends, call, shown, is_first=is_first))


def begin(
    hands: Hands,
    attempt: Attempt,
    found: Handoff,
    length: timedelta,
    lease: str | None = None,
    *,
    fresh: Fresh | None = None,
) -> Handoff | None:
    """Redeem the permit unless that is done, and keep the message for `length`; `fresh` is the world as seen just now.

    None where nothing is to be run any more: people decide it again, it was taken back, or it has expired. Raises
    NotNow while it must not begin yet, or the world was not looked at.
    """
    try:
        return hands.desk.transact(lambda work: _begun(work, attempt, found, length, lease, fresh))
    except Stopped as error:
        raise NotNow(error.detail, after=STOP_PAUSE) from None
    except (TooEarly, LostRace) as error:
        raise NotNow(error.detail) from None
    except (Conflict, NotFound):
        hands.desk.transact(lambda work: executing.drop(work, attempt, found.id))
        return None


def _begun(
    work: Work,
    attempt: Attempt,
    found: Handoff,
    length: timedelta,
    lease: str | None,
    fresh: Fresh | None,
) -> Handoff | None:
    if found.status is Status.RUNNING:
        return found if executing.go_on(work, attempt, found, length) else None
    executor = found.terms.executor
    if executor is None:
        return None
    return executing.begin(work, attempt, found.id, executor, length, lease, fresh)


def _waits(found: Handoff, attempt: Attempt) -> bool:
    return found.status is Status.APPROVED or executing.is_begun_by(found, attempt)


def _conclude(hands: Hands, attempt: Attempt, handoff: Handoff, ran: Ran) -> None:
    hands.desk.transact(lambda work: executing.conclude(work, attempt, handoff.id, ran))


def _called(sends: Callable[[], Ran], call: HttpCall, shown: Shown, *, is_first: bool) -> Ran:
    """Call and say how it went; where nothing was sent it failed, unless an earlier call may have been."""
    if shown.problem:
        return _unsent(shown.problem, is_first=is_first)
    try:
        ran = sends()
    except NoAnswer as error:
        if call.idempotent:
            raise
        ran = Ran(status=Status.UNKNOWN, detail=error.detail)
    except Unreachable as error:
        if call.idempotent:
            raise
        ran = not_begun(error.detail)
    except AddressRefused as error:
        ran = _unsent(error, is_first=is_first)
    if ran.status is Status.UNKNOWN and call.idempotent and ran is not TOO_LATE:
        raise NotNow(ran.detail)
    return without(ran, shown.secrets)


def _unsent(error: HandrailError, *, is_first: bool) -> Ran:
    if not is_first:
        raise NotNow(error.detail)
    return not_begun(error.detail)


def _sent(
    hands: Hands, key: SigningKey, begun: Handoff, call: HttpCall, shown: Shown, *, is_first: bool
) -> Ran:
    desk = hands.desk
    claims = run_claims_of(begun, desk.world.now())
    if claims is None:
        return TOO_LATE
    token = sign(claims, key, desk.config.public_url)
    request = Request(
        method=call.method,
        url=call.url,
        headers=headers_of(claims.permit, token, shown.headers),
        body=body_of(begun, claims.permit, token),
        timeout=call.timeout.total_seconds(),
    )
    answer = hands.web.send(request)
    ran = read_answer(call, answer.status, answer.body, cut=answer.cut, is_first=is_first)
    return without(ran, [token])  # for whoever reads the outcome, it would be as good as a permit
