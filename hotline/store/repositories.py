"""Reading and writing the core's types. One class a table or two; see ports.py for what each method promises."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import Connection, Row, Table, and_, case, delete, exists, func, insert, or_, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from hotline.access import Reveal, StaffEvent, StaffMember, StaffSession
from hotline.conversations import Conversation, NewId, Status, parse_choice_id
from hotline.figures.places import cell_of
from hotline.jobs import Job
from hotline.messages import SEALED_CHANNELS, Address, Attachment, Choice, Location, Message, MessageRefused
from hotline.store import tables as t
from hotline.store.cipher import Cipher
from hotline.tickets import AT_A_UNIT, SIMULATED, STATUS_NAMES, Place, Reporter, Ticket, TicketEvent

T = TypeVar("T")


def _insert_or_ignore(connection: Connection, table: Table, **values: Any) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(dialect.insert(table).values(**values).on_conflict_do_nothing())


def next_value(connection: Connection, series: str) -> int:
    """The next number of a series, from 1. Whoever comes at the same moment waits for this transaction."""
    table = t.counters
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    first = dialect.insert(table).values(series=series, value=1)
    following = first.on_conflict_do_update(index_elements=[table.c.series], set_={"value": table.c.value + 1})
    return int(connection.execute(following.returning(table.c.value)).scalar_one())


def _as(cls: type[T], row: Row[Any] | Mapping[str, Any]) -> T:
    """The row as a dataclass whose fields are columns of the same names."""
    values = cast("Mapping[str, Any]", row._mapping if isinstance(row, Row) else row)
    return cls(**{f.name: values[f.name] for f in fields(cast(Any, cls))})


def _location(value: Mapping[str, Any] | None) -> Location | None:
    return Location(**value) if value else None


def _stored_user(cipher: Cipher, address: Address) -> tuple[str, str | None]:
    """The columns `user` and `user_sealed` of an address."""
    if address.channel not in SEALED_CHANNELS:
        return address.user, None
    return cipher.fingerprint(str(address)), cipher.seal_json(address.user)


def _address(cipher: Cipher, channel: str, user: str, sealed: str | None) -> Address:
    return Address(channel, cipher.open_json(sealed) if sealed else user)


class SqlConversations:
    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._db = connection
        self._cipher = cipher

    def at(self, address: Address) -> Conversation | None:
        table = t.conversations
        user, _ = _stored_user(self._cipher, address)
        row = self._db.execute(select(table).where(table.c.channel == address.channel, table.c.user == user)).one_or_none()
        return self._conversation(row) if row else None

    def get(self, id: UUID, *, lock: bool = False) -> Conversation:
        query = select(t.conversations).where(t.conversations.c.id == id)
        row = self._db.execute(query.with_for_update() if lock else query).one_or_none()
        if row is None:
            raise KeyError(f"There is no conversation {id}.")
        return self._conversation(row)

    def open(self, address: Address, *, now: datetime, new_id: NewId) -> Conversation:
        # Two first messages at once: one inserts, the other finds it.
        user, sealed = _stored_user(self._cipher, address)
        _insert_or_ignore(
            self._db, t.conversations, id=new_id(), channel=address.channel, user=user, user_sealed=sealed, status="bot", urgent=False,
            opened_at=now, seen_at=now, last_position=0,
        )  # fmt: skip
        found = self.at(address)
        assert found is not None
        return found

    def touch(self, id: UUID, *, now: datetime) -> None:
        self._db.execute(update(t.conversations).where(t.conversations.c.id == id).values(seen_at=now))

    def next_position(self, id: UUID) -> int:
        table = t.conversations
        self._db.execute(update(table).where(table.c.id == id).values(last_position=table.c.last_position + 1))
        return int(self._db.execute(select(table.c.last_position).where(table.c.id == id)).scalar_one())

    def claim(self, id: UUID, lease: UUID, *, until: datetime, now: datetime) -> bool:
        table = t.conversations
        free = or_(table.c.lease_until.is_(None), table.c.lease_until < now)
        return self._changed(update(table).where(table.c.id == id, free).values(lease=lease, lease_until=until))

    def renew(self, id: UUID, lease: UUID, *, until: datetime) -> bool:
        table = t.conversations
        return self._changed(update(table).where(table.c.id == id, table.c.lease == lease).values(lease_until=until))

    def release(self, id: UUID, lease: UUID) -> None:
        table = t.conversations
        self._db.execute(update(table).where(table.c.id == id, table.c.lease == lease).values(lease=None, lease_until=None))

    def set_status(self, id: UUID, status: Status, *, operator: str | None, now: datetime) -> None:
        self._db.execute(update(t.conversations).where(t.conversations.c.id == id).values(status=status, operator=operator, status_since=now))

    def set_urgent(self, id: UUID, *, urgent: bool) -> None:
        self._db.execute(update(t.conversations).where(t.conversations.c.id == id).values(urgent=urgent))

    def with_pending(self, *, before: datetime, now: datetime, limit: int) -> list[UUID]:
        m, c = t.messages, t.conversations
        query = (
            select(m.c.conversation_id)
            .join(c, c.c.id == m.c.conversation_id)
            .where(m.c.state == "pending", m.c.created_at <= before, or_(m.c.retry_at.is_(None), m.c.retry_at <= now))
            .where(or_(c.c.lease_until.is_(None), c.c.lease_until < now), ~self._follows_waiting(now))
            .group_by(m.c.conversation_id)
            .order_by(func.min(m.c.created_at))
            .limit(limit)
        )
        return list(self._db.execute(query).scalars())

    def waiting(self) -> list[Conversation]:
        table = t.conversations
        query = select(table).where(table.c.status.in_(("waiting", "operator"))).order_by(table.c.urgent.desc(), table.c.status_since)
        return [self._conversation(row) for row in self._db.execute(query)]

    @staticmethod
    def _follows_waiting(now: datetime) -> ColumnElement[bool]:
        """Whether an earlier message waits for its next try: then this one waits too."""
        m, earlier = t.messages, t.messages.alias()
        return exists().where(
            and_(
                earlier.c.conversation_id == m.c.conversation_id, earlier.c.state == "pending",
                earlier.c.position < m.c.position, earlier.c.retry_at > now,
            )
        )  # fmt: skip

    def _changed(self, statement: Any) -> bool:
        return self._db.execute(statement).rowcount == 1

    def _conversation(self, row: Row[Any]) -> Conversation:
        return _as(Conversation, {**row._mapping, "address": _address(self._cipher, row.channel, row.user, row.user_sealed)})


class SqlMessages:
    def __init__(self, connection: Connection, cipher: Cipher, attachments: SqlAttachments) -> None:
        self._db = connection
        self._cipher = cipher
        self._attachments = attachments

    def add(self, message: Message, *, channel: str | None) -> None:
        self._db.execute(insert(t.messages).values(self.columns(message, channel=channel)))

    def columns(self, message: Message, *, channel: str | None) -> dict[str, Any]:
        m = message
        content = {
            "text": m.text,
            "spoken_text": m.spoken_text,
            "intent": m.intent,
            "entities": dict(m.entities),
            "choices": [{"label": c.label, "intent": c.intent, "entities": dict(c.entities), "group": c.group} for c in m.choices],
            "location": asdict(m.location) if m.location else None,
            "expects": m.expects,
            "confidence": m.confidence,
        }
        return {
            "id": m.id, "conversation_id": m.conversation_id, "position": m.position, "direction": m.direction, "author": m.author, "via": m.via,
            "channel": channel, "external_id": m.external_id, "content_sealed": self._cipher.seal_json(content),
            "attachments": [str(a.id) for a in m.attachments], "chosen": [], "in_reply_to": m.in_reply_to, "state": m.state,
            "attempts": m.attempts, "retry_at": m.retry_at, "created_at": m.created_at,
        }  # fmt: skip

    def get(self, id: UUID) -> Message:
        row = self._db.execute(select(t.messages).where(t.messages.c.id == id)).one_or_none()
        if row is None:
            raise KeyError(f"There is no message {id}.")
        return self._message(row)

    def by_external_id(self, channel: str, external_id: str) -> Message | None:
        query = select(t.messages).where(t.messages.c.channel == channel, t.messages.c.external_id == external_id)
        row = self._db.execute(query).one_or_none()
        return self._message(row) if row else None

    def of(self, conversation_id: UUID, *, after: int = 0, limit: int = 200) -> list[Message]:
        table = t.messages
        query = (
            select(table)
            .where(table.c.conversation_id == conversation_id, table.c.position > after)
            .order_by(table.c.position.desc())
            .limit(limit)
        )
        return [self._message(row) for row in reversed(self._db.execute(query).all())]

    def choose(self, conversation_id: UUID, choice: str) -> Choice | None:
        parsed = parse_choice_id(choice)
        if parsed is None:
            return None
        id, index = parsed
        table = t.messages
        query = select(table).where(table.c.id == id, table.c.conversation_id == conversation_id, table.c.direction == "out")
        row = self._db.execute(query.with_for_update()).one_or_none()
        message = self._message(row) if row else None
        if row is None or message is None or not 0 <= index < len(message.choices):
            return None
        chosen = message.choices[index]
        if chosen.intent is None:
            return chosen
        # A choice that acts counts once, and with it the others of its group: yes and no can't both be meant.
        if any(c.chosen and c.group == chosen.group for c in message.choices):
            return None
        self._db.execute(update(table).where(table.c.id == id).values(chosen=[*row.chosen, index]))
        return chosen

    def next_pending(self, conversation_id: UUID, *, now: datetime) -> Message | None:
        table = t.messages
        query = select(table).where(table.c.conversation_id == conversation_id, table.c.state == "pending").order_by(table.c.position).limit(1)
        row = self._db.execute(query).one_or_none()
        message = self._message(row) if row else None
        return None if message is None or (message.retry_at and message.retry_at > now) else message

    def begin_try(self, id: UUID) -> None:
        self._set(id, attempts=t.messages.c.attempts + 1)

    def has_reply(self, id: UUID) -> bool:
        m = t.messages
        conversation = select(m.c.conversation_id).where(m.c.id == id).scalar_subquery()
        query = select(exists().where(m.c.conversation_id == conversation, m.c.in_reply_to == id))
        return bool(self._db.execute(query).scalar_one())

    def set_done(self, id: UUID) -> None:
        self._set(id, state="done")

    def set_retry(self, id: UUID, at: datetime) -> None:
        self._set(id, retry_at=at)

    def claim_unsent(self, channels: Sequence[str], *, now: datetime, until: datetime, limit: int) -> list[tuple[Message, Address]]:
        m, c = t.messages, t.conversations
        query = (
            select(m, c.c.channel.label("to_channel"), c.c.user.label("to_user"), c.c.user_sealed.label("to_sealed"))
            .join(c, c.c.id == m.c.conversation_id)
            .where(m.c.state == "queued", c.c.channel.in_(channels), self._is_due(now), ~self._follows_unsent())
            .order_by(m.c.created_at, m.c.id)
            .limit(limit)
            .with_for_update(of=m, skip_locked=True)
        )
        rows = self._db.execute(query).all()
        claimed = [row for row in rows if self.claim_one(row.id, now=now, until=until)]
        return [(self._message(row), _address(self._cipher, row.to_channel, row.to_user, row.to_sealed)) for row in claimed]

    def claim_one(self, id: UUID, *, now: datetime, until: datetime) -> bool:
        m = t.messages
        claim = (
            update(m)
            .where(m.c.id == id, m.c.state == "queued", self._is_due(now), ~self._follows_unsent())
            .values(retry_at=until, attempts=m.c.attempts + 1)
        )
        return self._db.execute(claim).rowcount == 1

    def set_sent(self, id: UUID) -> None:
        self._set(id, state="sent")

    def set_failed(self, id: UUID) -> None:
        self._set(id, state="failed")

    def positions(self, conversations: Sequence[UUID]) -> dict[UUID, int]:
        c = t.conversations
        rows = self._db.execute(select(c.c.id, c.c.last_position).where(c.c.id.in_(conversations)))
        return {row.id: row.last_position for row in rows}

    @staticmethod
    def _is_due(now: datetime) -> ColumnElement[bool]:
        return or_(t.messages.c.retry_at.is_(None), t.messages.c.retry_at <= now)

    @staticmethod
    def _follows_unsent() -> ColumnElement[bool]:
        """Whether an earlier message of the conversation is not delivered yet: messages arrive in order."""
        m, earlier = t.messages, t.messages.alias()
        return exists().where(
            and_(earlier.c.conversation_id == m.c.conversation_id, earlier.c.state == "queued", earlier.c.position < m.c.position)
        )

    def _set(self, id: UUID, **values: Any) -> None:
        self._db.execute(update(t.messages).where(t.messages.c.id == id).values(**values))

    def _message(self, row: Row[Any]) -> Message:
        content = self._cipher.open_json(row.content_sealed)
        choices = tuple(Choice(**c, chosen=index in row.chosen) for index, c in enumerate(content["choices"]))
        attachments = tuple(self._attachments.get(UUID(id))[0] for id in row.attachments)
        values = {**row._mapping, **content, "choices": choices, "attachments": attachments, "location": _location(content["location"])}
        return _as(Message, values)


class SqlAttachments:
    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._db = connection
        self._cipher = cipher

    def add(self, attachment: Attachment, conversation_id: UUID, *, now: datetime) -> None:
        self._db.execute(
            insert(t.attachments).values(
                id=attachment.id, conversation_id=conversation_id, sent=False, media_type=attachment.media_type,
                size=attachment.size, sha256=attachment.sha256, about_sealed=self._cipher.seal_json(_about(attachment)), created_at=now,
            )
        )  # fmt: skip

    def get(self, id: UUID) -> tuple[Attachment, UUID]:
        row = self._db.execute(select(t.attachments).where(t.attachments.c.id == id)).one_or_none()
        if row is None:
            raise KeyError(f"There is no attachment {id}.")
        return self._attachment(row), row.conversation_id

    def unsent(self, conversation_id: UUID, id: UUID) -> Attachment:
        table = t.attachments
        mark = update(table).where(table.c.id == id, table.c.conversation_id == conversation_id).values(sent=True)
        if self._db.execute(mark).rowcount != 1:
            raise MessageRefused("没有找到这个附件，请重新上传。")
        return self.get(id)[0]

    def unclaimed(self, conversation_id: UUID) -> list[Attachment]:
        table = t.attachments
        query = select(table).where(table.c.conversation_id == conversation_id, table.c.sent, table.c.ticket_id.is_(None))
        return [self._attachment(row) for row in self._db.execute(query.order_by(table.c.created_at))]

    def claim(self, conversation_id: UUID, ticket_id: UUID) -> None:
        table = t.attachments
        unclaimed = and_(table.c.conversation_id == conversation_id, table.c.sent, table.c.ticket_id.is_(None))
        self._db.execute(update(table).where(unclaimed).values(ticket_id=ticket_id))

    def of_ticket(self, ticket_id: UUID) -> list[Attachment]:
        query = select(t.attachments).where(t.attachments.c.ticket_id == ticket_id).order_by(t.attachments.c.created_at)
        return [self._attachment(row) for row in self._db.execute(query)]

    def remove(self, id: UUID) -> None:
        self._db.execute(delete(t.attachments).where(t.attachments.c.id == id))

    def _attachment(self, row: Row[Any]) -> Attachment:
        about = self._cipher.open_json(row.about_sealed)
        return _as(Attachment, {**row._mapping, "name": about["name"], "location": _location(about["location"])})


def _about(attachment: Attachment) -> dict[str, Any]:
    return {"name": attachment.name, "location": asdict(attachment.location) if attachment.location else None}


def _place_columns(place: Place) -> dict[str, Any]:
    """What of a place is sealed."""
    return {"place": place.text, "location": asdict(place.location) if place.location else None}


_ENDED = ("closed", "withdrawn")
"""States in which tickets stay."""


class SqlTickets:
    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._db = connection
        self._cipher = cipher

    def add(self, ticket: Ticket, reporter: Reporter) -> None:
        self._db.execute(insert(t.tickets).values(self._columns(ticket)))
        personal = {**asdict(reporter), **_place_columns(ticket.place)}
        self._db.execute(insert(t.personal_data).values(ticket_id=ticket.id, content_sealed=self._cipher.seal_json(personal)))

    def update(self, ticket: Ticket, *, only_from: str) -> bool:
        table = t.tickets
        unchanged = and_(table.c.id == ticket.id, table.c.version == ticket.version, table.c.status == only_from)
        changed = update(table).where(unchanged).values({**self._columns(ticket), "version": ticket.version + 1})
        if self._db.execute(changed).rowcount != 1:
            return False
        personal = self._personal(ticket.id)
        place = _place_columns(ticket.place)
        if any(personal[name] != value for name, value in place.items()):  # the place of a danger is often told after it
            sealed = self._cipher.seal_json({**personal, **place})
            self._db.execute(update(t.personal_data).where(t.personal_data.c.ticket_id == ticket.id).values(content_sealed=sealed))
        return True

    def get(self, id: UUID) -> Ticket:
        found = self._one(t.tickets.c.id == id)
        if found is None:
            raise KeyError(f"There is no ticket {id}.")
        return found

    def by_number(self, number: str) -> Ticket | None:
        return self._one(t.tickets.c.number == number)

    def by_request_key(self, key: str) -> Ticket | None:
        return self._one(t.tickets.c.request_key == key)

    def of_conversation(self, conversation_id: UUID) -> list[Ticket]:
        return self._many(self._query().where(t.tickets.c.conversation_id == conversation_id).order_by(t.tickets.c.opened_at.desc(), t.tickets.c.id.desc()))

    def newest(self, *, status: str | None, unit_id: str | None, limit: int, offset: int, categories: Collection[str] = ()) -> list[Ticket]:
        # Two lists, each in the order of an index: sorting all tickets by urgency would read them all.
        c = t.tickets.c
        # The few that press are looked at one by one: asked for by their unit or category, all that it ever had would be read.
        query = select(c.id, c.status, c.unit_id, c.category).where(t.PRESSING).order_by(c.opened_at.desc(), c.id.desc())
        pressing = [
            row.id for row in self._db.execute(query)
            if status in (None, row.status) and unit_id in (None, row.unit_id) and (not categories or row.category in categories)
        ]  # fmt: skip
        found = self._in_time(self._query().where(c.id.in_(pressing[offset : offset + limit])), limit, 0)
        if len(found) < limit:
            skipped = max(offset - len(pressing), 0)
            others = self._others(status, unit_id, categories, skipped + limit - len(found))
            found += self._in_time(self._query().where(*others), limit - len(found), skipped)
        return found

    def _others(self, status: str | None, unit_id: str | None, categories: Collection[str], most: int) -> list[ColumnElement[bool]]:
        """What is in no hurry, asked for so that the index leads that finds the fewest: SQLite does not know which one does. Of most states there are
        few tickets at a time; nearly all have ended. What must not lead is said in a way that no index serves."""
        c = t.tickets.c
        others = [~t.PRESSING]
        if status and (status not in _ENDED or not (unit_id or categories)):
            return [*others, c.status == status, *self._of_unit(unit_id), *self._of_categories(categories)]
        if status:
            others.append(c.status.not_in([other for other in STATUS_NAMES if other != status]))
        if unit_id:
            return [*others, c.unit_id == unit_id, *self._of_categories(categories)]
        if not categories:
            return others
        # The newest of all are among the newest of each. Asked for several categories at once, a database reads all of them to sort them.
        each = [select(c.id).where(c.category == one, *others).order_by(c.opened_at.desc(), c.id.desc()).limit(most).subquery() for one in categories]
        return [c.id.in_(union_all(*(select(one.c.id) for one in each)))]

    @staticmethod
    def _of_unit(unit_id: str | None) -> list[ColumnElement[bool]]:
        """This unit alone, without its index."""
        return [func.coalesce(t.tickets.c.unit_id, "") == unit_id] if unit_id else []

    @staticmethod
    def _of_categories(categories: Collection[str]) -> list[ColumnElement[bool]]:
        """These categories alone, without their index."""
        return [func.coalesce(t.tickets.c.category, "").in_(categories)] if categories else []

    def urgent(self, *, limit: int) -> list[Ticket]:
        return self._in_time(self._query().where(t.PRESSING), limit, 0)

    def _in_time(self, query: Any, limit: int, offset: int) -> list[Ticket]:
        return self._many(query.order_by(t.tickets.c.opened_at.desc(), t.tickets.c.id.desc()).limit(limit).offset(offset))

    def joined(self, ticket_id: UUID) -> list[Ticket]:
        c = t.tickets.c
        return self._many(self._query().where(c.merged_into == ticket_id, c.status == "merged").order_by(c.opened_at, c.id))

    def people(self, ids: Collection[UUID]) -> dict[UUID, int]:
        c, main = t.tickets.c, t.tickets.alias()
        # The state is looked at where it is counted, so that the index of what was merged into what leads, and not that of states.
        others = func.count(case((c.status == "merged", c.conversation_id)).distinct())
        query = select(c.merged_into, others).join(main, main.c.id == c.merged_into)
        rows = self._db.execute(query.where(c.merged_into.in_(ids), c.conversation_id != main.c.conversation_id).group_by(c.merged_into))
        return {row[0]: 1 + row[1] for row in rows if row[1]}

    def nearby(self, *, district_code: str, street_code: str | None, since: datetime, limit: int) -> list[Ticket]:
        c = t.tickets.c
        # One of which only the district is known may be in any of its streets.
        here = or_(c.street_code == street_code, and_(c.district_code == district_code, c.street_code.is_(None))) if street_code else c.district_code == district_code
        return self._open(here, since, limit)

    def of_categories(self, categories: Sequence[str], *, in_no_district: bool, since: datetime, limit: int) -> list[Ticket]:
        c = t.tickets.c
        of_them = c.category.in_(categories)
        return self._open(and_(of_them, c.district_code.is_(None)) if in_no_district else of_them, since, limit)

    def _open(self, which: ColumnElement[bool], since: datetime, limit: int) -> list[Ticket]:
        c = t.tickets.c
        return self._many(self._query().where(which, c.status.in_(("received", *AT_A_UNIT)), c.opened_at >= since).order_by(c.opened_at.desc()).limit(limit))

    def by_due(
        self, *, before: datetime | None, unit_id: str | None, limit: int, offset: int = 0, since: datetime | None = None, categories: Collection[str] = ()
    ) -> list[Ticket]:
        from_then = [t.tickets.c.due_at >= since] if since else []
        query = self._query().where(*self._limited(before, unit_id), *from_then, *self._of_categories(categories)).order_by(t.tickets.c.due_at, t.tickets.c.number)
        return self._many(query.limit(limit).offset(offset))

    def count_due(self, *, before: datetime) -> int:
        return self._db.execute(select(func.count()).select_from(t.tickets).where(*self._limited(before, None))).scalar_one()

    def _limited(self, before: datetime | None, unit_id: str | None) -> list[ColumnElement[bool]]:
        c = t.tickets.c
        limited = [c.status.in_(("dispatched", "accepted", "returned")), c.due_at.is_not(None)]
        return limited + ([c.due_at < before] if before else []) + self._of_unit(unit_id)

    def dispatched_texts(self) -> Iterator[tuple[str, str, str]]:
        c = t.tickets.c
        decided = select(c.said_sealed, c.category, c.unit_id).where(
            c.unit_id.is_not(None), c.status != "merged", c.request_key.not_like(f"{SIMULATED}%")
        ).order_by(c.opened_at)  # fmt: skip
        for row in self._db.execute(decided.execution_options(yield_per=1000)):
            yield self._cipher.open_json(row.said_sealed)["problem"], row.category or "", row.unit_id

    def corrected(self, since: datetime | None, limit: int) -> list[tuple[UUID, str, str, datetime]]:
        c, event = t.tickets.c, t.ticket_events.c
        found = select(c.id, c.said_sealed, c.category, event.at).join(t.ticket_events, event.ticket_id == c.id)
        found = found.where(event.kind == "categorise", c.category.is_not(None), c.request_key.not_like(f"{SIMULATED}%"), *([event.at >= since] if since else []))
        rows = self._db.execute(found.order_by(event.at.desc()).limit(limit)).all()
        return [(row.id, self._cipher.open_json(row.said_sealed)["problem"], row.category, row.at) for row in reversed(rows)]

    def count_by_status(self) -> dict[str, int]:
        rows = self._db.execute(select(t.tickets.c.status, func.count()).group_by(t.tickets.c.status))
        return {row[0]: row[1] for row in rows}

    def add_event(self, event: TicketEvent) -> None:
        values = asdict(event)
        values["note_sealed"] = self._cipher.seal_json(values.pop("note"))
        self._db.execute(insert(t.ticket_events).values(values))

    def events(self, ticket_id: UUID) -> list[TicketEvent]:
        table = t.ticket_events
        rows = self._db.execute(select(table).where(table.c.ticket_id == ticket_id).order_by(table.c.at, table.c.id))
        return [_as(TicketEvent, {**row._mapping, "note": self._cipher.open_json(row.note_sealed), "units": tuple(row.units or ())}) for row in rows]

    def reporter(self, ticket_id: UUID) -> Reporter:
        personal = self._personal(ticket_id)
        return Reporter(**{f.name: personal[f.name] for f in fields(Reporter)})

    def _personal(self, ticket_id: UUID) -> dict[str, Any]:
        sealed = self._db.execute(select(t.personal_data.c.content_sealed).where(t.personal_data.c.ticket_id == ticket_id)).scalar_one()
        return dict(self._cipher.open_json(sealed))

    def _query(self) -> Any:
        return select(t.tickets, t.personal_data.c.content_sealed).join(t.personal_data)

    def _one(self, condition: ColumnElement[bool]) -> Ticket | None:
        row = self._db.execute(self._query().where(condition)).one_or_none()
        return self._ticket(row) if row else None

    def _many(self, query: Any) -> list[Ticket]:
        return [self._ticket(row) for row in self._db.execute(query)]

    def _columns(self, ticket: Ticket) -> dict[str, Any]:
        values = {f.name: getattr(ticket, f.name) for f in fields(ticket) if f.name not in ("place", "problem", "happened")}
        values |= {"assists": list(ticket.assists), "suggested": [list(pair) for pair in ticket.suggested]}
        values["said_sealed"] = self._cipher.seal_json({"problem": ticket.problem, "happened": ticket.happened})
        place = ticket.place
        cell = cell_of(place.location) if place.location else None
        return {**values, "urgent": ticket.urgent, "district_code": place.district_code, "street_code": place.street_code, "cell": cell}

    def _ticket(self, row: Row[Any]) -> Ticket:
        personal = self._cipher.open_json(row.content_sealed)
        place = Place(personal["place"], row.district_code, row.street_code, _location(personal["location"]))
        lists = {"assists": tuple(row.assists), "suggested": tuple((code, probability) for code, probability in row.suggested)}
        return _as(Ticket, {**row._mapping, **self._cipher.open_json(row.said_sealed), "place": place, **lists})


class SqlJobs:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, job: Job) -> None:
        _insert_or_ignore(self._db, t.jobs, **asdict(job))

    def claim_due(
        self, *, now: datetime, until: datetime, limit: int, kinds: Collection[str] | None = None, but: Collection[str] = ()
    ) -> list[Job]:
        table = t.jobs
        kind = table.c.kind.not_in(but) if kinds is None else table.c.kind.in_(kinds)
        due = and_(kind, table.c.done_at.is_(None), table.c.run_at <= now, or_(table.c.locked_until.is_(None), table.c.locked_until < now))
        rows = self._db.execute(select(table).where(due).order_by(table.c.run_at, table.c.id).limit(limit).with_for_update(skip_locked=True)).all()
        claimed = []
        for row in rows:
            claim = update(table).where(table.c.id == row.id, due).values(locked_until=until, attempts=table.c.attempts + 1)
            if self._db.execute(claim).rowcount == 1:
                claimed.append(_as(Job, {**row._mapping, "attempts": row.attempts + 1, "locked_until": until}))
        return claimed

    def set_done(self, id: UUID, *, now: datetime) -> None:
        self._db.execute(update(t.jobs).where(t.jobs.c.id == id).values(done_at=now, locked_until=None))

    def set_retry(self, id: UUID, at: datetime, error: str) -> None:
        self._db.execute(update(t.jobs).where(t.jobs.c.id == id).values(run_at=at, locked_until=None, last_error=error[:200]))

    def hasten(self, kind: str, subject_id: UUID, *, now: datetime) -> None:
        c = t.jobs.c
        waits = and_(c.kind == kind, c.subject_id == subject_id, c.done_at.is_(None), c.attempts == 0, c.run_at > now)
        self._db.execute(update(t.jobs).where(waits).values(run_at=now))

    def due_count(self, *, now: datetime) -> int:
        c = t.jobs.c
        return self._db.execute(select(func.count()).select_from(t.jobs).where(c.done_at.is_(None), c.run_at <= now)).scalar_one()

    def open_count(self) -> int:
        return self._db.execute(select(func.count()).select_from(t.jobs).where(t.jobs.c.done_at.is_(None))).scalar_one()


class SqlStaff:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, member: StaffMember) -> None:
        self._db.execute(insert(t.staff).values(asdict(member)))

    def update(self, member: StaffMember) -> None:
        self._db.execute(update(t.staff).where(t.staff.c.name == member.name).values(asdict(member)))

    def get(self, name: str) -> StaffMember | None:
        row = self._db.execute(select(t.staff).where(t.staff.c.name == name)).one_or_none()
        return _as(StaffMember, row) if row else None

    def all(self) -> list[StaffMember]:
        return self._all(StaffMember, self._db.execute(select(t.staff).order_by(t.staff.c.name)))

    def add_session(self, session: StaffSession) -> None:
        self._db.execute(insert(t.staff_sessions).values(asdict(session)))

    def session(self, token_hash: str, *, now: datetime) -> StaffSession | None:
        table = t.staff_sessions
        row = self._db.execute(select(table).where(table.c.token_hash == token_hash, table.c.expires_at > now)).one_or_none()
        return _as(StaffSession, row) if row else None

    def end_session(self, token_hash: str) -> None:
        self._db.execute(delete(t.staff_sessions).where(t.staff_sessions.c.token_hash == token_hash))

    def end_sessions_of(self, name: str) -> None:
        self._db.execute(delete(t.staff_sessions).where(t.staff_sessions.c.name == name))

    def add_event(self, event: StaffEvent) -> None:
        self._db.execute(insert(t.staff_events).values(asdict(event)))

    def events(self, limit: int) -> list[StaffEvent]:
        c = t.staff_events.c
        return self._all(StaffEvent, self._db.execute(select(t.staff_events).order_by(c.at.desc(), c.id.desc()).limit(limit)))

    def add_reveal(self, reveal: Reveal) -> None:
        self._db.execute(insert(t.reveals).values(asdict(reveal)))

    def reveals(self, ticket_id: UUID) -> list[Reveal]:
        return self._all(Reveal, self._db.execute(select(t.reveals).where(t.reveals.c.ticket_id == ticket_id).order_by(t.reveals.c.at)))

    @staticmethod
    def _all(cls: type[T], rows: Iterable[Row[Any]]) -> list[T]:
        return [_as(cls, row) for row in rows]
