"""Searching for a mentor: filters, four orders, pages by cursor, and what to loosen.

The orders (product: "Search"):

- `RATING`: the Bayesian mean, for which five reviews at the guild's own mean stand beside the
  mentor's own, so that one review of 5 stars doesn't outrank forty of 4.9. The index has it
  (`storage.tables.Listing.shortfall`).
- `RELEVANCE`: the tag that was named before tags that begin like it, bios with the words next to
  each other before bios that have them apart, and the better rating within each.
- `PRICE`: the lower rate first, the better rating within one rate.
- `SOONEST`: by the half hour in which the first slot begins, the better rating within each; who
  has none within reach comes last.

A page is a walk along the listings from where the cursor stands, never an offset. Slots are worked
out for the mentors of the page alone; a wanted time, or `SOONEST`, makes that for the candidates
that the index lets through, and for so many at most that a page always comes soon. Such a page may
be short, and goes on with the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto

from mentorship import calendars, listings, mentors
from mentorship.actors import Actor
from mentorship.calendars import REACH, MentorCalendar
from mentorship.cursors import Cursor, Place
from mentorship.errors import InvalidField
from mentorship.expertise import meanings
from mentorship.listings import Filters, Order, Way
from mentorship.mentors import MentorView
from mentorship.schedules import Span, epoch_of, instant_of
from storage import Transaction
from storage.search import Match, words_of

PAGE = 4
"""Mentors on a page, unless it is said otherwise."""

LARGEST_PAGE = 25
SLOTS = 3
"""Open slots that are shown of each mentor."""

LONGEST_TEXT = 100
MOST_WORDS = 8

MOST_EXAMINED = 120
"""So many candidates have their slots worked out for one page, at most."""

MOST_COUNTED = 50
"""How far mentors are counted who would be found with a filter less."""

HALF_HOUR = 1_800
"""Seconds."""

NEVER = 2**32
"""The half hour, counted from 1970, of those who have no slot within reach."""


class Sort(StrEnum):
    """In what order mentors come; see the module."""

    RELEVANCE = auto()
    RATING = auto()
    PRICE = auto()
    SOONEST = auto()


class Filter(StrEnum):
    """What can be asked of mentors, by the names in `Wanted`."""

    EXPERTISE = auto()
    TEXT = auto()
    MIN_RATING = auto()
    MAX_RATE = auto()
    FREE = auto()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of mentors; empty and None ask nothing.

    `expertise` in any spelling; `text`: words of the bio, in any order, each at least its
    beginning; `min_rating`: 1 to 5 stars of the plain mean, so that who has no rating is left out;
    `max_rate`: whole points an hour; `free`: instants between which a session of any length that
    the mentor offers can be booked by the one who searches, or, where the span is shorter than
    every such session, from the start of which one can. `cursor` is a page's `previous` or `next`.
    """

    expertise: str = ""
    text: str = ""
    min_rating: float | None = None
    max_rate: int | None = None
    free: Span | None = None
    sort: Sort = Sort.RELEVANCE
    cursor: str | None = None
    size: int = PAGE

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The filters that ask something."""
        return tuple(each for each in Filter if getattr(self, each) not in (None, ""))

    def without(self, dropped: Filter) -> Wanted:
        """The same search with one filter less, from its first page."""
        nothing = "" if dropped in (Filter.EXPERTISE, Filter.TEXT) else None
        return replace(self, cursor=None, **{str(dropped): nothing})


@dataclass(frozen=True, slots=True)
class Found:
    """A mentor on a page, with the next starts that the one who searches could book for a session
    of `minutes`; with a wanted time, the next from there on."""

    mentor: MentorView
    minutes: int
    slots: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Loosened:
    """How many mentors there would be without one of the filters; `or_more`: at least so many."""

    without: Filter
    mentors: int
    or_more: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the mentors that were searched for, and the cursors of the pages beside.

    `loosened` is told where nobody was found: each filter by what it costs, the dearest first.
    """

    found: tuple[Found, ...]
    previous: str | None = None
    next: str | None = None
    loosened: tuple[Loosened, ...] = ()


async def search(tx: Transaction, actor: Actor, wanted: Wanted) -> Page:
    """One page of the guild's mentors who answer to all that is wanted.

    Never the actor, and nobody who is paused, suspended or not approved. Raises `InvalidField`.
    """
    wanted = _checked(wanted)
    cursor = _cursor(wanted)
    busy = await calendars.commitments(tx, actor.user_id)
    hunt = _Hunt(tx, actor, wanted, busy, await _tiers(tx, actor, wanted))
    walked = await hunt.walk(cursor, wanted.size)
    if not walked.hits and not walked.more and cursor is not None and cursor.way is Way.BACK:
        # Those who were before are gone; so this is where the list begins.
        cursor, walked = None, await hunt.walk(None, wanted.size)
    if not walked.hits and not walked.more and cursor is None:
        return Page((), loosened=await _loosened(tx, actor, wanted, busy))
    return await _page(hunt, walked, cursor)


async def tags(tx: Transaction, actor: Actor, typed: str, limit: int = 25) -> tuple[str, ...]:
    """Tags under which somebody can be found, that resemble what is typed, the likeliest first."""
    known = await listings.tags(tx, actor)
    if not typed.strip():
        return tuple(known.values())[:limit]
    meant = (tag_id for group in meanings(typed, known) for tag_id in group)
    return tuple(known[tag_id] for tag_id in meant)[:limit]


def _checked(wanted: Wanted) -> Wanted:
    """The search with its texts tidied. Raises `InvalidField`."""
    tidy = replace(wanted, expertise=wanted.expertise.strip(), text=wanted.text.strip())
    for name, text in (("the expertise", tidy.expertise), ("the words", tidy.text)):
        if len(text) > LONGEST_TEXT:
            raise InvalidField(name, f"can have at most {LONGEST_TEXT} characters.")
    if tidy.text and not words_of(tidy.text):
        raise InvalidField("the words", "need letters or digits to be looked for.")
    if tidy.min_rating is not None and not 1 <= tidy.min_rating <= 5:
        raise InvalidField("the rating", "is a number of stars from 1 to 5.")
    if tidy.max_rate is not None and not 0 <= tidy.max_rate < 2**53:
        raise InvalidField("the highest rate", "is a whole number of points, from 0.")
    if not 1 <= tidy.size <= LARGEST_PAGE:
        raise InvalidField("the size of a page", f"is 1 to {LARGEST_PAGE} mentors.")
    return tidy


def _cursor(wanted: Wanted) -> Cursor | None:
    if wanted.cursor is None:
        return None
    parts = len(Order.RATE.value if wanted.sort is Sort.PRICE else Order.STANDING.value)
    cursor = Cursor.read(wanted.cursor)
    if cursor is None or len(cursor.place.key) != parts:
        raise InvalidField("the cursor", "is not one of this search. Leave it out to begin anew.")
    return cursor


# --- What is looked for -------------------------------------------------------------------------


async def _tiers(tx: Transaction, actor: Actor, wanted: Wanted) -> tuple[Filters, ...]:
    """The filters as the index knows them: by relevance, one tier after the other; no mentor
    answers to two. In every other order there is a single one."""
    known = await listings.tags(tx, actor) if wanted.expertise else {}
    groups = meanings(wanted.expertise, known)
    words = words_of(wanted.text)[:MOST_WORDS]
    whole = Filters(
        tags=tuple(tag for group in groups for tag in group) if wanted.expertise else None,
        words=words,
        min_rating=None if wanted.min_rating is None else round(wanted.min_rating * 100),
        max_rate=wanted.max_rate,
    )
    if wanted.sort is not Sort.RELEVANCE:
        return (whole,)
    tiers = [whole]
    if groups:
        tiers = [
            replace(
                whole, tags=group, but_tags=tuple(tag for each in groups[:place] for tag in each)
            )
            for place, group in enumerate(groups)
        ]
    if words:
        tiers = [
            each
            for tier in tiers
            for each in (replace(tier, match=Match.PHRASE), replace(tier, but_phrase=True))
        ]
    return tuple(tiers)


@dataclass(frozen=True, slots=True)
class _Tier:
    """A stretch of the whole list: who the index lets through, and who of them belongs to it."""

    number: int
    filters: Filters
    belongs: Callable[[MentorCalendar], bool] | None = None


@dataclass(frozen=True, slots=True)
class _Hit:
    place: Place
    user_id: int
    calendar: MentorCalendar | None = None


@dataclass(slots=True)
class _Walked:
    """Some mentors in the order of the list; `more` are further on, after `last`."""

    hits: list[_Hit] = field(default_factory=list)
    last: Place | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class _Hunt:
    """One search under way; `busy` is the time of the one who searches."""

    tx: Transaction
    actor: Actor
    wanted: Wanted
    busy: Sequence[Span]
    filters: tuple[Filters, ...]

    @property
    def order(self) -> Order:
        return Order.RATE if self.wanted.sort is Sort.PRICE else Order.STANDING

    async def walk(self, cursor: Cursor | None, size: int) -> _Walked:
        """At most `size` mentors from the cursor on, in the order of the list."""
        if self.wanted.sort is Sort.SOONEST:
            few = await self._few()
            if few is not None:
                return _part(few, cursor, size)
        walked = await self._along(cursor, size)
        if cursor is not None and cursor.way is Way.BACK:
            walked.hits.reverse()
        return walked

    async def _along(self, cursor: Cursor | None, size: int) -> _Walked:
        way = cursor.way if cursor is not None else Way.ON
        walked, left = _Walked(), MOST_EXAMINED
        for tier in self._tiers(cursor):
            key = cursor.place.key if cursor and cursor.place.tier == tier.number else None
            ended = False
            while not ended:
                if left <= 0:
                    walked.more = True
                    return walked
                limit = size + 1 - len(walked.hits)
                if tier.belongs is not None:
                    limit = max(2 * limit, 2 * size)
                met = await listings.walk(
                    *(self.tx, self.actor, tier.filters, self.order),
                    key=key,
                    way=way,
                    limit=limit,
                )
                ended = len(met) < limit
                known = await self._calendars(tier, [listed.user_id for listed in met])
                for listed in met:
                    key, calendar = listed.key, known.get(listed.user_id)
                    place = Place(tier.number, key)
                    if tier.belongs is None or (calendar and tier.belongs(calendar)):
                        if len(walked.hits) == size:
                            walked.more = True
                            return walked
                        walked.hits.append(_Hit(place, listed.user_id, calendar))
                    walked.last = place
                if tier.belongs is not None:
                    # A statement costs about as much as the slots of five.
                    left -= len(met) + 5
        return walked

    async def _calendars(self, tier: _Tier, user_ids: list[int]) -> dict[int, MentorCalendar]:
        if tier.belongs is None or not user_ids:
            return {}
        return await calendars.load_many(self.tx, self.actor.guild, user_ids)

    def _tiers(self, cursor: Cursor | None) -> Iterator[_Tier]:
        """The stretches of the list from the cursor on, in its way."""
        way = cursor.way if cursor is not None else Way.ON
        tiers: Iterable[_Tier]
        if self.wanted.sort is Sort.SOONEST:
            tiers = self._half_hours()
        else:
            free, belongs = self.wanted.free, None
            if free is not None:
                belongs = self.is_free
            tiers = [
                _Tier(number, replace(filters, open_in=self._narrow(free)), belongs)
                for number, filters in enumerate(self.filters)
            ]
        for tier in reversed(list(tiers)) if way is Way.BACK else tiers:
            if cursor is None or (
                tier.number >= cursor.place.tier
                if way is Way.ON
                else tier.number <= cursor.place.tier
            ):
                yield tier

    # --- A wanted time

    def _narrow(self, free: Span | None) -> Span | None:
        """The part of a wanted time that is within the reach of bookings, for the index."""
        if free is None:
            return None
        start = max(free.start, self.tx.now)
        return Span(start, max(start, free.end))

    def is_free(self, calendar: MentorCalendar) -> bool:
        """Whether the mentor has a slot in the wanted time."""
        return self._first(calendar) is not None

    def _first(self, calendar: MentorCalendar) -> datetime | None:
        """The mentor's first slot in the wanted time, or within reach where none is wanted."""
        shortest = min(calendar.durations)
        now, free = self.tx.now, self.wanted.free
        if free is not None:
            slots = self._slots(calendar, shortest, free)
            return slots[0] if slots else None
        soon = Span(now, now + timedelta(minutes=calendar.limits.minimum_notice, days=2))
        for span in (soon, Span(now, now + REACH)):
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
        usual, free = mentors.usual_duration(calendar.durations), self.wanted.free
        if free is None:
            return usual, tuple(calendar.slots(self.tx.now, usual, also_busy=self.busy)[:SLOTS])
        minutes = usual if self._slots(calendar, usual, free) else min(calendar.durations)
        ahead = Span(free.start, max(free.start, self.tx.now) + REACH)
        return minutes, tuple(self._slots(calendar, minutes, ahead)[:SLOTS])

    # --- Soonest first

    async def _few(self) -> list[_Hit] | None:
        """All candidates in order, if their slots can be worked out at once."""
        (filters,) = self.filters
        met = await listings.walk(
            *(self.tx, self.actor, replace(filters, open_in=self._narrow(self.wanted.free))),
            Order.STANDING,
            limit=MOST_EXAMINED + 1,
        )
        if len(met) > MOST_EXAMINED:
            return None
        known = await calendars.load_many(
            self.tx, self.actor.guild, [listed.user_id for listed in met]
        )
        hits = []
        for listed in met:
            calendar = known.get(listed.user_id)
            if calendar is None:
                continue
            first = self._first(calendar)
            if first is not None or self.wanted.free is None:
                place = Place(_half_hour(first), listed.key)
                hits.append(_Hit(place, listed.user_id, calendar))
        return sorted(hits, key=lambda hit: hit.place)

    def _half_hours(self) -> Iterator[_Tier]:
        """One stretch of the list for each half hour ahead, and one for those without a slot."""
        (filters,) = self.filters
        now = self.tx.now
        span = self._narrow(self.wanted.free) or Span(now, now + REACH)
        for number in range(_half_hour(span.start), _half_hour(span.end) + 1):
            begins = instant_of(number * HALF_HOUR)
            within = Span(begins, begins + timedelta(seconds=HALF_HOUR))
            yield _Tier(number, replace(filters, open_in=within), self._starts_in(number))
        if self.wanted.free is None:
            yield _Tier(NEVER, filters, self._starts_in(NEVER))

    def _starts_in(self, number: int) -> Callable[[MentorCalendar], bool]:
        return lambda calendar: _half_hour(self._first(calendar)) == number


def _half_hour(instant: datetime | None) -> int:
    return NEVER if instant is None else int(epoch_of(instant) // HALF_HOUR)


def _part(hits: list[_Hit], cursor: Cursor | None, size: int) -> _Walked:
    """The part of a whole list that a page shows."""
    if cursor is not None and cursor.way is Way.BACK:
        before = [hit for hit in hits if hit.place < cursor.place]
        part = before[-size:]
        return _Walked(part, part[0].place if part else None, more=len(before) > size)
    after = [hit for hit in hits if cursor is None or hit.place > cursor.place]
    part = after[:size]
    return _Walked(part, part[-1].place if part else None, more=len(after) > size)


# --- What is shown ------------------------------------------------------------------------------


async def _page(hunt: _Hunt, walked: _Walked, cursor: Cursor | None) -> Page:
    ids = [hit.user_id for hit in walked.hits]
    shown = await mentors.views(hunt.tx, hunt.actor.guild, ids) if ids else {}
    known = {hit.user_id: hit.calendar for hit in walked.hits if hit.calendar is not None}
    missing = [user_id for user_id in ids if user_id not in known]
    if missing:
        known |= await calendars.load_many(hunt.tx, hunt.actor.guild, missing)
    found = tuple(
        Found(shown[user_id], *hunt.shown(known[user_id])) for user_id in ids if user_id in known
    )
    onward = Cursor(Way.ON, walked.last) if walked.last and walked.more else None
    if cursor is None:
        return Page(found, None, onward and onward.text)
    first, last = (
        (walked.hits[0].place, walked.hits[-1].place)
        if walked.hits
        else (cursor.place, cursor.place)
    )
    if cursor.way is Way.ON:
        return Page(found, Cursor(Way.BACK, first).text, onward and onward.text)
    back = Cursor(Way.BACK, walked.last) if walked.last and walked.more else None
    return Page(found, back and back.text, Cursor(Way.ON, last).text)


async def _loosened(
    tx: Transaction, actor: Actor, wanted: Wanted, busy: Sequence[Span]
) -> tuple[Loosened, ...]:
    """What each filter costs, the dearest first."""
    costs = []
    for dropped in wanted.filters:
        # Nobody looks at an order here, so the one with a single tier will do.
        looser = replace(wanted.without(dropped), sort=Sort.RATING)
        hunt = _Hunt(tx, actor, looser, busy, await _tiers(tx, actor, looser))
        walked = await hunt.walk(None, MOST_COUNTED)
        costs.append(Loosened(dropped, len(walked.hits), walked.more))
    return tuple(sorted(costs, key=lambda cost: -cost.mentors))
