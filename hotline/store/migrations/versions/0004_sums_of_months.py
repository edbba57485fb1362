"""Sums of months beside the prepared figures."""

import sqlalchemy as sa
from alembic import op

from hotline.figures.measures import NAMES
from hotline.store import tables

revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    op.create_table('figure_months',
    sa.Column('dimension', sa.String(length=10), nullable=False),
    sa.Column('since', tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('until', tables.UtcDateTime(timezone=True), nullable=False),
    *(sa.Column(name, sa.Integer(), nullable=False) for name in NAMES),
    sa.PrimaryKeyConstraint('dimension', 'since', 'key', name=op.f('pk_figure_months'))
    )


def downgrade() -> None:
    op.drop_table('figure_months')
