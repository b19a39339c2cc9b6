"""Alembic runs the migrations on the connection, and in the transaction, that schema.py gives it."""

from alembic import context

from liveblog.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=False,  # the caller's transaction is the one
)
context.run_migrations()
