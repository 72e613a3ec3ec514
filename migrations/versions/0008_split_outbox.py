"""Tell apart what needs our database alone from what waits for somebody else's server."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STANDING = sa.text("given_up_at is null")


def upgrade() -> None:
    op.drop_index("ix_outbox_due", "outbox")
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("reach", sa.String(10), nullable=True))
    op.execute(
        "update outbox set reach = case when topic like 'notification.%' then 'outside' else 'inside' end"
    )
    with op.batch_alter_table("outbox") as outbox:
        outbox.alter_column("reach", existing_type=sa.String(10), nullable=False)
        outbox.create_check_constraint(op.f("ck_outbox_reach"), "reach in ('inside', 'outside')")
    index(["reach", "due_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_outbox_due", "outbox")
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_constraint(op.f("ck_outbox_reach"), type_="check")
        outbox.drop_column("reach")
    index(["due_at", "id"])


def index(columns: list[str]) -> None:
    """Make the index by which due messages are found."""
    op.create_index(
        "ix_outbox_due", "outbox", columns, postgresql_where=STANDING, sqlite_where=STANDING
    )
