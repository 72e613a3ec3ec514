"""Create the history: events, their payloads apart from them, and anchors over all handoffs."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
XID = {"postgresql": "(pg_current_xact_id()::text::bigint)", "sqlite": "0"}


def upgrade() -> None:
    create_events()
    create_payloads()
    create_anchors()


def downgrade() -> None:
    for table in ("anchors", "payloads", "events"):
        op.drop_table(table)


def create_events() -> None:
    """Create what happened; `xid`, the transaction that said so, begins a stream's cursor."""
    xid = sa.text(XID[op.get_bind().dialect.name])
    op.create_table(
        "events",
        sa.Column("id", NUMBER, sa.Identity(), nullable=False),
        sa.Column("xid", sa.BigInteger, nullable=False, server_default=xid),
        sa.Column("handoff_id", sa.String(40), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("agent_id", sa.String(40), nullable=False),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor_kind", sa.String(10), nullable=False),
        sa.Column("actor_id", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(254), nullable=False),
        sa.Column("face", sa.String(10), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("fingerprint", sa.String(80)),
        sa.Column("policy", sa.Integer, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("payload_digest", sa.String(64)),
        sa.Column("shown", sa.String(80)),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("handoff_id", "sequence", name=op.f("uq_events_handoff_id_sequence")),
    )
    op.create_index("ix_events_of_agent", "events", ["agent_id", "xid", "id"])
    op.create_index("ix_events_cursor", "events", ["xid", "id"])


def create_payloads() -> None:
    """Create what may be erased one day."""
    op.create_table(
        "payloads",
        sa.Column("handoff_id", sa.String(40), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.LargeBinary),
        sa.Column("private_state", sa.LargeBinary),
        sa.PrimaryKeyConstraint("handoff_id", "sequence", name=op.f("pk_payloads")),
    )


def create_anchors() -> None:
    """Create what binds each batch of events to the batch before it."""
    op.create_table(
        "anchors",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("xid", sa.BigInteger, nullable=False),
        sa.Column("event_id", sa.BigInteger, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_anchors")),
    )
