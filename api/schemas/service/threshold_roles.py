"""Roles in Discord that mentors earn at thresholds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.base import IdText, RequestModel, ResponseModel, with_examples
from mentorship.recognition.threshold_roles import (
    MOST_HOURS,
    MOST_SESSIONS,
    ThresholdRule,
    Thresholds,
)

_STARS = "The plain mean of the rating that profiles show; null for any."
_HOURS = "Hours mentored; null for any."
_EXAMPLE: dict[str, Any] = {
    "roleId": "1180235712340164777",
    "sessions": 10,
    "stars": 4.5,
    "hours": None,
    "problem": None,
}


class ThresholdsRequest(RequestModel):
    """What a mentor needs for a role."""

    model_config = with_examples({"sessions": 10, "stars": 4.5, "hours": None})

    sessions: Annotated[int, Field(ge=1, le=MOST_SESSIONS)] = Field(
        description="Completed sessions, at least."
    )
    stars: Annotated[float, Field(ge=1, le=5, multiple_of=0.1)] | None = Field(
        None, description=_STARS
    )
    hours: Annotated[int, Field(ge=1, le=MOST_HOURS)] | None = Field(None, description=_HOURS)

    def to_domain(self) -> Thresholds:
        """Return the thresholds, with the stars in tenths."""
        stars = None if self.stars is None else round(10 * self.stars)
        return Thresholds(self.sessions, stars, self.hours)


class ThresholdRole(ResponseModel):
    """A role that mentors earn."""

    model_config = with_examples(_EXAMPLE)

    role_id: IdText
    sessions: int
    stars: float | None = Field(description=_STARS)
    hours: int | None = Field(description=_HOURS)
    problem: Literal["deleted", "refused"] | None = Field(
        description="Why the bot has stopped giving and taking it: the role was deleted, or "
        "Discord refused it. Set the role again once that is repaired."
    )

    @classmethod
    def from_domain(cls, rule: ThresholdRule) -> ThresholdRole:
        """Create it from a rule."""
        needs = rule.thresholds
        return cls.model_validate(
            {
                "role_id": str(rule.role_id),
                "sessions": needs.sessions,
                "stars": None if needs.stars is None else needs.stars / 10,
                "hours": needs.hours,
                "problem": rule.problem,
            }
        )


class ThresholdRoles(ResponseModel):
    """The roles that mentors earn, at most five."""

    model_config = with_examples({"roles": [_EXAMPLE]})

    roles: list[ThresholdRole]

    @classmethod
    def from_domain(cls, rules: list[ThresholdRule]) -> ThresholdRoles:
        """Create it from the rules."""
        return cls(roles=[ThresholdRole.from_domain(rule) for rule in rules])
