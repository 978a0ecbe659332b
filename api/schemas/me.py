"""A member's own data: time zone, notification preferences, rank."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.schemas.base import (
    ClockTime,
    IdText,
    LanguageTag,
    RequestModel,
    ResponseModel,
    Timezone,
    format_clock,
    minutes_after_midnight,
    with_examples,
)
from mentorship.main_app.identity import MAX_RANK, Default, MemberDetails, MemberUpdate
from mentorship.notifications.catalogue import MUTABLE_KINDS, RETIRED_KINDS
from mentorship.notifications.preferences import MAX_REMINDERS, Preferences
from mentorship.time import quiet_hours
from wording.translation import pgettext

T = TypeVar("T")

ReminderMinutes = Annotated[int, Field(ge=1, le=20_160)]

_KINDS = {kind.value.replace("_", "-"): kind for kind in sorted(MUTABLE_KINDS)}
"""The kinds of notification that members can turn off, by their names in JSON."""

_RETIRED = {kind.value.replace("_", "-"): kind for kind in RETIRED_KINDS}
"""Kinds that they could turn off once: accepted, without an effect."""


def _known_kind(value: str) -> str:
    if value not in _KINDS and value not in _RETIRED:
        raise PydanticCustomError(
            "kind",
            pgettext("a field of a request", "must be one of {kinds}"),
            {"kinds": ", ".join(_KINDS)},
        )
    return value


NotificationKind = Annotated[
    str,
    AfterValidator(_known_kind),
    WithJsonSchema({"type": "string", "enum": list(_KINDS)}),
]


class QuietHours(ResponseModel):
    """A period of each day, in the member's time zone, in which only urgent notifications are
    sent."""

    start_time: str = Field(examples=["22:00"])
    end_time: str = Field(examples=["07:00"])


class NotificationPreferences(ResponseModel):
    """What the bot sends the caller as direct messages in Discord."""

    muted: list[NotificationKind] = Field(description="The kinds that are turned off.")
    reminders: list[int] = Field(
        description="When to remind of a session: minutes before its start, the longest first."
    )
    reminders_of_server: bool = Field(
        description="`reminders` is the server's default; the caller has not chosen any."
    )
    quiet_hours: QuietHours | None

    @classmethod
    def from_domain(cls, preferences: Preferences) -> NotificationPreferences:
        quiet = preferences.quiet
        return cls(
            muted=sorted(kind.value.replace("_", "-") for kind in preferences.muted),
            reminders=list(preferences.leads),
            reminders_of_server=preferences.reminders is None,
            quiet_hours=None
            if quiet is None
            else QuietHours(start_time=format_clock(quiet.start), end_time=format_clock(quiet.end)),
        )


class Me(ResponseModel):
    """The caller's own data in the server."""

    model_config = with_examples(
        {
            "userId": "180235712340164609",
            "name": "Maya Torres",
            "timezone": "America/New_York",
            "language": None,
            "rank": 3,
            "balance": 340,
            "currency": "points",
            "mentorStatus": None,
            "meetingLink": None,
            "meetingPlace": None,
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
    timezone: str | None = Field(description="Null until the member chooses one.")
    language: LanguageTag | None = Field(
        description="The language that the member chose, in which the bot writes to "
        "them; null for the one of their Discord client."
    )
    rank: int = Field(description="The rank that the main app has set with `PUT /ranks/{userId}`.")
    balance: int = Field(description="Points that the member can spend.")
    currency: str = Field(description="The server's name for points.")
    mentor_status: Literal["applicant", "approved", "suspended", "stopped"] | None = Field(
        description="Null if the member has never applied to mentor."
    )
    meeting_link: str | None = Field(
        description="The mentor's own meeting link. `PUT /profile` changes it."
    )
    meeting_place: Literal["link", "jitsi", "zoom", "daily"] | None = Field(
        description="Where the mentor meets; null for the server's `meetingPlace`. "
        "`PATCH /profile` changes it."
    )
    notifications: NotificationPreferences

    @classmethod
    def from_domain(cls, member: MemberDetails) -> Me:
        return cls(
            user_id=str(member.user_id),
            name=member.name,
            timezone=member.timezone,
            language=member.language,
            rank=member.rank,
            balance=member.balance,
            currency=member.currency,
            mentor_status=member.mentor_status,
            meeting_link=member.meeting_link,
            meeting_place=member.meeting_place,
            notifications=NotificationPreferences.from_domain(member.preferences),
        )


class QuietHoursRequest(RequestModel):
    """A period of each day, in the member's time zone, in which only urgent notifications are sent.
    An end before the start is on the next day."""

    start_time: ClockTime
    end_time: ClockTime

    def to_domain(self) -> quiet_hours.QuietHours:
        """Convert them to quiet hours of the domain."""
        return quiet_hours.QuietHours(
            minutes_after_midnight(self.start_time), minutes_after_midnight(self.end_time)
        )


class NotificationPreferencesRequest(RequestModel):
    """Changes of the notification preferences. Fields that are left out keep their value."""

    muted: Annotated[list[NotificationKind], Field(max_length=50)] | None = Field(
        None,
        description="The kinds to turn off. All others are turned on. `how-was-it` is accepted "
        "and ignored: it asks for an answer by a deadline.",
    )
    reminders: Annotated[list[ReminderMinutes], Field(max_length=MAX_REMINDERS)] | None = Field(
        None,
        description="Minutes before a start. An empty list: no reminders. Null: the server's "
        "default.",
    )
    quiet_hours: QuietHoursRequest | None = Field(None, description="Null: no quiet hours.")


class MeRequest(RequestModel):
    """Changes of the caller's own data. Fields that are left out keep their value."""

    model_config = with_examples({"timezone": "America/New_York"})

    timezone: Timezone | None = None
    language: LanguageTag | None = Field(
        None, description="Null: the language of the member's Discord client."
    )
    notifications: NotificationPreferencesRequest | None = None

    def to_domain(self) -> MemberUpdate:
        """Convert the changes to the use case's argument."""
        notifications = self.notifications
        language = _or_default(self.language, "language" in self.model_fields_set)
        if notifications is None:
            return MemberUpdate(self.timezone, language=language)
        sent = notifications.model_fields_set
        muted, reminders = notifications.muted, notifications.reminders
        quiet = notifications.quiet_hours
        return MemberUpdate(
            zone=self.timezone,
            muted=None if muted is None else frozenset((_KINDS | _RETIRED)[kind] for kind in muted),
            reminders=_or_default(
                None if reminders is None else tuple(reminders), "reminders" in sent
            ),
            language=language,
            quiet=_or_default(None if quiet is None else quiet.to_domain(), "quiet_hours" in sent),
        )


def _or_default(value: T | None, sent: bool) -> T | Default | None:
    """Return the value, or `DEFAULT` if null was sent."""
    return Default.DEFAULT if sent and value is None else value


class RankRequest(RequestModel):
    """A member's new rank in the main app."""

    model_config = with_examples({"rank": 3})

    rank: Annotated[int, Field(ge=0, le=MAX_RANK)]


class Rank(ResponseModel):
    """A member's rank in the main app."""

    model_config = with_examples({"userId": "180235712340164609", "rank": 3})

    user_id: IdText
    rank: int
