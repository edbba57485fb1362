"""What dispatchers put right is found at once, however many events there are."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    corrected = sa.text("kind = 'categorise'")
    op.create_index("ix_ticket_events_categorise", "ticket_events", ["at"], sqlite_where=corrected, postgresql_where=corrected)


def downgrade() -> None:
    op.drop_index("ix_ticket_events_categorise", "ticket_events")
