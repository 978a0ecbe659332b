"""The leaderboard of a server's mentors."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from api.schemas.base import IdText, RequestModel, ResponseModel, with_examples
from mentorship.recognition import leaderboard
from mentorship.recognition.leaderboard import Measure, Period, Place


class LeaderboardQuery(RequestModel):
    """Which leaderboard to return."""

    # Query parameters arrive as text, so they have to be converted.
    model_config = ConfigDict(strict=False)

    period: Period = Field(Period.MONTH, description="This month, 3 months or all time, in UTC.")
    measure: Measure = Field(
        Measure.HOURS, description="Ranked by hours mentored, members helped or thanks."
    )


class LeaderboardPlace(ResponseModel):
    """A mentor's place."""

    rank: int = Field(description="Mentors with the same value share a rank.")
    user_id: IdText
    name: str
    value: int = Field(description="Minutes if `measure` is `hours`, otherwise a number.")

    @classmethod
    def from_domain(cls, place: Place) -> LeaderboardPlace:
        """Create it from a place."""
        return cls(rank=place.rank, user_id=str(place.user_id), name=place.name, value=place.value)


class Leaderboard(ResponseModel):
    """The first places, and the caller's own."""

    model_config = with_examples(
        {
            "period": "month",
            "measure": "hours",
            "places": [
                {"rank": 1, "userId": "226871203982016513", "name": "Oliver Hughes", "value": 750}
            ],
            "own": None,
            "hidden": False,
        }
    )

    period: Period
    measure: Measure
    places: list[LeaderboardPlace]
    own: LeaderboardPlace | None = Field(
        description="Null for a caller who has no place, or is hidden."
    )
    hidden: bool = Field(description="Whether the caller has hidden themselves.")

    @classmethod
    def from_domain(cls, board: leaderboard.Leaderboard) -> Leaderboard:
        """Create it from the leaderboard as the caller sees it."""
        return cls(
            period=board.period,
            measure=board.measure,
            places=[LeaderboardPlace.from_domain(place) for place in board.places],
            own=None if board.own is None else LeaderboardPlace.from_domain(board.own),
            hidden=board.is_hidden,
        )


class LeaderboardVisibility(RequestModel):
    """Whether the caller is hidden from the leaderboard."""

    model_config = with_examples({"hidden": True})

    hidden: bool


class OwnVisibility(ResponseModel):
    """Whether the caller is hidden from the leaderboard."""

    model_config = with_examples({"hidden": True})

    hidden: bool
