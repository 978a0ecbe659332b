"""Run a search: scan the index, and compute the slots of those mentors whom it can't decide on.

With a `free` filter, or sorted by the soonest slot, the index only narrows down the candidates, and
their slots have to be computed. A page computes those of a limited number, so that it is always
fast. Such a page may have fewer results than its size although more follow.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from mentorship.actors import Actor
from mentorship.availability.mentor_calendar import DEFAULT_WINDOW, MentorCalendar
from mentorship.mentors.expertise import match_tags
from mentorship.pagination import Cursor, Direction, Position
from mentorship.search import index, open_hours
from mentorship.search.filters import Filters, Order, TextFilter
from mentorship.search.open_hours import MentorZones
from mentorship.search.query import SearchQuery, Sort
from mentorship.search.slot_finder import SlotFinder
from mentorship.search.tags import load_tags_like
from mentorship.time.intervals import Span, from_epoch, to_epoch
from storage import Transaction
from storage.full_text import TextField, TextMatch, split_words

MAX_WORDS = 8
"""Words of a text filter that are used."""

HALF_HOUR_SECONDS = 1_800

NO_SLOT = 2**32
"""The tier of mentors without a slot in the next weeks, after those of all half hours."""


async def build_tier_filters(
    tx: Transaction, actor: Actor, query: SearchQuery
) -> tuple[Filters, ...]:
    """Return the filters of each tier of the results, best first; no mentor matches two of them.

    Sorted by relevance, the tiers are exact tags before similar ones, and within each, bios with
    the words side by side before bios with the words apart. Any other order has a single tier.
    """
    candidates = await load_tags_like(tx, actor, query.expertise) if query.expertise else {}
    groups = match_tags(query.expertise, candidates)
    words = split_words(query.text)[:MAX_WORDS]
    text = TextFilter(TextField.BIO, words) if words else None
    filters = Filters(
        tags=tuple(tag for group in groups for tag in group) if query.expertise else None,
        text=text,
        min_rating=None if query.min_rating is None else round(query.min_rating * 100),
        max_rate=query.max_rate,
    )
    if query.sort is not Sort.RELEVANCE:
        return (await index.optimize_text_filter(tx, actor, filters),)
    by_text = [filters]
    if text is not None:
        phrase = replace(filters, text=replace(text, match=TextMatch.PHRASE))
        together = await index.optimize_text_filter(tx, actor, phrase)
        apart = await index.optimize_text_filter(tx, actor, filters)
        by_text = [
            together,
            replace(apart, excluded_text=together.text, excluded_profiles=together.profiles or ()),
        ]
    if not groups:
        return tuple(by_text)
    return tuple(
        replace(
            each, tags=group, excluded_tags=tuple(tag for better in groups[:rank] for tag in better)
        )
        for rank, group in enumerate(groups)
        for each in by_text
    )


@dataclass(frozen=True, slots=True)
class _Tier:
    """A part of the results: filters for the index, and which of its mentors belong, if not all."""

    number: int
    filters: Filters
    belongs: Callable[[MentorCalendar], bool] | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A mentor who matches a search."""

    position: Position
    profile_id: int


@dataclass(slots=True)
class MatchPage:
    """Some matches in the order of the results.

    `last` is the position up to which mentors were examined; `more` says that there may be matches
    beyond it.
    """

    matches: list[Match] = field(default_factory=list)
    last: Position | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class SearchExecutor:
    """A search that is being run. It computes the slots of about `max_candidates` mentors.

    Several searches can share `slots`, if their `free` filters are equal, and `zones`.
    """

    actor: Actor
    query: SearchQuery
    filters: tuple[Filters, ...]
    slots: SlotFinder
    zones: MentorZones
    max_candidates: int

    @property
    def tx(self) -> Transaction:
        """The transaction in which the search runs."""
        return self.slots.tx

    @property
    def order(self) -> Order:
        """The order of the index that the search's sort order follows."""
        return Order.RATE if self.query.sort is Sort.PRICE else Order.RATING

    async def load_page(self, cursor: Cursor | None, size: int) -> MatchPage:
        """Load at most `size` matches after (or before) the cursor, in the order of the results."""
        if self.query.sort is Sort.SOONEST:
            matches = await self._load_all_by_soonest_slot()
            if matches is not None:
                return _page_of(matches, cursor, size)
        page = await self._scan(cursor, size)
        if cursor is not None and cursor.direction is Direction.BACKWARD:
            page.matches.reverse()
        return page

    async def _scan(self, cursor: Cursor | None, size: int) -> MatchPage:
        """Scan tier by tier, and return the matches in the order of the scan."""
        direction = cursor.direction if cursor is not None else Direction.FORWARD
        page, budget, batch = MatchPage(), self.max_candidates, 2 * (size + 1)
        async for tier in self._tiers(cursor):
            key = cursor.position.key if cursor and cursor.position.tier == tier.number else None
            exhausted = False
            while not exhausted:
                if budget <= 0:
                    page.more = True
                    return page
                limit = size + 1 - len(page.matches)
                if tier.belongs is not None:
                    limit, batch = min(batch, budget), 2 * batch
                entries = await index.scan(
                    *(self.tx, self.actor, tier.filters, self.order),
                    key=key,
                    direction=direction,
                    limit=limit,
                    zones=self.zones,
                )
                exhausted = len(entries) < limit
                candidates = [entry.profile_id for entry in entries] if tier.belongs else []
                calendars = await self.slots.load_calendars(candidates)
                for entry in entries:
                    key, calendar = entry.key, calendars.get(entry.profile_id)
                    position = Position(tier.number, key)
                    if tier.belongs is None or (calendar and tier.belongs(calendar)):
                        if len(page.matches) == size:
                            page.more = True
                            return page
                        page.matches.append(Match(position, entry.profile_id))
                    page.last = position
                if tier.belongs is not None:
                    # A statement costs about as much as the slots of two mentors.
                    budget -= len(entries) + 2
            page.last = self._end_of(tier, direction)
        return page

    def _end_of(self, tier: _Tier, direction: Direction) -> Position:
        """Return the position after a tier, in the direction of the scan."""
        number = tier.number + 1 if direction is Direction.FORWARD else tier.number
        return Position(number, (0,) * len(self.order.value))

    def _tiers(self, cursor: Cursor | None) -> AsyncIterator[_Tier]:
        """Yield the tiers from the cursor on, in its direction."""
        if self.query.sort is not Sort.SOONEST:
            return self._filter_tiers(cursor)
        if cursor is not None and cursor.direction is Direction.BACKWARD:
            return self._half_hours_backward(cursor.position.tier)
        return self._half_hours_forward(0 if cursor is None else cursor.position.tier)

    async def _filter_tiers(self, cursor: Cursor | None) -> AsyncIterator[_Tier]:
        """Yield a tier for each of the filters, from the cursor on, in its direction."""
        numbers = range(len(self.filters))
        if cursor is not None and cursor.direction is Direction.BACKWARD:
            numbers = numbers[cursor.position.tier :: -1]
        elif cursor is not None:
            numbers = numbers[cursor.position.tier :]
        free = self.slots.free_from_now
        belongs = None if free is None else self._has_free_slot
        for number in numbers:
            filters = await self._optimize(replace(self.filters[number], open_in=free))
            yield _Tier(number, filters, belongs)

    async def _optimize(self, filters: Filters) -> Filters:
        return await index.optimize_hours_filter(self.tx, self.actor, filters, self.zones)

    def _has_free_slot(self, calendar: MentorCalendar) -> bool:
        return self.slots.first_slot(calendar) is not None

    # --- Sorting by the soonest slot

    async def _load_all_by_soonest_slot(self) -> list[Match] | None:
        """Load and sort all matches, or return None if there are more than `max_candidates`."""
        (filters,) = self.filters
        if filters.text is not None and len(self.query.filters) == 1:
            # So many have these words that they weren't listed, and checking each would take long.
            return None
        filters = await self._optimize(replace(filters, open_in=self.slots.free_from_now))
        most = self.max_candidates
        entries = await index.scan(
            *(self.tx, self.actor, filters, Order.RATING), limit=most + 1, zones=self.zones
        )
        if len(entries) > most:
            return None
        calendars = await self.slots.load_calendars([entry.profile_id for entry in entries])
        matches = []
        for entry in entries:
            calendar = calendars.get(entry.profile_id)
            if calendar is None:
                continue
            first = self.slots.first_slot(calendar)
            if first is not None or self.query.free is None:
                position = Position(_half_hour(first), entry.key)
                matches.append(Match(position, entry.profile_id))
        return sorted(matches, key=lambda match: match.position)

    async def _half_hours(self) -> range:
        """Return the half hours in which a first slot can start."""
        now = self.tx.now
        span = self.slots.free_from_now or Span(now, now + DEFAULT_WINDOW)
        notice = await open_hours.load_least_notice(self.tx, self.actor)
        return range(_half_hour(max(span.start, now + notice)), _half_hour(span.end) + 1)

    async def _half_hours_forward(self, first: int) -> AsyncIterator[_Tier]:
        """Yield a tier for each half hour of first slots, and one for mentors without a slot."""
        half_hours = await self._half_hours()
        number = max(first, half_hours.start)
        while number < half_hours.stop:
            tier = await self._half_hour_tier(number)
            yield tier
            number += 1
            if tier.filters.profiles == () and self.filters[0].profiles is None:
                following = await open_hours.find_next_start(
                    self.tx, self.actor, _start_of(number), self.zones
                )
                number = (
                    half_hours.stop if following is None else max(number, _half_hour(following))
                )
        if self.query.free is None:
            yield self._tier_without_slot()

    async def _half_hours_backward(self, last: int) -> AsyncIterator[_Tier]:
        """Yield the same tiers in the reverse order."""
        half_hours = await self._half_hours()
        if self.query.free is None and last >= NO_SLOT:
            yield self._tier_without_slot()
        number = min(half_hours.stop - 1, last)
        while number >= half_hours.start:
            tier = await self._half_hour_tier(number)
            yield tier
            number -= 1
            if tier.filters.profiles == () and self.filters[0].profiles is None:
                number -= await self._count_closed_before(number + 1)

    async def _count_closed_before(self, number: int) -> int:
        """Count the half hours before one in which no mentor of the guild is open, a few less."""
        closed = 0
        for width in (32, 8, 2):
            stop = number - closed
            span = Span(_start_of(stop - width), _start_of(stop))
            if not await open_hours.list_profiles(self.tx, self.actor, span, self.zones, limit=1):
                closed += width
        return closed

    async def _half_hour_tier(self, number: int) -> _Tier:
        (filters,) = self.filters
        half_hour = Span(_start_of(number), _start_of(number + 1))
        filters = await self._optimize(replace(filters, open_in=half_hour))
        return _Tier(number, filters, self._has_first_slot_in(number))

    def _tier_without_slot(self) -> _Tier:
        (filters,) = self.filters
        return _Tier(NO_SLOT, filters, self._has_first_slot_in(NO_SLOT))

    def _has_first_slot_in(self, number: int) -> Callable[[MentorCalendar], bool]:
        return lambda calendar: _half_hour(self.slots.first_slot(calendar)) == number


def _half_hour(instant: datetime | None) -> int:
    """Return the number of an instant's half hour since 1970, or `NO_SLOT` without one."""
    return NO_SLOT if instant is None else int(to_epoch(instant) // HALF_HOUR_SECONDS)


def _start_of(half_hour: int) -> datetime:
    """Return the instant at which a half hour starts, by its number since 1970."""
    return from_epoch(half_hour * HALF_HOUR_SECONDS)


def _page_of(matches: list[Match], cursor: Cursor | None, size: int) -> MatchPage:
    """Return the page of a whole sorted list at a cursor."""
    if cursor is not None and cursor.direction is Direction.BACKWARD:
        before = [match for match in matches if match.position < cursor.position]
        part = before[-size:]
        return MatchPage(part, part[0].position if part else None, more=len(before) > size)
    after = [match for match in matches if cursor is None or match.position > cursor.position]
    part = after[:size]
    return MatchPage(part, part[-1].position if part else None, more=len(after) > size)
