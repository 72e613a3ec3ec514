"""Accounts: who comes in, and the people, agents and keys that may."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from webapp.domain.account import AgentInfo, KeyInfo, User
from webapp.domain.decision import EVERY_TEAM, Membership, Person
from webapp.domain.errors import FieldProblem, NotAuthenticated, NotFound, SubmissionInvalid
from webapp.domain.handoff import Agent, Face
from webapp.domain.nearest import did_you_mean
from webapp.keyring import key_hash
from webapp.services import passwords
from webapp.store import accounts as store
from webapp.work import Work

AGENT_KEY, PERSONS_TOKEN = "hr_", "hp_"
SECRET_BYTES = 32
AGENT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
TEAM_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}")
LONGEST_NAME = 120
LONGEST_SESSION = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key or token just made; `secret` is shown once and only its hash is kept."""

    id: str
    secret: str


# --------------------------------------------------------------------------------------------------
# Who comes in


def identify(work: Work, credential: str, face: Face) -> Agent | Person:
    """Recognise an agent by its key or a person by a token. Raises NotAuthenticated."""
    if credential.startswith(AGENT_KEY):
        agent = store.agent_by_key(work, key_hash(credential))
        if agent:
            return agent
    elif credential.startswith(PERSONS_TOKEN):
        user = store.user_by_token(work, key_hash(credential))
        if user:
            return user.person(face)
    raise NotAuthenticated


def claimed(work: Work, email: str) -> User | None:
    """Find whose e-mail this is; whether they are that person, `verified` says."""
    return store.user_by_email(work, email)


def verified(user: User | None, password: str) -> User | None:
    """Give the user where the password is right; as slow where there is none.

    Slow on purpose: call it while no connection to the database is held.
    """
    right = passwords.matches(user.password_hash if user else None, password)
    return user if right else None


def renew_hash(work: Work, user: User, password_hash: str) -> None:
    """Store the same password, hashed as is usual today (see `passwords.is_outdated`)."""
    store.set_password(work, user.id, password_hash)


def user(work: Work, user_id: str, session_id: str) -> User | None:
    """Give the account that a session names, None once it is disabled or the session ended."""
    return store.user_by_session(work, user_id, session_id)


def end_session(work: Work, session_id: str) -> None:
    """End one session, so that a copy of its cookie is worth nothing either."""
    store.end_session(work, session_id, LONGEST_SESSION)


# --------------------------------------------------------------------------------------------------
# People


def add_user(
    work: Work, email: str, membership: Membership, password_hash: str, name: str = ""
) -> User:
    """Add a person with one role. Raises Conflict where there is one, and SubmissionInvalid."""
    address = email.strip().lower()
    _check_email(address)
    _check_membership(membership)
    user = User(
        id=work.new_id("us"),
        email=address,
        name=_checked_name(name) or address.partition("@")[0],
        password_hash=password_hash,
        epoch=0,
        created_at=work.now,
        disabled_at=None,
        memberships=(membership,),
    )
    store.add_user(work, user)
    return user


def set_role(work: Work, email: str, membership: Membership) -> User:
    """Give a person a role in a team, in place of the one there. Raises NotFound."""
    user = user_named(work, email)
    _check_membership(membership)
    store.set_role(work, user.id, membership)
    return user


def set_password(work: Work, email: str, password_hash: str) -> User:
    """Give a person another password and sign out every session. Raises NotFound."""
    user = user_named(work, email)
    store.set_password(work, user.id, password_hash)
    store.next_epoch(work, user.id)
    return user


def sign_out_everywhere(work: Work, user_id: str) -> None:
    """End every session of a person."""
    store.next_epoch(work, user_id)


def disable_user(work: Work, email: str) -> User:
    """Close an account: sessions and tokens end, what it did stays in the history."""
    user = user_named(work, email)
    store.disable_user(work, user.id)
    store.next_epoch(work, user.id)
    store.revoke_tokens(work, user.id)
    return user


def add_token(work: Work, email: str) -> NewKey:
    """Make a token with which a person uses the API. Raises NotFound."""
    user = user_named(work, email)
    token = _new_key(work, "tk", PERSONS_TOKEN)
    store.add_token(work, token.id, user.id, key_hash(token.secret))
    return token


def revoke_tokens(work: Work, email: str) -> int:
    """Revoke every token of a person; give how many were in use. Raises NotFound."""
    return store.revoke_tokens(work, user_named(work, email).id)


def user_named(work: Work, email: str) -> User:
    """Find an account by its e-mail. Raises NotFound with the nearest one."""
    user = store.user_by_email(work, email)
    if user is None:
        known = (one.email for one in store.users(work) if one.disabled_at is None)
        raise _unknown("user", email, known, "`handrail user list` lists them.")
    return user


def people(work: Work) -> list[User]:
    """List all accounts by e-mail."""
    return store.users(work)


# --------------------------------------------------------------------------------------------------
# Agents


def add_agent(work: Work, name: str, owner: str, by: str | None = None) -> tuple[Agent, NewKey]:
    """Add an agent with its first key; `by` is the e-mail of whoever makes it.

    Raises Conflict where there is one of that name, SubmissionInvalid, and NotFound for `by`.
    """
    if not AGENT_NAME.fullmatch(name):
        expected = "lower case letters, digits and hyphens, at most 80"
        raise _invalid("/name", f"{name!r} is no name for an agent.", expected)
    _check_team(owner)
    agent = Agent(id=work.new_id("ag"), name=name, owner=owner)
    store.add_agent(work, agent)
    return agent, _add_key(work, agent, by)


def add_key(work: Work, name: str, by: str | None = None) -> NewKey:
    """Make another key for an agent. Raises NotFound."""
    return _add_key(work, agent_named(work, name), by)


def revoke_key(work: Work, name: str, key_id: str | None) -> int:
    """Revoke one key of an agent, or all with None; give how many were in use. Raises NotFound."""
    agent = agent_named(work, name)
    keys = [key.id for key in store.keys_of(work, agent.id)]
    if key_id is not None and key_id not in keys:
        raise _unknown("key", key_id, keys, f"`handrail key list {name}` lists them.")
    return store.revoke_keys(work, agent.id, keys if key_id is None else [key_id])


def rotate_keys(work: Work, name: str, by: str | None = None) -> NewKey:
    """Revoke every key of an agent and make a new one. Raises NotFound."""
    revoke_key(work, name, None)
    return add_key(work, name, by)


def keys_of(work: Work, name: str) -> list[KeyInfo]:
    """List an agent's keys, oldest first. Raises NotFound."""
    return store.keys_of(work, agent_named(work, name).id)


def agent_named(work: Work, name: str) -> Agent:
    """Find an agent by its name. Raises NotFound with the nearest one."""
    agent = store.agent_by_name(work, name)
    if agent is None:
        known = (one.name for one in store.agents(work))
        raise _unknown("agent", name, known, "`handrail agent list` lists them.")
    return agent


def agents(work: Work) -> list[AgentInfo]:
    """List all agents by name, with their keys."""
    return store.agents(work)


# --------------------------------------------------------------------------------------------------
# The parts they share


def _add_key(work: Work, agent: Agent, by: str | None) -> NewKey:
    maker = user_named(work, by).id if by else None
    key = _new_key(work, "ky", AGENT_KEY)
    store.add_key(work, key.id, agent.id, key_hash(key.secret), maker)
    return key


def _new_key(work: Work, prefix: str, form: str) -> NewKey:
    return NewKey(id=work.new_id(prefix), secret=form + work.store.world.token(SECRET_BYTES))


def _check_email(email: str) -> None:
    if not EMAIL.fullmatch(email):
        raise _invalid("/email", f"{email!r} is no e-mail address.", "such as ann@example.org")


def _check_membership(membership: Membership) -> None:
    if membership.team != EVERY_TEAM:
        _check_team(membership.team)


def _check_team(team: str) -> None:
    if not TEAM_NAME.fullmatch(team):
        expected = "letters, digits, dots, hyphens and underscores, at most 80"
        raise _invalid("/team", f"{team!r} is no name for a team.", expected)


def _checked_name(name: str) -> str:
    stripped = name.strip()
    if len(stripped) > LONGEST_NAME or not stripped.isprintable():
        expected = f"at most {LONGEST_NAME} printable characters"
        raise _invalid("/name", "This is no name for a person.", expected)
    return stripped


def _unknown(what: str, name: str, known: Iterable[str], where: str) -> NotFound:
    guess = did_you_mean(name, known)
    return NotFound(f"There is no {what} {name}.", hint=guess or where)


def _invalid(pointer: str, message: str, expected: str) -> SubmissionInvalid:
    problem = FieldProblem(pointer=pointer, code="form", message=message, expected=expected)
    return SubmissionInvalid(message, hint=f"Expected: {expected}.", problems=[problem])
