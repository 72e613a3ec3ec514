"""Where teams are told, and who is who in Slack."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from webapp.domain.channel import Channel, Medium
from webapp.domain.decision import EVERY_TEAM, Role
from webapp.domain.slack_link import SlackLink
from webapp.domain.verdict import Risk
from webapp.keyring import NONCE_BYTES
from webapp.store import tables
from webapp.store.notice_tables import channels, slack_links
from webapp.work import Work

C, S = channels, slack_links
U, M = tables.users, tables.memberships
IN_USE = C.c.removed_at.is_(None)
DECIDING = (Role.APPROVER.value, Role.ADMIN.value)


def add(work: Work, channel: Channel, by: str, secret: str | None = None) -> None:
    """Store a channel; `secret` is the whole address where that must not be read."""
    nonce = work.store.world.entropy(NONCE_BYTES)
    sealed = work.store.keyring.seal(secret.encode(), nonce, channel.id) if secret else None
    values = {
        "id": channel.id,
        "team": channel.team,
        "medium": channel.medium.value,
        "address": channel.address,
        "sealed": sealed,
        "least_risk": channel.least_risk.value,
        "quiet": channel.quiet,
        "digest_minutes": int(channel.digest.total_seconds() // 60) if channel.digest else None,
        "made_at": work.now,
        "made_by": by,
    }
    work.write(insert(C), values)


def remove(work: Work, channel_id: str) -> bool:
    """Take a channel out of use; say whether it was in use."""
    found = (C.c.id == channel_id) & IN_USE
    return bool(work.write(update(C).where(found).values(removed_at=work.now)).rowcount)


def of_teams(work: Work, teams: Collection[str] | None = None) -> list[Channel]:
    """List the channels of these teams and of every team, oldest first; None means all there are."""
    query = select(C).where(IN_USE).order_by(C.c.id)
    if teams is not None:
        query = query.where(or_(C.c.team.in_(teams), C.c.team == EVERY_TEAM))
    return [_channel(row) for row in work.run(query)]


def find(work: Work, channel_id: str) -> Channel | None:
    """Give a channel that is in use."""
    row = work.row(select(C).where(C.c.id == channel_id, IN_USE))
    return _channel(row) if row else None


def secret_of(work: Work, channel_id: str) -> str | None:
    """Give the whole address of a channel whose address is a secret."""
    row = work.row(select(C.c.sealed).where(C.c.id == channel_id, IN_USE))
    if row is None or row.sealed is None:
        return None
    return work.store.keyring.open(bytes(row.sealed), channel_id).decode()


def bind(work: Work, link: SlackLink) -> None:
    """Bind somebody in Slack to a person, in place of whoever was bound before."""
    same = (S.c.workspace == link.workspace) & (S.c.slack_user == link.slack_user)
    work.write(delete(S).where(same))
    values = {name: getattr(link, name) for name in SlackLink.__slots__}
    work.write(insert(S), {**values, "bound_at": work.now})


def unbind(work: Work, user_id: str) -> int:
    """Forget who a person is in Slack; give how many bindings there were."""
    return work.write(delete(S).where(S.c.user_id == user_id)).rowcount


def set_direct(work: Work, user_id: str, direct: str) -> None:
    """Say of what a person is told directly."""
    work.write(update(S).where(S.c.user_id == user_id).values(direct=direct))


def link_of(work: Work, workspace: str, slack_user: str) -> SlackLink | None:
    """Find who somebody in Slack is here."""
    same = (S.c.workspace == workspace) & (S.c.slack_user == slack_user)
    row = work.row(select(S).where(same))
    return _link(row) if row else None


def links_of_user(work: Work, user_id: str) -> list[SlackLink]:
    """List who a person is in Slack."""
    return [_link(row) for row in work.run(select(S).where(S.c.user_id == user_id))]


def links_of_deciders(work: Work, teams: Collection[str]) -> list[SlackLink]:
    """List who in Slack may decide for these teams."""
    may = M.c.role.in_(DECIDING) & or_(M.c.team.in_(teams), M.c.team == EVERY_TEAM)
    query = (
        select(S)
        .distinct()
        .join(M, M.c.user_id == S.c.user_id)
        .join(U, U.c.id == S.c.user_id)
        .where(may, U.c.disabled_at.is_(None))
        .order_by(S.c.workspace, S.c.slack_user)
    )
    return [_link(row) for row in work.run(query)]


def _channel(row: Any) -> Channel:
    minutes = row.digest_minutes
    return Channel(
        id=row.id,
        team=row.team,
        medium=Medium(row.medium),
        address=row.address,
        least_risk=Risk(row.least_risk),
        quiet=row.quiet,
        digest=timedelta(minutes=minutes) if minutes else None,
    )


def _link(row: Any) -> SlackLink:
    return SlackLink(**{name: getattr(row, name) for name in SlackLink.__slots__})
