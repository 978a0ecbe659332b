"""A member as they see themselves."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.shapes.base import Asked, IdText, Told, Zone, shown_as
from mentorship.app_members import LARGEST_RANK, Self


class Me(Told):
    """The caller's own data in the server."""

    model_config = shown_as(
        {
            "userId": "180235712340164609",
            "name": "Maya Torres",
            "timezone": "America/New_York",
            "rank": 3,
            "balance": 340,
            "currency": "points",
            "mentorStatus": None,
        }
    )

    user_id: IdText
    name: str
    timezone: str | None
    rank: int = Field(description="As the main app has set it by PUT /ranks/{userId}.")
    balance: int = Field(description="Whole points.")
    currency: str = Field(description="What the server calls its points.")
    mentor_status: Literal["applicant", "approved", "suspended", "stopped"] | None

    @classmethod
    def of(cls, found: Self) -> Me:
        return cls(
            user_id=str(found.user_id),
            name=found.name,
            timezone=found.timezone,
            rank=found.rank,
            balance=found.balance,
            currency=found.currency,
            mentor_status=found.mentor_status,
        )


class MeAsked(Asked):
    """What a member can change about themselves. What is left out stays as it is."""

    model_config = shown_as({"timezone": "America/New_York"})

    timezone: Zone | None = None


class RankAsked(Asked):
    """A member's rank in the main app."""

    model_config = shown_as({"rank": 3})

    rank: Annotated[int, Field(ge=0, le=LARGEST_RANK)]


class Rank(Told):
    """A member's rank, as it is now."""

    model_config = shown_as({"userId": "180235712340164609", "rank": 3})

    user_id: IdText
    rank: int
