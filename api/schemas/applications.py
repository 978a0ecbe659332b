"""Applying to mentor, and what moderators say to it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.base import Asked, IdText, Instant, InstantText, Text, Told, rfc3339, shown_as
from mentorship.main_app.profile_decisions import Decided, Verdict
from mentorship.mentors.application_review import MAX_NOTE_LENGTH
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.profile_rules import BIO_LENGTHS, MAX_TAGS
from mentorship.mentors.profiles import EditResult

Expertise = Annotated[
    list[Annotated[Text, Field(min_length=1, max_length=200)]],
    Field(min_length=1, max_length=MAX_TAGS, description="1 to 10 words or short phrases."),
]
Rate = Annotated[int, Field(ge=0, lt=2**53, description="Whole points.")]
Bio = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=2 * BIO_LENGTHS[1],
        description="20 to 1,000 characters once trimmed.",
    ),
]

TextStatus = Literal["pending", "approved", "rejected", "changes-requested", "withdrawn"]


_APPLICATION = {
    "id": "17",
    "userId": "180235712340164609",
    "name": "Maya Torres",
    "kind": "application",
    "status": "pending",
    "expertise": ["python", "code review"],
    "hourlyRate": 60,
    "bio": "Fifteen years of Python, ten of them with Django. Bring a stack trace.",
    "applicationReason": "I was helped here, and want to help in turn.",
    "timezone": "America/New_York",
    "submittedAt": "2026-03-02T12:00:00Z",
    "decidedAt": None,
    "decidedBy": None,
    "reason": None,
}


class ApplicationAsked(Asked):
    """What somebody says of themselves who wants to mentor."""

    model_config = shown_as(
        {
            "expertise": ["python", "code review"],
            "hourlyRate": 60,
            "bio": "Fifteen years of Python, ten of them with Django. Bring a stack trace.",
            "applicationReason": "I was helped here, and want to help in turn.",
        }
    )

    expertise: Expertise
    hourly_rate: Rate
    bio: Bio
    application_reason: Annotated[Text, Field(max_length=MAX_NOTE_LENGTH)] | None = Field(
        None, description="For the moderators' eyes."
    )


class Application(Told):
    """A text that waits for the moderators, or was decided on."""

    model_config = shown_as(_APPLICATION)

    id: IdText
    user_id: IdText
    name: str
    kind: Literal["application", "change"] = Field(
        description="`change` is of the profile of somebody who mentors already."
    )
    status: TextStatus
    expertise: list[str]
    hourly_rate: int
    bio: str
    application_reason: str | None = Field(description="Why they apply; for the moderators.")
    timezone: str
    submitted_at: InstantText
    decided_at: InstantText | None
    decided_by: IdText | None
    reason: str | None = Field(description="What the moderators said to it.")

    @classmethod
    def of(cls, text: ApplicationView) -> Application:
        return cls(
            id=str(text.id),
            user_id=str(text.applicant_id),
            name=text.applicant_name,
            kind=text.kind,
            status=text.status.replace("_", "-"),
            expertise=list(text.expertise),
            hourly_rate=text.hourly_rate,
            bio=text.bio,
            application_reason=text.reason,
            timezone=text.timezone,
            submitted_at=rfc3339(text.submitted_at),
            decided_at=None if text.decided_at is None else rfc3339(text.decided_at),
            decided_by=None if text.decided_by is None else str(text.decided_by),
            reason=text.note,
        )


class ProfileAsked(Asked):
    """What a mentor wants their profile to say."""

    model_config = shown_as(
        {
            "expertise": ["python", "django"],
            "hourlyRate": 70,
            "bio": "Fifteen years of Python, ten of them with Django. Bring a stack trace.",
        }
    )

    expertise: Expertise
    hourly_rate: Rate
    bio: Bio


class ProfileEdited(Told):
    """What became of a change of a profile."""

    model_config = shown_as(
        {"rateChanged": True, "published": False, "withdrawn": False, "waiting": _APPLICATION}
    )

    rate_changed: bool = Field(description="The rate holds at once, for new bookings.")
    published: bool = Field(description="Expertise and bio are visible already.")
    withdrawn: bool = Field(description="A text that waited was taken back.")
    waiting: Application | None = Field(description="The text that waits for the moderators.")

    @classmethod
    def of(cls, edited: EditResult) -> ProfileEdited:
        return cls(
            rate_changed=edited.rate_changed,
            published=edited.published,
            withdrawn=edited.withdrawn,
            waiting=None if edited.pending is None else Application.of(edited.pending),
        )


class MentoringAsked(Asked):
    """Whether a mentor takes bookings."""

    model_config = shown_as(
        {"status": "paused", "until": "2026-04-01T00:00:00Z"}, {"status": "open"}
    )

    status: Literal["open", "paused", "stopped"] = Field(
        description="`paused` takes no new bookings, until then or until `open`. `stopped` leaves "
        "the mentors; `open` comes back at once. What is booked stands."
    )
    until: Instant | None = Field(None, description="With `paused`: when it ends by itself.")


class Applications(Told):
    """What waits for the moderators, the longest waiting first. The cursors are those of the pages
    beside; null at the ends."""

    model_config = shown_as(
        {
            "applications": [_APPLICATION],
            "nextCursor": None,
            "previousCursor": None,
        }
    )

    applications: list[Application]
    next_cursor: str | None
    previous_cursor: str | None


class VerdictAsked(Asked):
    """What a moderator says to a person's profile."""

    model_config = shown_as(
        {"status": "approved"},
        {"status": "changes-requested", "reason": "Please say what you work on."},
        {"status": "suspended", "reason": "Did not come twice.", "cancelSessions": True},
    )

    status: Literal["approved", "rejected", "changes-requested", "suspended"] = Field(
        description="`approved` also lets a suspended mentor back in."
    )
    reason: Annotated[Text, Field(max_length=MAX_NOTE_LENGTH)] | None = Field(
        None, description="Needed for all but `approved`; the person reads it."
    )
    cancel_sessions: bool = Field(
        False, description="With `suspended`: cancel and refund what is booked."
    )

    @property
    def verdict(self) -> Verdict:
        return Verdict(self.status.replace("-", "_"))


class VerdictTold(Told):
    """What became of it."""

    model_config = shown_as(
        {
            "userId": "180235712340164609",
            "status": "approved",
            "decision": "approved",
            "sessionsCancelled": 0,
        }
    )

    user_id: IdText
    status: Literal["applicant", "approved", "suspended", "stopped"] = Field(
        description="The profile's status now."
    )
    decision: TextStatus | None = Field(description="What was decided on the text that waited.")
    sessions_cancelled: int

    @classmethod
    def of(cls, decided: Decided) -> VerdictTold:
        return cls(
            user_id=str(decided.user_id),
            status=decided.status,
            decision=None if decided.decision is None else decided.decision.replace("_", "-"),
            sessions_cancelled=decided.cancelled,
        )
