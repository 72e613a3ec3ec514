"""Where an agent is called back: registered, verified, its secret rotated, taken away; by admins of its owner team."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from webapp.domain.callback import (
    LONGEST_URL,
    OLD_SECRET_LIVES,
    SECRET_BYTES,
    Endpoint,
    EndpointState,
    right_to_manage,
    write_secret,
)
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.decision import Person
from webapp.domain.errors import Conflict, FieldProblem, NoEndpoint, SubmissionInvalid, Unavailable
from webapp.domain.handoff import Actor, Agent, Submission
from webapp.services import accounts, policies
from webapp.store import acts, callbacks
from webapp.store import endpoints as store
from webapp.store.endpoints import Secrets
from webapp.work import Work

FORM = re.compile(r"https?://[^\s#\x00-\x1f]+")
CHALLENGE_BYTES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """An endpoint as it stands; `secret` is shown this once, None where the one that there was goes on."""

    endpoint: Endpoint
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What an endpoint has to echo before anything is sent there."""

    endpoint: Endpoint
    secrets: Secrets
    name: str
    text: str


def owner_of(work: Work, agent: Agent) -> str:
    """Name the team that answers for an agent, also before the first policy."""
    try:
        grant = policies.standing(work).policy.grant(agent.name, agent.owner)
    except Unavailable:
        return agent.owner
    return grant.owner or agent.owner


def of_agent(work: Work, name: str) -> Endpoint | None:
    """Give where an agent is called back, None where it is not. Raises NotFound."""
    return store.find(work, accounts.agent_named(work, name).id)


def register(
    work: Work, name: str, url: str | None, content: CallbackWish | None, by: Person | Actor
) -> Registered:
    """Say where an agent is called back, and how much it is told; what is None stays as it was.

    Another address has to be verified before anything is sent there; the secret goes on. Raises NotFound, Forbidden,
    NoEndpoint and SubmissionInvalid.
    """
    agent = _held(work, name, by)
    before = store.find(work, agent.id)
    if url is not None:
        _check(url)
    if before is None:
        return _first(work, agent, url, content, by)
    moved = url is not None and url != before.url
    after = replace(before, url=url or before.url, content=content or before.content)
    if moved:
        after = replace(
            after,
            state=EndpointState.UNVERIFIED,
            verified_at=None,
            problem=None,
            registered_at=work.now,
            registered_by=_named(by),
        )
    store.save(work, after, store.secrets(work, before))
    acts.note(work, by, "callback.registered", agent.id, f"{after.content.value} {after.url}")
    return Registered(endpoint=after)


def challenge(work: Work, name: str, by: Person | Actor) -> Challenge:
    """Give what the endpoint has to echo. Raises NotFound, Forbidden and NoEndpoint."""
    agent = _held(work, name, by)
    endpoint = _there(work, agent)
    text = work.store.world.token(CHALLENGE_BYTES)
    return Challenge(
        endpoint=endpoint,
        secrets=store.secrets(work, endpoint),
        name=work.new_id("ch"),
        text=text,
    )


def answered(
    work: Work, name: str, asked: Challenge, why: str | None, by: Person | Actor
) -> Endpoint:
    """Record how an endpoint answered its challenge: `why` says what was wrong, None for nothing.

    What waited for it is sent at once. Raises Conflict where the endpoint was changed meanwhile.
    """
    agent = _held(work, name, by)
    endpoint = _there(work, agent)
    if (endpoint.id, endpoint.url) != (asked.endpoint.id, asked.endpoint.url):
        raise Conflict("The endpoint was changed while it was being verified: verify it again.")
    if why:
        after = replace(endpoint, problem=why)
    else:
        after = replace(endpoint, state=EndpointState.VERIFIED, verified_at=work.now, problem=None)
    store.save(work, after, store.secrets(work, endpoint))
    if not why:
        acts.note(work, by, "callback.verified", agent.id, after.url)
        callbacks.hurry(work, callbacks.waiting(work, agent.id))
    return after


def rotate(work: Work, name: str, by: Person | Actor) -> Registered:
    """Give an endpoint another secret; the old one signs as well for a day, unless it is ended before.

    Raises NotFound, Forbidden and NoEndpoint, and Conflict while an old one still signs.
    """
    agent = _held(work, name, by)
    before = _there(work, agent)
    known = store.secrets(work, before)
    if known.old and before.old_ends_at:
        raise Conflict(
            f"Its old secret signs until {before.old_ends_at:%Y-%m-%d %H:%M} UTC, and another one would end it now.",
            hint="End the old secret first, once the receiver knows the newest one.",
        )
    fresh = work.store.world.entropy(SECRET_BYTES)
    kept = Secrets(current=fresh, old=known.current)
    after = replace(before, old_ends_at=work.now + OLD_SECRET_LIVES)
    store.save(work, after, kept)
    acts.note(work, by, "callback.rotated", agent.id)
    return Registered(endpoint=after, secret=write_secret(fresh))


def end_old(work: Work, name: str, by: Person | Actor) -> Endpoint:
    """Let only the newest secret sign from now on. Raises NotFound, Forbidden and NoEndpoint."""
    agent = _held(work, name, by)
    before = _there(work, agent)
    after = replace(before, old_ends_at=None)
    store.save(work, after, Secrets(current=store.secrets(work, before).current))
    acts.note(work, by, "callback.old_secret_ended", agent.id)
    return after


def remove(work: Work, name: str, by: Person | Actor) -> Endpoint:
    """Call an agent back no more. Raises NotFound, Forbidden and NoEndpoint."""
    agent = _held(work, name, by)
    endpoint = _there(work, agent)
    store.remove(work, agent.id)
    acts.note(work, by, "callback.removed", agent.id, endpoint.url)
    return endpoint


def insist_on_endpoint(work: Work, agent: Agent, submission: Submission) -> None:
    """Refuse to promise a callback to an agent that has no endpoint: it would sleep for ever. Raises NoEndpoint.

    An endpoint that is not in use just now is enough: what is for it waits, or is given up where people see it.
    """
    if submission.callback in {None, CallbackWish.NONE} or agent.callback is not None:
        return
    if store.find(work, agent.id) is None:
        message = f"{agent.name} has no endpoint to be called back at."
        problem = FieldProblem(
            pointer="/callback",
            code="no_endpoint",
            message=message,
            expected="none, or no such field",
        )
        hint = f"Register one: handrail agent callback {agent.name} --url https://…"
        raise NoEndpoint(message, hint=hint, problems=[problem])


def authorised(work: Work, name: str, by: Person | Actor) -> Agent:
    """Give an agent whose callbacks somebody may manage; an `Actor` is the command line. Raises NotFound, Forbidden."""
    agent = accounts.agent_named(work, name)
    refusal = right_to_manage(by, owner_of(work, agent)) if isinstance(by, Person) else None
    if refusal:
        raise refusal
    return agent


def _held(work: Work, name: str, by: Person | Actor) -> Agent:
    """Let nobody else change this agent's endpoint until the end of the transaction."""
    agent = authorised(work, name, by)
    work.lock_for(f"handrail.callback.{agent.id}", shared=False)
    return agent


def _there(work: Work, agent: Agent) -> Endpoint:
    found = store.find(work, agent.id)
    if found is None:
        hint = f"Register one: handrail agent callback {agent.name} --url https://…"
        raise NoEndpoint(f"{agent.name} has no endpoint.", hint=hint)
    return found


def _first(
    work: Work, agent: Agent, url: str | None, content: CallbackWish | None, by: Person | Actor
) -> Registered:
    if url is None:
        _there(work, agent)
    raw = work.store.world.entropy(SECRET_BYTES)
    endpoint = Endpoint(
        id=work.new_id("cb"),
        agent_id=agent.id,
        url=url or "",
        content=content or CallbackWish.THIN,
        state=EndpointState.UNVERIFIED,
        registered_at=work.now,
        registered_by=_named(by),
    )
    store.save(work, endpoint, Secrets(current=raw))
    acts.note(work, by, "callback.registered", agent.id, f"{endpoint.content.value} {url}")
    return Registered(endpoint=endpoint, secret=write_secret(raw))


def _named(by: Person | Actor) -> str:
    return by.email if isinstance(by, Person) else by.name


def _check(url: str) -> None:
    if FORM.fullmatch(url) and len(url) <= LONGEST_URL:
        return
    expected = f"https://…, at most {LONGEST_URL} characters, without a fragment"
    message = "This is no web address."
    problem = FieldProblem(pointer="/url", code="form", message=message, expected=expected)
    raise SubmissionInvalid(message, hint=f"Expected: {expected}.", problems=[problem])
