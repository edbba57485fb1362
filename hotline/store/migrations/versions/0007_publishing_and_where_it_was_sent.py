"""Tickets that the citizen agrees to have published, and which units a line of the history names."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("may_publish", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("ticket_events", sa.Column("units", sa.JSON()))


def downgrade() -> None:
    op.drop_column("ticket_events", "units")
    op.drop_column("tickets", "may_publish")
