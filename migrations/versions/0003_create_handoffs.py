"""Create handoffs, the names of asks, who may see what, and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
STATUSES = (
    "status in ('pending', 'changes_requested', 'approved', 'running', 'succeeded', 'failed', "
    "'unknown', 'denied', 'answered', 'blocked', 'expired', 'withdrawn')"
)


def upgrade() -> None:
    create_handoffs()
    index_handoffs()
    create_idempotency()
    create_audience()
    create_outbox()


def downgrade() -> None:
    for table in ("outbox", "audience", "idempotency", "handoffs"):
        op.drop_table(table)


def create_handoffs() -> None:
    """Create the narrow, hot row of each handoff."""
    fingerprinted = "(kind = 'action') = (fingerprint is not null)"
    counted = "revision >= 1 and version >= 1 and sequence >= 1"
    op.create_table(
        "handoffs",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("agent_id", sa.String(40), nullable=False),
        sa.Column("agent", sa.String(80), nullable=False),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("risk", sa.String(10), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text),
        sa.Column("action_name", sa.String(120)),
        sa.Column("action", sa.Text),
        sa.Column("fingerprint", sa.String(80)),
        sa.Column("intent_id", sa.String(255), nullable=False),
        sa.Column("run_id", sa.String(255)),
        sa.Column("thread_id", sa.String(255)),
        sa.Column("submitted_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("deadline_at", INSTANT),
        sa.Column("facts", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoffs")),
        sa.CheckConstraint(STATUSES, name=op.f("ck_handoffs_status")),
        sa.CheckConstraint("kind in ('action', 'question')", name=op.f("ck_handoffs_kind")),
        sa.CheckConstraint(fingerprinted, name=op.f("ck_handoffs_fingerprint")),
        sa.CheckConstraint(counted, name=op.f("ck_handoffs_counts")),
    )


def index_handoffs() -> None:
    """Index what is waited for, what is unknown, and what belongs to an agent or a run."""
    op.create_index("ix_handoffs_of_agent", "handoffs", ["agent_id", "id"])
    partial = {
        "ix_handoffs_waiting": (["deadline_at", "id"], "status = 'pending'"),
        "ix_handoffs_of_run": (["agent_id", "run_id"], "run_id is not null"),
        "ix_handoffs_unknown": (["id"], "status = 'unknown'"),
    }
    for name, (columns, condition) in partial.items():
        create_partial_index(name, "handoffs", columns, condition)


def create_idempotency() -> None:
    """Create the names of asks."""
    op.create_table(
        "idempotency",
        sa.Column("agent_id", sa.String(40), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("handoff_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("fingerprint", sa.String(80)),
        sa.PrimaryKeyConstraint("agent_id", "key", name=op.f("pk_idempotency")),
    )
    op.create_index("ix_idempotency_of_handoff", "idempotency", ["handoff_id"])


def create_audience() -> None:
    """Create who may see and who is waited for: the index behind the queue."""
    op.create_table(
        "audience",
        sa.Column("team", sa.String(80), nullable=False),
        sa.Column("handoff_id", sa.String(40), nullable=False),
        sa.Column("waits_until", INSTANT),
        sa.PrimaryKeyConstraint("handoff_id", "team", name=op.f("pk_audience")),
    )
    waiting = ["team", "waits_until", "handoff_id"]
    create_partial_index("ix_audience_waiting", "audience", waiting, "waits_until is not null")


def create_outbox() -> None:
    """Create what the worker must do."""
    op.create_table(
        "outbox",
        sa.Column("id", NUMBER, sa.Identity(), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("handoff_id", sa.String(40), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
        sa.Column("leased_until", INSTANT),
        sa.Column("error", sa.Text),
        sa.Column("given_up_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    create_partial_index("ix_outbox_due", "outbox", ["due_at", "id"], "given_up_at is null")
    create_partial_index("ix_outbox_given_up", "outbox", ["id"], "given_up_at is not null")


def create_partial_index(name: str, table: str, columns: list[str], condition: str) -> None:
    """Index only the rows that meet the condition."""
    where = sa.text(condition)
    op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)
