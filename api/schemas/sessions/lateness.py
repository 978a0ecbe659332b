"""Who will be late for a session, and saying so."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas.base import RequestModel, ResponseModel, with_examples
from mentorship.sessions.lateness import notices
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import SessionView


class DelayRequest(RequestModel):
    """By how many minutes the caller will be late."""

    model_config = with_examples({"minutes": 10})

    minutes: Literal[5, 10, 15] = Field(description="Minutes after the start.")


class SessionDelays(ResponseModel):
    """By how many minutes the participants have said that they will be late."""

    mentor: int | None = Field(description="Minutes after the start; null unless they said so.")
    mentee: int | None
    choices: list[int] = Field(
        description="What the caller can announce now, from 15 minutes before the start on; empty "
        "if nothing."
    )

    @classmethod
    def from_domain(cls, session: SessionView, viewer: int, now: datetime) -> SessionDelays:
        """Create it for `viewer`, who may be no participant."""
        is_participant = viewer in (session.mentor.user_id, session.mentee.user_id)
        return cls(
            mentor=session.late.get(Party.MENTOR),
            mentee=session.late.get(Party.MENTEE),
            choices=list(notices.choices(session, viewer, now)) if is_participant else [],
        )
