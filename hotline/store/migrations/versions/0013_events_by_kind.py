"""What happened in a window, or to a ticket, is found by its kind: for the tickets behind a number every line of their history was read else."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_index("ix_ticket_events_kind_at", "ticket_events", ["kind", "at", "ticket_id"])
    op.create_index("ix_ticket_events_ticket_id_kind_at", "ticket_events", ["ticket_id", "kind", "at"])
    op.drop_index("ix_ticket_events_categorise", "ticket_events")
    op.drop_index("ix_ticket_events_ticket_id", "ticket_events")


def downgrade() -> None:
    corrected = sa.text("kind = 'categorise'")
    op.create_index("ix_ticket_events_categorise", "ticket_events", ["at"], sqlite_where=corrected, postgresql_where=corrected)
    op.create_index("ix_ticket_events_ticket_id", "ticket_events", ["ticket_id"])
    op.drop_index("ix_ticket_events_ticket_id_kind_at", "ticket_events")
    op.drop_index("ix_ticket_events_kind_at", "ticket_events")
