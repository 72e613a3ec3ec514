"""Create where teams are told, who is who in Slack, and which messages stand where."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    create_channels()
    create_slack_links()
    create_notices()


def downgrade() -> None:
    for table in ("notices", "slack_links", "channels"):
        op.drop_table(table)


def create_channels() -> None:
    """Create where the people of a team are told."""
    op.create_table(
        "channels",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("team", sa.String(80), nullable=False),
        sa.Column("medium", sa.String(10), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("least_risk", sa.String(10), nullable=False),
        sa.Column("quiet", sa.String(80)),
        sa.Column("digest_minutes", sa.Integer),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by", sa.String(254), nullable=False),
        sa.Column("removed_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
        sa.CheckConstraint("medium in ('slack', 'mail', 'chat')", name=op.f("ck_channels_medium")),
    )
    op.create_index("ix_channels_of_team", "channels", ["team"])


def create_slack_links() -> None:
    """Create who somebody in Slack is here."""
    op.create_table(
        "slack_links",
        sa.Column("workspace", sa.String(40), nullable=False),
        sa.Column("slack_user", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("direct", sa.String(10), nullable=False),
        sa.Column("bound_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "slack_user", name=op.f("pk_slack_links")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_slack_links_user_id")),
        sa.CheckConstraint(
            "direct in ('none', 'reminders', 'all')", name=op.f("ck_slack_links_direct")
        ),
    )
    op.create_index("ix_slack_links_of_user", "slack_links", ["user_id"])


def create_notices() -> None:
    """Create the messages about handoffs, one for each place and purpose."""
    op.create_table(
        "notices",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("handoff_id", sa.String(40), nullable=False),
        sa.Column("channel_id", sa.String(40), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("target", sa.String(254), nullable=False),
        sa.Column("likeness", sa.String(254), nullable=False),
        sa.Column("standing", sa.String(10), nullable=False),
        sa.Column("draw", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("fingerprint", sa.String(80)),
        sa.Column("shown", sa.String(80), nullable=False),
        sa.Column("drawn", sa.String(80)),
        sa.Column("place", sa.String(40)),
        sa.Column("ts", sa.String(40)),
        sa.Column("error", sa.Text),
        sa.Column("busy_until", INSTANT),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "handoff_id",
            "channel_id",
            "purpose",
            name=op.f("uq_notices_handoff_id_channel_id_purpose"),
        ),
        sa.CheckConstraint(
            "standing in ('behind', 'new', 'open', 'over', 'failed')",
            name=op.f("ck_notices_standing"),
        ),
        sa.CheckConstraint("draw >= 0", name=op.f("ck_notices_draw")),
    )
    op.create_index("ix_notices_like", "notices", ["channel_id", "likeness", "standing", "id"])
    op.create_index("ix_notices_at", "notices", ["place", "ts"])
