"""A search under way: along the listings, with the slots of those whom the index lets through.

Where a time is wanted, or the soonest come first, the index knows too little, and candidates have
their slots worked out. `MOST_EXAMINED` bounds how many, so that a page always comes soon; it may
then be short, and more are behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.availability.mentor_calendar import REACH, MentorCalendar
from mentorship.mentors.expertise import match_tags
from mentorship.pagination import Cursor, Direction, Position
from mentorship.search import index
from mentorship.search.index import Filters, Order, Written
from mentorship.search.query import Sort, Wanted
from mentorship.time.intervals import Span, from_epoch, to_epoch
from storage import Transaction
from storage.full_text import TextField, TextMatch, split_words

SLOTS = 3
"""Open slots that are shown of each mentor."""

MOST_WORDS = 8

MOST_EXAMINED = 120
"""So many candidates have their slots worked out for one page, at most."""

HALF_HOUR = 1_800
"""Seconds."""

NEVER = 2**32
"""The half hour, counted from 1970, of those who have no slot within reach."""


async def tiers_of(tx: Transaction, actor: Actor, wanted: Wanted) -> tuple[Filters, ...]:
    """The filters as the index knows them: by relevance, one tier after the other; no mentor
    answers to two. In every other order there is a single one."""
    known = await index.tags(tx, actor) if wanted.expertise else {}
    groups = match_tags(wanted.expertise, known)
    words = split_words(wanted.text)[:MOST_WORDS]
    written = Written(TextField.BIO, words) if words else None
    whole = Filters(
        tags=tuple(tag for group in groups for tag in group) if wanted.expertise else None,
        written=written,
        min_rating=None if wanted.min_rating is None else round(wanted.min_rating * 100),
        max_rate=wanted.max_rate,
    )
    if wanted.sort is not Sort.RELEVANCE:
        return (await index.narrowed(tx, actor, whole),)
    texts = [whole]
    if written is not None:
        phrase = replace(written, match=TextMatch.PHRASE)
        together = await index.narrowed(tx, actor, replace(whole, written=phrase))
        apart = await index.narrowed(tx, actor, whole)
        texts = [
            together,
            replace(apart, but_written=together.written, but_among=together.among or ()),
        ]
    if not groups:
        return tuple(texts)
    return tuple(
        replace(text, tags=group, but_tags=tuple(tag for each in groups[:place] for tag in each))
        for place, group in enumerate(groups)
        for text in texts
    )


@dataclass(frozen=True, slots=True)
class _Tier:
    """A stretch of the whole list: who the index lets through, and who of them belongs to it."""

    number: int
    filters: Filters
    belongs: Callable[[MentorCalendar], bool] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    place: Position
    profile_id: int
    calendar: MentorCalendar | None = None


@dataclass(slots=True)
class Walked:
    """Some mentors in the order of the list; `last` is how far was looked, and whether there may
    be `more` further on."""

    hits: list[Hit] = field(default_factory=list)
    last: Position | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Hunt:
    """One search under way; `busy` is the time of the one who searches."""

    tx: Transaction
    actor: Actor
    wanted: Wanted
    busy: Sequence[Span]
    filters: tuple[Filters, ...]

    @property
    def order(self) -> Order:
        return Order.RATE if self.wanted.sort is Sort.PRICE else Order.STANDING

    async def walk(self, cursor: Cursor | None, size: int) -> Walked:
        """At most `size` mentors from the cursor on, in the order of the list."""
        if self.wanted.sort is Sort.SOONEST:
            few = await self._few()
            if few is not None:
                return _part(few, cursor, size)
        walked = await self._along(cursor, size)
        if cursor is not None and cursor.direction is Direction.BACKWARD:
            walked.hits.reverse()
        return walked

    async def _along(self, cursor: Cursor | None, size: int) -> Walked:
        way = cursor.direction if cursor is not None else Direction.FORWARD
        walked, left, batch = Walked(), MOST_EXAMINED, 2 * (size + 1)
        for tier in self._tiers(cursor):
            key = cursor.position.key if cursor and cursor.position.tier == tier.number else None
            ended = False
            while not ended:
                if left <= 0:
                    walked.more = True
                    return walked
                limit = size + 1 - len(walked.hits)
                if tier.belongs is not None:
                    limit, batch = batch, 2 * batch
                met = await index.walk(
                    *(self.tx, self.actor, tier.filters, self.order),
                    key=key,
                    way=way,
                    limit=limit,
                )
                ended = len(met) < limit
                known = await self._calendars(tier, [listed.profile_id for listed in met])
                for listed in met:
                    key, calendar = listed.key, known.get(listed.profile_id)
                    place = Position(tier.number, key)
                    if tier.belongs is None or (calendar and tier.belongs(calendar)):
                        if len(walked.hits) == size:
                            walked.more = True
                            return walked
                        walked.hits.append(Hit(place, listed.profile_id, calendar))
                    walked.last = place
                if tier.belongs is not None:
                    # A statement costs about as much as the slots of two.
                    left -= len(met) + 2
            walked.last = self._edge(tier, way)
        return walked

    def _edge(self, tier: _Tier, way: Direction) -> Position:
        """Where the list has come to when a stretch of it is over: before all of the next."""
        number = tier.number + 1 if way is Direction.FORWARD else tier.number
        return Position(number, (0,) * len(self.order.value))

    async def _calendars(self, tier: _Tier, profile_ids: list[int]) -> dict[int, MentorCalendar]:
        if tier.belongs is None or not profile_ids:
            return {}
        return await mentor_calendar.load_many(self.tx, profile_ids)

    def _tiers(self, cursor: Cursor | None) -> Iterator[_Tier]:
        """The stretches of the list from the cursor on, in its way."""
        way = cursor.direction if cursor is not None else Direction.FORWARD
        tiers: Iterable[_Tier]
        if self.wanted.sort is Sort.SOONEST:
            tiers = self._half_hours()
        else:
            free = self.wanted.free
            belongs = None if free is None else self._is_free
            tiers = [
                _Tier(number, replace(filters, open_in=self._narrow(free)), belongs)
                for number, filters in enumerate(self.filters)
            ]
        for tier in reversed(list(tiers)) if way is Direction.BACKWARD else tiers:
            if cursor is None or (
                tier.number >= cursor.position.tier
                if way is Direction.FORWARD
                else tier.number <= cursor.position.tier
            ):
                yield tier

    # --- A wanted time

    def _narrow(self, free: Span | None) -> Span | None:
        """The part of a wanted time that is within the reach of bookings, for the index."""
        if free is None:
            return None
        start = max(free.start, self.tx.now)
        return Span(start, max(start, free.end))

    def _is_free(self, calendar: MentorCalendar) -> bool:
        """Whether the mentor has a slot in the wanted time."""
        return self._first(calendar) is not None

    def _first(self, calendar: MentorCalendar) -> datetime | None:
        """The mentor's first slot in the wanted time, or within reach where none is wanted."""
        shortest = min(calendar.durations)
        now, free = self.tx.now, self.wanted.free
        if free is not None:
            slots = self._slots(calendar, shortest, free)
            return slots[0] if slots else None
        soon = timedelta(minutes=calendar.limits.minimum_notice, days=2)
        for span in (Span(now, now + min(soon, REACH)), Span(now, now + REACH)):
            slots = self._slots(calendar, shortest, span)
            if slots:
                return slots[0]
        return None

    def _slots(self, calendar: MentorCalendar, minutes: int, span: Span) -> list[datetime]:
        shortest = timedelta(minutes=min(calendar.durations))
        window = (span.start, max(span.end, span.start + shortest))
        return calendar.slots(self.tx.now, minutes, window=window, also_busy=self.busy)

    def shown(self, calendar: MentorCalendar) -> tuple[int, tuple[datetime, ...]]:
        """The length and the starts that a mentor's card shows."""
        usual, free = mentor_calendar.usual_duration(calendar.durations), self.wanted.free
        if free is None:
            return usual, tuple(calendar.slots(self.tx.now, usual, also_busy=self.busy)[:SLOTS])
        minutes = usual if self._slots(calendar, usual, free) else min(calendar.durations)
        ahead = Span(free.start, max(free.start, self.tx.now) + REACH)
        return minutes, tuple(self._slots(calendar, minutes, ahead)[:SLOTS])

    # --- Soonest first

    async def _few(self) -> list[Hit] | None:
        """All candidates in order, if their slots can be worked out at once."""
        (filters,) = self.filters
        met = await index.walk(
            *(self.tx, self.actor, replace(filters, open_in=self._narrow(self.wanted.free))),
            Order.STANDING,
            limit=MOST_EXAMINED + 1,
        )
        if len(met) > MOST_EXAMINED:
            return None
        known = await mentor_calendar.load_many(self.tx, [listed.profile_id for listed in met])
        hits = []
        for listed in met:
            calendar = known.get(listed.profile_id)
            if calendar is None:
                continue
            first = self._first(calendar)
            if first is not None or self.wanted.free is None:
                place = Position(_half_hour(first), listed.key)
                hits.append(Hit(place, listed.profile_id, calendar))
        return sorted(hits, key=lambda hit: hit.place)

    def _half_hours(self) -> Iterator[_Tier]:
        """One stretch of the list for each half hour ahead, and one for those without a slot."""
        (filters,) = self.filters
        now = self.tx.now
        span = self._narrow(self.wanted.free) or Span(now, now + REACH)
        for number in range(_half_hour(span.start), _half_hour(span.end) + 1):
            begins = from_epoch(number * HALF_HOUR)
            within = Span(begins, begins + timedelta(seconds=HALF_HOUR))
            yield _Tier(number, replace(filters, open_in=within), self._starts_in(number))
        if self.wanted.free is None:
            yield _Tier(NEVER, filters, self._starts_in(NEVER))

    def _starts_in(self, number: int) -> Callable[[MentorCalendar], bool]:
        return lambda calendar: _half_hour(self._first(calendar)) == number


def _half_hour(instant: datetime | None) -> int:
    return NEVER if instant is None else int(to_epoch(instant) // HALF_HOUR)


def _part(hits: list[Hit], cursor: Cursor | None, size: int) -> Walked:
    """The part of a whole list that a page shows."""
    if cursor is not None and cursor.direction is Direction.BACKWARD:
        before = [hit for hit in hits if hit.place < cursor.position]
        part = before[-size:]
        return Walked(part, part[0].place if part else None, more=len(before) > size)
    after = [hit for hit in hits if cursor is None or hit.place > cursor.position]
    part = after[:size]
    return Walked(part, part[-1].place if part else None, more=len(after) > size)
