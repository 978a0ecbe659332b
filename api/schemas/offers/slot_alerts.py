"""Slot alerts: members are told when a mentor has an open slot."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.schemas.base import (
    IdText,
    InstantText,
    RequestModel,
    ResponseModel,
    rfc3339,
    with_examples,
)
from api.schemas.mentors import DAYS, Day
from mentorship.availability.slot_alerts.alerts import SlotAlertView
from mentorship.availability.slot_alerts.wishes import SlotWish

PartOfDay = Literal["morning", "afternoon", "evening"]

_PART_DESCRIPTION = (
    "Morning is from 6:00 to 12:00, afternoon to 18:00, evening to 24:00, in the member's time "
    "zone. null is any time of the day."
)


class SlotAlertRequest(RequestModel):
    """The slots that suit the member, by when they start in the member's time zone."""

    model_config = with_examples({"weekdays": ["Saturday", "Sunday"], "partOfDay": "morning"})

    weekdays: list[Day] = Field(
        default_factory=list, max_length=7, description="An empty list is any day."
    )
    part_of_day: PartOfDay | None = Field(None, description=_PART_DESCRIPTION)

    def wish(self) -> SlotWish:
        """Return it for the use case."""
        return SlotWish.of(map(DAYS.index, self.weekdays), self.part_of_day)


class SlotAlert(ResponseModel):
    """An alert that waits for a mentor's slot."""

    model_config = with_examples(
        {
            "mentorId": "226871203982016513",
            "mentorName": "Oliver Hughes",
            "weekdays": ["Saturday", "Sunday"],
            "partOfDay": "morning",
            "createdAt": "2026-03-02T12:00:00Z",
            "muted": False,
        }
    )

    mentor_id: IdText
    mentor_name: str
    weekdays: list[Day]
    part_of_day: PartOfDay | None = Field(description=_PART_DESCRIPTION)
    created_at: InstantText
    muted: bool = Field(
        description="Whether the member has switched off `slot-opened` notifications. They aren't "
        "told while they have, and keep their place."
    )

    @classmethod
    def from_domain(cls, alert: SlotAlertView) -> SlotAlert:
        wish = alert.wish
        return cls(
            mentor_id=str(alert.mentor_id),
            mentor_name=alert.mentor_name,
            weekdays=[DAYS[day] for day in wish.weekdays],
            part_of_day=None if wish.part is None else wish.part.value,
            created_at=rfc3339(alert.created_at),
            muted=alert.is_muted,
        )


class SlotAlertList(ResponseModel):
    """The caller's slot alerts in the order of asking: at most 100."""

    model_config = with_examples(
        {
            "slotAlerts": [
                {
                    "mentorId": "226871203982016513",
                    "mentorName": "Oliver Hughes",
                    "weekdays": [],
                    "partOfDay": None,
                    "createdAt": "2026-03-02T12:00:00Z",
                    "muted": False,
                }
            ]
        }
    )

    slot_alerts: list[SlotAlert]
