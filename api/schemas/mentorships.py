"""Mentorships: what a mentor and a mentee share between their sessions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from api.schemas.base import (
    Date,
    DateText,
    IdText,
    InstantText,
    NextCursor,
    PreviousCursor,
    RequestModel,
    ResponseModel,
    Text,
    parse_id,
    rfc3339,
    with_examples,
)
from api.schemas.pagination import MAX_PAGE_SIZE, PageQuery
from mentorship.pagination import Page
from mentorship.relationships.goals import MAX_PROGRESS, MAX_TEXT, GoalChange, GoalOf, GoalView
from mentorship.relationships.mentorships import MentorshipPage, UpcomingSession
from mentorship.relationships.next_steps import StepView
from mentorship.relationships.pairs import Companion
from mentorship.relationships.timeline import EntryKind, TimelineEntry
from mentorship.sessions.lifecycle import Party
from mentorship.statuses import GoalStatus, SessionStatus

Role = Literal["mentor", "mentee"]
GoalStatusName = Literal["open", "reached", "dropped"]


def _parse_person(value: Any) -> int:
    """Return a person's id. That of somebody whose data was erased is negative."""
    if isinstance(value, str) and value.startswith("-"):
        return -parse_id(value[1:])
    return parse_id(value)


PersonId = Annotated[
    int,
    BeforeValidator(_parse_person),
    WithJsonSchema({"type": "string", "pattern": "^-?[1-9][0-9]{0,18}$", "maxLength": 20}),
]
"""The id of a person, or of the placeholder of one whose data was erased."""


class MentorshipQuery(PageQuery):
    """Which page of the timeline to return, and on which side the caller is."""

    role: Role | None = Field(
        None,
        description="The caller's side, for two people who mentor each other. By default that of "
        "their latest session.",
    )
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)] = Field(
        20, description="The number of entries on a page of the timeline."
    )


class RoleQuery(RequestModel):
    """On which side the caller is."""

    role: Role | None = Field(
        None, description="The caller's side. By default that of their latest session."
    )


class CompanionQuery(PageQuery):
    """Which page of the caller's mentorships to return."""

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)] = Field(
        20, description="The number of people on a page."
    )


_GOAL_EXAMPLE = {
    "id": "12",
    "mentorId": "226871203982016513",
    "menteeId": "180235712340164609",
    "text": "Pass the AWS exam",
    "dueOn": "2026-05-01",
    "progress": "Half of the labs are done.",
    "progressBy": "mentee",
    "status": "open",
    "revision": 2,
    "createdAt": "2026-03-02T12:00:00Z",
    "updatedAt": "2026-03-09T12:00:00Z",
    "closedAt": None,
}


class Goal(ResponseModel):
    """A mentee's goal with a mentor. Only the two can read it."""

    model_config = with_examples(_GOAL_EXAMPLE)

    id: IdText
    mentor_id: IdText
    mentee_id: IdText
    text: str
    due_on: DateText | None = Field(description="A date in the mentee's time zone.")
    progress: str = Field(description="How far the mentee has come, in words.")
    progress_by: Role | None = Field(description="Who wrote the progress last.")
    status: GoalStatusName
    revision: int = Field(description="Counts the changes; it is in the `ETag`.")
    created_at: InstantText
    updated_at: InstantText
    closed_at: InstantText | None = Field(description="When it was reached or dropped.")

    @classmethod
    def from_domain(cls, found: GoalOf) -> Goal:
        pair = found.mentorship
        return cls.of(found.goal, pair.mentor.user_id, pair.mentee.user_id)

    @classmethod
    def of(cls, goal: GoalView, mentor_id: int, mentee_id: int) -> Goal:
        """Create it for a goal of these two people."""
        return cls(
            id=str(goal.id),
            mentor_id=str(mentor_id),
            mentee_id=str(mentee_id),
            text=goal.text,
            due_on=None if goal.due_on is None else goal.due_on.isoformat(),
            progress=goal.progress,
            progress_by=_role(goal.progress_by),
            status=goal.status.value,
            revision=goal.revision,
            created_at=rfc3339(goal.created_at),
            updated_at=rfc3339(goal.updated_at),
            closed_at=None if goal.closed_at is None else rfc3339(goal.closed_at),
        )


class GoalRequest(RequestModel):
    """A new goal of the caller's with a mentor."""

    model_config = with_examples({"text": "Pass the AWS exam", "dueOn": "2026-05-01"})

    text: Annotated[Text, Field(max_length=MAX_TEXT * 2)] = Field(
        description=f"Up to {MAX_TEXT} characters."
    )
    due_on: Date | None = Field(None, description="Today or later, in the mentee's time zone.")


class GoalChangeRequest(RequestModel):
    """Changes of a goal. What is left out stays as it is; `dueOn` null removes the date.

    The mentor can change only the `progress`.
    """

    model_config = with_examples({"progress": "Half of the labs are done."}, {"status": "reached"})

    text: Annotated[Text, Field(max_length=MAX_TEXT * 2)] | None = None
    due_on: Date | None = None
    progress: Annotated[Text, Field(max_length=MAX_PROGRESS * 2)] | None = Field(
        None, description=f"Up to {MAX_PROGRESS} characters."
    )
    status: GoalStatusName | None = None

    def change(self) -> GoalChange:
        """Return it for the use case."""
        return GoalChange(
            text=self.text,
            due_on=self.due_on,
            changes_date="due_on" in self.model_fields_set,
            progress=self.progress,
            status=None if self.status is None else GoalStatus(self.status),
        )


class MentorshipSummary(ResponseModel):
    """Somebody with whom the caller has had sessions."""

    model_config = with_examples(
        {
            "userId": "226871203982016513",
            "name": "Oliver Hughes",
            "role": "mentee",
            "latestSessionAt": "2026-03-03T14:00:00Z",
            "endedAt": None,
        }
    )

    user_id: IdText
    name: str
    role: Role = Field(description="The caller's side.")
    latest_session_at: InstantText
    ended_at: InstantText | None = Field(description="When one of the two ended it.")

    @classmethod
    def from_domain(cls, companion: Companion) -> MentorshipSummary:
        ended_at = companion.ended_at
        return cls(
            user_id=str(companion.other.user_id),
            name=companion.other.name,
            role=_required_role(companion.party),
            latest_session_at=rfc3339(companion.latest_at),
            ended_at=None if ended_at is None else rfc3339(ended_at),
        )


class MentorshipList(ResponseModel):
    """A page of the caller's mentorships: first those with mentors, then those with mentees."""

    model_config = with_examples({"mentorships": [], "nextCursor": None, "previousCursor": None})

    mentorships: list[MentorshipSummary]
    next_cursor: NextCursor
    previous_cursor: PreviousCursor


class UpcomingMeeting(ResponseModel):
    """A session of the two that hasn't started."""

    session_id: IdText
    scheduled_at: InstantText
    status: Literal["scheduled", "confirmed"]

    @classmethod
    def from_domain(cls, upcoming: UpcomingSession) -> UpcomingMeeting:
        is_pending = upcoming.status is SessionStatus.SCHEDULED
        return cls(
            session_id=str(upcoming.id),
            scheduled_at=rfc3339(upcoming.starts_at),
            status="scheduled" if is_pending else "confirmed",
        )


class AgreedStep(ResponseModel):
    """A next step, as `GET /session/{id}/steps` has it with more."""

    id: IdText
    session_id: IdText
    text: str
    assignee: Literal["mentor", "mentee", "both"]
    due_on: DateText | None
    done_at: InstantText | None

    @classmethod
    def from_domain(cls, step: StepView) -> AgreedStep:
        return cls(
            id=str(step.id),
            session_id=str(step.session_id),
            text=step.text,
            assignee=step.assignee.value,
            due_on=None if step.due_on is None else step.due_on.isoformat(),
            done_at=None if step.done_at is None else rfc3339(step.done_at),
        )


class TimelineLink(ResponseModel):
    """A link of a session."""

    label: str
    url: str


class TimelineSession(ResponseModel):
    """A session of the two, with its shared note and its links."""

    session_id: IdText
    scheduled_at: InstantText
    duration: int
    status: str
    topic: str
    note: str | None = Field(description="The note that the two share, null without one.")
    links: list[TimelineLink]


class MentorshipEntry(ResponseModel):
    """Something that has happened between the two, or a session that is to come."""

    kind: Literal["session", "goal-set", "goal-closed", "step-done"]
    at: InstantText
    session: TimelineSession | None = Field(description="With `session`.")
    goal: Goal | None = Field(description="With `goal-…`: the goal as it is now.")
    step: AgreedStep | None = Field(description="With `step-done`.")


class Mentorship(ResponseModel):
    """What a mentor and a mentee share, with a page of their timeline, the newest first."""

    model_config = with_examples(
        {
            "mentorId": "226871203982016513",
            "mentorName": "Oliver Hughes",
            "menteeId": "180235712340164609",
            "menteeName": "Maya Chen",
            "role": "mentee",
            "since": "2026-01-06T14:00:00Z",
            "sessionsHeld": 4,
            "minutesHeld": 240,
            "endedAt": None,
            "endedBy": None,
            "upcoming": [],
            "goals": [_GOAL_EXAMPLE],
            "nextSteps": [],
            "timeline": [],
            "nextCursor": None,
            "previousCursor": None,
        }
    )

    mentor_id: IdText
    mentor_name: str
    mentee_id: IdText
    mentee_name: str
    role: Role = Field(description="The caller's side.")
    since: InstantText | None = Field(description="The start of the first session that took place.")
    sessions_held: int
    minutes_held: int
    ended_at: InstantText | None
    ended_by: Role | None = Field(description="Who ended it.")
    upcoming: list[UpcomingMeeting] = Field(description="At most 10, the soonest first.")
    goals: list[Goal] = Field(description="All goals, also those that were reached or dropped.")
    next_steps: list[AgreedStep] = Field(description="What the two still have to do.")
    timeline: list[MentorshipEntry]
    next_cursor: NextCursor
    previous_cursor: PreviousCursor

    @classmethod
    def from_domain(
        cls, page: MentorshipPage, entries: Page[TimelineEntry], viewer_id: int
    ) -> Mentorship:
        """Create it for one of the two."""
        pair = page.mentorship
        mentor_id, mentee_id = pair.mentor.user_id, pair.mentee.user_id
        return cls(
            mentor_id=str(mentor_id),
            mentor_name=pair.mentor.name,
            mentee_id=str(mentee_id),
            mentee_name=pair.mentee.name,
            role=_required_role(pair.party(viewer_id)),
            since=None if page.since is None else rfc3339(page.since),
            sessions_held=page.sessions_held,
            minutes_held=page.minutes_held,
            ended_at=None if pair.ended_at is None else rfc3339(pair.ended_at),
            ended_by=_role(pair.ended_by),
            upcoming=[UpcomingMeeting.from_domain(each) for each in page.upcoming],
            goals=[Goal.of(goal, mentor_id, mentee_id) for goal in page.goals],
            next_steps=[AgreedStep.from_domain(step) for step in page.open_steps],
            timeline=[_entry(entry, mentor_id, mentee_id) for entry in entries.items],
            next_cursor=entries.next,
            previous_cursor=entries.previous,
        )


_KINDS: dict[EntryKind, Literal["session", "goal-set", "goal-closed", "step-done"]] = {
    EntryKind.SESSION: "session",
    EntryKind.GOAL_SET: "goal-set",
    EntryKind.GOAL_CLOSED: "goal-closed",
    EntryKind.STEP_DONE: "step-done",
}


def _entry(entry: TimelineEntry, mentor_id: int, mentee_id: int) -> MentorshipEntry:
    session = entry.session
    note = None if entry.note is None else entry.note.text or None
    return MentorshipEntry(
        kind=_KINDS[entry.kind],
        at=rfc3339(entry.at),
        session=None
        if session is None
        else TimelineSession(
            session_id=str(session.id),
            scheduled_at=rfc3339(session.starts_at),
            duration=session.minutes,
            status=session.status.replace("_", "-"),
            topic=session.topic,
            note=note,
            links=[TimelineLink(label=link.label, url=link.url) for link in entry.links],
        ),
        goal=None if entry.goal is None else Goal.of(entry.goal, mentor_id, mentee_id),
        step=None if entry.step is None else AgreedStep.from_domain(entry.step),
    )


def _role(party: Party | None) -> Role | None:
    return None if party is None else _required_role(party)


def _required_role(party: Party) -> Role:
    return "mentor" if party is Party.MENTOR else "mentee"
