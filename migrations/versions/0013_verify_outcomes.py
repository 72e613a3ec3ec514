"""Remember whether what was reported as a success is one, and count what is contradicted in an agent's track record."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

VERIFIED = "verified is null or (status = 'succeeded' and verified in ('verified', 'contradicted', 'unverified'))"
NAME = "ix_events_track_record"
DECIDED = "'approved', 'edited', 'denied', 'revoked'"
WRONG = "status in ('failed', 'unknown')"


def upgrade() -> None:
    with op.batch_alter_table("handoffs") as table:
        table.add_column(sa.Column("verified", sa.String(12)))
        table.create_check_constraint(op.f("ck_handoffs_verified"), VERIFIED)
    index(f"type in ({DECIDED}, 'contradicted') or {WRONG}")


def downgrade() -> None:
    op.execute("delete from outbox where topic = 'outcome.verify'")
    with op.batch_alter_table("handoffs") as table:
        table.drop_constraint(op.f("ck_handoffs_verified"), type_="check")
        table.drop_column("verified")
    index(f"type in ({DECIDED}) or {WRONG}")


def index(condition: str) -> None:
    where = sa.text(condition)
    op.drop_index(NAME, "events")
    op.create_index(NAME, "events", ["agent_id", "at"], postgresql_where=where, sqlite_where=where)
