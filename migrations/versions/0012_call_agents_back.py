"""Remember where agents are called back, how telling them went, and who set what was given up going again."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
UNSETTLED = sa.text("state in ('waiting', 'given_up')")


def upgrade() -> None:
    with op.batch_alter_table("agents") as agents:
        agents.add_column(sa.Column("callback", sa.String(4), nullable=True))
        agents.create_check_constraint(op.f("ck_agents_callback"), "callback in ('thin', 'full')")
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("version", sa.Integer, nullable=True))
        outbox.add_column(sa.Column("forgiven", sa.Integer, nullable=False, server_default="0"))
    create_endpoints()
    create_callbacks()
    op.create_table(
        "acts",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("about", sa.String(80), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("ix_acts_about", "acts", ["about", "id"])


def create_endpoints() -> None:
    op.create_table(
        "callback_endpoints",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("agent_id", sa.String(40), primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("content", sa.String(4), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.Column("registered_by", sa.String(254), nullable=False),
        sa.Column("verified_at", INSTANT),
        sa.Column("old_ends_at", INSTANT),
        sa.Column("problem", sa.Text),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("sealed_old", sa.LargeBinary),
        sa.CheckConstraint("content in ('thin', 'full')", name="content"),
        sa.CheckConstraint("state in ('unverified', 'verified', 'off')", name="state"),
        sa.CheckConstraint("(sealed_old is null) = (old_ends_at is null)", name="old"),
    )


def create_callbacks() -> None:
    op.create_table(
        "callbacks",
        sa.Column("handoff_id", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("agent_id", sa.String(40), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("next_at", INSTANT),
        sa.Column("problem", sa.Text),
        sa.PrimaryKeyConstraint("handoff_id", "version"),
        sa.CheckConstraint(
            "state in ('waiting', 'delivered', 'given_up', 'dropped')", name="state"
        ),
    )
    op.create_index("ix_callbacks_of_agent", "callbacks", ["agent_id", "last_at"])
    op.create_index(
        "ix_callbacks_unsettled",
        "callbacks",
        ["agent_id", "state"],
        postgresql_where=UNSETTLED,
        sqlite_where=UNSETTLED,
    )


def downgrade() -> None:
    op.drop_table("acts")
    op.drop_table("callbacks")
    op.drop_table("callback_endpoints")
    op.execute("delete from outbox where topic = 'agent.callback'")
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_column("forgiven")
        outbox.drop_column("version")
    with op.batch_alter_table("agents") as agents:
        agents.drop_constraint(op.f("ck_agents_callback"), type_="check")
        agents.drop_column("callback")
