"""Let handoffs be tasks, which have a fingerprint as actions have."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BEFORE = {
    "kind": "kind in ('action', 'question')",
    "fingerprint": "(kind = 'action') = (fingerprint is not null)",
}
AFTER = {
    "kind": "kind in ('action', 'question', 'task')",
    "fingerprint": "(kind = 'question') = (fingerprint is null)",
}


def upgrade() -> None:
    check(AFTER)


def downgrade() -> None:
    check(BEFORE)


def check(rules: dict[str, str]) -> None:
    """Hold handoffs to these rules in place of those that there are; SQLite makes the table anew for it."""
    with op.batch_alter_table("handoffs") as table:
        for name, rule in rules.items():
            table.drop_constraint(op.f(f"ck_handoffs_{name}"), type_="check")
            table.create_check_constraint(op.f(f"ck_handoffs_{name}"), rule)
