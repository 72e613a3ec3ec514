"""Create who is away until when, and who decides in their place."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
NOT_ENDED = sa.text("ended_at is null")


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("delegate_id", sa.String(40)),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_absences_user_id")),
        sa.ForeignKeyConstraint(
            ["delegate_id"], ["users.id"], name=op.f("fk_absences_delegate_id")
        ),
        sa.CheckConstraint("delegate_id <> user_id", name=op.f("ck_absences_delegate")),
        sa.CheckConstraint("ends_at > began_at", name=op.f("ck_absences_ends")),
    )
    op.create_index(
        "uq_absences_of_user",
        "absences",
        ["user_id"],
        unique=True,
        postgresql_where=NOT_ENDED,
        sqlite_where=NOT_ENDED,
    )
    op.create_index(
        "ix_absences_of_delegate",
        "absences",
        ["delegate_id"],
        postgresql_where=NOT_ENDED,
        sqlite_where=NOT_ENDED,
    )


def downgrade() -> None:
    op.drop_table("absences")
