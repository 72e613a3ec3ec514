"""Run migrations on the connection that `webapp.migrate` hands over, in its transaction."""

from alembic import context

from webapp.store.engine_tables import EVERY_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=EVERY_TABLE,
    compare_type=True,
    compare_server_default=True,
)
context.run_migrations()
