"""The lists of a whole server for the main app."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.base import (
    IdText,
    InstantText,
    NextCursor,
    PreviousCursor,
    QueryInstant,
    ResponseModel,
    optional_rfc3339,
    rfc3339,
    with_examples,
)
from api.schemas.pagination import QueueQuery
from api.schemas.sessions.sessions import SESSION_EXAMPLE, MentorshipSession, SessionStatusName
from mentorship.main_app import guild_lists


class ChangesQuery(QueueQuery):
    """Which page of a list of changed items to return."""

    updated_since: QueryInstant | None = Field(
        None,
        description="Only what has changed since then. To stay in sync, send `asOf` of the last "
        "page that you have read.",
    )


class GuildSessionQuery(ChangesQuery):
    """Which of the server's sessions to return, and which page of them."""

    status: list[SessionStatusName] = Field(
        [], max_length=10, description="Only sessions with one of these statuses."
    )


AsOf = Annotated[
    InstantText,
    Field(
        description="Everything that changed before this instant is on this page or an earlier one "
        "if `nextCursor` is null. Send it as `updatedSince` next time: some items come twice, none "
        "is missing."
    ),
]


class GuildSessionPage(ResponseModel):
    """A page of the server's sessions."""

    model_config = with_examples(
        {
            "sessions": [SESSION_EXAMPLE],
            "asOf": "2026-03-02T18:00:00Z",
            "nextCursor": None,
            "previousCursor": None,
        }
    )

    sessions: list[MentorshipSession]
    as_of: AsOf
    next_cursor: NextCursor
    previous_cursor: PreviousCursor


MEMBER_EXAMPLE: dict[str, Any] = {
    "userId": "180235712340164609",
    "name": "Maya Torres",
    "timezone": "America/New_York",
    "rank": 3,
    "balance": 140,
    "mentorStatus": None,
    "hasUsed": True,
    "joinedAt": "2025-11-02T09:30:00Z",
    "leftAt": None,
    "updatedAt": "2026-03-02T12:00:00Z",
}


class GuildMember(ResponseModel):
    """A person in the server, or one who was."""

    model_config = with_examples(MEMBER_EXAMPLE)

    user_id: IdText
    name: str
    timezone: str | None = Field(description="Null until they have chosen one.")
    rank: int = Field(description="Their rank in your app.")
    balance: int = Field(
        description="Their points. Getting or spending points doesn't change `updatedAt`."
    )
    mentor_status: Literal["applicant", "approved", "suspended", "stopped"] | None = Field(
        description="Null without a mentor profile."
    )
    has_used: bool = Field(description="Whether they have used the bot or the API themselves.")
    joined_at: InstantText | None = Field(description="When they joined the server, if known.")
    left_at: InstantText | None = Field(description="When they were found to have left it.")
    updated_at: InstantText = Field(description="When the data above last changed.")

    @classmethod
    def from_domain(cls, member: guild_lists.GuildMember) -> GuildMember:
        return cls(
            user_id=str(member.user_id),
            name=member.name,
            timezone=member.timezone,
            rank=member.rank,
            balance=member.balance,
            mentor_status=member.mentor_status,
            has_used=member.has_used,
            joined_at=optional_rfc3339(member.joined_at),
            left_at=optional_rfc3339(member.left_at),
            updated_at=rfc3339(member.updated_at),
        )


class GuildMemberPage(ResponseModel):
    """A page of the server's members."""

    model_config = with_examples(
        {
            "members": [MEMBER_EXAMPLE],
            "asOf": "2026-03-02T18:00:00Z",
            "nextCursor": None,
            "previousCursor": None,
        }
    )

    members: list[GuildMember]
    as_of: AsOf
    next_cursor: NextCursor
    previous_cursor: PreviousCursor


def as_of(now: datetime) -> str:
    """Return what `asOf` says on a page that was read at `now` or later."""
    return rfc3339(now - guild_lists.LONGEST_TRANSACTION)
