"""Tickets that tell of a danger come before all others in lists."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE tickets SET urgent = true WHERE request_key LIKE '%:danger:%'")
    op.create_index("ix_tickets_urgent_status_opened_at", "tickets", ["urgent", "status", "opened_at"])


def downgrade() -> None:
    op.drop_index("ix_tickets_urgent_status_opened_at", "tickets")
    op.drop_column("tickets", "urgent")
