"""The tables of the policy engine: limits, loops, levels, labels, standing approvals, drafts, and who is away."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from webapp.store.tables import Instant, Number, events, handoffs, metadata

EVERY_TABLE = metadata  # complete only where this module has been read, too

# Whether what was reported as a success is one, as a look or the report itself shows.
OUTCOMES = "'verified', 'contradicted', 'unverified'"
handoffs.append_constraint(
    CheckConstraint(
        f"verified is null or (status = 'succeeded' and verified in ({OUTCOMES}))", name="verified"
    )
)

# what a stop makes void, or keeps waiting, beside what is pending
UNSETTLED = text("status in ('approved', 'changes_requested')")
Index("ix_handoffs_unsettled", handoffs.c.id, postgresql_where=UNSETTLED, sqlite_where=UNSETTLED)

# what people still have to look into: word for word in the query, or the partial index is not used
UNKNOWN = text("status = 'unknown' and settled is null")
Index("ix_handoffs_unknown", handoffs.c.id, postgresql_where=UNKNOWN, sqlite_where=UNKNOWN)

# What a handoff that may run has taken of which counters, until it is over.
holds = Table(
    "holds",
    metadata,
    Column("handoff_id", String(40), nullable=False),
    Column("holder", String(40), nullable=False),
    Column("name", String(40), nullable=False),
    Column("window", String(40), nullable=False),
    Column("amount", BigInteger, nullable=False),
    PrimaryKeyConstraint("handoff_id", "holder", "name", "window"),
)

# What an agent did that may turn out to be a loop: `name` says what, `at` when, so that windows slide.
attempts = Table(
    "attempts",
    metadata,
    Column("id", Number, Identity(), primary_key=True),
    Column("agent_id", String(40), nullable=False),
    Column("name", String(80), nullable=False),
    Column("at", Instant, nullable=False),
    Column("handoff_id", String(40)),
    Index("ix_attempts_of_agent", "agent_id", "name", "at"),
)

# What people should know of an agent that no handoff tells; `detail` is JSON. One of a kind is open at most.
alerts = Table(
    "alerts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("agent_id", String(40), nullable=False),
    Column("agent", String(80), nullable=False),
    Column("owner", String(80), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Column("over_at", Instant),
    Column("settled_at", Instant),
    Column("settled_by", String(254)),
    CheckConstraint("count >= 1", name="count"),
    Index("ix_alerts_of_agent", "agent_id", "kind", "id"),
    Index(
        "uq_alerts_open",
        "agent_id",
        "kind",
        unique=True,
        postgresql_where=text("settled_at is null"),
        sqlite_where=text("settled_at is null"),
    ),
)

# The level of autonomy that an agent has earned or lost since `since`; without one it stands where the policy starts.
# Each change is an event whose subject is the agent's id: `sequence` and `head` are those of the last one.
autonomy = Table(
    "autonomy",
    metadata,
    Column("agent_id", String(40), primary_key=True),
    Column("level", String(40)),
    Column("since", Instant),
    Column("proposed_at", Instant),
    Column("sequence", Integer, nullable=False, server_default="0"),
    Column("head", String(64), nullable=False),
    CheckConstraint("(level is null) = (since is null)", name="since"),
    CheckConstraint("(level is null) = (sequence = 0)", name="sequence"),
)

# What tells of an agent how well it does, few rows of many: what people decided, and what did not succeed.
TRACK_RECORD = "type in ('approved', 'edited', 'denied', 'revoked', 'contradicted') or status in ('failed', 'unknown')"
Index(
    "ix_events_track_record",
    events.c.agent_id,
    events.c.at,
    postgresql_where=text(TRACK_RECORD),
    sqlite_where=text(TRACK_RECORD),
)

# What people say afterwards of what ran unasked (`sample`), or of what they decided blind (`shadow`): labels.
labels = Table(
    "labels",
    metadata,
    Column("handoff_id", String(40), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("agent_id", String(40), nullable=False),
    Column("agent", String(80), nullable=False),
    Column("owner", String(80), nullable=False),
    Column("action_name", String(120), nullable=False),
    Column("route", String(10), nullable=False),
    Column("confidence", Float),
    Column("chosen_at", Instant, nullable=False),
    Column("verb", String(20)),
    Column("label", String(10)),
    Column("reason", Text),
    Column("by_id", String(40)),
    Column("by", String(254)),
    Column("at", Instant),
    CheckConstraint("kind in ('sample', 'shadow')", name="kind"),
    Index(
        "ix_labels_open",
        "chosen_at",
        "handoff_id",
        postgresql_where=text("label is null"),
        sqlite_where=text("label is null"),
    ),
)

# A decision given in advance, within a scope that the policy allows; `scope` is JSON.
standing_approvals = Table(
    "standing_approvals",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("agent_id", String(40), nullable=False),
    Column("action_name", String(120), nullable=False),
    Column("handoff_id", String(40), nullable=False),
    Column("policy", Integer, nullable=False),
    Column("scope", Text, nullable=False),
    Column("granted_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("uses", Integer, nullable=False, server_default="0"),
    Column("total", BigInteger, nullable=False, server_default="0"),
    Column("most_uses", Integer, nullable=False),
    Column("most_total", BigInteger),
    Column("ended_at", Instant),
    Column("ended_because", Text),
    CheckConstraint("uses between 0 and most_uses", name="uses"),
    CheckConstraint("total >= 0 and (most_total is null or total <= most_total)", name="total"),
    Index(
        "ix_standing_approvals_open",
        "agent_id",
        "action_name",
        postgresql_where=text("ended_at is null"),
        sqlite_where=text("ended_at is null"),
    ),
)

# Policies on their way: what somebody writes, and who has proposed it for publishing.
policy_drafts = Table(
    "policy_drafts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("text", Text, nullable=False),
    Column("based_on", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("by_id", String(40), nullable=False),
    Column("by", String(254), nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("proposed_at", Instant),
    Column("proposed_by_id", String(40)),
    Column("proposed_by", String(254)),
    Column("published_as", Integer),
    Column("discarded_at", Instant),
)

# Who is away until when, and who decides in their place; one of a person is not ended at most.
absences = Table(
    "absences",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("delegate_id", ForeignKey("users.id")),
    Column("began_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("by", String(254), nullable=False),
    Column("ended_at", Instant),
    CheckConstraint("delegate_id <> user_id", name="delegate"),
    CheckConstraint("ends_at > began_at", name="ends"),
    Index(
        "uq_absences_of_user",
        "user_id",
        unique=True,
        postgresql_where=text("ended_at is null"),
        sqlite_where=text("ended_at is null"),
    ),
    Index(
        "ix_absences_of_delegate",
        "delegate_id",
        postgresql_where=text("ended_at is null"),
        sqlite_where=text("ended_at is null"),
    ),
)
# Where agents are called back: one endpoint for each, its secrets sealed.
callback_endpoints = Table(
    "callback_endpoints",
    metadata,
    Column("id", String(40), nullable=False),
    Column("agent_id", String(40), primary_key=True),
    Column("url", Text, nullable=False),
    Column("content", String(4), nullable=False),
    Column("state", String(12), nullable=False),
    Column("registered_at", Instant, nullable=False),
    Column("registered_by", String(254), nullable=False),
    Column("verified_at", Instant),
    Column("old_ends_at", Instant),
    Column("problem", Text),
    Column("sealed", LargeBinary, nullable=False),
    Column("sealed_old", LargeBinary),
    CheckConstraint("content in ('thin', 'full')", name="content"),
    CheckConstraint("state in ('unverified', 'verified', 'off')", name="state"),
    CheckConstraint("(sealed_old is null) = (old_ends_at is null)", name="old"),
)

# How telling an agent of one version of a handoff went; there is none before the first try.
callbacks = Table(
    "callbacks",
    metadata,
    Column("handoff_id", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("agent_id", String(40), nullable=False),
    Column("status", String(20), nullable=False),
    Column("state", String(10), nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("next_at", Instant),
    Column("problem", Text),
    PrimaryKeyConstraint("handoff_id", "version"),
    CheckConstraint("state in ('waiting', 'delivered', 'given_up', 'dropped')", name="state"),
    Index("ix_callbacks_of_agent", "agent_id", "last_at"),
    Index(
        "ix_callbacks_unsettled",
        "agent_id",
        "state",
        postgresql_where=text("state in ('waiting', 'given_up')"),
        sqlite_where=text("state in ('waiting', 'given_up')"),
    ),
)

# What people did that no handoff's history tells: to endpoints, and to messages that were given up.
acts = Table(
    "acts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("by", String(254), nullable=False),
    Column("what", String(40), nullable=False),
    Column("about", String(80), nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_acts_about", "about", "id"),
)
