"""What is asked of mentors in a search, and whether it can be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import Any

from mentorship.errors import Field, InvalidField, Problem
from mentorship.pagination import Cursor
from mentorship.search.index import Order
from mentorship.time.intervals import Span
from storage.full_text import split_words

PAGE = 4
"""Mentors on a page, unless it is said otherwise."""

LARGEST_PAGE = 25
LONGEST_TEXT = 100


class Sort(StrEnum):
    """In what order mentors come: see `mentorship.search.search`."""

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


TEXTS = (Filter.EXPERTISE, Filter.TEXT)


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
        nothing: dict[str, Any] = {dropped: "" if dropped in TEXTS else None}
        return replace(self, cursor=None, **nothing)


def checked(wanted: Wanted) -> Wanted:
    """The search with its texts tidied. Raises `InvalidField`."""
    tidy = replace(wanted, expertise=wanted.expertise.strip(), text=wanted.text.strip())
    for field, text in (
        (Field.SEARCH_EXPERTISE, tidy.expertise),
        (Field.SEARCH_TEXT, tidy.text),
    ):
        if len(text) > LONGEST_TEXT:
            raise InvalidField(field, Problem.TOO_LONG, most=LONGEST_TEXT)
    if tidy.text and not split_words(tidy.text):
        raise InvalidField(Field.SEARCH_TEXT, Problem.WITHOUT_WORDS)
    if tidy.min_rating is not None and not 1 <= tidy.min_rating <= 5:
        raise InvalidField(Field.MINIMUM_RATING, Problem.OUT_OF_RANGE, least=1, most=5)
    if tidy.max_rate is not None and not 0 <= tidy.max_rate < 2**53:
        raise InvalidField(Field.MAXIMUM_RATE, Problem.OUT_OF_RANGE, least=0)
    if not 1 <= tidy.size <= LARGEST_PAGE:
        raise InvalidField(Field.PAGE_SIZE, Problem.OUT_OF_RANGE, least=1, most=LARGEST_PAGE)
    return tidy


def cursor_of(wanted: Wanted) -> Cursor | None:
    """Where the wanted page begins; None for the first. Raises `InvalidField`."""
    if wanted.cursor is None:
        return None
    parts = len(Order.RATE.value if wanted.sort is Sort.PRICE else Order.STANDING.value)
    cursor = Cursor.parse(wanted.cursor)
    if cursor is None or len(cursor.position.key) != parts:
        raise InvalidField(Field.CURSOR, Problem.UNREADABLE)
    return cursor
