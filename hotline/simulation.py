"""Simulated months of a city: for showing every page, for measuring and for tests. Nothing in it is real.

Tickets live through the core's own functions, so that they look as real ones do. They are marked by their number (M…), by their
words and by their request key, with which `remove` finds them all again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from hotline import attempts, dispatch, sampling, surveys, tickets
from hotline.articles import AskedQuestion
from hotline.city import Category, City, Street
from hotline.conversations import Conversation
from hotline.figures import counting, reports, warning, windows
from hotline.figures.windows import Window
from hotline.messages import Address, Author, Location, Message
from hotline.surveys import Answers, Satisfaction, Solved
from hotline.tickets import SIMULATED, Draft, Kind, Place, Reporter, Ticket
from hotline.worktime import Limit

if TYPE_CHECKING:
    from hotline.ports import Store, Transaction

MARK = "（模拟）"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
# The shape of a day and of a week, as counts of hotlines have it: two working peaks, an evening one, fewer at the weekend.
OF_DAY = (2, 1, 1, 1, 1, 2, 4, 7, 13, 17, 16, 13, 9, 10, 14, 15, 14, 12, 10, 11, 11, 9, 6, 4)
OF_WEEK = (1.15, 1.05, 1.0, 1.0, 1.0, 0.75, 0.7)
CHANNELS = {"phone": 50, "wechat": 28, "web": 16, "telegram": 6}
KINDS: dict[Kind, int] = {"complaint": 62, "help_request": 28, "report": 7, "suggestion": 3}
CONSULTATIONS = 1.4
"""Consultations a ticket: 58.5 % of the contacts of one city."""
LOCATED = 0.6
OUTAGE = 30
"""Tickets about one outage in its first hour."""


@dataclass
class Talks:
    """Conversations of a day, gathered to be written at once."""

    new_id: Callable[[], UUID]
    conversations: list[Conversation] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    questions: list[AskedQuestion] = field(default_factory=list)
    _last: dict[UUID, int] = field(default_factory=dict)

    def open(self, chance: random.Random, at: datetime) -> UUID:
        channel = chance.choices(list(CHANNELS), list(CHANNELS.values()))[0]
        made = Conversation(self.new_id(), Address(channel, f"{SIMULATED}{chance.getrandbits(64):016x}"), "bot", None, at)
        self.conversations.append(made)
        return made.id

    def say(self, conversation: UUID, at: datetime, text: str, *, author: Author = "citizen") -> None:
        inward = author == "citizen"
        position = self._last[conversation] = self._last.get(conversation, 0) + 1
        self.messages.append(
            Message(self.new_id(), conversation, position, "in" if inward else "out", author, "typed", text + MARK, at, "done" if inward else "sent")
        )


@dataclass(frozen=True)
class Simulation:
    """A city that lives from `since` until `now` with about `per_day` tickets a day."""

    store: Store
    city: City
    seed: int
    since: datetime
    now: datetime
    per_day: float
    new_id: Callable[[], UUID]

    def run(self, tell: Callable[[datetime], None] = lambda day: None) -> int:
        """Write it all, a day a transaction. Returns the number of tickets. Raises ValueError if there are simulated tickets already."""
        with self.store.reading() as tx:
            if tx.simulated.exists():
                raise ValueError("There is a simulated month already. Remove it first.")
        made, day = 0, self.since
        while day < self.now:
            with self.store.transaction() as tx:
                made += self._day(tx, day)
            tell(day)
            day += DAY
        with self.store.transaction() as tx:
            made += self._outage(tx)
            self._sample(tx)
        # What happened in the past is no news that the next look would find.
        counting.recount(self.store, self.city, Window(self.since - DAY, self.now), now=self.now)
        with self.store.transaction() as tx:
            warning.watch(tx, self.city, now=self.now, new_id=self.new_id)
            for kind, containing in windows.KINDS.items():
                last = windows.before(self.city, containing(self.city, self.now), kind)
                reports.keep(tx, self.city, kind, last, now=self.now, new_id=self.new_id)
        return made

    def _outage(self, tx: Transaction) -> int:
        """Something that everybody needs fails in a district within the last hour, so that there is an early warning. Returns the number of tickets."""
        chance = random.Random(f"{self.seed} outage")
        category = chance.choice([c for c in self.city.categories.values() if c.urgency == "livelihood"] or self._categories[0])
        district = chance.choice(sorted({street.district_code for street in self._streets[0]}))
        streets = [street for street in self._streets[0] if street.district_code == district]
        talks = Talks(self.new_id)
        begun = [
            self._intake(talks, chance, self.now - chance.uniform(2, 55) * MINUTE, (category, self._place(chance, chance.choice(streets))))
            for _ in range(OUTAGE)
        ]  # fmt: skip
        self._open(tx, chance, talks, begun)
        return len(begun)

    def _sample(self, tx: Transaction) -> None:
        """A third-party sample of the last whole assessment month. Citizens mostly say what they said before, and a little less kindly."""
        chance = random.Random(f"{self.seed} sample")
        window = windows.before(self.city, windows.month(self.city, self.now), "month")
        if not tx.samples.frame(window):
            return
        drawn_at = min(window.until + 2 * DAY, self.now)
        sample = sampling.draw(tx, window, seed=self.seed, per_group=2, by=MARK, now=drawn_at, new_id=self.new_id)
        told = tx.samples.told(sample.id)
        for one in tx.samples.drawn(sample.id):
            tx.simulated.forget_jobs(one.id)
            at = drawn_at + chance.uniform(1, 60) * HOUR
            if chance.random() < 0.12 or at >= self.now:
                continue
            tx.samples.set_asked(one.id, "sms", now=drawn_at)
            if chance.random() < 0.6:
                solved = told.get(one.survey_id, "no") if chance.random() < 0.88 else "no"
                satisfaction: Satisfaction = chance.choices(("satisfied", "basically", "dissatisfied"), (70, 20, 10) if solved == "yes" else (5, 25, 70))[0]
                tx.samples.set_answered(one.id, Answers(contacted=chance.random() < 0.9, solved=solved, satisfaction=satisfaction), now=at)

    # --- what differs between places, units and categories, drawn once

    @cached_property
    def _streets(self) -> tuple[list[Street], list[float]]:
        chance = random.Random(f"{self.seed} streets")
        streets = [s for s in self.city.streets.values() if f"street-{s.code}" in self.city.units]
        return streets, [chance.lognormvariate(0, 0.7) for _ in streets]

    @cached_property
    def _categories(self) -> tuple[list[Category], list[float]]:
        chance = random.Random(f"{self.seed} categories")
        categories = [c for c in self.city.categories.values() if c.urgency != "emergency"]
        level1 = {c.level1: chance.lognormvariate(0, 0.9) for c in categories}
        return categories, [level1[c.level1] * chance.lognormvariate(0, 0.8) for c in categories]

    @cached_property
    def _growing(self) -> tuple[str, str]:
        """A category and a district in which it grows month by month, so that there is a topic to find."""
        chance = random.Random(f"{self.seed} growing")
        categories, weights = self._categories
        return chance.choices(categories, weights)[0].code, chance.choice(list(self.city.districts))

    def quality(self, unit_id: str) -> float:
        """How well a unit works, between 0 and 1, the same all the time."""
        return min(max(random.Random(f"{self.seed} {unit_id}").betavariate(5, 2), 0.05), 0.98)

    # --- a day

    def _day(self, tx: Transaction, day: datetime) -> int:
        local = day.astimezone(self.city.timezone)
        chance = random.Random(f"{self.seed} {local:%Y-%m-%d}")
        kind = self.city.holidays.get(local.date())
        weekday = 6 if kind == "holiday" else 0 if kind == "workday" else local.weekday()
        mood = chance.lognormvariate(0, 0.12)  # rain, news, a cold night: days differ by more than chance
        talks = Talks(self.new_id)
        mean = self.per_day * OF_WEEK[weekday] * mood
        begun = [self._intake(talks, chance, at, self._matter(chance, at)) for at in self._moments(chance, day, mean)]
        for at in self._moments(chance, day, mean * CONSULTATIONS):
            self._consultation(talks, chance, at)
        self._open(tx, chance, talks, begun)
        return len(begun)

    def _open(self, tx: Transaction, chance: random.Random, talks: Talks, begun: list[tuple[Draft, datetime]]) -> None:
        tx.simulated.add_talks(talks.conversations, talks.messages)
        for question in talks.questions:
            tx.articles.add_question(question)
        for draft, at in begun:
            ticket = tickets.open_ticket(tx, draft, day=f"M{at.astimezone(self.city.timezone):%y%m%d}", now=at, new_id=self.new_id)
            self._life(tx, chance, ticket, at)
            tx.simulated.forget_jobs(ticket.id)

    def _moments(self, chance: random.Random, day: datetime, mean: float) -> Iterator[datetime]:
        midnight = day.astimezone(self.city.timezone).replace(hour=0, minute=0, second=0, microsecond=0)
        number = max(round(chance.gauss(mean, mean**0.5)), 0)
        for _ in range(number):
            at = midnight + chance.choices(range(24), OF_DAY)[0] * HOUR + timedelta(seconds=chance.uniform(0, 3600))
            if self.since <= at < self.now:
                yield at

    def _consultation(self, talks: Talks, chance: random.Random, at: datetime) -> None:
        conversation = talks.open(chance, at)
        category = chance.choices(*self._categories)[0]
        talks.say(conversation, at, f"咨询{category.level3}")
        answered = chance.random() < 0.86
        helpful = chance.choices((None, True, False), (70, 24, 6))[0] if answered else None
        talks.say(conversation, at + timedelta(seconds=1), "已答复" if answered else "没有答上", author="bot")
        if not answered and chance.random() < 0.5:
            talks.say(conversation, at + 2 * MINUTE, "坐席答复", author="operator")
        article = f"simulated-{category.code}" if answered else None
        asked = AskedQuestion(self.new_id(), conversation, f"咨询{category.level3}{MARK}", article, 0.7, asked_at=at, helpful=helpful)
        talks.questions.append(asked)

    def _intake(self, talks: Talks, chance: random.Random, at: datetime, matter: tuple[Category, Place]) -> tuple[Draft, datetime]:
        category, place = matter
        turns = 2 + min(int(chance.expovariate(0.5)), 8)
        conversation = talks.open(chance, at - turns * MINUTE)
        for turn in range(turns):
            talks.say(conversation, at - (turns - turn) * MINUTE, chance.choice(category.examples))
        if chance.random() < 0.12:
            talks.say(conversation, at - MINUTE / 2, "坐席协助", author="operator")
        draft = Draft(
            request_key=f"{SIMULATED}{self.new_id()}", conversation_id=conversation, kind=chance.choices(list(KINDS), list(KINDS.values()))[0],
            problem=f"{chance.choice(category.examples)}{MARK}", happened="", place=place, reporter=Reporter(), category=category.code,
        )  # fmt: skip
        return draft, at

    def _matter(self, chance: random.Random, at: datetime) -> tuple[Category, Place]:
        category = chance.choices(*self._categories)[0]
        street = chance.choices(*self._streets)[0]
        code, district = self._growing
        grown = (at - self.since) / max(self.now - self.since, DAY)
        if chance.random() < 0.05 * grown * grown:
            category = self.city.categories[code]
            street = chance.choice([s for s in self._streets[0] if s.district_code == district] or self._streets[0])
        return category, self._place(chance, street)

    def _place(self, chance: random.Random, street: Street) -> Place:
        return Place(f"{street.name}{MARK}", street.district_code, street.code, self._point(chance, street))

    def _point(self, chance: random.Random, street: Street) -> Location | None:
        middle = self.city.settings.get("map", {}).get(street.district_code)
        if middle is None or chance.random() > LOCATED:
            return None
        own = random.Random(f"{self.seed} {street.code}")
        spots = [(middle[2] + own.gauss(0, 0.05), middle[3] + own.gauss(0, 0.06)) for _ in range(3)]
        latitude, longitude = chance.choices(spots, (8, 3, 1))[0]
        return Location(latitude + chance.gauss(0, 0.0015), longitude + chance.gauss(0, 0.002))

    # --- a ticket's life

    def _life(self, tx: Transaction, chance: random.Random, ticket: Ticket, at: datetime) -> None:
        suggested = dispatch.suggest(self.city, self.city.rules, ticket.category, ticket.place, at=ticket.opened_at, kind=ticket.kind, said=ticket.problem)
        limit = suggested.limit
        unit = suggested.lead or self.city.units[f"district-{ticket.place.district_code}"]
        good = self.quality(unit.id)
        at += chance.lognormvariate(2.5, 1) * MINUTE
        if at >= self.now:
            return
        ticket = self._dispatch(tx, ticket, unit.id, limit, at)
        if chance.random() < 0.16 * (1 - good):
            at += chance.uniform(0.3, 12) * HOUR
            if at >= self.now:
                return
            ticket = tickets.send_back(tx, ticket, by=MARK, note=f"不属于本单位职责{MARK}", now=at, new_id=self.new_id)
            at += chance.uniform(0.2, 5) * HOUR
            if at >= self.now:
                return
            ticket = self._dispatch(tx, ticket, f"district-{ticket.place.district_code}", limit, at)
        for attempt in range(3):
            accepted = at + chance.lognormvariate(-0.7 + 1.2 * (1 - good), 0.8) * HOUR
            if attempt == 0:
                if accepted >= self.now:
                    return
                ticket = tickets.accept(tx, ticket, by=MARK, now=accepted, new_id=self.new_id)
            at = accepted + (self.city.working_time.due(accepted, limit) - accepted) * chance.lognormvariate(-1.3 + 1.1 * (1 - good), 0.7)
            if at >= self.now:
                return
            ticket = tickets.handle(tx, ticket, by=MARK, note=f"已到现场处理{MARK}", survey_at=at, now=at, new_id=self.new_id)
            answered = self._survey(tx, chance, ticket, good + 0.1 * attempt, limit, at + chance.uniform(0.5, 30) * HOUR)
            if answered is None or answered.status != "dispatched":
                return
            ticket, at = answered, self._reopened_at(tx, answered)

    def _dispatch(self, tx: Transaction, ticket: Ticket, unit_id: str, limit: Limit, at: datetime) -> Ticket:
        due = self.city.working_time.due(at, limit)
        return tickets.dispatch(tx, ticket, unit_id=unit_id, category=ticket.category, due_at=due, by=MARK, note="", now=at, new_id=self.new_id)

    def _survey(self, tx: Transaction, chance: random.Random, ticket: Ticket, good: float, limit: Limit, at: datetime) -> Ticket | None:
        """The ticket after its survey, or None while there is no answer yet."""
        if at >= self.now:
            return None
        channel = tx.conversations.get(ticket.conversation_id).address.channel
        survey = attempts.start(tx, ticket, channel=channel, now=at, new_id=self.new_id)
        answered_at = at + chance.lognormvariate(0, 1.3) * HOUR
        if survey is None:
            return None
        tx.simulated.forget_jobs(survey.id)  # nobody is really asked
        if answered_at >= self.now:
            return None
        outcome = chance.choices(("completed", "unreachable", "declined"), (72, 21, 7))[0]
        if outcome != "completed":
            surveys.end(tx, survey, "unreachable" if outcome == "unreachable" else "declined", city=self.city, now=at + 2 * DAY, new_id=self.new_id)
            return tx.tickets.get(ticket.id)
        contacted = chance.random() < 0.8 + 0.2 * good
        solved: Solved = chance.choices(("yes", "partly", "no"), (good, 0.1, (1 - good) * 0.6))[0]
        weights = {"yes": (80, 16, 4), "partly": (30, 45, 25), "no": (4, 16, 80)}[solved]
        satisfaction: Satisfaction = chance.choices(("satisfied", "basically", "dissatisfied"), weights)[0]
        comment = f"还没有弄好{MARK}" if solved == "no" else ""
        return surveys.complete(
            tx, survey, contacted=contacted, solved=solved, satisfaction=satisfaction, comment=comment,
            reopen_due=self.city.working_time.due(answered_at, limit), now=answered_at, new_id=self.new_id,
        )  # fmt: skip

    @staticmethod
    def _reopened_at(tx: Transaction, ticket: Ticket) -> datetime:
        return tx.tickets.events(ticket.id)[-1].at


def remove(store: Store) -> int:
    """Take away everything that was simulated. Returns the number of tickets."""
    with store.transaction() as tx:
        return tx.simulated.remove()



