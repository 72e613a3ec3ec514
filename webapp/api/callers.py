"""Who calls: an agent with its key, or a person with a token, recognised anew at every request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import current_app

from webapp.desk import Desk
from webapp.domain.decision import Person
from webapp.domain.errors import (
    AgentNeeded,
    BodyInvalid,
    HandrailError,
    PersonNeeded,
    SubmissionInvalid,
)
from webapp.domain.handoff import Agent, Face
from webapp.services import accounts
from webapp.services.loops import count_invalid
from webapp.work import Work


def desk() -> Desk:
    """Give the desk of the running application."""
    found: Desk = current_app.extensions["handrail"]
    return found


def caller(work: Work, credential: str) -> Agent | Person:
    """Recognise the caller. Raises NotAuthenticated."""
    return accounts.identify(work, credential, Face.API)


def agent(work: Work, credential: str) -> Agent:
    """Recognise an agent. Raises NotAuthenticated and AgentNeeded."""
    found = caller(work, credential)
    if isinstance(found, Agent):
        return found
    raise AgentNeeded(hint="Use an agent's key (hr_…) here; yours is a person's token.")


def person(work: Work, credential: str) -> Person:
    """Recognise a person. Raises NotAuthenticated and PersonNeeded."""
    found = caller(work, credential)
    if isinstance(found, Person):
        return found
    raise PersonNeeded(hint="Use a person's token (hp_…) here; an agent's key never decides.")


@contextmanager
def known_first(
    credential: str, recognise: Callable[[Work, str], Agent | Person] = agent
) -> Iterator[None]:
    """Tell what is wrong with a request only to a caller that we know.

    Raises NotAuthenticated or Forbidden in place of the mistake.
    """
    try:
        yield
    except HandrailError:
        desk().read(lambda work: recognise(work, credential))
        raise


@contextmanager
def counted(credential: str) -> Iterator[None]:
    """Count a submission that cannot be read, so that an agent that keeps sending such is seen.

    Raises NotAuthenticated or Forbidden in place of the mistake.
    """
    try:
        yield
    except (BodyInvalid, SubmissionInvalid) as error:
        problems = error.problems
        desk().transact(lambda work: count_invalid(work, agent(work, credential), problems))
        raise
