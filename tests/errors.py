"""Errors of the use cases in tests: one of each kind, and their sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from mentorship.errors import (
    CalendarProblem,
    Field,
    HoursProblem,
    InvalidField,
    Limit,
    MentorshipError,
    NotBookableReason,
    Obstacle,
    Problem,
    Requirement,
    SettingConflict,
    Subject,
    Term,
    TimeProblem,
    UnavailableDate,
    ZoneProblem,
)
from mentorship.sessions.lifecycle import Action
from mentorship.statuses import (
    GoalStatus,
    HelpRequestStatus,
    InvitationStatus,
    RevisionStatus,
    SessionStatus,
)
from wording import errors
from wording.reader import ENGLISH

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

SAMPLES: dict[str, Any] = {
    "Field": Field.REVIEW_CHANNEL_ID,
    "Problem": Problem.TOO_LONG,
    "NotBookableReason": NotBookableReason.NOTICE,
    "HoursProblem": HoursProblem.AM_OR_PM,
    "tuple[tuple[int, int], ...]": ((540, 1_020), (540, 300)),
    "TimeProblem": TimeProblem.AMBIGUOUS,
    "ZoneProblem": ZoneProblem.UNKNOWN_NAME,
    "tuple[tuple[datetime, datetime], ...]": ((NOON, NOON),),
    "Subject": Subject.SESSION,
    "Requirement": Requirement.RANK,
    "StrEnum": Action.CANCEL,
    "Term": Term.REFUND,
    "Limit": Limit.PROPOSALS,
    "tuple[InvalidField, ...]": (),
    "tuple[SettingConflict, ...]": (SettingConflict(Field.FEE_PERCENT, 10, 42),),
    "int | str | datetime": 60,
    "datetime | None": NOON,
    "Obstacle | None": Obstacle.TOO_EARLY,
    "HelpRequestStatus": HelpRequestStatus.OFFERED,
    "InvitationStatus": InvitationStatus.WITHDRAWN,
    "GoalStatus": GoalStatus.REACHED,
    "RevisionStatus": RevisionStatus.REJECTED,
    "SessionStatus | None": SessionStatus.COMPLETED,
    "SessionStatus": SessionStatus.COMPLETED,
    "InvalidField": InvalidField(Field.HOURLY_RATE, Problem.OUT_OF_RANGE, least=0, most=100),
    "date | None": NOON.date(),
    "CalendarProblem": CalendarProblem.TIMEOUT,
    "str": "Something",
    "str | None": "Something",
    "int": 3,
    "int | None": 3,
    "bool": True,
    "datetime": NOON,
    "tuple[int, ...]": (30, 60),
    "tuple[str, ...]": ("Europe/London", "Europe/Paris"),
    "tuple[datetime, ...]": (NOON,),
    "tuple[UnavailableDate, ...]": (UnavailableDate(3, NOON, NotBookableReason.BUSY),),
}

E = TypeVar("E", bound=MentorshipError)


def kinds(base: type[MentorshipError] = MentorshipError) -> Iterator[type[MentorshipError]]:
    """Yield every class of error."""
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def sample(kind: type[Any]) -> MentorshipError:
    """Return an error of `kind` with some value in each fact."""
    error: MentorshipError = kind(**{fact.name: SAMPLES[str(fact.type)] for fact in fields(kind)})
    return error


def sentence(error: MentorshipError) -> str:
    """Return the sentence that people read."""
    return errors.sentence(error, ENGLISH)


@contextmanager
def raises(kind: type[E], saying: str) -> Iterator[pytest.ExceptionInfo[E]]:
    """Expect an error of `kind` in whose sentence the pattern `saying` is found."""
    with pytest.raises(kind) as caught:
        yield caught
    assert re.search(saying, sentence(caught.value)), sentence(caught.value)
