"""The schema of problem documents (RFC 9457), with every member that a code can add."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.schemas.base import IdText, InstantText, ResponseModel
from mentorship.errors import CalendarProblem, Limit, NotBookableReason, Term

_TERMS: dict[str, Any] = {"enum": [term.value for term in Term]}
_REASONS: dict[str, Any] = {"enum": [reason.replace("_", "-") for reason in NotBookableReason]}
_LIMITS: dict[str, Any] = {
    "enum": [limit.removeprefix("limit_").replace("_", "-") for limit in Limit]
}

_CALENDAR_PROBLEMS: dict[str, Any] = {
    "enum": [problem.replace("_", "-") for problem in CalendarProblem]
}


class FieldProblem(ResponseModel):
    """What is wrong with one part of the request: the field at `pointer`, a parameter or a
    header."""

    pointer: str | None = Field(None, description="A JSON pointer (RFC 6901) into the body.")
    parameter: str | None = Field(None, description="The name of a path or query parameter.")
    header: str | None = Field(None, description="The name of a header.")
    detail: str = Field(description="What is wrong, in words.")


class TimeReading(ResponseModel):
    """One instant that a wall-clock time could mean."""

    scheduled_at: InstantText = Field(description="The instant, to send as `scheduledAt`.")
    local: str = Field(description="The time in the time zone, as text for people.")


class UnbookableDate(ResponseModel):
    """A date of a series that can't be booked."""

    number: int = Field(description="The number of the date in the series, from 1.")
    scheduled_at: InstantText
    problem: str = Field(description="Why it can't be booked.", json_schema_extra=_REASONS)


class ProblemDocument(ResponseModel):
    """Why a request failed (RFC 9457). `code` says what went wrong, and with some codes further
    members say more. Members that don't apply are left out."""

    type: str = Field(
        description="A page that explains the code. Relative to the address of the API.",
        json_schema_extra={"format": "uri-reference"},
    )
    title: str = Field(description="The code in words.")
    status: int = Field(description="The HTTP status.")
    code: str = Field(description="What went wrong. Codes are stable; decide by them.")
    detail: str | None = Field(None, description="What went wrong and what to do, in words.")
    instance: str | None = Field(
        None,
        description="`urn:x-request-id:` and the request's id, which is also in the API's log.",
        json_schema_extra={"format": "uri"},
    )
    errors: list[FieldProblem] | None = Field(None, description="The invalid fields.")
    nearest_slots: list[InstantText] | None = Field(
        None,
        description="With `slot-taken`, `slot-unavailable` and `you-are-busy`: open starts near "
        "it, the nearest first. With `slots-open`: the slots that are open.",
    )
    readings: list[TimeReading] | None = Field(
        None, description="With `time-skipped` and `time-repeated`: the instants it could mean."
    )
    dates: list[UnbookableDate] | None = Field(
        None, description="With `series-unavailable`: the dates that can't be booked."
    )
    balance: int | None = Field(
        None, description="With `not-enough-points` and `balance-too-low`: the member's points."
    )
    needed: int | None = Field(None, description="With `not-enough-points`: the price.")
    price: int | None = Field(None, description="With `price-changed`: the price now.")
    term: str | None = Field(
        None, description="With `terms-changed`: what has changed.", json_schema_extra=_TERMS
    )
    current: int | str | None = Field(
        None,
        description="With `terms-changed`: its value now. Points and revisions are numbers, starts "
        "are instants, policies and series are texts. With `text-changed`: the revision now.",
    )
    limit: str | None = Field(
        None, description="With `limit-reached`: what is limited.", json_schema_extra=_LIMITS
    )
    most: int | None = Field(
        None, description="With `limit-reached` and `too-many-…`: how many are allowed."
    )
    ends_at: InstantText | None = Field(
        None, description="With `limit-reached`: when it is possible again, if that is known."
    )
    offered: list[int] | None = Field(
        None, description="With `wrong-duration`: the mentor's session lengths in minutes."
    )
    duration: int | None = Field(
        None, description="With `slots-open`: the length of these slots in minutes."
    )
    nearest: list[str] | None = Field(
        None, description="With `unknown-timezone`: time zones with a similar name."
    )
    again_at: InstantText | None = Field(
        None, description="With `reapply-later`: when the member can apply again."
    )
    closed_at: InstantText | None = Field(
        None, description="With `rating-closed`: until when the session could be rated."
    )
    until: InstantText | None = Field(
        None, description="With `rotation-pending`: until when the last secret is valid."
    )
    oldest: str | None = Field(
        None, description="With `events-expired`: the oldest position from which events are kept."
    )
    problem: str | None = Field(
        None,
        description="With `calendar-unavailable`: why.",
        json_schema_extra=_CALENDAR_PROBLEMS,
    )
    decision: str | None = Field(None, description="With `already-decided`: the decision.")
    decided_by: IdText | None = Field(
        None, description="With `already-decided`: the moderator's Discord id."
    )
    answer: Literal["pending", "changes-requested", "rejected", "withdrawn", "approved"] | None = (
        Field(None, description="With `still-an-applicant`: the status of the application.")
    )
    session_id: IdText | None = Field(
        None, description="With `already-joined`: the member's seat, which is a session."
    )
    place: int | None = Field(
        None, description="With `already-waiting`: the member's place in line, from 1."
    )
    waiting: int | None = Field(
        None, description="With `session-full`: how many people are on the waitlist."
    )
    role_ids: list[IdText] | None = Field(
        None, description="With `role-needed`: Discord roles of which the member needs one."
    )
    question_ids: list[IdText] | None = Field(
        None,
        description="With `answers-needed` and `questions-changed`: the mentor's questions to ask "
        "the member.",
    )
    request_status: str | None = Field(
        None, description="With `help-request-ended`: what became of the request for help."
    )
    goal_status: str | None = Field(
        None, description="With `goal-closed`: whether the goal was reached or dropped."
    )
    invitation_status: str | None = Field(
        None, description="With `invitation-ended`: what became of the invitation."
    )
    jobs: dict[str, float | None] | None = Field(
        None,
        description="In answers of `/readyz`: the seconds since the last success of each job.",
    )


def problem_schemas() -> dict[str, Any]:
    """Return the JSON schemas of a problem document and of its parts, by name.

    No member of a problem is ever null, so their schemas don't allow it.
    """
    schema = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = {**schema.pop("$defs"), "ProblemDocument": schema}
    for name in ("ProblemDocument", "FieldProblem"):
        for member in schemas[name]["properties"].values():
            without_null(member)
    return schemas


def without_null(schema: dict[str, Any]) -> None:
    """Remove null from what a schema allows, in place."""
    if schema.get("default", "") is None:
        del schema["default"]
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        del schema["anyOf"]
        # Its own description and examples say more than those of its type.
        schema |= kinds[0] | schema
    elif kinds:
        schema["anyOf"] = kinds
