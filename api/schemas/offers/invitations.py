"""Invitations: what a mentor offers to a member, and the member's answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.base import (
    Id,
    IdText,
    InstantText,
    NextCursor,
    PreviousCursor,
    RequestModel,
    ResponseModel,
    TermsText,
    Text,
    Timezone,
    optional_id,
    optional_rfc3339,
    rfc3339,
    with_examples,
)
from api.schemas.pagination import MAX_PAGE_SIZE, PageQuery
from api.schemas.sessions.booking import StartTimeFields
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors.profile_rules import MAX_DURATION, MIN_DURATION
from mentorship.sessions.booking import LONGEST_TOPIC
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.offers.invitation_answers import terms_of
from mentorship.sessions.offers.invitation_views import InvitationView
from mentorship.sessions.offers.invitations import LONGEST_NOTE, InvitationRequest
from mentorship.sessions.transitions import LONGEST_REASON
from mentorship.statuses import InvitationStatus

InvitationStatusName = Literal["open", "accepted", "declined", "withdrawn", "expired"]

_Price = Annotated[int, Field(ge=0, lt=2**53)]


class InvitationBody(StartTimeFields):
    """A session that the caller, a mentor, offers to a member: at any minute at which both are
    free, in the mentor's hours or not. Its start is `scheduledAt`, or `date` and `startTime` in
    `timezone`."""

    model_config = with_examples(
        {
            "userId": "180235712340164609",
            "scheduledAt": "2026-03-05T20:00:00Z",
            "duration": 60,
            "price": 0,
            "notes": "Your talk",
            "message": "I liked your draft.",
        }
    )

    user_id: Id = Field(description="The member to invite.")
    timezone: Timezone | None = Field(
        None, description="The time zone in which `date` and `startTime` are."
    )
    duration: Annotated[int, Field(ge=MIN_DURATION, le=MAX_DURATION)] = Field(
        description="The length in minutes."
    )
    price: _Price | None = Field(
        None,
        description="In points, at most the server's highest rate for that length. Without it, the "
        "mentor's rate times the length.",
    )
    notes: Annotated[Text, Field(max_length=LONGEST_TOPIC)] = Field(
        "", description="What the session is about."
    )
    message: Annotated[Text, Field(max_length=LONGEST_NOTE)] = Field(
        "", description="What the mentor writes with the invitation."
    )

    def to_request(self) -> InvitationRequest:
        """Return it as the use case takes it. Raises `Problem` (422) as `resolve_start` does."""
        starts_at = self.resolve_start(self.timezone, self.duration)
        return InvitationRequest(starts_at, self.duration, self.notes, self.message, self.price)


class InvitationQuery(PageQuery):
    """Which of the caller's invitations to return, and which page of them."""

    status: Annotated[list[InvitationStatusName], Field(max_length=5)] = Field(
        [], description="Only invitations with this status. Can be repeated."
    )
    role: Literal["mentor", "mentee"] | None = Field(
        None, description="Only those that the caller has sent (mentor) or was sent (mentee)."
    )
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)] = Field(
        20, description="The number of invitations on a page."
    )


class InvitationAcceptance(RequestModel):
    """What the member agrees to by accepting."""

    model_config = with_examples({"expectedPrice": 60, "expectedTerms": "5f0c21ab"})

    expected_price: _Price | None = Field(
        None, description="The price that the member saw; `price-changed` if it isn't the price."
    )
    expected_terms: TermsText | None = Field(
        None,
        description="`terms` of the invitation that the member saw. If the cancellation policy has "
        "changed since, nothing is booked: `terms-changed`.",
    )


class InvitationRefusal(RequestModel):
    """Why the member declines."""

    model_config = with_examples({"reason": "I'm travelling that week."})

    reason: Annotated[Text, Field(max_length=LONGEST_REASON)] = Field(
        "", description="The mentor reads it."
    )


class Invitation(ResponseModel):
    """A session that a mentor offers to a member."""

    model_config = with_examples(
        {
            "id": "7",
            "mentorId": "175928847299117063",
            "mentorName": "Oliver Hughes",
            "menteeId": "180235712340164609",
            "menteeName": "Maya Lindqvist",
            "role": "mentee",
            "scheduledAt": "2026-03-05T20:00:00Z",
            "endsAt": "2026-03-05T21:00:00Z",
            "duration": 60,
            "timezone": "Europe/London",
            "notes": "Your talk",
            "message": "I liked your draft.",
            "price": 60,
            "terms": "5f0c21ab",
            "status": "open",
            "answerBy": "2026-03-03T12:00:00Z",
            "createdAt": "2026-03-02T12:00:00Z",
            "endedAt": None,
            "sessionId": None,
            "requestId": None,
        }
    )

    id: IdText
    mentor_id: IdText
    mentor_name: str
    mentee_id: IdText
    mentee_name: str
    role: Literal["mentor", "mentee"] = Field(description="The caller's own part.")
    scheduled_at: InstantText
    ends_at: InstantText
    duration: int = Field(description="In minutes.")
    timezone: str = Field(description="The mentor's time zone at the start.")
    notes: str = Field(description="What the session is about.")
    message: str = Field(description="What the mentor wrote with it.")
    price: int
    terms: str = Field(
        description="Stands for the cancellation policy of a session that is booked now. Send it "
        "as `expectedTerms`."
    )
    status: InvitationStatusName
    answer_by: InstantText | None = Field(
        description="Until when the member can accept; null once it has ended."
    )
    created_at: InstantText
    ended_at: InstantText | None
    session_id: IdText | None = Field(description="The session, once it was accepted.")
    request_id: IdText | None = Field(description="The request for help that it answers.")

    @classmethod
    def from_domain(
        cls, invitation: InvitationView, guild: GuildSettings, reader_id: int, now: datetime
    ) -> Invitation:
        is_mentor = invitation.party(reader_id) is Party.MENTOR
        is_overdue = invitation.status is InvitationStatus.OPEN and not invitation.is_open(now)
        status = InvitationStatus.EXPIRED if is_overdue else invitation.status
        return cls(
            id=str(invitation.id),
            mentor_id=str(invitation.mentor.user_id),
            mentor_name=invitation.mentor.name,
            mentee_id=str(invitation.mentee.user_id),
            mentee_name=invitation.mentee.name,
            role="mentor" if is_mentor else "mentee",
            scheduled_at=rfc3339(invitation.starts_at),
            ends_at=rfc3339(invitation.ends_at),
            duration=invitation.minutes,
            timezone=invitation.timezone,
            notes=invitation.topic,
            message=invitation.note,
            price=invitation.price,
            terms=terms_of(guild, invitation.price),
            status=status.value,
            answer_by=optional_rfc3339(invitation.answer_deadline),
            created_at=rfc3339(invitation.created_at),
            ended_at=optional_rfc3339(invitation.ended_at),
            session_id=optional_id(invitation.session_id),
            request_id=optional_id(invitation.request_id),
        )


class InvitationPage(ResponseModel):
    """A page of the caller's invitations, the latest first."""

    model_config = with_examples({"invitations": [], "nextCursor": None, "previousCursor": None})

    invitations: list[Invitation]
    next_cursor: NextCursor
    previous_cursor: PreviousCursor
