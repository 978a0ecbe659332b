"""Changes of single fields of a mentor's profile and availability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from api.problems import invalid_value
from api.schemas.applications import Bio, Expertise, Rate
from api.schemas.availability import AvailabilitySettingsRequest, TimeRangeRequest
from api.schemas.base import Date, MeetingLink, RequestModel, Timezone, with_examples
from api.schemas.mentors import DAYS, Day
from mentorship.availability.hours_limits import MAX_OVERRIDE_DATES, MAX_RANGES_A_DAY
from mentorship.main_app.availability_patches import AvailabilityPatch, Hours
from mentorship.mentors.profile_rules import ProfileContent
from wording.translation import pgettext

_Ranges = Annotated[list[TimeRangeRequest], Field(max_length=MAX_RANGES_A_DAY)]


class ProfilePatch(RequestModel):
    """Changes of a mentor's profile. What is left out, or null, stays as it is; an empty
    `meetingLink` removes the link."""

    model_config = with_examples({"hourlyRate": 70})

    expertise: Expertise | None = None
    hourly_rate: Rate | None = None
    bio: Bio | None = None
    meeting_link: MeetingLink | None = None
    meeting_place: Literal["server", "link", "jitsi", "zoom", "daily"] | None = Field(
        None,
        description="Where the mentor meets: `server` for the server's `meetingPlace`, `link`, or "
        "a meeting provider that is configured.",
    )

    def applied_to(self, content: ProfileContent) -> ProfileContent:
        """Return the content with these changes."""
        return ProfileContent(
            content.expertise if self.expertise is None else self.expertise,
            content.hourly_rate if self.hourly_rate is None else self.hourly_rate,
            content.bio if self.bio is None else self.bio,
            meeting_link=self.meeting_link,
        )


class AvailabilityPatchRequest(RequestModel):
    """Changes of a mentor's availability: of single weekdays and dates. The others stay."""

    model_config = with_examples(
        {
            "weekly": {"Friday": [{"startTime": "18:00", "endTime": "21:00"}], "Monday": []},
            "overrides": {"2026-03-05": [], "2026-03-12": None},
            "settings": {"bufferAfter": 10},
        }
    )

    timezone: Timezone | None = Field(None, description="The time zone of all hours.")
    weekly: Annotated[dict[Day, _Ranges], Field(max_length=7)] | None = Field(
        None, description="The hours of weekdays; empty for none."
    )
    overrides: (
        Annotated[dict[Date, _Ranges | None], Field(max_length=MAX_OVERRIDE_DATES)] | None
    ) = Field(
        None,
        description="The hours of dates: empty for a day off, null to let the weekly hours "
        "apply again.",
    )
    settings: AvailabilitySettingsRequest | None = None

    def to_domain(self) -> AvailabilityPatch:
        """Convert it. Raises `Problem` (422) for ranges without a length or with one start."""
        return AvailabilityPatch(
            self.timezone,
            {
                DAYS.index(day): _minutes(f"/weekly/{day}", ranges)
                for day, ranges in (self.weekly or {}).items()
            },
            {
                day: None if ranges is None else _minutes(f"/overrides/{day}", ranges)
                for day, ranges in (self.overrides or {}).items()
            },
            {} if self.settings is None else self.settings.limits(),
        )


def _minutes(pointer: str, ranges: Sequence[TimeRangeRequest]) -> Hours:
    hours = tuple(each.minutes(f"{pointer}/{place}") for place, each in enumerate(ranges))
    if len({start for start, _ in hours}) < len(hours):
        raise invalid_value(
            pointer, pgettext("a field of a request", "must not have two ranges with one start")
        )
    return hours
