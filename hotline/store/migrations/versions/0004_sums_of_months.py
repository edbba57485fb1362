"""Sums of months beside the prepared figures."""

import sqlalchemy as sa
from alembic import op

from hotline.store import tables

# Of that day: what is measured later comes with a migration of its own.
MEASURES = (
    'opened', 'simulated', 'to_accept', 'accepted_timely', 'dispatched', 'returned', 'handled', 'reopened', 'to_close', 'closed_on_time', 'due', 'valid',
    'contacted', 'solved', 'satisfied', 'basically', 'contacts', 'bot_only', 'asked', 'first_contact',
)

revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    op.create_table('figure_months',
    sa.Column('dimension', sa.String(length=10), nullable=False),
    sa.Column('since', tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('until', tables.UtcDateTime(timezone=True), nullable=False),
    *(sa.Column(name, sa.Integer(), nullable=False) for name in MEASURES),
    sa.PrimaryKeyConstraint('dimension', 'since', 'key', name=op.f('pk_figure_months'))
    )


def downgrade() -> None:
    op.drop_table('figure_months')
