"""The errors of the use cases over HTTP: status, code, pointer and facts.

`wording.api_errors` has their sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus

from mentorship import errors
from mentorship.errors import Field, MentorshipError
from wording import api_errors
from wording.reader import ENGLISH

_S = HTTPStatus

STATUS: Mapping[type[MentorshipError], HTTPStatus] = {
    # What was sent can't be understood or is outside its limits.
    errors.UnknownTimezone: _S.UNPROCESSABLE_ENTITY,
    errors.UnreadableHours: _S.UNPROCESSABLE_ENTITY,
    errors.UnreadableTime: _S.UNPROCESSABLE_ENTITY,
    errors.InvalidField: _S.UNPROCESSABLE_ENTITY,
    errors.OwnProfile: _S.UNPROCESSABLE_ENTITY,
    errors.WrongDuration: _S.UNPROCESSABLE_ENTITY,
    errors.GiftToOneself: _S.UNPROCESSABLE_ENTITY,
    errors.BotsHaveNoPoints: _S.UNPROCESSABLE_ENTITY,
    errors.KeyReused: _S.UNPROCESSABLE_ENTITY,
    # Who asks may not.
    errors.NotAModerator: _S.FORBIDDEN,
    errors.NotAManager: _S.FORBIDDEN,
    errors.NotAMember: _S.FORBIDDEN,
    errors.NotYours: _S.FORBIDDEN,
    errors.MayNotApply: _S.FORBIDDEN,
    errors.Suspended: _S.FORBIDDEN,
    # There is no such thing for who asks.
    errors.NotFound: _S.NOT_FOUND,
    errors.NotAMentor: _S.NOT_FOUND,
    errors.NothingPending: _S.NOT_FOUND,
    # It is not as the caller thought.
    errors.ChangedMeanwhile: _S.PRECONDITION_FAILED,
    # As things stand now it can't be done.
    errors.TimezoneNeeded: _S.CONFLICT,
    errors.SetupNeeded: _S.CONFLICT,
    errors.AlreadyApplied: _S.CONFLICT,
    errors.AlreadyAMentor: _S.CONFLICT,
    errors.ReapplyLater: _S.CONFLICT,
    errors.AlreadyDecided: _S.CONFLICT,
    errors.StillAnApplicant: _S.CONFLICT,
    errors.StoppedMentoring: _S.CONFLICT,
    errors.MentorPaused: _S.CONFLICT,
    errors.SlotUnavailable: _S.CONFLICT,
    errors.SlotTaken: _S.CONFLICT,
    errors.Busy: _S.CONFLICT,
    errors.PriceChanged: _S.CONFLICT,
    errors.NotEnoughPoints: _S.CONFLICT,
    errors.NotAllowedNow: _S.CONFLICT,
    errors.StillToSettle: _S.CONFLICT,
    errors.BalanceTooLow: _S.CONFLICT,
    errors.TooManyPoints: _S.CONFLICT,
    errors.RatingClosed: _S.CONFLICT,
    MentorshipError: _S.CONFLICT,
}
"""By the class or what it is a kind of. Every class has a row of its own, which a test holds."""

POINTERS: Mapping[Field, str] = {
    Field.EXPERTISE: "/expertise",
    Field.HOURLY_RATE: "/hourlyRate",
    Field.BIO: "/bio",
    Field.TOPIC: "/notes",
    Field.REASON: "/reason",
    Field.ADJUSTMENT_REASON: "/reason",
    Field.DECISION_REASON: "/reason",
    Field.SUSPENSION_REASON: "/reason",
    Field.RATING: "/rating",
    Field.REVIEW: "/review",
    Field.REPLY: "/reply",
    Field.GIFT_AMOUNT: "/amount",
    Field.GRANT_AMOUNT: "/amount",
    Field.DEDUCTION_AMOUNT: "/amount",
    Field.NEW_START: "/scheduledAt",
    Field.PAUSED_UNTIL: "/until",
    Field.MUTED: "/notifications/muted",
    Field.MEMBER_REMINDERS: "/notifications/reminders",
    Field.QUIET_HOURS: "/notifications/quietHours",
    Field.LAST_DATE: "/overrides",
    Field.DURATIONS: "/settings/durations",
}
"""The JSON pointer of each field that a body has."""


def status(error: type[MentorshipError]) -> HTTPStatus:
    """The status for a kind of refusal, by itself or by what it is a kind of."""
    return next(STATUS[kind] for kind in error.__mro__ if kind in STATUS)


def answer(error: MentorshipError, when: Callable[[datetime], str]) -> tuple[HTTPStatus, str]:
    """Return the status and the detail of an error; `when` writes an instant."""
    return status(type(error)), api_errors.detail(error, ENGLISH, when)


def code(error: MentorshipError | type[MentorshipError]) -> str:
    """The code of a refusal, as it is spelled in JSON."""
    return error.code.replace("_", "-")


def pointer(error: MentorshipError) -> str | None:
    """The JSON pointer of the field that a refusal is about, if it is about one."""
    match error:
        case errors.InvalidField():
            return POINTERS.get(error.field)
        case errors.WrongDuration():
            return "/duration"
        case errors.OwnProfile():
            return "/mentorId"
        case errors.GiftToOneself() | errors.BotsHaveNoPoints():
            return "/userId"
        case errors.UnknownTimezone():
            return "/timezone"
    return None


def facts(error: MentorshipError) -> dict[str, int | str | datetime | list[int] | list[str]]:
    """What a program may want to know of a refusal, beside its code."""
    match error:
        case errors.NotEnoughPoints():
            return {"balance": error.balance, "needed": error.needed}
        case errors.BalanceTooLow():
            return {"balance": error.balance}
        case errors.WrongDuration():
            return {"offered": list(error.offered)}
        case errors.UnknownTimezone():
            return {"nearest": list(error.nearest)}
        case errors.ReapplyLater():
            return {"againAt": error.again_at}
        case errors.AlreadyDecided():
            by = {} if error.decided_by is None else {"decidedBy": str(error.decided_by)}
            return {"decision": error.decision.replace("_", "-"), **by}
        case errors.StillAnApplicant():
            return {"answer": error.answer.replace("_", "-")}
        case errors.PriceChanged():
            return {"price": error.price}
    return {}
