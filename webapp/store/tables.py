"""Every table, with the keys and checks that make the database refuse what must never be true."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    Executable,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeEngine

from webapp.domain.handoff import Kind, Status
from webapp.domain.message import Reach
from webapp.domain.stop import Scope


class CurrentXid(ColumnElement[int]):
    """The id of the running transaction on PostgreSQL, 0 on SQLite."""

    inherit_cache = True


@compiles(CurrentXid)
def _no_xid(_element: CurrentXid, _compiler: object, **_options: object) -> str:
    return "0"


@compiles(CurrentXid, "postgresql")
def _pg_xid(_element: CurrentXid, _compiler: object, **_options: object) -> str:
    return "(pg_current_xact_id()::text::bigint)"


class Clock(ColumnElement[datetime]):
    """The instant at which PostgreSQL comes to this row; nothing on SQLite, whose clock is ours."""

    inherit_cache = True
    type = DateTime(timezone=True)


@compiles(Clock)
def _no_clock(_element: Clock, _compiler: object, **_options: object) -> str:
    return "NULL"


@compiles(Clock, "postgresql")
def _pg_clock(_element: Clock, _compiler: object, **_options: object) -> str:
    return "clock_timestamp()"


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware instant in UTC: `timestamptz` on PostgreSQL, sortable ISO 8601 text on SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(32))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        read = datetime.fromisoformat(value) if dialect.name == "sqlite" else value
        return read if read.tzinfo is UTC else read.astimezone(UTC)


# SQLite gives numbers by itself only to a column that is exactly INTEGER.
Number = BigInteger().with_variant(Integer, "sqlite")

users = Table(
    "users",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
)

memberships = Table(
    "memberships",
    metadata,
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("team", String(80), nullable=False),
    Column("role", String(20), nullable=False),
    PrimaryKeyConstraint("user_id", "team"),
    CheckConstraint("role in ('viewer','approver','admin','auditor')", name="role"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("ended_at", Instant, nullable=False),
)

agents = Table(
    "agents",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("owner", String(80), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("callback", String(4)),
    CheckConstraint("callback in ('thin', 'full')", name="callback"),
)

agent_keys = Table(
    "agent_keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("agent_id", ForeignKey("agents.id"), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("maker_id", ForeignKey("users.id")),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

policies = Table(
    "policies",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("published_by", String(254), nullable=False),
)

stops = Table(
    "stops",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("scope", String(10), nullable=False),
    Column("name", String(120)),
    Column("reason", Text, nullable=False),
    Column("by", String(254), nullable=False),
    Column("at", Instant, nullable=False),
    Column("resumed_at", Instant),
    Column("resumed_by", String(254)),
    Column("eased_at", Instant),
    Column("eased_by", String(254)),
    CheckConstraint(f"scope in ({', '.join(repr(s.value) for s in Scope)})", name="scope"),
    CheckConstraint("(scope = 'global') = (name is null)", name="name"),
    Index("ix_stops_in_force", "id", postgresql_where=text("resumed_at is null")),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("agent_id", String(40), nullable=False),
    Column("agent", String(80), nullable=False),
    Column("owner", String(80), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("status", String(20), nullable=False),
    Column("settled", String(10)),
    Column("verified", String(12)),
    Column("risk", String(10), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("head", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Text),
    Column("action_name", String(120)),
    Column("action", Text),
    Column("fingerprint", String(80)),
    Column("intent_id", String(255), nullable=False),
    Column("run_id", String(255)),
    Column("thread_id", String(255)),
    Column("submitted_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("deadline_at", Instant),
    Column("facts", Text, nullable=False),
    CheckConstraint(f"status in ({', '.join(repr(s.value) for s in Status)})", name="status"),
    CheckConstraint(f"kind in ({', '.join(repr(k.value) for k in Kind)})", name="kind"),
    CheckConstraint("(kind = 'question') = (fingerprint is null)", name="fingerprint"),
    CheckConstraint(
        "settled is null or (status = 'unknown' and settled in ('ran', 'not_run'))", name="settled"
    ),
    CheckConstraint("revision >= 1 and version >= 1 and sequence >= 1", name="counts"),
    Index("ix_handoffs_of_agent", "agent_id", "id"),
    Index(
        "ix_handoffs_waiting",
        "deadline_at",
        "id",
        postgresql_where=text("status = 'pending'"),
        sqlite_where=text("status = 'pending'"),
    ),
    Index(
        "ix_handoffs_of_run",
        "agent_id",
        "run_id",
        postgresql_where=text("run_id is not null"),
        sqlite_where=text("run_id is not null"),
    ),
)

# The name of an ask, kept as long as the handoff and never partitioned: this key makes a submission happen once.
idempotency = Table(
    "idempotency",
    metadata,
    Column("agent_id", String(40), nullable=False),
    Column("key", String(255), nullable=False),
    Column("handoff_id", String(40), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("fingerprint", String(80)),
    PrimaryKeyConstraint("agent_id", "key"),
    Index("ix_idempotency_of_handoff", "handoff_id"),
)

# Who may see what. `waits_until` is set while this team's approvers are waited for: the index behind the queue.
audience = Table(
    "audience",
    metadata,
    Column("team", String(80), nullable=False),
    Column("handoff_id", String(40), nullable=False),
    Column("waits_until", Instant),
    PrimaryKeyConstraint("handoff_id", "team"),
    Index(
        "ix_audience_waiting",
        "team",
        "waits_until",
        "handoff_id",
        postgresql_where=text("waits_until is not null"),
        sqlite_where=text("waits_until is not null"),
    ),
)

# Append-only. `xid` and `id` are the cursor of streams: on PostgreSQL serial order is not commit order, so readers
# stay below the oldest transaction that is still open; on SQLite there is one writer and `xid` is always 0.
events = Table(
    "events",
    metadata,
    Column("id", Number, Identity(), primary_key=True),
    Column("xid", BigInteger, nullable=False, server_default=CurrentXid()),
    Column("handoff_id", String(40), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("agent_id", String(40), nullable=False),
    Column("type", String(20), nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor_kind", String(10), nullable=False),
    Column("actor_id", String(40), nullable=False),
    Column("actor", String(254), nullable=False),
    Column("face", String(10), nullable=False),
    Column("status", String(20), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("fingerprint", String(80)),
    Column("policy", Integer, nullable=False),
    Column("data", Text, nullable=False),
    Column("payload_digest", String(64)),
    Column("shown", String(80)),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("handoff_id", "sequence"),
    Index("ix_events_of_agent", "agent_id", "xid", "id"),
    Index("ix_events_cursor", "xid", "id"),
)

# What may be erased one day, apart from the chain that holds its digest.
payloads = Table(
    "payloads",
    metadata,
    Column("handoff_id", String(40), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", LargeBinary),
    Column("private_state", LargeBinary),
    PrimaryKeyConstraint("handoff_id", "sequence"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Number, Identity(), primary_key=True),
    Column("topic", String(40), nullable=False),
    Column("reach", String(10), nullable=False),
    Column("handoff_id", String(40), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("leased_until", Instant),
    Column("error", Text),
    Column("given_up_at", Instant),
    Column("version", Integer),
    Column("forgiven", Integer, nullable=False, server_default="0"),
    CheckConstraint(f"reach in ({', '.join(repr(r.value) for r in Reach)})", name="reach"),
    Index(
        "ix_outbox_due",
        "reach",
        "due_at",
        "id",
        postgresql_where=text("given_up_at is null"),
        sqlite_where=text("given_up_at is null"),
    ),
    Index(
        "ix_outbox_given_up",
        "id",
        postgresql_where=text("given_up_at is not null"),
        sqlite_where=text("given_up_at is not null"),
    ),
)

counters = Table(
    "counters",
    metadata,
    Column("agent_id", String(40), nullable=False),
    Column("name", String(40), nullable=False),
    Column("window", String(40), nullable=False),
    Column("value", BigInteger, nullable=False),
    PrimaryKeyConstraint("agent_id", "name", "window"),
    CheckConstraint("value >= 0", name="value"),
)

# Each row binds a batch of committed events over all handoffs to the batch before it.
anchors = Table(
    "anchors",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("xid", BigInteger, nullable=False),
    Column("event_id", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", String(40), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
)


def insert_if_absent(table: Table, values: Mapping[str, Any], *, sqlite: bool) -> Executable:
    """Give the statement that inserts a row unless its key is taken."""
    make = sqlite_insert if sqlite else postgresql_insert
    return make(table).values(values).on_conflict_do_nothing()


def stored_bytes(value: Any) -> bytes | None:
    """Read a column of bytes; text in its place (somebody wrote it by hand) stays a misfit, not a crash."""
    return value.encode() if isinstance(value, str) else None if value is None else bytes(value)
