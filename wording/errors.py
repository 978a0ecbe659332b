"""Errors as sentences for people in Discord: what happened, and what to do next.

`wording.api_errors` has the sentences for users of the REST API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorship import errors
from mentorship.errors import (
    Field,
    HoursProblem,
    Limit,
    MentorshipError,
    NotBookableReason,
    Requirement,
    Subject,
    Term,
    TimeProblem,
    ZoneProblem,
)
from mentorship.statuses import GoalStatus, HelpRequestStatus, InvitationStatus, RevisionStatus
from mentorship.time import timezones
from wording import examples, fields, sessions, times
from wording.administration import settings
from wording.durations import counted, duration
from wording.integrations import calendars
from wording.lists import alternatives, typed
from wording.names import first_name
from wording.reader import InstantFormatter, Reader, TimeStyle, in_utc

Template = str | Callable[[Any, Reader, InstantFormatter], str]
"""A sentence with the error's facts in braces, or a function that writes one."""


def sentence(error: MentorshipError, reader: Reader, when: InstantFormatter = in_utc) -> str:
    """Write an error as one or more sentences; `when` writes the instants in them."""
    return fill(SENTENCES[type(error)], error, reader, when)


def fill(template: Template, error: MentorshipError, reader: Reader, when: InstantFormatter) -> str:
    """Write `error` by `template`."""
    if isinstance(template, str):
        return template.format_map(vars(error))
    return template(error, reader, when)


def _unknown_timezone(error: errors.UnknownTimezone, reader: Reader, when: InstantFormatter) -> str:
    text = typed(error.text, reader)
    if error.problem is ZoneProblem.NO_SUCH_CLOCK:
        return f"It isn't that time anywhere in the world now: {text}. {_ZONE_EXAMPLES}"
    if error.problem is ZoneProblem.NO_SUCH_OFFSET:
        return f"No time zone is {text} from UTC now. {_ZONE_EXAMPLES}"
    if error.nearest:
        places = dict.fromkeys(times.zone_name(zone, reader) for zone in error.nearest)
        names = alternatives((f"`{place}`" for place in places), reader)
        return f"I don't know a time zone called {text}. Did you mean {names}?"
    return f"I don't know a time zone called {text}. {_ZONE_EXAMPLES}"


_ZONE_EXAMPLES = "Try a city or a country: `London`, `India`, or an offset such as `+5:30`."


def _unreadable_hours(error: errors.UnreadableHours, reader: Reader, when: InstantFormatter) -> str:
    return (
        f"I couldn't read {typed(error.part, reader)}: {_hours_hint(error, reader)}. "
        f"Write hours like `{examples.weekly_hours(reader)}`."
    )


def _hours_hint(error: errors.UnreadableHours, reader: Reader) -> str:
    if error.problem is not HoursProblem.AM_OR_PM:
        return _HOURS_HINTS[error.problem].format(hours=examples.hours(reader))
    first, second = (
        "-".join(times.time_of_day(minute, reader) for minute in reading)
        for reading in error.readings
    )
    if reader.time_style is TimeStyle.TWELVE_HOURS:
        return f"say am and pm: {first} or {second}"
    return f"say am and pm, or write {first} or {second}"


_HOURS_HINTS: Mapping[HoursProblem, str] = {
    HoursProblem.UNKNOWN_DAY: "days are `mon` to `sun`, `weekdays` or `daily`",
    HoursProblem.UNKNOWN_SIGN: "only days and times belong here",
    HoursProblem.TIME_OUT_OF_RANGE: "times go from 0:00 to 24:00",
    HoursProblem.TWELVE_HOUR_TIME_OUT_OF_RANGE: "before am or pm, hours go from 1 to 12",
    HoursProblem.STARTS_AT_24: "24:00 is an end; as a start write 0:00",
    HoursProblem.DAY_RANGE_OF_GROUP: "a range of days goes from one day to another: mon-fri",
    HoursProblem.TIME_WITHOUT_END: "a time needs its end: {hours}",
    HoursProblem.TIMES_WITHOUT_DAYS: "say first on which days",
    HoursProblem.DAYS_WITHOUT_TIMES: "after the days come times, or `off`",
}


def _unreadable_time(error: errors.UnreadableTime, reader: Reader, when: InstantFormatter) -> str:
    text = typed(error.text, reader)
    readings = [
        f"`{reading_label(start, end, error.zone or timezones.FALLBACK, reader)}`"
        for start, end in error.readings
    ]
    match error.problem:
        case TimeProblem.AMBIGUOUS:
            these = "either" if len(readings) == 2 else "any of these"
            return f"Did you mean {alternatives(readings[:4], reader)}? {text} can mean {these}."
        case TimeProblem.PAST:
            return f"{text} has already passed. {_time_examples(reader)}"
        case TimeProblem.DOES_NOT_EXIST:
            return (
                f"The clocks go forward and skip {text}. "
                f"The time that follows is {alternatives(readings, reader)}."
            )
        case TimeProblem.REPEATED:
            return (
                f"The clocks go back, so {text} occurs twice: {' and '.join(readings)}. "
                "Enter one of them."
            )
        case TimeProblem.NO_DATE:
            first, second = examples.dates(reader)
            return f"I couldn't read {text} as a date. Try `{first}` or `{second}`."
        case TimeProblem.NOT_EXACT:
            first, second = examples.exact_times(reader)
            return f"Enter an exact time, such as `{first}` or `{second}`, instead of {text}."
        case TimeProblem.SEVERAL:
            return f"Enter one time: {text} names several."
        case TimeProblem.NOT_UNDERSTOOD:
            return f"I couldn't read {text} as a time. {_time_examples(reader)}"


def _time_examples(reader: Reader) -> str:
    part, weekday, later = examples.times(reader)
    return f"Try `{part}`, `{weekday}` or `{later}`."


def reading_label(start: datetime, end: datetime, zone: str, reader: Reader) -> str:
    """Write what a typed time can mean so that, typed again, it is read as just that.

    An instant has `start` and `end` equal. `zone` is that on whose clock it was read.
    """
    if start == end:
        return times.describe(start, zone, reader)
    first, last = timezones.to_local(start, zone), timezones.to_local(end, zone)
    is_one_day = first.date() == (last - timedelta(minutes=1)).date()
    if f"{last:%H:%M}" == "00:00" and (f"{first:%H:%M}" == "00:00" or not is_one_day):
        # Whole days, of which the first may have begun.
        return times.date_range(first.date(), (last - timedelta(days=1)).date(), reader)
    return times.describe(start, zone, reader, end=end)


def _invalid_field(error: errors.InvalidField, reader: Reader, when: InstantFormatter) -> str:
    return fields.sentence(error, reader)


def _not_yours(error: errors.NotYours, reader: Reader, when: InstantFormatter) -> str:
    subject = sessions.subject(error.subject, reader)
    return f"That {subject} isn't yours, so you can't use these buttons."


def _limit_reached(error: errors.LimitReached, reader: Reader, when: InstantFormatter) -> str:
    noun, sentence, ending = _LIMITS[error.limit]
    once = noun == "time" and error.most == 1
    text = sentence.format(things="once" if once else counted(error.most, noun, reader))
    if error.ends_at is None:
        return text
    return f"{text} {ending.format(when=when(error.ends_at))}"


_LIMITS: Mapping[Limit, tuple[str, str, str]] = {
    Limit.PENDING_PER_MENTOR: (
        "pending request",
        "You already have {things} with this mentor, the most allowed.",
        "You can send another {when}, or earlier if one is answered or you withdraw one.",
    ),
    Limit.PENDING: (
        "pending request",
        "You already have {things}, the most allowed.",
        "You can send another {when}, or earlier if one is answered or you withdraw one.",
    ),
    Limit.UPCOMING: (
        "upcoming session",
        "You already have {things}, the most allowed.",
        "You can book another {when}, or earlier if you cancel one.",
    ),
    Limit.PROPOSALS: (
        "reschedule request",
        "You've already made {things} for this session, the most allowed. Keep the current time, "
        "or cancel the session.",
        "You can make another {when}.",
    ),
    Limit.EARLY_CANCELLATIONS: (
        "booking",
        "You've withdrawn {things} in the last 24 hours, the most allowed.",
        "You can book again {when}.",
    ),
    Limit.GIFTS_TO_STRANGERS: (
        "gift",
        "You've sent {things} to people who have never used this bot in the last 24 hours, the "
        "most allowed.",
        "You can send another {when}.",
    ),
    Limit.DATA_REQUESTS: (
        "time",
        "You can download or erase your data {things} an hour.",
        "You can do it again {when}.",
    ),
    Limit.GROUP_SESSIONS: (
        "upcoming group session",
        "You already have {things}, the most allowed.",
        "You can create another {when}, or earlier if you cancel one.",
    ),
    Limit.INVITATIONS: (
        "open invitation",
        "You already have {things}, the most allowed.",
        "You can send another {when}, or earlier if one is answered or you withdraw one.",
    ),
    Limit.INVITATIONS_PER_MEMBER: (
        "open invitation",
        "This member already has {things} from you, the most allowed.",
        "You can send another {when}, or earlier if they answer or you withdraw one.",
    ),
    Limit.HELP_REQUESTS: (
        "request",
        "You already have {things} for help open, the most allowed.",
        "You can send another {when}, or earlier if you withdraw one.",
    ),
    Limit.SLOT_ALERTS: (
        "slot alert",
        "You already have {things}, the most allowed. Remove one first.",
        "You can add another {when}.",
    ),
}
"""What is limited, the refusal, and when it ends."""


def _terms_changed(error: errors.TermsChanged, reader: Reader, when: InstantFormatter) -> str:
    return f"{_TERMS[error.term]} has changed since this card was sent. Nothing has happened yet."


def _too_many_goals(error: errors.TooManyGoals, reader: Reader, when: InstantFormatter) -> str:
    if error.is_open:
        return (
            f"You can have up to {error.most} open goals with one mentor. Mark one as reached or "
            "drop it first."
        )
    return f"You can keep up to {error.most} goals with one mentor. Delete one first."


def _goal_closed(error: errors.GoalClosed, reader: Reader, when: InstantFormatter) -> str:
    if error.status is GoalStatus.REACHED:
        return "This goal was reached, so it can't change. Reopen it first."
    return "This goal was dropped, so it can't change. Reopen it first."


def _sign_up_closed(error: errors.SignUpClosed, reader: Reader, when: InstantFormatter) -> str:
    if error.status.is_over:
        return f"This session is {sessions.status(error.status, reader)}."
    return "This session has already started." if error.has_started else "Sign-up is closed."


def _role_needed(error: errors.RoleNeeded, reader: Reader, when: InstantFormatter) -> str:
    roles = alternatives((f"<@&{role_id}>" for role_id in error.role_ids), reader)
    return f"This session is for members with the role {roles}."


_TERMS: Mapping[Term, str] = {
    Term.PRICE: "The price",
    Term.REFUND: "The refund",
    Term.POLICY: "The cancellation policy, or how bookings are confirmed,",
    Term.PAYOUT: "The mentor's payout",
    Term.START: "The time",
    Term.REVISION: "The text",
    Term.BALANCE: "The balance",
    Term.COUNT: "The number of sessions",
    Term.SEATS: "The number of seats taken",
    Term.SERIES: "One of the dates, or how they are booked,",
}


def _settings_changed(error: errors.SettingsChanged, reader: Reader, when: InstantFormatter) -> str:
    return " ".join(_setting_conflict(conflict, reader) for conflict in error.conflicts)


def _setting_conflict(conflict: errors.SettingConflict, reader: Reader) -> str:
    name = settings.label(conflict.setting, reader)
    current = settings.value(conflict.setting, conflict.current, reader)
    by = "" if conflict.changed_by is None else f" by <@{conflict.changed_by}>"
    return f"The {name} was changed to {current}{by} while your form was open."


def _first_name_or(unnamed: str, name: str | None) -> str:
    return first_name(name) if name else unnamed


def _screening_pending(
    error: errors.ScreeningPending, reader: Reader, when: InstantFormatter
) -> str:
    if error.name is not None:
        return f"{first_name(error.name)} hasn't accepted this server's rules yet."
    return "Accept this server's rules first: Discord shows them above the message box."


def _not_available(error: errors.NotAvailable, reader: Reader, when: InstantFormatter) -> str:
    purpose = "receive points" if error.is_gift else "book"
    name = _first_name_or("This member", error.name)
    return f"{name} isn't available to {purpose}."


def _blocked_by_you(error: errors.BlockedByYou, reader: Reader, when: InstantFormatter) -> str:
    name = _first_name_or("this member", error.name)
    return f"You've blocked {name}. Use `/unblock` first."


def _not_blockable(error: errors.NotBlockable, reader: Reader, when: InstantFormatter) -> str:
    return "Bots can't be blocked." if error.is_bot else "You can't block yourself."


def _not_found(error: errors.NotFound, reader: Reader, when: InstantFormatter) -> str:
    subject = sessions.subject(error.subject, reader)
    if error.subject is Subject.GUILD:
        return "I'm no longer in that server."
    if error.subject is Subject.MEMBER:
        return "I can't find that member. They may have left this server."
    return f"I can't find that {subject}. It may be gone, or it belongs to another server."


def _invitation_ended(error: errors.InvitationEnded, reader: Reader, when: InstantFormatter) -> str:
    return f"This invitation {_INVITATION_ENDINGS[error.status]}."


_INVITATION_ENDINGS: Mapping[InvitationStatus, str] = {
    InvitationStatus.OPEN: "is still open",
    InvitationStatus.ACCEPTED: "was already accepted",
    InvitationStatus.DECLINED: "was already declined",
    InvitationStatus.WITHDRAWN: "was withdrawn",
    InvitationStatus.EXPIRED: "has expired",
}


def _help_request_ended(
    error: errors.HelpRequestEnded, reader: Reader, when: InstantFormatter
) -> str:
    if error.status is HelpRequestStatus.OFFERED:
        name = _first_name_or("Another mentor", error.name)
        return f"{name} was first to offer a time. If that doesn't work out, you can offer one."
    return f"This request {_REQUEST_ENDINGS[error.status]}."


_REQUEST_ENDINGS: Mapping[HelpRequestStatus, str] = {
    HelpRequestStatus.OPEN: "is still open",
    HelpRequestStatus.BOOKED: "has led to a session already",
    HelpRequestStatus.WITHDRAWN: "was withdrawn",
    HelpRequestStatus.EXPIRED: "has expired",
}


def _not_invitable(error: errors.NotInvitable, reader: Reader, when: InstantFormatter) -> str:
    return "Bots can't be invited. Choose a person." if error.is_bot else _INVITED_ONESELF


_INVITED_ONESELF = "You can't invite yourself. Choose someone else."


def _setup_needed(error: errors.SetupNeeded, reader: Reader, when: InstantFormatter) -> str:
    setting = (
        "channel where moderators review applications"
        if error.setting is Field.REVIEW_CHANNEL_ID
        else settings.label(error.setting, reader)
    )
    return (
        f"This server has no {setting} yet. Someone with Manage Server can choose one with "
        "`/setup`."
    )


def _may_not_apply(error: errors.MayNotApply, reader: Reader, when: InstantFormatter) -> str:
    requirement = {
        Requirement.ROLE: "you need one of the roles that this server has chosen",
        Requirement.RANK: f"you need rank {error.minimum_rank}, and yours is {error.rank}",
    }[error.requirement]
    return f"You can't apply to mentor here yet: {requirement}."


def _not_allowed_now(error: errors.NotAllowedNow, reader: Reader, when: InstantFormatter) -> str:
    action = sessions.action(error.action, reader)
    subject = sessions.subject(error.subject, reader)
    if sessions.is_done(error):
        return f"This {subject} is already {sessions.state(error, reader)}."
    return f"You can't {action} this {subject}: it's {sessions.state(error, reader)}."


def _reapply_later(error: errors.ReapplyLater, reader: Reader, when: InstantFormatter) -> str:
    return f"You can apply again {when(error.again_at)}."


def _already_decided(error: errors.AlreadyDecided, reader: Reader, when: InstantFormatter) -> str:
    by = f" by <@{error.decided_by}>" if error.decided_by is not None else ""
    decision = error.decision.replace("changes_requested", "sent back for changes")
    return f"This was already {decision}{by}."


def _outside_limits(error: errors.OutsideLimits, reader: Reader, when: InstantFormatter) -> str:
    problem = fields.sentence(error.problem, reader)
    return f"{problem} You can't approve this as it is. Ask for changes instead."


def _not_a_mentor(error: errors.NotAMentor, reader: Reader, when: InstantFormatter) -> str:
    if error.is_actor:
        return "You aren't a mentor here yet. Apply with `/mentor apply`."
    name = _first_name_or("This member", error.name)
    return f"{name} doesn't mentor here. Find someone who does with `/book`."


def _mentor_paused(error: errors.MentorPaused, reader: Reader, when: InstantFormatter) -> str:
    name = first_name(error.name)
    return f"{name} isn't taking new bookings right now. Try another mentor with `/book`."


def _still_an_applicant(
    error: errors.StillAnApplicant, reader: Reader, when: InstantFormatter
) -> str:
    if error.answer is RevisionStatus.PENDING:
        return (
            "Your application is still with the moderators. "
            "Once they approve it you can set your hours and be booked."
        )
    if error.answer is RevisionStatus.CHANGES_REQUESTED:
        return (
            "The moderators asked you to change your application. "
            "Read what they wrote and answer it with `/mentor status`."
        )
    return "The moderators didn't approve your application. Read why with `/mentor status`."


def not_bookable(error: errors.SlotUnavailable, reader: Reader) -> str:
    """Write why a start can't be booked, as a sentence."""
    if isinstance(error, errors.Busy) and error.is_reschedule:
        # Not which of the two.
        return "One of you has another session then."
    if error.by_mentor and error.reason in _OWN_LIMITS:
        return _OWN_LIMITS[error.reason]
    return _NOT_BOOKABLE[error.reason].format(
        mentor=first_name(error.mentor_name),
        notice=duration(error.minimum_notice, reader),
        days=counted(error.horizon_days, "day", reader),
    )


_OWN_LIMITS: Mapping[NotBookableReason, str] = {
    NotBookableReason.BUSY: "You have another session, or an open invitation, at that time.",
    NotBookableReason.DAY_FULL: "You've reached your daily limit of sessions on that day.",
    NotBookableReason.WEEK_FULL: "You've reached your weekly limit of sessions in that week.",
}
"""What a mentor reads about their own limits."""

_NOT_BOOKABLE: Mapping[NotBookableReason, str] = {
    NotBookableReason.PAST: "That time is already past.",
    NotBookableReason.NOTICE: "That's too soon. {mentor} must be booked at least {notice} ahead.",
    NotBookableReason.HORIZON: ("That's too far ahead. {mentor} can be booked up to {days} ahead."),
    NotBookableReason.HOURS: "{mentor} has no slot at that time.",
    NotBookableReason.BUSY: "That slot was just taken.",
    NotBookableReason.DAY_FULL: "{mentor} is fully booked that day.",
    NotBookableReason.WEEK_FULL: "{mentor} is fully booked that week.",
    NotBookableReason.MENTEE_BUSY: "You already have a session at that time.",
}


def why_not_bookable(reason: NotBookableReason, mentor: str, reader: Reader) -> str:
    """Write why a date can't be booked, in a few words, for a list of dates."""
    return _WHY_NOT_BOOKABLE[reason].format(mentor=mentor)


_WHY_NOT_BOOKABLE: Mapping[NotBookableReason, str] = {
    NotBookableReason.PAST: "already past",
    NotBookableReason.NOTICE: "too soon for {mentor}",
    NotBookableReason.HORIZON: "too far ahead for {mentor}",
    NotBookableReason.HOURS: "outside {mentor}'s hours",
    NotBookableReason.BUSY: "taken",
    NotBookableReason.DAY_FULL: "{mentor} is fully booked that day",
    NotBookableReason.WEEK_FULL: "{mentor} is fully booked that week",
    NotBookableReason.MENTEE_BUSY: "you're busy then",
}


def _slot_unavailable(error: errors.SlotUnavailable, reader: Reader, when: InstantFormatter) -> str:
    reason = not_bookable(error, reader)
    if isinstance(error, errors.Busy) and error.is_invitation:
        return f"{reason} Cancel or move that one first, or decline this invitation."
    if error.nearest:
        return f"{reason} These are the nearest open times:"
    if error.by_mentor:
        return f"{reason} Choose another time."
    return f"{reason} This mentor has no other open slots. Try another mentor."


def _slots_open(error: errors.SlotsOpen, reader: Reader, when: InstantFormatter) -> str:
    return f"{error.mentor_name} has a slot that suits you already. You can book it now."


def _wrong_duration(error: errors.WrongDuration, reader: Reader, when: InstantFormatter) -> str:
    lengths = alternatives(map(str, error.offered), reader)
    return f"This mentor offers sessions of {lengths} minutes."


def _answers_needed(error: errors.AnswersNeeded, reader: Reader, when: InstantFormatter) -> str:
    name = first_name(error.mentor_name)
    return f"{name} has a question that you need to answer first. You'll see it when you try again."


def _questions_changed(
    error: errors.QuestionsChanged, reader: Reader, when: InstantFormatter
) -> str:
    name = first_name(error.mentor_name)
    return (
        f"{name} has changed a question since you answered it, so nothing is booked yet. Try again "
        "to see it. I've kept your answers."
    )


def _not_enough_points(
    error: errors.NotEnoughPoints, reader: Reader, when: InstantFormatter
) -> str:
    missing = error.needed - error.balance
    return (
        f"This costs {error.needed:,} {error.currency} and you have {error.balance:,}, so you need "
        f"{missing:,} more. You earn {error.currency} by taking part in this community "
        "and by mentoring; a moderator can grant some too."
    )


def _balance_too_low(error: errors.BalanceTooLow, reader: Reader, when: InstantFormatter) -> str:
    points = f"{error.balance:,} {error.currency}"
    if error.name is None:
        advice = f" Give {error.balance:,} or fewer." if error.balance else ""
        return f"You have {points}, so you can't give {error.amount:,}.{advice}"
    advice = f" Deduct {error.balance:,} or fewer." if error.balance else ""
    name = first_name(error.name)
    return f"{name} has {points}, so you can't deduct {error.amount:,}.{advice}"


def _recipient_not_a_member(
    error: errors.RecipientNotAMember, reader: Reader, when: InstantFormatter
) -> str:
    name = _first_name_or("This person", error.name)
    return f"{name} doesn't seem to be in this server, so no points were sent."


def _rating_closed(error: errors.RatingClosed, reader: Reader, when: InstantFormatter) -> str:
    rule = (
        "You can rate a session for 30 days after it ends."
        if error.is_first
        else "You can change a rating for 14 days."
    )
    return f"{rule} For this session, that ended {when(error.closed_at)}."


def _text_changed(error: errors.TextChanged, reader: Reader, when: InstantFormatter) -> str:
    subject = sessions.subject(error.subject, reader)
    if error.name is None:
        return f"This {subject} was changed while you were writing. Your text isn't saved yet."
    name = first_name(error.name)
    return f"{name} changed this {subject} while you were writing. Your text isn't saved yet."


def _rotation_pending(error: errors.RotationPending, reader: Reader, when: InstantFormatter) -> str:
    return (
        f"The secret before this one is still valid. You can rotate again {when(error.until)}, or "
        "now if you let it end at once."
    )


def _calendar_unavailable(
    error: errors.CalendarUnavailable, reader: Reader, when: InstantFormatter
) -> str:
    return calendars.problem(error.problem)


def _still_to_settle(error: errors.StillToSettle, reader: Reader, when: InstantFormatter) -> str:
    return (
        f"One of your sessions (start: {when(error.starts_at)}) isn't closed yet, so its points "
        "are still on hold. See `/sessions`, and try again once it's closed."
    )


UNAVAILABLE = (
    "I can't reach the database right now, so nothing was changed. Please try again in a minute. "
    "(Reference {reference})"
)
"""The database can't be used, and nothing was saved."""

OUTCOME_UNKNOWN = (
    "I lost the connection to the database before I finished, so this may or may not have been "
    "saved. Please check before you try again, for example with `/sessions` or `/points history`. "
    "(Reference {reference})"
)
"""The database can't be used, and something was or may have been saved."""

INTERNAL = (
    "Something went wrong on our end. Please try again, and if it keeps happening, give a "
    "moderator the reference {reference}."
)
"""A bug."""

_NOT_A_MEMBER = (
    "You don't seem to be in that server. If you've rejoined it, use `/book` there once, then try "
    "again."
)

SENTENCES: Mapping[type[MentorshipError], Template] = {
    # What a person typed.
    errors.UnknownTimezone: _unknown_timezone,
    errors.TimezoneNeeded: (
        "I need your time zone first, to show times in your own time. Set it with `/timezone set`."
    ),
    errors.UnreadableHours: _unreadable_hours,
    errors.UnreadableTime: _unreadable_time,
    errors.InvalidField: _invalid_field,
    # Who may.
    errors.NotAModerator: "Only this server's moderators can do that.",
    errors.NotAManager: (
        "Only people with the permission Manage Server can set me up. Ask one of them to use "
        "`/setup`."
    ),
    errors.NotYours: _not_yours,
    errors.NotAMember: _NOT_A_MEMBER,
    errors.MembershipUnknown: _NOT_A_MEMBER,
    errors.ScreeningPending: _screening_pending,
    errors.OwnCase: "This is about you, so another moderator has to decide.",
    errors.NotAvailable: _not_available,
    errors.BlockedByYou: _blocked_by_you,
    errors.NotBlockable: _not_blockable,
    errors.NotInvitable: _not_invitable,
    errors.TermsChanged: _terms_changed,
    errors.SettingsChanged: _settings_changed,
    errors.LimitReached: _limit_reached,
    errors.NotFound: _not_found,
    errors.DataBeingDeleted: (
        "I'm still deleting what this server stored before I was removed from it. Try again in a "
        "few minutes."
    ),
    errors.SetupNeeded: _setup_needed,
    # Applying and mentoring.
    errors.MayNotApply: _may_not_apply,
    errors.AlreadyApplied: (
        "The moderators already have your application or profile change, and you'll get a DM when "
        "they decide. Until then, you can change or withdraw it with `/mentor status`."
    ),
    errors.AlreadyAMentor: "You're already a mentor here. Set your hours with `/mentor hours`.",
    errors.NothingPending: (
        "You have nothing waiting for the moderators. "
        "See your last application with `/mentor status`."
    ),
    errors.ReapplyLater: _reapply_later,
    errors.Suspended: (
        "Your mentor profile is suspended. Please talk to this server's moderators."
    ),
    errors.AlreadyDecided: _already_decided,
    errors.OutsideLimits: _outside_limits,
    errors.NotAMentor: _not_a_mentor,
    errors.StillAnApplicant: _still_an_applicant,
    errors.StoppedMentoring: (
        "You've stopped mentoring here. "
        "Use `/mentor resume` to start again, with your profile and hours as they were."
    ),
    errors.ChangedMeanwhile: (
        "This has changed in the meantime. Check it again before you save your change."
    ),
    # Mentorships.
    errors.MentorshipEnded: (
        "This mentorship has ended, so its goals can't change. Resume it first: either of you can."
    ),
    errors.TooManyGoals: _too_many_goals,
    errors.GoalClosed: _goal_closed,
    # Booking.
    errors.OwnGroupSession: "This is your own session. You're already in it, as its mentor.",
    errors.SignUpClosed: _sign_up_closed,
    errors.SessionFull: "All seats are taken.",
    errors.SeatsFree: "There's a free seat. Join the session instead of its waitlist.",
    errors.AlreadyJoined: "You already have a seat in this session.",
    errors.AlreadyWaiting: "You're already on the waitlist, at place {place}.",
    errors.RoleNeeded: _role_needed,
    errors.OwnProfile: "You can't book a session with yourself. Choose another mentor.",
    errors.MentorPaused: _mentor_paused,
    errors.SlotUnavailable: _slot_unavailable,
    errors.SlotTaken: _slot_unavailable,
    errors.Busy: _slot_unavailable,
    errors.OwnSlots: "These are your own slots. Choose another mentor.",
    errors.SlotsOpen: _slots_open,
    errors.SeriesUnavailable: (
        "Some of these dates aren't available any more, so nothing was booked. Move or skip them, "
        "then book again."
    ),
    errors.HelpRequestEnded: _help_request_ended,
    errors.NotYourExpertise: (
        "Only mentors with the expertise {tag} can offer a time. Add it with `/mentor edit` if you "
        "can help."
    ),
    errors.OwnHelpRequest: "This is your own request. You can withdraw it with `/requests`.",
    errors.InvitationEnded: _invitation_ended,
    errors.WrongDuration: _wrong_duration,
    errors.PriceChanged: (
        "The price has changed from {shown:,} to {price:,} since this card was sent. "
        "Check it again before you confirm."
    ),
    errors.AnswersNeeded: _answers_needed,
    errors.QuestionsChanged: _questions_changed,
    errors.NotEnoughPoints: _not_enough_points,
    # Points.
    errors.BalanceTooLow: _balance_too_low,
    errors.GiftToOneself: ("You can't give points to yourself. Choose someone else."),
    errors.BotsHaveNoPoints: "Bots don't have points. Choose a person.",
    errors.GrantAboveCeiling: (
        "One moderator can grant the same person up to {ceiling:,} points a day. Above that, a "
        "second moderator has to confirm."
    ),
    errors.SecondModeratorNeeded: (
        "You requested this grant, so another moderator has to confirm it."
    ),
    errors.RecipientNotAMember: _recipient_not_a_member,
    errors.TooManyPoints: (
        "A server can't have more than 9,007,199,254,740,992 points in all (2 to the power of 53). "
        "You can still grant {left:,}."
    ),
    # Sessions.
    errors.NotAllowedNow: _not_allowed_now,
    errors.RatingClosed: _rating_closed,
    errors.StillToSettle: _still_to_settle,
    # Notes, next steps and links.
    errors.TextChanged: _text_changed,
    errors.TooManyNextSteps: (
        "A session can have up to {most} next steps. Remove one that's done first."
    ),
    errors.TooManySessionLinks: "A session can have up to {most} links. Remove one first.",
    errors.LeaderboardOff: (
        "This server has no leaderboard. Whoever manages the server can turn it on with `/setup`."
    ),
    # Webhooks.
    errors.TooManyEndpoints: "A server can have {most} webhook endpoints. Delete one first.",
    errors.ConfiguredEndpoint: (
        "This endpoint is set in the bot's configuration, and can only be changed there."
    ),
    errors.EndpointDisabled: "This endpoint is disabled. Enable it first.",
    errors.RotationPending: _rotation_pending,
    errors.EventsExpired: (
        "Events after that position have been deleted. Continue from {oldest}, and read what you "
        "show once more."
    ),
    errors.CalendarUnavailable: _calendar_unavailable,
    errors.TooManyCalendars: "You can add up to {most} calendars. Remove one first.",
    errors.CalendarAlreadyAdded: "You've already added that calendar.",
    errors.CalendarsNotSetUp: calendars.NOT_SET_UP,
    errors.KeyReused: "That idempotency key was used for another request. Send a new key.",
}
"""Each kind of error and its sentence; a test requires an entry for every class."""
