"""Create policies, stops, the counters that routing rests on, and the keys of permits."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    create_policies()
    create_stops()
    create_counters()


def downgrade() -> None:
    for table in ("signing_keys", "counters", "stops", "policies"):
        op.drop_table(table)


def create_policies() -> None:
    """Create the numbered versions of the policy."""
    op.create_table(
        "policies",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("published_by", sa.String(254), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_policies")),
    )


def create_stops() -> None:
    """Create the kill switch."""
    op.create_table(
        "stops",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("name", sa.String(120)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("resumed_at", INSTANT),
        sa.Column("resumed_by", sa.String(254)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stops")),
        sa.CheckConstraint("scope in ('global', 'agent', 'action')", name=op.f("ck_stops_scope")),
        sa.CheckConstraint("(scope = 'global') = (name is null)", name=op.f("ck_stops_name")),
    )
    in_force = sa.text("resumed_at is null")
    op.create_index("ix_stops_in_force", "stops", ["id"], postgresql_where=in_force)


def create_counters() -> None:
    """Create what agents have used of their limits, and the sealed keys that sign permits."""
    op.create_table(
        "counters",
        sa.Column("agent_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("window", sa.String(40), nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "name", "window", name=op.f("pk_counters")),
        sa.CheckConstraint("value >= 0", name=op.f("ck_counters_value")),
    )
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(40), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_keys")),
    )
