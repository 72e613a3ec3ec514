"""The tables of notices: where teams are told, who is who in Slack, and which messages stand where."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from webapp.domain.channel import Medium
from webapp.store.tables import Instant, metadata

# `address` is for people to see; where it holds a secret (a webhook), the whole of it is sealed beside it.
channels = Table(
    "channels",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("team", String(80), nullable=False),
    Column("medium", String(10), nullable=False),
    Column("address", String(254), nullable=False),
    Column("sealed", LargeBinary),
    Column("least_risk", String(10), nullable=False),
    Column("quiet", String(80)),
    Column("digest_minutes", Integer),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(254), nullable=False),
    Column("removed_at", Instant),
    CheckConstraint(f"medium in ({', '.join(repr(m.value) for m in Medium)})", name="medium"),
    Index("ix_channels_of_team", "team"),
)

# Who somebody in Slack is here: bound by themselves, signed in.
slack_links = Table(
    "slack_links",
    metadata,
    Column("workspace", String(40), nullable=False),
    Column("slack_user", String(40), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("direct", String(10), nullable=False),
    Column("bound_at", Instant, nullable=False),
    PrimaryKeyConstraint("workspace", "slack_user"),
    CheckConstraint("direct in ('none', 'reminders', 'all')", name="direct"),
    Index("ix_slack_links_of_user", "user_id"),
)

# One message about one handoff in one place. `draw` counts how often it was drawn; `revision`, `fingerprint` and
# `shown` say what the newest drawing shows, `drawn` what is known to stand there; `place` and `ts` are Slack's name of
# it. While somebody draws, it is busy.
notices = Table(
    "notices",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("handoff_id", String(40), nullable=False),
    Column("channel_id", String(40), nullable=False),
    Column("purpose", String(40), nullable=False),
    Column("target", String(254), nullable=False),
    Column("likeness", String(254), nullable=False),
    Column("standing", String(10), nullable=False),
    Column("draw", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("fingerprint", String(80)),
    Column("shown", String(80), nullable=False),
    Column("drawn", String(80)),
    Column("place", String(40)),
    Column("ts", String(40)),
    Column("error", Text),
    Column("busy_until", Instant),
    Column("changed_at", Instant, nullable=False),
    UniqueConstraint("handoff_id", "channel_id", "purpose"),
    CheckConstraint("standing in ('behind', 'new', 'open', 'over', 'failed')", name="standing"),
    CheckConstraint("draw >= 0", name="draw"),
    Index("ix_notices_like", "channel_id", "likeness", "standing", "id"),
    Index("ix_notices_at", "place", "ts"),
)
