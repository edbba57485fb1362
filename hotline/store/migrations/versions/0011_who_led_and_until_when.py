"""Each line of a ticket's history says which unit led then and which time limit held: figures are about units and limits of their day."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

# Who led is in the dispatch before. Which limit held is known of the last handling only: the ticket has kept it.
SENT = """SELECT {first} FROM ticket_events p WHERE p.ticket_id = ticket_events.ticket_id AND p.kind IN ('dispatch', 'hand_over')
          AND (p.at, p.id) <= (ticket_events.at, ticket_events.id) ORDER BY p.at DESC, p.id DESC LIMIT 1"""
LIMIT = """UPDATE ticket_events SET due_at = (SELECT k.due_at FROM tickets k WHERE k.id = ticket_events.ticket_id AND k.handled_at = ticket_events.at)
           WHERE kind = 'handle'"""


def upgrade() -> None:
    op.add_column("ticket_events", sa.Column("unit_id", sa.String(40)))
    op.add_column("ticket_events", sa.Column("due_at", sa.DateTime(timezone=True)))
    first = "json_extract(p.units, '$[0]')" if op.get_bind().dialect.name == "sqlite" else "p.units::json ->> 0"
    op.execute(f"UPDATE ticket_events SET unit_id = ({SENT.format(first=first)})")
    op.execute(LIMIT)
    op.execute("UPDATE figure_state SET seen_at = NULL")  # everything is counted again, by the units of its day
    handled = sa.text("kind = 'handle'")
    op.create_index("ix_ticket_events_due_at", "ticket_events", ["due_at"], sqlite_where=handled, postgresql_where=handled)


def downgrade() -> None:
    op.drop_index("ix_ticket_events_due_at", "ticket_events")
    op.drop_column("ticket_events", "due_at")
    op.drop_column("ticket_events", "unit_id")
