"""Search results and open slots."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from api.http import languages
from api.schemas.base import (
    IdText,
    InstantText,
    NextCursor,
    PreviousCursor,
    QueryInstant,
    RequestModel,
    ResponseModel,
    Text,
    Timezone,
    documented_limits,
    rfc3339,
    with_examples,
)
from api.schemas.mentors import (
    CompletionRateField,
    ResponseHours,
    ResponseRateField,
    track_record_fields,
)
from api.schemas.pagination import PageQuery
from mentorship.availability import slot_queries
from mentorship.mentors.profile_rules import MAX_DURATION, MIN_DURATION
from mentorship.search import search
from mentorship.search.query import MAX_PAGE_SIZE, MAX_TEXT_LENGTH, Filter
from mentorship.search.search import SearchResult
from wording import times

MAX_SLOTS = 1_000


class MentorSearchQuery(PageQuery):
    """Filters, order and page of a search for mentors."""

    expertise: Annotated[Text, Field(max_length=MAX_TEXT_LENGTH)] = Field(
        "", description="A tag. Misspelled tags are found too."
    )
    text: Annotated[Text, Field(max_length=MAX_TEXT_LENGTH)] = Field(
        "", description="Words or beginnings of words in the bio."
    )
    min_rating: Annotated[float, Field(ge=1, le=5)] | None = Field(
        None, description="The lowest mean rating."
    )
    max_rate: Annotated[int, Field(ge=0, lt=2**53)] | None = Field(
        None, description="The highest rate, in points for an hour."
    )
    free_from: QueryInstant | None = Field(
        None, description="Only with `freeTo`: only mentors with an open slot between the two."
    )
    free_to: QueryInstant | None = Field(None, description="The end of the span from `freeFrom`.")
    sort: Literal["relevance", "rating", "price", "soonest"] = Field(
        "relevance", description="`price`: the lowest first. `soonest`: by the next open slot."
    )
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)] = Field(
        10, description="The number of mentors on a page."
    )


class MentorSummary(ResponseModel):
    """A mentor in search results, with the next slots that the caller can book."""

    id: IdText
    user_id: IdText
    name: str
    expertise: list[str]
    hourly_rate: int = Field(description="Points for an hour.")
    bio: str
    rating: float | None = Field(description="The mean of the visible ratings, from 1 to 5.")
    rating_count: int
    response_rate: ResponseRateField
    usual_response_hours: ResponseHours
    completion_rate: CompletionRateField
    timezone: str = Field(description="The mentor's time zone.")
    duration: int = Field(description="The length in minutes of the sessions in `nextSlots`.")
    next_slots: list[InstantText] = Field(description="The next open starts.")

    @classmethod
    def from_domain(cls, result: SearchResult) -> MentorSummary:
        mentor = result.mentor
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
            **track_record_fields(mentor.track_record),
            timezone=mentor.timezone,
            duration=result.minutes,
            next_slots=[rfc3339(start) for start in result.slots],
        )


class FilterSuggestion(ResponseModel):
    """How many mentors a search would find without one of its filters."""

    without: Literal["expertise", "text", "minRating", "maxRate", "free"]
    mentors: int
    or_more: bool = Field(description="There may be more than `mentors`.")


class MentorSearchPage(ResponseModel):
    """A page of search results."""

    model_config = with_examples(
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
                    "responseRate": {"answered": 9, "requests": 10},
                    "usualResponseHours": 2,
                    "completionRate": {"completed": 31, "due": 32},
                    "timezone": "Europe/London",
                    "duration": 60,
                    "nextSlots": ["2026-03-02T18:00:00Z", "2026-03-02T18:30:00Z"],
                }
            ],
            "nextCursor": "a0.vyt.4",
            "previousCursor": None,
            "loosened": [],
            "askForHelp": None,
        }
    )

    mentors: list[MentorSummary]
    next_cursor: NextCursor
    previous_cursor: PreviousCursor
    loosened: list[FilterSuggestion] = Field(
        description="If no mentor was found: what removing each filter would give."
    )
    ask_for_help: str | None = Field(
        description="If no mentor was found: where `POST` asks mentors for help, relative to this "
        "URL."
    )

    @classmethod
    def from_domain(
        cls, page: search.SearchPage, ask_for_help: str | None = None
    ) -> MentorSearchPage:
        return cls(
            mentors=[MentorSummary.from_domain(result) for result in page.results],
            next_cursor=page.next,
            previous_cursor=page.previous,
            loosened=[
                FilterSuggestion(
                    without=_FILTERS[each.without], mentors=each.mentors, or_more=each.or_more
                )
                for each in page.suggestions
            ],
            ask_for_help=ask_for_help,
        )


_FILTERS: dict[Filter, Literal["expertise", "text", "minRating", "maxRate", "free"]] = {
    Filter.EXPERTISE: "expertise",
    Filter.TEXT: "text",
    Filter.MIN_RATING: "minRating",
    Filter.MAX_RATE: "maxRate",
    Filter.FREE: "free",
}


class SlotsQuery(RequestModel):
    """The span and the session length of open slots."""

    since: QueryInstant | None = Field(
        None, alias="from", description="The start of the span. The default is now."
    )
    until: QueryInstant | None = Field(
        None,
        alias="to",
        description="The end of the span, at most 31 days after `from`. The default is 14 days.",
    )
    duration: (
        Annotated[
            int,
            Field(ge=1, le=1_440, strict=False),
            documented_limits(minimum=MIN_DURATION, maximum=MAX_DURATION),
        ]
        | None
    ) = Field(
        None,
        description="The session length in minutes. The default is the mentor's longest of up to "
        "60 minutes.",
    )
    timezone: Timezone | None = Field(
        None, description="The time zone of `local`. The default is the mentor's."
    )
    limit: Annotated[int, Field(ge=1, le=MAX_SLOTS, strict=False)] = Field(
        200, description="The maximum number of slots to return."
    )


class Slot(ResponseModel):
    """A slot that the caller can book."""

    scheduled_at: InstantText
    ends_at: InstantText
    local: str = Field(
        description="The time in `timezone`, as text for people.",
        examples=["Mon 2 Mar 2026, 13:00–14:00 EST (UTC−5)"],
    )


class SlotPage(ResponseModel):
    """A mentor's open slots in a span of time."""

    model_config = with_examples(
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
    duration: int = Field(description="The session length in minutes.")
    price: int = Field(description="The price of one session in points.")
    timezone: str = Field(description="The time zone of `local`.")
    since: InstantText = Field(alias="from")
    until: InstantText = Field(alias="to")
    slots: list[Slot]
    next_from: InstantText | None = Field(
        description="If there are more than `limit` slots: `from` of the next request."
    )

    @classmethod
    def from_domain(cls, window: slot_queries.SlotWindow, zone: str | None, limit: int) -> SlotPage:
        timezone = zone or window.timezone
        length = timedelta(minutes=window.minutes)
        further = window.starts[limit : limit + 1]
        return cls(
            mentor_id=str(window.mentor_id),
            duration=window.minutes,
            price=window.price,
            timezone=timezone,
            since=rfc3339(window.span.start),
            until=rfc3339(window.span.end),
            slots=[
                Slot(
                    scheduled_at=rfc3339(start),
                    ends_at=rfc3339(start + length),
                    local=times.describe(start, timezone, languages.reader(), end=start + length),
                )
                for start in window.starts[:limit]
            ],
            next_from=rfc3339(further[0]) if further else None,
        )
