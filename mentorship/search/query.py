"""The filters and sort orders of a search, and their limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import Any

from mentorship.errors import Field, InvalidField, Problem
from mentorship.pagination import Cursor
from mentorship.search.filters import Order
from mentorship.time.intervals import Span
from storage.full_text import split_words

DEFAULT_PAGE_SIZE = 4
MAX_PAGE_SIZE = 25
MAX_TEXT_LENGTH = 100


class Sort(StrEnum):
    """The order of the results: see `mentorship.search.search`."""

    RELEVANCE = auto()
    RATING = auto()
    PRICE = auto()
    SOONEST = auto()


class Filter(StrEnum):
    """The filters of a search, by their fields in `SearchQuery`."""

    EXPERTISE = auto()
    TEXT = auto()
    MIN_RATING = auto()
    MAX_RATE = auto()
    FREE = auto()


TEXT_FILTERS = (Filter.EXPERTISE, Filter.TEXT)


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search for mentors. Empty text and None are no filter.

    - `expertise`: typed words for a tag, in any spelling.
    - `text`: words of the bio, or their beginnings, in any order.
    - `min_rating`: from 1 to 5 stars, by the plain mean; excludes mentors without a rating.
    - `max_rate`: whole points an hour.
    - `free`: a span in which the searcher can book a session of any duration that the mentor
      offers. If the span is shorter than all of them, one must start at the span's start.
    - `cursor`: the `previous` or `next` of a page.
    - `size`: the most results on the page.
    """

    expertise: str = ""
    text: str = ""
    min_rating: float | None = None
    max_rate: int | None = None
    free: Span | None = None
    sort: Sort = Sort.RELEVANCE
    cursor: str | None = None
    size: int = DEFAULT_PAGE_SIZE

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The filters that are set."""
        return tuple(each for each in Filter if getattr(self, each) not in (None, ""))

    def without(self, removed: Filter) -> SearchQuery:
        """Return the first page of the same search without one of its filters."""
        empty: dict[str, Any] = {removed: "" if removed in TEXT_FILTERS else None}
        return replace(self, cursor=None, **empty)


def validate(query: SearchQuery) -> SearchQuery:
    """Return the query with trimmed texts. Raises `InvalidField`."""
    query = replace(query, expertise=query.expertise.strip(), text=query.text.strip())
    for field, text in (
        (Field.SEARCH_EXPERTISE, query.expertise),
        (Field.SEARCH_TEXT, query.text),
    ):
        if len(text) > MAX_TEXT_LENGTH:
            raise InvalidField(field, Problem.TOO_LONG, most=MAX_TEXT_LENGTH)
    if query.text and not split_words(query.text):
        raise InvalidField(Field.SEARCH_TEXT, Problem.WITHOUT_WORDS)
    if query.min_rating is not None and not 1 <= query.min_rating <= 5:
        raise InvalidField(Field.MINIMUM_RATING, Problem.OUT_OF_RANGE, least=1, most=5)
    if query.max_rate is not None and not 0 <= query.max_rate < 2**53:
        raise InvalidField(Field.MAXIMUM_RATE, Problem.OUT_OF_RANGE, least=0)
    if not 1 <= query.size <= MAX_PAGE_SIZE:
        raise InvalidField(Field.PAGE_SIZE, Problem.OUT_OF_RANGE, least=1, most=MAX_PAGE_SIZE)
    return query


def parse_cursor(query: SearchQuery) -> Cursor | None:
    """Parse the query's cursor; None is the first page. Raises `InvalidField`."""
    if query.cursor is None:
        return None
    order = Order.RATE if query.sort is Sort.PRICE else Order.RATING
    cursor = Cursor.parse(query.cursor)
    if cursor is None or len(cursor.position.key) != len(order.value):
        raise InvalidField(Field.CURSOR, Problem.UNREADABLE)
    return cursor
