"""A member as they see themselves."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.schemas.base import Asked, IdText, Told, Zone, clock_of, minutes_of, shown_as
from api.schemas.sessions import Clock
from mentorship.main_app.identity import LARGEST_RANK, Default, Self, Wanted
from mentorship.notifications.catalogue import SWITCHES
from mentorship.notifications.preferences import MOST_REMINDERS, Preferences
from mentorship.time.quiet_hours import QuietHours

T = TypeVar("T")

Lead = Annotated[int, Field(ge=1, le=20_160)]


_KINDS = {kind.value.replace("_", "-"): kind for kind in sorted(SWITCHES)}
"""What a member may switch off, by how it is spelled in JSON."""


def _a_kind(value: str) -> str:
    if value not in _KINDS:
        raise PydanticCustomError("kind", "must be one of {kinds}", {"kinds": ", ".join(_KINDS)})
    return value


Kind = Annotated[
    str,
    AfterValidator(_a_kind),
    WithJsonSchema({"type": "string", "enum": list(_KINDS)}),
]


class QuietHoursTold(Told):
    """Hours of each day, on the member's own clock, in which what can wait waits."""

    start_time: str = Field(examples=["22:00"])
    end_time: str = Field(examples=["07:00"])


class Notifications(Told):
    """What the caller is told by direct message in Discord."""

    muted: list[Kind] = Field(description="The kinds that are switched off.")
    reminders: list[int] = Field(description="Minutes before a start, the longest first.")
    reminders_of_server: bool = Field(description="The reminders are those of the server.")
    quiet_hours: QuietHoursTold | None


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
            "notifications": {
                "muted": ["rated"],
                "reminders": [1440, 60, 10],
                "remindersOfServer": True,
                "quietHours": {"startTime": "22:00", "endTime": "07:00"},
            },
        }
    )

    user_id: IdText
    name: str
    timezone: str | None
    rank: int = Field(description="As the main app has set it by PUT /ranks/{userId}.")
    balance: int = Field(description="Whole points.")
    currency: str = Field(description="What the server calls its points.")
    mentor_status: Literal["applicant", "approved", "suspended", "stopped"] | None
    notifications: Notifications

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
            notifications=_notifications(found.preferences),
        )


class QuietHoursAsked(Asked):
    """Hours of each day on the member's own clock; an end before the start is on the next day."""

    start_time: Clock
    end_time: Clock


class NotificationsAsked(Asked):
    """What a member chooses to be told. What is left out stays as it is."""

    muted: Annotated[list[Kind], Field(max_length=50)] | None = Field(
        None, description="The kinds to switch off; all others are on."
    )
    reminders: Annotated[list[Lead], Field(max_length=MOST_REMINDERS)] | None = Field(
        None, description="Minutes before a start; empty for none; null for the server's."
    )
    quiet_hours: QuietHoursAsked | None = Field(None, description="Null, if it is sent: none.")

    @property
    def quiet(self) -> QuietHours | None:
        if self.quiet_hours is None:
            return None
        start, end = self.quiet_hours.start_time, self.quiet_hours.end_time
        return QuietHours(minutes_of(start), minutes_of(end))


class MeAsked(Asked):
    """What a member can change about themselves. What is left out stays as it is."""

    model_config = shown_as({"timezone": "America/New_York"})

    timezone: Zone | None = None
    notifications: NotificationsAsked | None = None

    def wanted(self) -> Wanted:
        """What is to change, as the use case takes it."""
        asked = self.notifications
        if asked is None:
            return Wanted(self.timezone)
        sent = asked.model_fields_set
        reminders = None if asked.reminders is None else tuple(asked.reminders)
        return Wanted(
            zone=self.timezone,
            muted=None if asked.muted is None else frozenset(_KINDS[kind] for kind in asked.muted),
            reminders=_or_default(reminders, "reminders" in sent),
            quiet=_or_default(asked.quiet, "quiet_hours" in sent),
        )


def _or_default(value: T | None, sent: bool) -> T | Default | None:
    """Null, if it was sent, takes a choice back."""
    return Default.DEFAULT if sent and value is None else value


def _notifications(found: Preferences) -> Notifications:
    quiet = found.quiet
    return Notifications(
        muted=sorted(kind.value.replace("_", "-") for kind in found.muted),
        reminders=list(found.leads),
        reminders_of_server=found.reminders is None,
        quiet_hours=None
        if quiet is None
        else QuietHoursTold(start_time=clock_of(quiet.start), end_time=clock_of(quiet.end)),
    )


class RankAsked(Asked):
    """A member's rank in the main app."""

    model_config = shown_as({"rank": 3})

    rank: Annotated[int, Field(ge=0, le=LARGEST_RANK)]


class Rank(Told):
    """A member's rank, as it is now."""

    model_config = shown_as({"userId": "180235712340164609", "rank": 3})

    user_id: IdText
    rank: int
