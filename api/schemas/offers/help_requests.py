"""Requests for help: what a member asks mentors for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.base import (
    IdText,
    InstantText,
    RequestModel,
    ResponseModel,
    Text,
    Timezone,
    optional_id,
    rfc3339,
    with_examples,
)
from api.schemas.sessions.booking import StartTimeFields
from mentorship.mentors.profile_rules import MAX_DURATION, MIN_DURATION
from mentorship.sessions.offers.help_requests import LONGEST_TAG, LONGEST_TEXT, HelpRequestDraft
from mentorship.sessions.offers.invitations import LONGEST_NOTE, InvitationRequest
from mentorship.sessions.offers.request_views import HelpRequestView, PartOfDay

PartOfDayName = Literal["now", "morning", "afternoon", "evening"]
HelpRequestStatusName = Literal["open", "offered", "booked", "withdrawn", "expired"]

_Points = Annotated[int, Field(ge=0, lt=2**53)]


class HelpRequestBody(RequestModel):
    """What the caller needs help with."""

    model_config = with_examples(
        {
            "expertise": "python",
            "text": "My tests are slow.",
            "times": ["evening"],
            "mostPoints": 40,
        }
    )

    expertise: Annotated[Text, Field(min_length=1, max_length=LONGEST_TAG)]
    text: Annotated[Text, Field(min_length=1, max_length=LONGEST_TEXT)] = Field(
        description="What it is about. Mentors read it."
    )
    times: Annotated[list[PartOfDayName], Field(max_length=4)] = Field(
        [], description="When it suits; empty for any time."
    )
    most_points: _Points | None = Field(
        None, description="What a session may cost at most; null for any price."
    )

    def to_draft(self) -> HelpRequestDraft:
        """Return it as the use case takes it."""
        times = tuple(dict.fromkeys(map(PartOfDay, self.times)))
        return HelpRequestDraft(self.expertise, self.text, times, self.most_points)


class OfferBody(StartTimeFields):
    """The time that a mentor offers: `scheduledAt`, or `date` and `startTime` in `timezone`."""

    model_config = with_examples({"scheduledAt": "2026-03-05T20:00:00Z", "duration": 60})

    timezone: Timezone | None = Field(
        None, description="The time zone in which `date` and `startTime` are."
    )
    duration: Annotated[int, Field(ge=MIN_DURATION, le=MAX_DURATION)] = Field(
        description="The length in minutes."
    )
    price: _Points | None = Field(
        None, description="In points. Without it, the mentor's rate times the length."
    )
    message: Annotated[Text, Field(max_length=LONGEST_NOTE)] = Field(
        "", description="What the mentor writes with the offer."
    )

    def to_request(self) -> InvitationRequest:
        """Return it as the use case takes it. Raises `Problem` (422) as `resolve_start` does."""
        starts_at = self.resolve_start(self.timezone, self.duration)
        return InvitationRequest(starts_at, self.duration, "", self.message, self.price)


class HelpRequest(ResponseModel):
    """A request for help."""

    model_config = with_examples(
        {
            "id": "3",
            "userId": "180235712340164609",
            "name": "Maya Lindqvist",
            "expertise": "python",
            "text": "My tests are slow.",
            "times": ["evening"],
            "mostPoints": 40,
            "status": "open",
            "offeredBy": None,
            "invitationId": None,
            "createdAt": "2026-03-02T12:00:00Z",
            "expiresAt": "2026-03-09T12:00:00Z",
        }
    )

    id: IdText
    user_id: IdText
    name: str
    expertise: str
    text: str
    times: list[PartOfDayName]
    most_points: int | None
    status: HelpRequestStatusName
    offered_by: IdText | None = Field(description="The mentor whose offer is open.")
    invitation_id: IdText | None = Field(
        description="That offer, or the one that was accepted. Its two people load it with `GET "
        "/invitations/{id}`."
    )
    created_at: InstantText
    expires_at: InstantText

    @classmethod
    def from_domain(cls, request: HelpRequestView) -> HelpRequest:
        mentor = request.offered_by
        return cls(
            id=str(request.id),
            user_id=str(request.member.user_id),
            name=request.member.name,
            expertise=request.tag,
            text=request.text,
            times=[part.value for part in request.times],
            most_points=request.most_points,
            status=request.status.value,
            offered_by=optional_id(None if mentor is None else mentor.user_id),
            invitation_id=optional_id(request.invitation_id),
            created_at=rfc3339(request.created_at),
            expires_at=rfc3339(request.expires_at),
        )


class HelpRequestQuery(RequestModel):
    """Which requests to return."""

    role: Literal["member", "mentor"] = Field(
        "member",
        description="`member`: the caller's own. `mentor`: those that were shown to the caller, "
        "who can offer a time.",
    )


class HelpRequestList(ResponseModel):
    """Open requests, the latest first."""

    model_config = with_examples({"requests": []})

    requests: list[HelpRequest]
