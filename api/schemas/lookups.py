"""Suggestions of expertise, and the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.schemas.base import (
    Id,
    IdText,
    InstantText,
    NextCursor,
    PreviousCursor,
    RequestModel,
    ResponseModel,
    Text,
    optional_id,
    rfc3339,
    with_examples,
)
from api.schemas.pagination import QueueQuery
from mentorship.administration import audit
from mentorship.administration.demand import Demand
from mentorship.search.unmet import UnmetSearches


class ExpertiseQuery(RequestModel):
    """What was typed of an expertise."""

    # Query parameters arrive as text, so numbers have to be converted.
    model_config = ConfigDict(strict=False)

    query: Annotated[Text, Field(max_length=64)] = Field(
        "", description="What was typed, misspelt or not. Empty: the most used expertise."
    )
    limit: Annotated[int, Field(ge=1, le=25)] = Field(25, description="The most to return.")


class ExpertiseList(ResponseModel):
    """Expertise of the server's mentors, what fits best first."""

    model_config = with_examples({"expertise": ["python", "pytest"]})

    expertise: list[str]


class ExpertiseDemand(ResponseModel):
    """Open requests for help with one expertise."""

    expertise: str
    requests: int = Field(description="Those that no mentor has offered a time for.")
    oldest_at: InstantText = Field(description="Since when the oldest waits.")


class SearchDemand(ResponseModel):
    """Searches for one expertise that found nobody in the last 30 days."""

    expertise: str | None = Field(
        description="Expertise of a mentor or of an open request for help. Null for all else."
    )
    searches: int = Field(
        description="Whoever repeats a search on one day is usually counted once."
    )


class DemandList(ResponseModel):
    """What members look for and don't find: requests for help, and searches. At most 20 each, the
    most frequent first."""

    model_config = with_examples(
        {
            "demand": [
                {"expertise": "rust", "requests": 3, "oldestAt": "2026-03-02T12:00:00Z"},
            ],
            "searches": [
                {"expertise": "rust", "searches": 12},
                {"expertise": None, "searches": 4},
            ],
        }
    )

    demand: list[ExpertiseDemand]
    searches: list[SearchDemand]

    @classmethod
    def from_domain(cls, rows: Iterable[Demand], searches: Iterable[UnmetSearches]) -> DemandList:
        return cls(
            demand=[
                ExpertiseDemand(
                    expertise=row.tag, requests=row.requests, oldest_at=rfc3339(row.oldest_at)
                )
                for row in rows
            ],
            searches=[SearchDemand(expertise=row.tag, searches=row.searches) for row in searches],
        )


class AuditQuery(QueueQuery):
    """Which entries of the audit log to return, and which page of them."""

    user_id: Id | None = Field(
        None, description="Only decisions that this person made or that are about them."
    )
    action: Annotated[Text, Field(max_length=64)] | None = Field(
        None, description="Only this action; an unknown one matches nothing. Not with `userId`."
    )


ENTRY_EXAMPLE: dict[str, Any] = {
    "id": "512",
    "action": "review-hidden",
    "actorId": "226871203982016513",
    "userId": "180235712340164609",
    "note": "It names a third person.",
    "facts": {"review": 7},
    "createdAt": "2026-03-02T12:00:00Z",
}


class AuditEntry(ResponseModel):
    """A decision of a moderator, a manager or the main app."""

    model_config = with_examples(ENTRY_EXAMPLE)

    id: IdText
    action: str
    actor_id: IdText | None = Field(description="Who made it; null for the program itself.")
    user_id: IdText | None = Field(description="Whom it is about.")
    note: str | None = Field(description="The reason that was given.")
    facts: dict[str, Any] = Field(description="What else is recorded, by action.")
    created_at: InstantText

    @classmethod
    def from_domain(cls, entry: audit.AuditEntry) -> AuditEntry:
        return cls(
            id=str(entry.id),
            action=entry.action.replace("_", "-"),
            actor_id=optional_id(entry.actor_id),
            user_id=optional_id(entry.user_id),
            note=entry.note,
            facts=dict(entry.facts),
            created_at=rfc3339(entry.created_at),
        )


class AuditPage(ResponseModel):
    """A page of the audit log."""

    model_config = with_examples(
        {"entries": [ENTRY_EXAMPLE], "nextCursor": None, "previousCursor": None}
    )

    entries: list[AuditEntry]
    next_cursor: NextCursor
    previous_cursor: PreviousCursor
