"""Third-party samples."""

import sqlalchemy as sa
from alembic import op

from hotline.store import tables

revision = '0002'
down_revision = '0001'


def upgrade() -> None:
    op.create_table('samples',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('since', tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('until', tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('seed', sa.Integer(), nullable=False),
    sa.Column('per_group', sa.Integer(), nullable=False),
    sa.Column('drawn_by', sa.String(length=40), nullable=False),
    sa.Column('drawn_at', tables.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_samples'))
    )
    op.create_index(op.f('ix_samples_drawn_at'), 'samples', ['drawn_at'], unique=False)
    op.create_table('drawn_surveys',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sample_id', sa.Uuid(), nullable=False),
    sa.Column('survey_id', sa.Uuid(), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.String(length=40), nullable=False),
    sa.Column('category', sa.String(length=12), nullable=False),
    sa.Column('group_size', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=True),
    sa.Column('asked_at', tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('answered_at', tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('contacted', sa.Boolean(), nullable=True),
    sa.Column('solved', sa.String(length=8), nullable=True),
    sa.Column('satisfaction', sa.String(length=14), nullable=True),
    sa.Column('very', sa.Boolean(), nullable=False),
    sa.Column('attitude', sa.String(length=8), nullable=True),
    sa.Column('comment_sealed', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['sample_id'], ['samples.id'], name=op.f('fk_drawn_surveys_sample_id')),
    sa.ForeignKeyConstraint(['survey_id'], ['surveys.id'], name=op.f('fk_drawn_surveys_survey_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['tickets.id'], name=op.f('fk_drawn_surveys_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_drawn_surveys')),
    sa.UniqueConstraint('sample_id', 'survey_id', name=op.f('uq_drawn_surveys_sample_id_survey_id'))
    )
    op.create_index(op.f('ix_drawn_surveys_survey_id'), 'drawn_surveys', ['survey_id'], unique=False)
    op.create_index(op.f('ix_drawn_surveys_ticket_id'), 'drawn_surveys', ['ticket_id'], unique=False)


def downgrade() -> None:
    op.drop_table('drawn_surveys')
    op.drop_table('samples')
