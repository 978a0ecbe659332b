"""Searching for mentors, and their open slots."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from api.pagination import Listed
from api.schemas.base import (
    Asked,
    IdText,
    Instant,
    InstantText,
    Text,
    Told,
    Zone,
    rfc3339,
    shown_as,
)
from mentorship.availability import slot_queries
from mentorship.search import search
from mentorship.search.query import LARGEST_PAGE, LONGEST_TEXT
from mentorship.search.search import Found
from mentorship.time import timezones

MOST_SLOTS = 1_000


class SearchQuery(Listed):
    """What is asked of mentors, and which page of them."""

    expertise: Annotated[Text, Field(max_length=LONGEST_TEXT)] = Field(
        "", description="A tag; spelling is forgiven."
    )
    text: Annotated[Text, Field(max_length=LONGEST_TEXT)] = Field(
        "", description="Words of the bio, each at least its beginning."
    )
    min_rating: Annotated[float, Field(ge=1, le=5)] | None = None
    max_rate: Annotated[int, Field(ge=0, lt=2**53)] | None = Field(
        None, description="Points an hour."
    )
    free_from: Instant | None = Field(
        None, description="With `freeTo`: only mentors with an open slot in between."
    )
    free_to: Instant | None = None
    sort: Literal["relevance", "rating", "price", "soonest"] = "relevance"
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 10


class MentorFound(Told):
    """A mentor in a list, with the next starts that the caller could book."""

    id: IdText
    user_id: IdText
    name: str
    expertise: list[str]
    hourly_rate: int
    bio: str
    rating: float | None
    rating_count: int
    timezone: str
    duration: int = Field(description="Minutes of the sessions that `nextSlots` start.")
    next_slots: list[InstantText]

    @classmethod
    def of(cls, found: Found) -> MentorFound:
        mentor = found.mentor
        user_id = str(mentor.user_id)
        return cls(
            id=user_id,
            user_id=user_id,
            name=mentor.name,
            expertise=list(mentor.expertise),
            hourly_rate=mentor.hourly_rate,
            bio=mentor.bio,
            rating=mentor.rating,
            rating_count=mentor.rating_count,
            timezone=mentor.timezone,
            duration=found.minutes,
            next_slots=[rfc3339(start) for start in found.slots],
        )


class Loosened(Told):
    """How many mentors there would be with one filter less."""

    without: Literal["expertise", "text", "minRating", "maxRate", "free"]
    mentors: int
    or_more: bool


class MentorsFound(Told):
    """Some of the mentors that were searched for. The cursors are null at the ends."""

    model_config = shown_as(
        {
            "mentors": [
                {
                    "id": "226871203982016513",
                    "userId": "226871203982016513",
                    "name": "Oliver Hughes",
                    "expertise": ["code review", "django", "python"],
                    "hourlyRate": 60,
                    "bio": "Fifteen years of Python, ten of them with Django.",
                    "rating": 4.8,
                    "ratingCount": 12,
                    "timezone": "Europe/London",
                    "duration": 60,
                    "nextSlots": ["2026-03-02T18:00:00Z", "2026-03-02T18:30:00Z"],
                }
            ],
            "nextCursor": "a0.vyt.4",
            "previousCursor": None,
            "loosened": [],
        }
    )

    mentors: list[MentorFound]
    next_cursor: str | None
    previous_cursor: str | None
    loosened: list[Loosened] = Field(
        description="Told where nobody was found: each filter by what it costs."
    )

    @classmethod
    def of(cls, page: search.Page) -> MentorsFound:
        return cls(
            mentors=[MentorFound.of(each) for each in page.found],
            next_cursor=page.next,
            previous_cursor=page.previous,
            loosened=[
                Loosened(without=_SPELLED[each.without], mentors=each.mentors, or_more=each.or_more)
                for each in page.loosened
            ],
        )


_SPELLED: dict[search.Filter, Literal["expertise", "text", "minRating", "maxRate", "free"]] = {
    search.Filter.EXPERTISE: "expertise",
    search.Filter.TEXT: "text",
    search.Filter.MIN_RATING: "minRating",
    search.Filter.MAX_RATE: "maxRate",
    search.Filter.FREE: "free",
}


class SlotsQuery(Asked):
    """Which slots of a mentor."""

    since: Instant | None = Field(None, alias="from", description="Now, if it is left out.")
    until: Instant | None = Field(
        None, alias="to", description="At most 31 days after `from`; two weeks, if left out."
    )
    duration: Annotated[int, Field(ge=1, le=1_440, strict=False)] | None = Field(
        None, description="Minutes; the mentor's longest of at most an hour, if it is left out."
    )
    timezone: Zone | None = Field(
        None, description="The clock of `local` in the answer; the mentor's, if it is left out."
    )
    limit: Annotated[int, Field(ge=1, le=MOST_SLOTS, strict=False)] = 200


class Slot(Told):
    """A start that the caller could book."""

    scheduled_at: InstantText
    ends_at: InstantText
    local: str = Field(
        description="On the clock of `timezone`, for people.",
        examples=["Mon 2 Mar 2026, 13:00–14:00 EST (UTC−5)"],
    )


class Slots(Told):
    """A mentor's open slots in a window."""

    model_config = shown_as(
        {
            "mentorId": "226871203982016513",
            "duration": 60,
            "price": 60,
            "timezone": "America/New_York",
            "from": "2026-03-02T12:00:00Z",
            "to": "2026-03-16T12:00:00Z",
            "slots": [
                {
                    "scheduledAt": "2026-03-02T18:00:00Z",
                    "endsAt": "2026-03-02T19:00:00Z",
                    "local": "Mon 2 Mar 2026, 13:00–14:00 EST (UTC−5)",
                }
            ],
            "nextFrom": "2026-03-02T18:30:00Z",
        }
    )

    mentor_id: IdText
    duration: int = Field(description="Minutes.")
    price: int = Field(description="Whole points for each.")
    timezone: str
    since: InstantText = Field(alias="from")
    until: InstantText = Field(alias="to")
    slots: list[Slot]
    next_from: InstantText | None = Field(
        description="The `from` for what did not fit into `limit`."
    )

    @classmethod
    def of(cls, window: slot_queries.Window, zone: str | None, limit: int) -> Slots:
        clock = zone or window.timezone
        length = timedelta(minutes=window.minutes)
        further = window.starts[limit : limit + 1]
        return cls(
            mentor_id=str(window.mentor_id),
            duration=window.minutes,
            price=window.price,
            timezone=clock,
            since=rfc3339(window.span.start),
            until=rfc3339(window.span.end),
            slots=[
                Slot(
                    scheduled_at=rfc3339(start),
                    ends_at=rfc3339(start + length),
                    local=timezones.describe(start, clock, end=start + length),
                )
                for start in window.starts[:limit]
            ],
            next_from=rfc3339(further[0]) if further else None,
        )
