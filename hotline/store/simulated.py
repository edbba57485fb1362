"""What `jiesu demo month` made up: whether there is any, and taking it away."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, delete, exists, insert, select

from hotline.conversations import Conversation
from hotline.messages import Message
from hotline.store import tables as t
from hotline.store.repositories import SqlMessages
from hotline.tickets import SIMULATED


class SqlSimulated:
    def __init__(self, connection: Connection, messages: SqlMessages) -> None:
        self._db = connection
        self._messages = messages

    def exists(self) -> bool:
        return bool(self._db.execute(select(exists().where(t.tickets.c.number >= "M", t.tickets.c.number < "N"))).scalar_one())

    def add_talks(self, conversations: Sequence[Conversation], messages: Sequence[Message]) -> None:
        last = {message.conversation_id: message.position for message in messages}
        talks = [
            {"id": c.id, "channel": c.address.channel, "user": c.address.user, "status": "bot", "opened_at": c.opened_at, "seen_at": c.opened_at,
             "last_position": last.get(c.id, 0)}
            for c in conversations
        ]  # fmt: skip
        if talks:
            self._db.execute(insert(t.conversations), talks)
        if messages:
            self._db.execute(insert(t.messages), [self._messages.columns(message, channel=None) for message in messages])

    def forget_jobs(self, subject_id: UUID) -> None:
        self._db.execute(delete(t.jobs).where(t.jobs.c.subject_id == subject_id))

    def remove(self) -> int:
        conversations = select(t.conversations.c.id).where(t.conversations.c.user.like(f"{SIMULATED}%"))
        tickets = select(t.tickets.c.id).where(t.tickets.c.request_key.like(f"{SIMULATED}%"))
        surveys = select(t.surveys.c.id).where(t.surveys.c.ticket_id.in_(tickets))
        removed = 0
        # Whatever belongs to them, in whichever table, from the leaves on.
        for table in reversed(t.metadata.sorted_tables):
            for column, ids in (("survey_id", surveys), ("ticket_id", tickets), ("conversation_id", conversations)):
                if column in table.c:
                    count = self._db.execute(delete(table).where(table.c[column].in_(ids))).rowcount
                    removed += count if table is t.tickets else 0
        self._db.execute(delete(t.conversations).where(t.conversations.c.user.like(f"{SIMULATED}%")))
        self._db.execute(delete(t.samples).where(~exists().where(t.drawn_surveys.c.sample_id == t.samples.c.id)))
        for table in (t.figure_slots, t.figure_months, t.figure_hours, t.figure_lengths, t.figure_cells, t.figure_state, t.alerts, t.reports):
            self._db.execute(delete(table))  # counted and written anew, without them
        return removed
