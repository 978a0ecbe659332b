"""Notes, next steps and links of sessions."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.base import (
    Date,
    DateText,
    IdText,
    InstantText,
    RequestModel,
    ResponseModel,
    Text,
    documented_limits,
    optional_id,
    optional_rfc3339,
    rfc3339,
    with_examples,
)
from mentorship.relationships.links import LinkView
from mentorship.relationships.next_steps import StepDraft, StepView
from mentorship.relationships.notes import NoteView
from mentorship.relationships.texts import (
    MAX_ADDRESS,
    MAX_LABEL,
    MAX_LINKS,
    MAX_NOTE,
    MAX_STEP,
    MAX_STEPS,
    Assignee,
)

_LONGEST_TYPED = 10 * MAX_NOTE
"""What is checked before the use cases, which say what is allowed."""

Side = Literal["mentor", "mentee"]
AssigneeName = Literal["mentor", "mentee", "both"]

_NOTE = {
    "text": "Bring the slides of the talk.",
    "revision": 2,
    "changedBy": "mentor",
    "changedAt": "2026-03-02T18:05:00Z",
}
_STEP = {
    "id": "7",
    "sessionId": "42",
    "text": "Write a first draft",
    "assignee": "mentee",
    "dueOn": "2026-03-09",
    "addedBy": "mentor",
    "doneAt": None,
    "doneBy": None,
    "revision": 1,
    "createdAt": "2026-03-02T18:05:00Z",
}
_LINK = {
    "id": "3",
    "sessionId": "42",
    "groupId": None,
    "label": "Recording",
    "url": "https://video.example.com/1",
    "addedBy": "mentor",
    "createdAt": "2026-03-02T18:05:00Z",
}


class NoteRequest(RequestModel):
    """A note of a session, in place of the one that is there."""

    model_config = with_examples({"text": "Bring the slides of the talk."})

    text: Annotated[Text, Field(max_length=_LONGEST_TYPED), documented_limits(maxLength=MAX_NOTE)]


class PrivateSessionNote(ResponseModel):
    """The caller's own note on a session. Nobody else can read it, and no event mentions it."""

    model_config = with_examples(
        {"text": "Ask about his book.", "revision": 1, "changedAt": "2026-03-02T18:05:00Z"}
    )

    text: str = Field(description="Empty without a note.")
    revision: int = Field(description="Counts its changes; 0 if there was never one.")
    changed_at: InstantText | None

    @classmethod
    def from_domain(cls, note: NoteView) -> PrivateSessionNote:
        """Create it from a private note."""
        return cls(
            text=note.text,
            revision=note.revision,
            changed_at=optional_rfc3339(note.changed_at),
        )


class SharedSessionNote(ResponseModel):
    """The note that the mentor and the mentee of a session share."""

    model_config = with_examples(_NOTE)

    text: str = Field(description="Empty without a note.")
    revision: int = Field(description="Counts its changes; 0 if there was never one.")
    changed_by: Side | None = Field(description="Who changed it last.")
    changed_at: InstantText | None

    @classmethod
    def from_domain(cls, note: NoteView) -> SharedSessionNote:
        """Create it from a shared note."""
        return cls(
            text=note.text,
            revision=note.revision,
            changed_by=None if note.changed_by is None else note.changed_by.value,
            changed_at=optional_rfc3339(note.changed_at),
        )


class NextStepRequest(RequestModel):
    """A next step. Whoever is to do it is reminded on its date, if it has one."""

    model_config = with_examples(
        {"text": "Write a first draft", "assignee": "mentee", "dueOn": "2026-03-09"}
    )

    text: Annotated[Text, Field(max_length=_LONGEST_TYPED), documented_limits(maxLength=MAX_STEP)]
    assignee: AssigneeName = Field("mentee", description="Who is to do it.")
    due_on: Date | None = Field(
        None, description="A date on the assignee's clock, today or later. Null: no date."
    )

    def to_domain(self) -> StepDraft:
        """Return the request as the use cases take it."""
        return StepDraft(self.text, Assignee(self.assignee), self.due_on)


class NextStepChange(NextStepRequest):
    """What a next step is to say. Fields that are left out get their defaults."""

    model_config = with_examples(
        {"text": "Write a draft", "assignee": "both", "dueOn": None, "revision": 1}
    )

    revision: int | None = Field(
        None,
        ge=1,
        le=10**15,
        description="The revision that the member has seen. If it has changed since, nothing is "
        "done: `text-changed`.",
    )


class NextStepCompletion(RequestModel):
    """Whether a next step is done."""

    model_config = with_examples({"done": True})

    done: bool


class NextStep(ResponseModel):
    """Something that the two people of a session agreed to do."""

    model_config = with_examples(_STEP)

    id: IdText
    session_id: IdText
    text: str
    assignee: AssigneeName
    due_on: DateText | None
    added_by: Side | None = Field(description="Null after that person's data was erased.")
    done_at: InstantText | None
    done_by: Side | None
    revision: int = Field(description="Counts its changes, from 1.")
    created_at: InstantText

    @classmethod
    def from_domain(cls, step: StepView) -> NextStep:
        """Create it from a step."""
        return cls(
            id=str(step.id),
            session_id=str(step.session_id),
            text=step.text,
            assignee=step.assignee.value,
            due_on=_optional_date(step.due_on),
            added_by=None if step.author is None else step.author.value,
            done_at=optional_rfc3339(step.done_at),
            done_by=None if step.completer is None else step.completer.value,
            revision=step.revision,
            created_at=rfc3339(step.created_at),
        )


class NextStepList(ResponseModel):
    """The next steps of a session, in their order."""

    model_config = with_examples({"steps": [_STEP]})

    steps: list[NextStep] = Field(description=f"At most {MAX_STEPS}.")


class SessionLinkRequest(RequestModel):
    """A recording or document."""

    model_config = with_examples({"url": "https://video.example.com/1", "label": "Recording"})

    url: Annotated[
        Text, Field(max_length=_LONGEST_TYPED), documented_limits(maxLength=MAX_ADDRESS)
    ] = Field(
        description="An `https` address on the public internet, without a user name, on a host "
        "with plain letters."
    )
    label: Annotated[
        Text, Field(max_length=_LONGEST_TYPED), documented_limits(maxLength=MAX_LABEL)
    ] = Field("", description="Without one, the host of the address.")


class SessionLink(ResponseModel):
    """A link to a recording or document, of a session or of a group session."""

    model_config = with_examples(_LINK)

    id: IdText
    session_id: IdText | None
    group_id: IdText | None = Field(description="Set if all attendees see it.")
    label: str
    url: str
    added_by: Side
    created_at: InstantText

    @classmethod
    def from_domain(cls, link: LinkView) -> SessionLink:
        """Create it from a link."""
        return cls(
            id=str(link.id),
            session_id=optional_id(link.session_id),
            group_id=optional_id(link.group_id),
            label=link.label,
            url=link.url,
            added_by=link.added_by.value,
            created_at=rfc3339(link.created_at),
        )


class SessionLinkList(ResponseModel):
    """The links that the caller sees with a session; first those of its group session."""

    model_config = with_examples({"links": [_LINK]})

    links: list[SessionLink] = Field(
        description=f"At most {MAX_LINKS} of the session, and {MAX_LINKS} of its group session."
    )


def _optional_date(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
