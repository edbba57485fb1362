"""What happened in a window is found by its kind: the tickets behind a number read every other line of their history else."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_index("ix_ticket_events_kind_at", "ticket_events", ["kind", "at", "ticket_id"])
    op.drop_index("ix_ticket_events_categorise", "ticket_events")


def downgrade() -> None:
    corrected = sa.text("kind = 'categorise'")
    op.create_index("ix_ticket_events_categorise", "ticket_events", ["at"], sqlite_where=corrected, postgresql_where=corrected)
    op.drop_index("ix_ticket_events_kind_at", "ticket_events")
