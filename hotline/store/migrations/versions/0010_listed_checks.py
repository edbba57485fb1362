"""A run of the regression questions tells those that were offered from those that went wrong."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("check_runs", sa.Column("listed", sa.JSON()))


def downgrade() -> None:
    op.drop_column("check_runs", "listed")
