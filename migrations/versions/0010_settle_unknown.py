"""Remember what a person found out of a run that nobody knew the end of, and index only what is still open."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SETTLED = "settled is null or (status = 'unknown' and settled in ('ran', 'not_run'))"
NAME = "ix_handoffs_unknown"


def upgrade() -> None:
    op.drop_index(NAME, "handoffs")
    with op.batch_alter_table("handoffs") as table:
        table.add_column(sa.Column("settled", sa.String(10)))
        table.create_check_constraint(op.f("ck_handoffs_settled"), SETTLED)
    create_index("status = 'unknown' and settled is null")


def downgrade() -> None:
    op.drop_index(NAME, "handoffs")
    with op.batch_alter_table("handoffs") as table:
        table.drop_constraint(op.f("ck_handoffs_settled"), type_="check")
        table.drop_column("settled")
    create_index("status = 'unknown'")


def create_index(condition: str) -> None:
    where = sa.text(condition)
    op.create_index(NAME, "handoffs", ["id"], postgresql_where=where, sqlite_where=where)
