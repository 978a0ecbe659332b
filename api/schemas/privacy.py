"""A person's own data: what erasing it would do."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.base import IdText, InstantText, ResponseModel, rfc3339, with_examples
from mentorship.operations.erasure import ErasurePreview, ErasureResult, ErasureTerms

TERMS_PATTERN = r"^[0-9]{1,18}(\.[0-9]{1,18}){3}$"

Terms = Annotated[str, Field(pattern=TERMS_PATTERN, max_length=80, examples=["1.42.140.0"])]


class EndedSession(ResponseModel):
    """A session that an erasure cancels or declines."""

    id: IdText
    kind: Literal["session", "group-session"]
    starts_at: InstantText


class ErasurePreviewResponse(ResponseModel):
    """What erasing the caller's data would do."""

    model_config = with_examples(
        {
            "status": "stored",
            "isMentor": False,
            "points": 140,
            "sessions": [{"id": "42", "kind": "session", "startsAt": "2026-03-02T18:00:00Z"}],
            "terms": "1.42.140.0",
        }
    )

    status: Literal["stored", "nothing-stored", "in-progress"] = Field(
        description="Whether there is data, and whether it is being erased already."
    )
    is_mentor: bool = Field(description="The profile and its hours are deleted, too.")
    points: int = Field(description="The points that are lost.")
    sessions: list[EndedSession] = Field(
        description="What is cancelled or declined first. The other people get a message."
    )
    terms: str = Field(description="Stands for all this: send it as `expectedTerms`.")

    @classmethod
    def from_domain(cls, preview: ErasurePreview) -> ErasurePreviewResponse:
        ended = [
            *(
                EndedSession(id=str(each.id), kind="session", starts_at=rfc3339(each.starts_at))
                for each in preview.upcoming
            ),
            *(
                EndedSession(
                    id=str(each.id), kind="group-session", starts_at=rfc3339(each.starts_at)
                )
                for each in preview.groups
            ),
        ]
        status: Literal["stored", "nothing-stored", "in-progress"] = "stored"
        if preview.in_progress:
            status = "in-progress"
        elif not preview.has_data:
            status = "nothing-stored"
        return cls(
            status=status,
            is_mentor=preview.is_mentor,
            points=preview.points,
            sessions=sorted(ended, key=lambda each: each.starts_at),
            terms=format_terms(preview.terms),
        )


class ErasureResponse(ResponseModel):
    """What an erasure has done."""

    model_config = with_examples({"status": "erased", "cancelledSessions": 1})

    status: Literal["erased", "in-progress", "nothing-stored"] = Field(
        description="`in-progress`: there is more than one request handles; the rest is erased "
        "within minutes. `GET /me/erasure` shows when it is done."
    )
    cancelled_sessions: int

    @classmethod
    def from_domain(cls, result: ErasureResult | None) -> ErasureResponse:
        if result is None:
            return cls(status="nothing-stored", cancelled_sessions=0)
        return cls(
            status="erased" if result.unfinished is None else "in-progress",
            cancelled_sessions=result.cancelled_sessions,
        )


def format_terms(terms: ErasureTerms) -> str:
    """Write the terms as one word."""
    numbers = (terms.sessions, terms.latest_session, terms.points, terms.latest_group)
    return ".".join(map(str, numbers))


def parse_terms(text: str) -> ErasureTerms:
    """Read terms of `TERMS_PATTERN`."""
    sessions, latest_session, points, latest_group = map(int, text.split("."))
    return ErasureTerms(sessions, latest_session, points, latest_group)
