"""Alembic's entry. `open_store` hands the connection over; `jiesu database revision` uses the settings."""

from alembic import context

from hotline.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=False, user_module_prefix="tables."
)
with context.begin_transaction():
    context.run_migrations()
