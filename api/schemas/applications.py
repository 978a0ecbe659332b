"""Applications, changes of a mentor's profile, and moderators' decisions about them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.base import (
    IdText,
    Instant,
    InstantText,
    MeetingLink,
    NextCursor,
    PreviousCursor,
    RequestModel,
    ResponseModel,
    Text,
    documented_limits,
    optional_rfc3339,
    rfc3339,
    with_examples,
)
from mentorship.administration.moderation import UpcomingSessions
from mentorship.main_app.profile_decisions import ProfileDecision, RequestedStatus
from mentorship.mentors.application_review import MAX_NOTE_LENGTH
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.profile_rules import BIO_LENGTHS, MAX_TAGS, ProfileContent
from mentorship.mentors.profiles import EditResult

Expertise = Annotated[
    list[Annotated[Text, Field(min_length=1, max_length=200)]],
    Field(
        min_length=1,
        max_length=MAX_TAGS,
        description="1 to 10 tags of 1 to 32 characters. Text with commas is several tags.",
    ),
]
Rate = Annotated[int, Field(ge=0, lt=2**53, description="Points for an hour.")]
Bio = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=2 * BIO_LENGTHS[1],
        description="20 to 1,000 characters, not counting spaces around them.",
    ),
    documented_limits(minLength=BIO_LENGTHS[0], maxLength=BIO_LENGTHS[1]),
]

ApplicationStatus = Literal["pending", "approved", "rejected", "changes-requested", "withdrawn"]


_EXAMPLE = {
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
    "revision": 1,
}


class ApplicationRequest(RequestModel):
    """An application to become a mentor."""

    model_config = with_examples(
        {
            "expertise": ["python", "code review"],
            "hourlyRate": 60,
            "bio": "Fifteen years of Python, ten of them with Django. Bring a stack trace.",
            "applicationReason": "I was helped here, and want to help in turn.",
            "meetingLink": "https://meet.example.com/maya",
        }
    )

    expertise: Expertise
    hourly_rate: Rate
    bio: Bio
    application_reason: Annotated[Text, Field(max_length=MAX_NOTE_LENGTH)] | None = Field(
        None, description="Why the member wants to mentor. Only moderators see it."
    )
    meeting_link: MeetingLink | None = None


class Application(ResponseModel):
    """An application, or a mentor's change of their profile, that moderators decide about."""

    model_config = with_examples(_EXAMPLE)

    id: IdText
    user_id: IdText
    name: str
    kind: Literal["application", "change"] = Field(
        description="`change`: a mentor changed their profile."
    )
    status: ApplicationStatus = Field(description="`pending` until a moderator decides.")
    expertise: list[str]
    hourly_rate: int = Field(description="Points for an hour.")
    bio: str
    application_reason: str | None = Field(
        description="Why the member wants to mentor. Only moderators see it."
    )
    timezone: str = Field(description="The applicant's time zone.")
    submitted_at: InstantText
    decided_at: InstantText | None
    decided_by: IdText | None = Field(
        description="Always null: members aren't told which moderator decided, and moderators see "
        "only what waits."
    )
    reason: str | None = Field(description="The moderator's reason. The applicant sees it.")
    revision: int = Field(
        description="Rises with each text that the applicant submits. Send it with a decision, so "
        "that nobody approves a text that they have not read."
    )

    @classmethod
    def from_domain(cls, application: ApplicationView) -> Application:
        return cls(
            id=str(application.id),
            user_id=str(application.applicant_id),
            name=application.applicant_name,
            kind=application.kind,
            status=application.status.replace("_", "-"),
            expertise=list(application.expertise),
            hourly_rate=application.hourly_rate,
            bio=application.bio,
            application_reason=application.reason,
            timezone=application.timezone,
            submitted_at=rfc3339(application.submitted_at),
            decided_at=optional_rfc3339(application.decided_at),
            # Only its owner loads one that is decided.
            decided_by=None,
            reason=application.note,
            revision=application.version,
        )


class ProfileRequest(RequestModel):
    """A mentor's new profile. It replaces expertise, rate and bio."""

    model_config = with_examples(
        {
            "expertise": ["python", "django"],
            "hourlyRate": 70,
            "bio": "Fifteen years of Python, ten of them with Django. Bring a stack trace.",
        }
    )

    expertise: Expertise
    hourly_rate: Rate
    bio: Bio
    meeting_link: MeetingLink | None = None

    def to_domain(self) -> ProfileContent:
        """Convert it to the content of a profile. A link that is left out stays as it is."""
        link = None
        if "meeting_link" in self.model_fields_set:
            link = self.meeting_link or ""
        return ProfileContent(self.expertise, self.hourly_rate, self.bio, meeting_link=link)


class ProfileEditResponse(ResponseModel):
    """The effect of changing a profile."""

    model_config = with_examples(
        {
            "rateChanged": True,
            "linkChanged": False,
            "published": False,
            "withdrawn": False,
            "waiting": _EXAMPLE,
        }
    )

    link_changed: bool = Field(description="The new meeting link applies to new bookings.")
    rate_changed: bool = Field(
        description="The rate was changed. It applies to new bookings at once."
    )
    published: bool = Field(description="The new expertise and bio are visible now.")
    withdrawn: bool = Field(description="An earlier change that was pending was withdrawn.")
    waiting: Application | None = Field(description="The change that moderators have to approve.")

    @classmethod
    def from_domain(cls, edited: EditResult) -> ProfileEditResponse:
        return cls(
            link_changed=edited.link_changed,
            rate_changed=edited.rate_changed,
            published=edited.published,
            withdrawn=edited.withdrawn,
            waiting=None if edited.pending is None else Application.from_domain(edited.pending),
        )


class MentoringRequest(RequestModel):
    """Whether a mentor accepts new bookings."""

    model_config = with_examples(
        {"status": "paused", "until": "2026-04-01T00:00:00Z"}, {"status": "open"}
    )

    status: Literal["open", "paused", "stopped"] = Field(
        description="`open`: accept new bookings. `paused`: accept none for now. `stopped`: stop "
        "mentoring; `open` resumes it. Booked sessions are not affected."
    )
    until: Instant | None = Field(
        None,
        description="Only with `paused`: when the pause ends. Without it, the pause has no end.",
    )


class ApplicationPage(ResponseModel):
    """A page of pending applications, the oldest first."""

    model_config = with_examples(
        {
            "applications": [_EXAMPLE],
            "nextCursor": None,
            "previousCursor": None,
        }
    )

    applications: list[Application]
    next_cursor: NextCursor
    previous_cursor: PreviousCursor


class ProfileDecisionRequest(RequestModel):
    """A moderator's decision about a person's application or about a mentor."""

    model_config = with_examples(
        {"status": "approved", "revision": 1},
        {"status": "changes-requested", "reason": "Please say what you work on."},
        {
            "status": "suspended",
            "reason": "Missed two sessions.",
            "cancelSessions": True,
            "expectedSessions": 12,
            "expectedRefund": 480,
        },
    )

    status: Literal["approved", "rejected", "changes-requested", "suspended"] = Field(
        description="`approved` also reinstates a suspended mentor."
    )
    reason: Annotated[Text, Field(max_length=MAX_NOTE_LENGTH)] | None = Field(
        None, description="Required unless `approved`. The person sees it."
    )
    cancel_sessions: bool = Field(
        False,
        description="Only with `suspended`: cancel and refund the mentor's upcoming sessions.",
    )
    revision: Annotated[int, Field(ge=1, lt=2**53)] | None = Field(
        None,
        description="The `revision` of the application that the moderator has read. If the text "
        "has been replaced since, nothing is decided: `terms-changed`. Not for reinstating a "
        "mentor: with it, a suspension stays as it is.",
    )
    expected_sessions: Annotated[int, Field(ge=0, lt=2**53)] | None = Field(
        None,
        description="Only with `cancelSessions`: how many sessions the moderator agreed to cancel, "
        "as GET /profile/{id}/upcoming returns it. If it differs, nothing is done: "
        "`terms-changed`.",
    )
    expected_refund: Annotated[int, Field(ge=0, lt=2**53)] | None = Field(
        None,
        description="Only with `cancelSessions`: how many points the moderator agreed to refund.",
    )

    @property
    def requested_status(self) -> RequestedStatus:
        """The decision as the use case takes it."""
        return RequestedStatus(self.status.replace("-", "_"))


class UpcomingSessionsResponse(ResponseModel):
    """What suspending a mentor would cancel."""

    model_config = with_examples({"sessions": 12, "refund": 480, "mentees": 9, "groups": 1})

    sessions: int = Field(description="Upcoming sessions, pending requests included.")
    refund: int = Field(description="The points that would be refunded, in all.")
    mentees: int = Field(description="How many people they would be refunded to.")
    groups: int = Field(
        description="Group sessions among them, whose seats count as sessions, also without seats."
    )

    @classmethod
    def from_domain(cls, upcoming: UpcomingSessions) -> UpcomingSessionsResponse:
        return cls(
            sessions=upcoming.count,
            refund=upcoming.refund,
            mentees=upcoming.mentees,
            groups=upcoming.groups,
        )


class ProfileDecisionResponse(ResponseModel):
    """The effect of a moderator's decision."""

    model_config = with_examples(
        {
            "userId": "180235712340164609",
            "status": "approved",
            "decision": "approved",
            "sessionsCancelled": 0,
        }
    )

    user_id: IdText
    status: Literal["applicant", "approved", "suspended", "stopped"] = Field(
        description="The person's status as a mentor after it."
    )
    decision: ApplicationStatus | None = Field(
        description="The new status of the pending application or change; null if there was none."
    )
    sessions_cancelled: int = Field(
        description="How many sessions are cancelled and refunded: the first ones at once, the "
        "others within minutes."
    )

    @classmethod
    def from_domain(cls, decision: ProfileDecision) -> ProfileDecisionResponse:
        return cls(
            user_id=str(decision.user_id),
            status=decision.status,
            decision=None if decision.decision is None else decision.decision.replace("_", "-"),
            sessions_cancelled=decision.cancelled_sessions,
        )
