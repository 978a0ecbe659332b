"""The errors of the use cases over HTTP: status, code, pointer and facts.

`wording.refusals.api_errors` has their sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from api.schemas.service import server_settings
from mentorship import errors
from mentorship.errors import Field, MentorshipError

_S = HTTPStatus

STATUS: Mapping[type[MentorshipError], HTTPStatus] = {
    # What was sent can't be understood or is outside its limits.
    errors.UnknownTimezone: _S.UNPROCESSABLE_ENTITY,
    errors.UnreadableHours: _S.UNPROCESSABLE_ENTITY,
    errors.UnreadableTime: _S.UNPROCESSABLE_ENTITY,
    errors.InvalidField: _S.UNPROCESSABLE_ENTITY,
    errors.OwnProfile: _S.UNPROCESSABLE_ENTITY,
    errors.OwnGroupSession: _S.UNPROCESSABLE_ENTITY,
    errors.WrongDuration: _S.UNPROCESSABLE_ENTITY,
    errors.GiftToOneself: _S.UNPROCESSABLE_ENTITY,
    errors.BotsHaveNoPoints: _S.UNPROCESSABLE_ENTITY,
    errors.RecipientNotAMember: _S.UNPROCESSABLE_ENTITY,
    errors.NotInvitable: _S.UNPROCESSABLE_ENTITY,
    errors.KeyReused: _S.UNPROCESSABLE_ENTITY,
    # The caller is not allowed to.
    errors.NotAModerator: _S.FORBIDDEN,
    errors.NotAManager: _S.FORBIDDEN,
    errors.NotAMember: _S.FORBIDDEN,
    errors.MembershipUnknown: _S.FORBIDDEN,
    errors.NotYours: _S.FORBIDDEN,
    errors.MayNotApply: _S.FORBIDDEN,
    errors.Suspended: _S.FORBIDDEN,
    errors.ScreeningPending: _S.FORBIDDEN,
    errors.OwnCase: _S.FORBIDDEN,
    errors.RoleNeeded: _S.FORBIDDEN,
    errors.SecondModeratorNeeded: _S.FORBIDDEN,
    # It does not exist, or not for the caller.
    errors.NotFound: _S.NOT_FOUND,
    errors.NotAMentor: _S.NOT_FOUND,
    errors.NothingPending: _S.NOT_FOUND,
    # It was changed since the caller read it.
    errors.ChangedMeanwhile: _S.PRECONDITION_FAILED,
    errors.TextChanged: _S.PRECONDITION_FAILED,
    # The present state does not allow it.
    errors.TimezoneNeeded: _S.CONFLICT,
    errors.SetupNeeded: _S.CONFLICT,
    errors.DataBeingDeleted: _S.CONFLICT,
    errors.AlreadyApplied: _S.CONFLICT,
    errors.AlreadyAMentor: _S.CONFLICT,
    errors.ReapplyLater: _S.CONFLICT,
    errors.AlreadyDecided: _S.CONFLICT,
    errors.OutsideLimits: _S.CONFLICT,
    errors.StillAnApplicant: _S.CONFLICT,
    errors.StoppedMentoring: _S.CONFLICT,
    errors.MentorPaused: _S.CONFLICT,
    errors.SignUpClosed: _S.CONFLICT,
    errors.SessionFull: _S.CONFLICT,
    errors.SeatsFree: _S.CONFLICT,
    errors.AlreadyJoined: _S.CONFLICT,
    errors.AlreadyWaiting: _S.CONFLICT,
    errors.SlotUnavailable: _S.CONFLICT,
    errors.OwnSlots: _S.UNPROCESSABLE_ENTITY,
    errors.SlotsOpen: _S.CONFLICT,
    errors.SlotTaken: _S.CONFLICT,
    errors.Busy: _S.CONFLICT,
    errors.SeriesUnavailable: _S.CONFLICT,
    errors.HelpRequestEnded: _S.CONFLICT,
    errors.NotYourExpertise: _S.FORBIDDEN,
    errors.OwnHelpRequest: _S.CONFLICT,
    errors.InvitationEnded: _S.CONFLICT,
    errors.PriceChanged: _S.CONFLICT,
    errors.AnswersNeeded: _S.UNPROCESSABLE_ENTITY,
    errors.QuestionsChanged: _S.CONFLICT,
    errors.TermsChanged: _S.CONFLICT,
    errors.SettingsChanged: _S.CONFLICT,
    errors.LimitReached: _S.CONFLICT,
    errors.NotAvailable: _S.CONFLICT,
    errors.LeaderboardOff: _S.CONFLICT,
    errors.BlockedByYou: _S.CONFLICT,
    errors.NotBlockable: _S.UNPROCESSABLE_ENTITY,
    errors.NotEnoughPoints: _S.CONFLICT,
    errors.NotAllowedNow: _S.CONFLICT,
    errors.StillToSettle: _S.CONFLICT,
    errors.BalanceTooLow: _S.CONFLICT,
    errors.TooManyPoints: _S.CONFLICT,
    errors.GrantAboveCeiling: _S.CONFLICT,
    errors.RatingClosed: _S.CONFLICT,
    errors.TooManyNextSteps: _S.CONFLICT,
    errors.TooManySessionLinks: _S.CONFLICT,
    errors.TooManyEndpoints: _S.CONFLICT,
    errors.ConfiguredEndpoint: _S.CONFLICT,
    errors.EndpointDisabled: _S.CONFLICT,
    errors.RotationPending: _S.CONFLICT,
    errors.EventsExpired: _S.GONE,
    errors.CalendarUnavailable: _S.CONFLICT,
    errors.TooManyCalendars: _S.CONFLICT,
    errors.MentorshipEnded: _S.CONFLICT,
    errors.TooManyGoals: _S.CONFLICT,
    errors.GoalClosed: _S.CONFLICT,
    errors.CalendarAlreadyAdded: _S.CONFLICT,
    errors.CalendarsNotSetUp: _S.CONFLICT,
    MentorshipError: _S.CONFLICT,
}
"""The status of each class; a test requires an entry for every one."""

POINTERS: Mapping[Field, str] = {
    **{Field(name): pointer for name, pointer in server_settings.pointers().items()},
    Field.EXPERTISE: "/expertise",
    Field.HOURLY_RATE: "/hourlyRate",
    Field.BIO: "/bio",
    Field.MEETING_LINK: "/meetingLink",
    Field.TOPIC: "/notes",
    Field.REASON: "/reason",
    Field.ADJUSTMENT_REASON: "/reason",
    Field.DECISION_REASON: "/reason",
    Field.SUSPENSION_REASON: "/reason",
    Field.HIDING_REASON: "/reason",
    Field.RATING: "/rating",
    Field.REVIEW: "/review",
    Field.REPLY: "/reply",
    Field.GOAL_TEXT: "/text",
    Field.GOAL_DATE: "/dueOn",
    Field.GOAL_PROGRESS: "/progress",
    Field.THANKS: "/text",
    Field.THRESHOLD_ROLES: "/roles",
    Field.LEAST_SESSIONS: "/sessions",
    Field.LEAST_STARS: "/stars",
    Field.LEAST_HOURS: "/hours",
    Field.TIP: "/tip",
    Field.SESSION_NOTE: "/text",
    Field.STEP_TEXT: "/text",
    Field.STEP_DATE: "/dueOn",
    Field.LINK_LABEL: "/label",
    Field.LINK_ADDRESS: "/url",
    Field.GIFT_AMOUNT: "/amount",
    Field.GRANT_AMOUNT: "/amount",
    Field.DEDUCTION_AMOUNT: "/amount",
    Field.NEW_START: "/scheduledAt",
    Field.GROUP_TITLE: "/title",
    Field.GROUP_DESCRIPTION: "/description",
    Field.GROUP_START: "/scheduledAt",
    Field.GROUP_LENGTH: "/duration",
    Field.CAPACITY: "/capacity",
    Field.SEAT_PRICE: "/price",
    Field.MINIMUM_SEATS: "/minimumSeats",
    Field.MINIMUM_DEADLINE: "/minimumDeadline",
    Field.JOIN_ROLE_IDS: "/joinRoleIds",
    Field.MEETING_PLACE: "/place",
    Field.WEBHOOK_URL: "/url",
    Field.WEBHOOK_DESCRIPTION: "/description",
    Field.WEBHOOK_EVENT_TYPES: "/eventTypes",
    Field.WEBHOOK_SECRET: "/secret",
    Field.CALENDAR_LABEL: "/label",
    Field.CALENDAR_ADDRESS: "/address",
    Field.CALENDAR_USERNAME: "/username",
    Field.CALENDAR_PASSWORD: "/password",
    Field.CALENDAR_RECEIVES_SESSIONS: "/receivesSessions",
    Field.REPEAT: "/repeat",
    Field.EVERY_WEEKS: "/everyWeeks",
    Field.SERIES_COUNT: "/count",
    Field.SERIES_DATES: "/changes",
    Field.PAUSED_UNTIL: "/until",
    Field.MUTED: "/notifications/muted",
    Field.MEMBER_REMINDERS: "/notifications/reminders",
    Field.QUIET_HOURS: "/notifications/quietHours",
    Field.LAST_DATE: "/overrides",
    Field.TRAVEL: "/travel",
    Field.DATE_OVERRIDES: "/overrides",
    Field.DURATIONS: "/settings/durations",
    Field.LENGTH: "/duration",
    Field.PRICE: "/price",
    Field.NOTE: "/message",
    Field.QUESTIONS: "/questions",
    Field.QUESTION: "/questions/{count}/text",
    Field.ANSWER: "/answers/{count}/answer",
}
"""The JSON pointers of the fields that a request body has. `{count}` is an error's `count`."""


def status(kind: type[MentorshipError]) -> HTTPStatus:
    """Return the status for a class of errors, or for its nearest base class."""
    return next(STATUS[base] for base in kind.__mro__ if base in STATUS)


def code(error: MentorshipError | type[MentorshipError]) -> str:
    """Return the code of an error as it is spelled in JSON."""
    return error.code.replace("_", "-")


def pointer(error: MentorshipError) -> str | None:
    """Return the JSON pointer of the field that an error is about, if there is one."""
    match error:
        case errors.InvalidField():
            path = POINTERS.get(error.field)
            return None if path is None else path.format(count=error.count)
        case errors.AnswersNeeded() | errors.QuestionsChanged():
            return "/answers"
        case errors.WrongDuration():
            return "/duration"
        case errors.OwnProfile():
            return "/mentorId"
        case errors.GiftToOneself() | errors.BotsHaveNoPoints() | errors.RecipientNotAMember():
            return "/userId"
        case errors.UnknownTimezone():
            return "/timezone"
    return None


def facts(error: MentorshipError) -> dict[str, int | str | datetime | list[int] | list[str]]:
    """Return the facts of an error that programs need beside its code."""
    match error:
        case errors.NotEnoughPoints():
            return {"balance": error.balance, "needed": error.needed}
        case errors.BalanceTooLow():
            return {"balance": error.balance}
        case errors.WrongDuration():
            return {"offered": list(error.offered)}
        case errors.SlotsOpen():
            return {"duration": error.minutes}
        case errors.UnknownTimezone():
            return {"nearest": list(error.nearest)}
        case errors.ReapplyLater():
            return {"againAt": error.again_at}
        case errors.AlreadyDecided():
            by = {} if error.decided_by is None else {"decidedBy": str(error.decided_by)}
            return {"decision": error.decision.replace("_", "-"), **by}
        case errors.StillAnApplicant():
            return {"answer": error.answer.replace("_", "-")}
        case errors.AnswersNeeded() | errors.QuestionsChanged():
            return {"questionIds": [str(question_id) for question_id in error.question_ids]}
        case errors.PriceChanged():
            return {"price": error.price}
        case errors.SessionFull():
            return {"waiting": error.waiting}
        case errors.AlreadyJoined():
            return {"sessionId": str(error.session_id)}
        case errors.AlreadyWaiting():
            return {"place": error.place}
        case errors.RoleNeeded():
            return {"roleIds": [str(role_id) for role_id in error.role_ids]}
        case errors.RatingClosed():
            return {"closedAt": error.closed_at}
        case errors.HelpRequestEnded():
            return {"requestStatus": error.status}
        case errors.GoalClosed():
            return {"goalStatus": error.status}
        case errors.InvitationEnded():
            return {"invitationStatus": error.status}
        case errors.TextChanged():
            return {"current": error.revision}
        case errors.TooManyNextSteps() | errors.TooManySessionLinks():
            return {"most": error.most}
        case errors.TooManyEndpoints() | errors.TooManyCalendars() | errors.TooManyGoals():
            return {"most": error.most}
        case errors.RotationPending():
            return {"until": error.until}
        case errors.EventsExpired():
            return {"oldest": str(error.oldest)}
        case errors.CalendarUnavailable():
            return {"problem": error.problem.replace("_", "-")}
        case errors.TermsChanged():
            return {"term": error.term, "current": error.current}
        case errors.LimitReached():
            ends_at = {} if error.ends_at is None else {"endsAt": error.ends_at}
            name = error.limit.removeprefix("limit_").replace("_", "-")
            return {"limit": name, "most": error.most, **ends_at}
    return {}
