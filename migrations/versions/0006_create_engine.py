"""Create what the policy engine remembers: shares of limits, attempts, levels, labels, standing approvals, drafts."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TRACK_RECORD = (
    "type in ('approved', 'edited', 'denied', 'revoked') or status in ('failed', 'unknown')"
)
TABLES = (
    "holds",
    "attempts",
    "alerts",
    "autonomy",
    "labels",
    "standing_approvals",
    "policy_drafts",
)


def upgrade() -> None:
    create_holds()
    create_attempts()
    create_alerts()
    create_levels()
    create_labels()
    create_standing_approvals()
    create_drafts()
    stage_stops()


def downgrade() -> None:
    op.drop_index("ix_events_track_record", "events")
    op.drop_index("ix_handoffs_unsettled", "handoffs")
    with op.batch_alter_table("stops") as stops:
        stops.drop_column("eased_by")
        stops.drop_column("eased_at")
    for table in reversed(TABLES):
        op.drop_table(table)


def create_holds() -> None:
    """Create what a handoff that may run has taken of which counters."""
    op.create_table(
        "holds",
        sa.Column("handoff_id", sa.String(40), nullable=False),
        sa.Column("holder", sa.String(40), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("window", sa.String(40), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("handoff_id", "holder", "name", "window", name=op.f("pk_holds")),
    )


def create_attempts() -> None:
    """Create what may turn out to be a loop."""
    op.create_table(
        "attempts",
        sa.Column("id", NUMBER, sa.Identity(), nullable=False),
        sa.Column("agent_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("handoff_id", sa.String(40)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index("ix_attempts_of_agent", "attempts", ["agent_id", "name", "at"])


def create_alerts() -> None:
    """Create what people should know of an agent that no handoff tells."""
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("agent_id", sa.String(40), nullable=False),
        sa.Column("agent", sa.String(80), nullable=False),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("over_at", INSTANT),
        sa.Column("settled_at", INSTANT),
        sa.Column("settled_by", sa.String(254)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.CheckConstraint("count >= 1", name=op.f("ck_alerts_count")),
    )
    op.create_index("ix_alerts_of_agent", "alerts", ["agent_id", "kind", "id"])
    is_open = sa.text("settled_at is null")
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["agent_id", "kind"],
        unique=True,
        postgresql_where=is_open,
        sqlite_where=is_open,
    )


def create_levels() -> None:
    """Create the levels of autonomy that agents have earned or lost, and the index to what they rest on."""
    op.create_table(
        "autonomy",
        sa.Column("agent_id", sa.String(40), nullable=False),
        sa.Column("level", sa.String(40)),
        sa.Column("since", INSTANT),
        sa.Column("proposed_at", INSTANT),
        sa.Column("sequence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("head", sa.String(64), nullable=False),
        sa.CheckConstraint("(level is null) = (since is null)", name=op.f("ck_autonomy_since")),
        sa.CheckConstraint("(level is null) = (sequence = 0)", name=op.f("ck_autonomy_sequence")),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_autonomy")),
    )
    op.create_index(
        "ix_events_track_record",
        "events",
        ["agent_id", "at"],
        postgresql_where=sa.text(TRACK_RECORD),
        sqlite_where=sa.text(TRACK_RECORD),
    )


def create_labels() -> None:
    """Create what people say afterwards of what ran unasked or was decided blind."""
    op.create_table(
        "labels",
        sa.Column("handoff_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("agent_id", sa.String(40), nullable=False),
        sa.Column("agent", sa.String(80), nullable=False),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("action_name", sa.String(120), nullable=False),
        sa.Column("route", sa.String(10), nullable=False),
        sa.Column("confidence", sa.Float),
        sa.Column("chosen_at", INSTANT, nullable=False),
        sa.Column("verb", sa.String(20)),
        sa.Column("label", sa.String(10)),
        sa.Column("reason", sa.Text),
        sa.Column("by_id", sa.String(40)),
        sa.Column("by", sa.String(254)),
        sa.Column("at", INSTANT),
        sa.PrimaryKeyConstraint("handoff_id", name=op.f("pk_labels")),
        sa.CheckConstraint("kind in ('sample', 'shadow')", name=op.f("ck_labels_kind")),
    )
    create_partial_index("ix_labels_open", "labels", ["chosen_at", "handoff_id"], "label is null")


def create_standing_approvals() -> None:
    """Create decisions given in advance."""
    op.create_table(
        "standing_approvals",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("agent_id", sa.String(40), nullable=False),
        sa.Column("action_name", sa.String(120), nullable=False),
        sa.Column("handoff_id", sa.String(40), nullable=False),
        sa.Column("policy", sa.Integer, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("granted_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("uses", sa.Integer, nullable=False, server_default="0"),
        sa.Column("total", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("most_uses", sa.Integer, nullable=False),
        sa.Column("most_total", sa.BigInteger),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_because", sa.Text),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_approvals")),
        sa.CheckConstraint("uses between 0 and most_uses", name=op.f("ck_standing_approvals_uses")),
        sa.CheckConstraint(
            "total >= 0 and (most_total is null or total <= most_total)",
            name=op.f("ck_standing_approvals_total"),
        ),
    )
    columns = ["agent_id", "action_name"]
    create_partial_index(
        "ix_standing_approvals_open", "standing_approvals", columns, "ended_at is null"
    )


def create_drafts() -> None:
    """Create policies on their way to being published."""
    op.create_table(
        "policy_drafts",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("based_on", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("by_id", sa.String(40), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("proposed_at", INSTANT),
        sa.Column("proposed_by_id", sa.String(40)),
        sa.Column("proposed_by", sa.String(254)),
        sa.Column("published_as", sa.Integer),
        sa.Column("discarded_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_drafts")),
    )


def stage_stops() -> None:
    """Let a stop be lifted in stages, and find quickly what it holds back."""
    with op.batch_alter_table("stops") as stops:
        stops.add_column(sa.Column("eased_at", INSTANT))
        stops.add_column(sa.Column("eased_by", sa.String(254)))
    condition = "status in ('approved', 'changes_requested')"
    create_partial_index("ix_handoffs_unsettled", "handoffs", ["id"], condition)


def create_partial_index(name: str, table: str, columns: list[str], condition: str) -> None:
    """Index only the rows that are asked for."""
    where = sa.text(condition)
    op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)
