"""Who may come in: users, their roles and tokens, agents and their keys."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from webapp.domain.absence import Absence
from webapp.domain.account import AgentInfo, KeyInfo, User
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.decision import DECIDING, EVERY_TEAM, Membership, Role
from webapp.domain.errors import Conflict
from webapp.domain.handoff import Agent
from webapp.prepared import Prepared
from webapp.store import absences, tables
from webapp.store.engine_tables import absences as away
from webapp.work import Work

U, M, T, E = tables.users, tables.memberships, tables.tokens, tables.ended_sessions
A, K = tables.agents, tables.agent_keys
AGENT_COLUMNS = (
    A.c.id.label("agent_id"),
    A.c.name,
    A.c.owner,
    K.c.id.label("key_id"),
    K.c.maker_id,
    A.c.callback,
)
BY_KEY = (K.c.agent_id == A.c.id) & (K.c.hash == bindparam("hash")) & K.c.revoked_at.is_(None)
AGENT_BY_KEY = Prepared(select(*AGENT_COLUMNS).where(BY_KEY))
# few do, so that nobody else's are looked for
STANDS_IN = (
    exists().where(away.c.delegate_id == U.c.id, away.c.ended_at.is_(None)).label("stands_in")
)
USER_BY_TOKEN = Prepared(
    select(
        U,
        M.c.team,
        M.c.role,
        STANDS_IN,
    )
    .join(T, T.c.user_id == U.c.id)
    .outerjoin(M, M.c.user_id == U.c.id)
    .where(T.c.hash == bindparam("hash"), T.c.revoked_at.is_(None), U.c.disabled_at.is_(None))
    .order_by(M.c.team)
)
KEYS = select(K, U.c.email).join(U, U.c.id == K.c.maker_id, isouter=True).order_by(K.c.id)


def agent_by_key(work: Work, key_hash: str) -> Agent | None:
    """Recognise an agent by the hash of its key, unless the key was revoked."""
    row = work.ask_one(AGENT_BY_KEY, hash=key_hash)
    return as_agent(row) if row else None


def as_agent(row: Any) -> Agent:
    """Read an agent as it was recognised from a row with the columns of AGENT_BY_KEY."""
    return Agent(
        id=row.agent_id,
        name=row.name,
        owner=row.owner,
        key_id=row.key_id,
        key_maker=row.maker_id,
        callback=CallbackWish(row.callback) if row.callback else None,
    )


def agent_by_name(work: Work, name: str) -> Agent | None:
    """Find an agent by its name."""
    row = work.row(select(A).where(A.c.name == name))
    return Agent(id=row.id, name=row.name, owner=row.owner) if row else None


def agent_by_id(work: Work, agent_id: str) -> Agent | None:
    """Find an agent by its id."""
    row = work.row(select(A).where(A.c.id == agent_id))
    return Agent(id=row.id, name=row.name, owner=row.owner) if row else None


def user_by_token(work: Work, token_hash: str) -> User | None:
    """Recognise a person by the hash of a token, unless token or account are void."""
    rows = work.ask(USER_BY_TOKEN, hash=token_hash)
    roles = [Membership(team=row.team, role=Role(row.role)) for row in rows if row.team is not None]
    if not rows:
        return None
    user = _as_user(rows[0], roles)
    return _standing_in(work, user) if rows[0].stands_in else user


def user_by_session(work: Work, user_id: str, session_id: str) -> User | None:
    """Find the account that a session names, unless it is disabled or the session has ended."""
    ended = exists().where(E.c.id == session_id)
    return _user(work, select(U).where(U.c.id == user_id, U.c.disabled_at.is_(None), ~ended))


def user_by_id(work: Work, user_id: str) -> User | None:
    """Find an account that is not disabled."""
    return _user(work, select(U).where(U.c.id == user_id, U.c.disabled_at.is_(None)))


def user_by_email(work: Work, email: str) -> User | None:
    """Find an account that is not disabled, whatever the case of the letters."""
    found = select(U).where(U.c.email == email.strip().lower(), U.c.disabled_at.is_(None))
    return _user(work, found)


def users(work: Work) -> list[User]:
    """List all accounts by e-mail."""
    roles = _roles(work.run(select(M).order_by(M.c.team)))
    return [_as_user(row, roles.get(row.id, ())) for row in work.run(select(U).order_by(U.c.email))]


def deciders(work: Work, teams: Collection[str]) -> list[User]:
    """List who may decide for one of these teams, and the delegates of those who are away; disabled ones, too.

    Each with whether they are away, and in whose place they decide.
    """
    away_now = {one.who.id: one for one in absences.in_force(work)}
    wanted = M.c.team.in_([*teams, EVERY_TEAM]) & M.c.role.in_([role.value for role in DECIDING])
    asked = {row.user_id for row in work.run(select(M.c.user_id).where(wanted))}
    delegates = _delegates(away_now[user_id] for user_id in asked & away_now.keys())
    found = [replace(one, away=away_now.get(one.id)) for one in _some(work, asked | delegates)]
    stand_ins = _delegates(away_now.values())
    return [_standing_in(work, one) if one.id in stand_ins else one for one in found]


def _delegates(of: Iterable[Absence]) -> set[str]:
    return {one.delegate.id for one in of if one.delegate}


def _some(work: Work, ids: Collection[str]) -> list[User]:
    """Give these accounts by e-mail."""
    roles = _roles(work.run(select(M).where(M.c.user_id.in_(ids)).order_by(M.c.team)))
    rows = work.run(select(U).where(U.c.id.in_(ids)).order_by(U.c.email))
    return [_as_user(row, roles.get(row.id, ())) for row in rows]


def _roles(rows: Iterable[Any]) -> dict[str, list[Membership]]:
    """Sort memberships by whose they are."""
    found: dict[str, list[Membership]] = {}
    for row in rows:
        found.setdefault(row.user_id, []).append(Membership(team=row.team, role=Role(row.role)))
    return found


def agents(work: Work) -> list[AgentInfo]:
    """List all agents by name, with their keys."""
    keys: dict[str, list[KeyInfo]] = {}
    for row in work.run(KEYS):
        keys.setdefault(row.agent_id, []).append(_as_key(row))
    return [
        AgentInfo(
            id=row.id,
            name=row.name,
            owner=row.owner,
            created_at=row.created_at,
            keys=tuple(keys.get(row.id, ())),
        )
        for row in work.run(select(A).order_by(A.c.name))
    ]


def keys_of(work: Work, agent_id: str) -> list[KeyInfo]:
    """List an agent's keys, oldest first."""
    return [_as_key(row) for row in work.run(KEYS.where(K.c.agent_id == agent_id))]


def teams(work: Work) -> set[str]:
    """Name every team that has a member or owns an agent."""
    named = select(M.c.team).union(select(A.c.owner))
    return {row[0] for row in work.run(named)}


def add_user(work: Work, user: User) -> None:
    """Store a new account. Raises Conflict where the e-mail is taken."""
    values = {
        name: getattr(user, name)
        for name in ("id", "email", "name", "password_hash", "epoch", "created_at")
    }
    try:
        work.write(insert(U), values)
    except IntegrityError as error:
        raise Conflict(f"There is a user {user.email} already.") from error
    for membership in user.memberships:
        set_role(work, user.id, membership)


def set_role(work: Work, user_id: str, membership: Membership) -> None:
    """Give a person a role in a team, in place of the one they had there."""
    found = (M.c.user_id == user_id) & (M.c.team == membership.team)
    changed = work.write(update(M).where(found).values(role=membership.role.value))
    if not changed.rowcount:
        values = {"user_id": user_id, "team": membership.team, "role": membership.role.value}
        work.write(insert(M), values)


def end_session(work: Work, session_id: str, longest: timedelta) -> None:
    """End a session for good; those that ended `longest` ago are too old to be used anyway."""
    work.write(delete(E).where(E.c.ended_at < work.now - longest))
    ended = {"id": session_id, "ended_at": work.now}
    work.write(tables.insert_if_absent(E, ended, sqlite=work.store.is_sqlite))


def set_password(work: Work, user_id: str, password_hash: str) -> None:
    """Store another password hash."""
    work.write(update(U).where(U.c.id == user_id).values(password_hash=password_hash))


def next_epoch(work: Work, user_id: str) -> None:
    """Sign out every session of a person."""
    work.write(update(U).where(U.c.id == user_id).values(epoch=U.c.epoch + 1))


def add_token(work: Work, token_id: str, user_id: str, token_hash: str) -> None:
    """Store a person's token."""
    values = {"id": token_id, "user_id": user_id, "hash": token_hash, "created_at": work.now}
    work.write(insert(T), values)


def revoke_tokens(work: Work, user_id: str) -> int:
    """Revoke a person's tokens; give how many were in use."""
    in_use = (T.c.user_id == user_id) & T.c.revoked_at.is_(None)
    return work.write(update(T).where(in_use).values(revoked_at=work.now)).rowcount


def disable_user(work: Work, user_id: str) -> None:
    """Close an account."""
    work.write(update(U).where(U.c.id == user_id).values(disabled_at=work.now))


def add_agent(work: Work, agent: Agent) -> None:
    """Store a new agent. Raises Conflict where the name is taken."""
    values = {"id": agent.id, "name": agent.name, "owner": agent.owner, "created_at": work.now}
    try:
        work.write(insert(A), values)
    except IntegrityError as error:
        raise Conflict(f"There is an agent {agent.name} already.") from error


def add_key(work: Work, key_id: str, agent_id: str, key_hash: str, maker_id: str | None) -> None:
    """Store an agent's key and who made it."""
    values = {"id": key_id, "agent_id": agent_id, "hash": key_hash, "maker_id": maker_id}
    work.write(insert(K), {**values, "created_at": work.now})


def revoke_keys(work: Work, agent_id: str, key_ids: Iterable[str]) -> int:
    """Revoke these keys of an agent; give how many were in use."""
    in_use = (K.c.agent_id == agent_id) & K.c.id.in_(list(key_ids)) & K.c.revoked_at.is_(None)
    return work.write(update(K).where(in_use).values(revoked_at=work.now)).rowcount


def has_users(work: Work) -> bool:
    """Say whether anybody can sign in yet."""
    return bool(work.run(select(func.count()).select_from(U)).scalar_one())


def _user(work: Work, query: Select[Any]) -> User | None:
    row = work.row(query.add_columns(STANDS_IN))
    if row is None:
        return None
    roles = work.run(select(M).where(M.c.user_id == row.id).order_by(M.c.team))
    user = _as_user(row, [Membership(team=r.team, role=Role(r.role)) for r in roles])
    return _standing_in(work, user) if row.stands_in else user


def _standing_in(work: Work, user: User) -> User:
    """Say in whose place a user decides now."""
    return replace(user, stands_in_for=absences.stood_in_for(work, user.id))


def _as_key(row: Row[Any]) -> KeyInfo:
    return KeyInfo(id=row.id, maker=row.email, created_at=row.created_at, revoked_at=row.revoked_at)


def _as_user(row: Any, roles: Iterable[Membership]) -> User:
    return User(
        id=row.id,
        email=row.email,
        name=row.name,
        password_hash=row.password_hash,
        epoch=row.epoch,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        memberships=tuple(roles),
    )
