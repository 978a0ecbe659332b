"""Errors as sentences for people in Discord: what happened, and what to do next.

`wording.refusals.api_errors` has the sentences for users of the REST API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorship import errors
from mentorship.errors import (
    Field,
    HoursProblem,
    MentorshipError,
    NotBookableReason,
    Requirement,
    Term,
    TimeProblem,
    ZoneProblem,
)
from mentorship.statuses import GoalStatus, HelpRequestStatus, InvitationStatus, RevisionStatus
from mentorship.time import timezones
from wording import examples, sessions, times
from wording.administration import settings
from wording.cldr import format_number
from wording.durations import duration
from wording.integrations import calendars
from wording.lists import alternatives, listed, typed
from wording.names import first_name
from wording.points import counted_points, currency_name
from wording.reader import InstantFormatter, Reader, TimeStyle, in_utc
from wording.refusals import fields, limits, session_actions, subjects
from wording.translation import N_, _, ngettext, pgettext, sentences

Template = str | Callable[[Any, Reader, InstantFormatter], str]
"""A text with the error's facts in braces, to be translated, or a function that writes one."""


def sentence(error: MentorshipError, reader: Reader, when: InstantFormatter = in_utc) -> str:
    """Write an error as one or more sentences; `when` writes the instants in them."""
    return fill(SENTENCES[type(error)], error, reader, when)


def fill(template: Template, error: MentorshipError, reader: Reader, when: InstantFormatter) -> str:
    """Write `error` by `template`."""
    if not isinstance(template, str):
        return template(error, reader, when)
    facts = {
        name: format_number(value, reader.formats) if isinstance(value, int) else value
        for name, value in vars(error).items()
    }
    return _(template, **facts)


def _unknown_timezone(error: errors.UnknownTimezone, reader: Reader, when: InstantFormatter) -> str:
    text = typed(error.text, reader)
    if error.problem is ZoneProblem.NO_SUCH_CLOCK:
        problem = _("It isn't that time anywhere in the world now: {text}.", text=text)
    elif error.problem is ZoneProblem.NO_SUCH_OFFSET:
        problem = _("No time zone is {text} from UTC now.", text=text)
    else:
        problem = _("I don't know a time zone called {text}.", text=text)
        if error.nearest:
            places = dict.fromkeys(times.zone_name(zone, reader) for zone in error.nearest)
            names = alternatives((f"`{place}`" for place in places), reader)
            return sentences(problem, _("Did you mean {names}?", names=names))
    advice = _(
        "Try a city or a country: {city}, {country}, or an offset such as {offset}.",
        city=f"`{examples.city(reader)}`",
        country=f"`{examples.country(reader)}`",
        offset="`+5:30`",
    )
    return sentences(problem, advice)


def _unreadable_hours(error: errors.UnreadableHours, reader: Reader, when: InstantFormatter) -> str:
    return sentences(
        _("I couldn't read {text}.", text=typed(error.part, reader)),
        _hours_hint(error, reader),
        _("Write hours like {example}.", example=f"`{examples.weekly_hours(reader)}`"),
    )


def _hours_hint(error: errors.UnreadableHours, reader: Reader) -> str:
    match error.problem:
        case HoursProblem.UNKNOWN_DAY:
            first, last = (f"`{day}`" for day in examples.day_names(reader))
            groups = [f"`{group}`" for group in examples.day_groups(reader)]
            if len(groups) == 1:
                return _(
                    "Days are {first} to {last} or {daily}.",
                    first=first,
                    last=last,
                    daily=groups[0],
                )
            weekdays, daily = groups
            return _(
                "Days are {first} to {last}, {weekdays} or {daily}.",
                first=first,
                last=last,
                weekdays=weekdays,
                daily=daily,
            )
        case HoursProblem.UNKNOWN_SIGN:
            return _("Only days and times belong here.")
        case HoursProblem.TIME_OUT_OF_RANGE:
            return _("Times go from 0:00 to 24:00.")
        case HoursProblem.TWELVE_HOUR_TIME_OUT_OF_RANGE:
            return _("Before am or pm, hours go from 1 to 12.")
        case HoursProblem.STARTS_AT_24:
            return _("24:00 is an end; as a start write 0:00.")
        case HoursProblem.DAY_RANGE_OF_GROUP:
            return _(
                "A range of days goes from one day to another: {example}.",
                example=examples.day_range(reader),
            )
        case HoursProblem.TIME_WITHOUT_END:
            return _("A time needs its end: {example}.", example=examples.hours(reader))
        case HoursProblem.TIMES_WITHOUT_DAYS:
            return _("Say first on which days.")
        case HoursProblem.DAYS_WITHOUT_TIMES:
            return _("After the days come times, or {off}.", off=f"`{examples.day_off(reader)}`")
        case HoursProblem.AM_OR_PM:
            return _am_or_pm(error, reader)


def _am_or_pm(error: errors.UnreadableHours, reader: Reader) -> str:
    first, second = (
        "-".join(times.time_of_day(minute, reader) for minute in reading)
        for reading in error.readings
    )
    if reader.time_style is TimeStyle.TWELVE_HOURS:
        return _("Say am and pm: {first} or {second}.", first=first, second=second)
    return _("Say am and pm, or write {first} or {second}.", first=first, second=second)


def _unreadable_time(error: errors.UnreadableTime, reader: Reader, when: InstantFormatter) -> str:
    text = typed(error.text, reader)
    readings = [
        f"`{reading_label(start, end, error.zone or timezones.FALLBACK, reader)}`"
        for start, end in error.readings
    ]
    match error.problem:
        case TimeProblem.AMBIGUOUS:
            return sentences(
                _("Did you mean {times}?", times=alternatives(readings[:4], reader)),
                # Translators: either of the two times that were named before.
                _("{text} can mean either.", text=text)
                if len(readings) == 2
                # Translators: any of the times that were named before.
                else _("{text} can mean any of these.", text=text),
            )
        case TimeProblem.PAST:
            return sentences(_("{text} has already passed.", text=text), _time_examples(reader))
        case TimeProblem.DOES_NOT_EXIST:
            return sentences(
                _("The clocks go forward and skip {text}.", text=text),
                _("The time that follows is {time}.", time=alternatives(readings, reader)),
            )
        case TimeProblem.REPEATED:
            return sentences(
                _(
                    "The clocks go back, so {text} occurs twice: {times}.",
                    text=text,
                    times=listed(readings, reader),
                ),
                _("Enter one of them."),
            )
        case TimeProblem.NO_DATE:
            first, second = examples.dates(reader)
            return sentences(
                _("I couldn't read {text} as a date.", text=text),
                _("Try {first} or {second}.", first=f"`{first}`", second=f"`{second}`"),
            )
        case TimeProblem.NOT_EXACT:
            first, second = examples.exact_times(reader)
            return _(
                "Enter an exact time, such as {first} or {second}, instead of {text}.",
                first=f"`{first}`",
                second=f"`{second}`",
                text=text,
            )
        case TimeProblem.SEVERAL:
            return _("Enter one time: {text} names several.", text=text)
        case TimeProblem.NOT_UNDERSTOOD:
            return sentences(
                _("I couldn't read {text} as a time.", text=text), _time_examples(reader)
            )


def _time_examples(reader: Reader) -> str:
    return _(
        "Try {examples}.",
        examples=alternatives((f"`{each}`" for each in examples.times(reader)), reader),
    )


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
    return subjects.not_yours(error.subject)


def _limit_reached(error: errors.LimitReached, reader: Reader, when: InstantFormatter) -> str:
    return limits.sentence(error, when)


def _terms_changed(error: errors.TermsChanged, reader: Reader, when: InstantFormatter) -> str:
    return sentences(_(_TERMS[error.term]), _("Nothing has happened yet."))


_TERMS: Mapping[Term, str] = {
    Term.PRICE: N_("The price has changed since this card was sent."),
    Term.REFUND: N_("The refund has changed since this card was sent."),
    Term.POLICY: N_(
        "The cancellation policy, or how bookings are confirmed, has changed since this card was "
        "sent."
    ),
    Term.PAYOUT: N_("The mentor's payout has changed since this card was sent."),
    Term.START: N_("The time has changed since this card was sent."),
    Term.REVISION: N_("The text has changed since this card was sent."),
    Term.BALANCE: N_("The balance has changed since this card was sent."),
    Term.COUNT: N_("The number of sessions has changed since this card was sent."),
    Term.SEATS: N_("The number of seats taken has changed since this card was sent."),
    Term.SERIES: N_(
        "One of the dates, or how they are booked, has changed since this card was sent."
    ),
}


def _too_many_goals(error: errors.TooManyGoals, reader: Reader, when: InstantFormatter) -> str:
    if error.is_open:
        return ngettext(
            "You can have up to {count} open goal with one mentor. Mark one as reached or drop it "
            "first.",
            "You can have up to {count} open goals with one mentor. Mark one as reached or drop it "
            "first.",
            error.most,
        )
    return ngettext(
        "You can keep up to {count} goal with one mentor. Delete one first.",
        "You can keep up to {count} goals with one mentor. Delete one first.",
        error.most,
    )


def _goal_closed(error: errors.GoalClosed, reader: Reader, when: InstantFormatter) -> str:
    if error.status is GoalStatus.REACHED:
        return _("This goal was reached, so it can't change. Reopen it first.")
    return _("This goal was dropped, so it can't change. Reopen it first.")


def _sign_up_closed(error: errors.SignUpClosed, reader: Reader, when: InstantFormatter) -> str:
    if error.status.is_over:
        return sessions.status_sentence(error.status, reader)
    if error.has_started:
        return _("This session has already started.")
    return _("Sign-up is closed.")


def _role_needed(error: errors.RoleNeeded, reader: Reader, when: InstantFormatter) -> str:
    roles = alternatives((f"<@&{role_id}>" for role_id in error.role_ids), reader)
    # Translators: {roles} is one role, or several joined by "or".
    return _("This session is for members with the role {roles}.", roles=roles)


def _settings_changed(error: errors.SettingsChanged, reader: Reader, when: InstantFormatter) -> str:
    return sentences(*(_setting_conflict(conflict, reader) for conflict in error.conflicts))


def _setting_conflict(conflict: errors.SettingConflict, reader: Reader) -> str:
    name = settings.label(conflict.setting, reader)
    current = settings.value(conflict.setting, conflict.current, reader)
    if conflict.changed_by is None:
        # Translators: {setting} is the name of a setting, such as "starting balance".
        return _(
            "The {setting} was changed to {value} while your form was open.",
            setting=name,
            value=current,
        )
    # Translators: {setting} is the name of a setting, such as "starting balance".
    return _(
        "The {setting} was changed to {value} by {person} while your form was open.",
        setting=name,
        value=current,
        person=f"<@{conflict.changed_by}>",
    )


def _screening_pending(
    error: errors.ScreeningPending, reader: Reader, when: InstantFormatter
) -> str:
    if error.name is not None:
        return _("{name} hasn't accepted this server's rules yet.", name=first_name(error.name))
    return _("Accept this server's rules first: Discord shows them above the message box.")


def _not_available(error: errors.NotAvailable, reader: Reader, when: InstantFormatter) -> str:
    if not error.name:
        if error.is_gift:
            return _("This member isn't available to receive points.")
        return _("This member isn't available to book.")
    name = first_name(error.name)
    if error.is_gift:
        return _("{name} isn't available to receive points.", name=name)
    # Translators: {name} can't be booked.
    return _("{name} isn't available to book.", name=name)


def _blocked_by_you(error: errors.BlockedByYou, reader: Reader, when: InstantFormatter) -> str:
    if not error.name:
        return _("You've blocked this member. Use `/unblock` first.")
    return _("You've blocked {name}. Use `/unblock` first.", name=first_name(error.name))


def _not_blockable(error: errors.NotBlockable, reader: Reader, when: InstantFormatter) -> str:
    return _("Bots can't be blocked.") if error.is_bot else _("You can't block yourself.")


def _not_found(error: errors.NotFound, reader: Reader, when: InstantFormatter) -> str:
    return subjects.not_found(error.subject)


def _invitation_ended(error: errors.InvitationEnded, reader: Reader, when: InstantFormatter) -> str:
    return _(_INVITATION_ENDINGS[error.status])


_INVITATION_ENDINGS: Mapping[InvitationStatus, str] = {
    InvitationStatus.OPEN: N_("This invitation is still open."),
    InvitationStatus.ACCEPTED: N_("This invitation was already accepted."),
    InvitationStatus.DECLINED: N_("This invitation was already declined."),
    InvitationStatus.WITHDRAWN: N_("This invitation was withdrawn."),
    InvitationStatus.EXPIRED: N_("This invitation has expired."),
}


def _help_request_ended(
    error: errors.HelpRequestEnded, reader: Reader, when: InstantFormatter
) -> str:
    if error.status is not HelpRequestStatus.OFFERED:
        return _(_REQUEST_ENDINGS[error.status])
    return sentences(
        _("{name} was first to offer a time.", name=first_name(error.name))
        if error.name
        else _("Another mentor was first to offer a time."),
        _("If that doesn't work out, you can offer one."),
    )


_REQUEST_ENDINGS: Mapping[HelpRequestStatus, str] = {
    HelpRequestStatus.OPEN: N_("This request is still open."),
    HelpRequestStatus.BOOKED: N_("This request has led to a session already."),
    HelpRequestStatus.WITHDRAWN: N_("This request was withdrawn."),
    HelpRequestStatus.EXPIRED: N_("This request has expired."),
}


def _not_invitable(error: errors.NotInvitable, reader: Reader, when: InstantFormatter) -> str:
    if error.is_bot:
        return _("Bots can't be invited. Choose a person.")
    return _("You can't invite yourself. Choose someone else.")


def _setup_needed(error: errors.SetupNeeded, reader: Reader, when: InstantFormatter) -> str:
    if error.setting is Field.REVIEW_CHANNEL_ID:
        problem = _("This server has no channel where moderators review applications yet.")
    else:
        # Translators: {setting} is the name of a setting, such as "review channel".
        problem = _(
            "This server has no {setting} yet.", setting=settings.label(error.setting, reader)
        )
    return sentences(problem, _("Someone with Manage Server can choose one with `/setup`."))


def _may_not_apply(error: errors.MayNotApply, reader: Reader, when: InstantFormatter) -> str:
    if error.requirement is Requirement.ROLE:
        return _(
            "You can't apply to mentor here yet: you need one of the roles that this server has "
            "chosen."
        )
    return _(
        "You can't apply to mentor here yet: you need rank {minimum}, and yours is {rank}.",
        minimum=error.minimum_rank,
        rank=error.rank,
    )


def _not_allowed_now(error: errors.NotAllowedNow, reader: Reader, when: InstantFormatter) -> str:
    return session_actions.sentence(error)


def _reapply_later(error: errors.ReapplyLater, reader: Reader, when: InstantFormatter) -> str:
    # Translators: {when} is a time, such as "in 3 days".
    return _("You can apply again {when}.", when=when(error.again_at))


def _already_decided(error: errors.AlreadyDecided, reader: Reader, when: InstantFormatter) -> str:
    if error.decided_by is None or error.decision not in _DECISIONS_BY:
        return _(_DECISIONS.get(error.decision, N_("This was already decided.")))
    return _(_DECISIONS_BY[error.decision], moderator=f"<@{error.decided_by}>")


_DECISIONS: Mapping[str, str] = {
    "approved": N_("This was already approved."),
    "rejected": N_("This was already rejected."),
    "changes_requested": N_("This was already sent back for changes."),
    "withdrawn": N_("This was already withdrawn."),
    "confirmed": N_("This was already confirmed."),
    "expired": N_("This has already expired."),
    "answered": N_("This was already answered."),
}
"""By the status of a revision, or of a request for a grant."""

_DECISIONS_BY: Mapping[str, str] = {
    "approved": N_("This was already approved by {moderator}."),
    "rejected": N_("This was already rejected by {moderator}."),
    "changes_requested": N_("This was already sent back for changes by {moderator}."),
    "withdrawn": N_("This was already withdrawn by {moderator}."),
    "confirmed": N_("This was already confirmed by {moderator}."),
}


def _outside_limits(error: errors.OutsideLimits, reader: Reader, when: InstantFormatter) -> str:
    return sentences(
        fields.sentence(error.problem, reader),
        _("You can't approve this as it is. Ask for changes instead."),
    )


def _not_a_mentor(error: errors.NotAMentor, reader: Reader, when: InstantFormatter) -> str:
    if error.is_actor:
        return _("You aren't a mentor here yet. Apply with `/mentor apply`.")
    if not error.name:
        return _("This member doesn't mentor here. Find someone who does with `/book`.")
    return _(
        "{name} doesn't mentor here. Find someone who does with `/book`.",
        name=first_name(error.name),
    )


def _mentor_paused(error: errors.MentorPaused, reader: Reader, when: InstantFormatter) -> str:
    return _(
        "{name} isn't taking new bookings right now. Try another mentor with `/book`.",
        name=first_name(error.name),
    )


def _still_an_applicant(
    error: errors.StillAnApplicant, reader: Reader, when: InstantFormatter
) -> str:
    if error.answer is RevisionStatus.PENDING:
        return _(
            "Your application is still with the moderators. Once they approve it you can set your "
            "hours and be booked."
        )
    if error.answer is RevisionStatus.CHANGES_REQUESTED:
        return _(
            "The moderators asked you to change your application. Read what they wrote and answer "
            "it with `/mentor status`."
        )
    return _("The moderators didn't approve your application. Read why with `/mentor status`.")


def not_bookable(error: errors.SlotUnavailable, reader: Reader) -> str:
    """Write why a start can't be booked, as a sentence."""
    if isinstance(error, errors.Busy) and error.is_reschedule:
        # Not which of the two.
        return _("One of you has another session then.")
    if error.by_mentor and error.reason in _OWN_LIMITS:
        return _(_OWN_LIMITS[error.reason])
    mentor = first_name(error.mentor_name)
    match error.reason:
        case NotBookableReason.PAST:
            return _("That time is already past.")
        case NotBookableReason.NOTICE:
            # Translators: {notice} is a length of time, such as "3 hours".
            return _(
                "That's too soon. {mentor} must be booked at least {notice} ahead.",
                mentor=mentor,
                notice=duration(error.minimum_notice, reader),
            )
        case NotBookableReason.HORIZON:
            return ngettext(
                "That's too far ahead. {mentor} can be booked up to {count} day ahead.",
                "That's too far ahead. {mentor} can be booked up to {count} days ahead.",
                error.horizon_days,
                mentor=mentor,
            )
        case NotBookableReason.HOURS:
            return _("{mentor} has no slot at that time.", mentor=mentor)
        case NotBookableReason.BUSY:
            return _("That slot was just taken.")
        case NotBookableReason.DAY_FULL:
            return _("{mentor} is fully booked that day.", mentor=mentor)
        case NotBookableReason.WEEK_FULL:
            return _("{mentor} is fully booked that week.", mentor=mentor)
        case NotBookableReason.MENTEE_BUSY:
            return _("You already have a session at that time.")


_OWN_LIMITS: Mapping[NotBookableReason, str] = {
    NotBookableReason.BUSY: N_("You have another session, or an open invitation, at that time."),
    NotBookableReason.DAY_FULL: N_("You've reached your daily limit of sessions on that day."),
    NotBookableReason.WEEK_FULL: N_("You've reached your weekly limit of sessions in that week."),
}
"""What a mentor reads about their own limits."""


def why_not_bookable(reason: NotBookableReason, mentor: str, reader: Reader) -> str:
    """Write why a date can't be booked, in a few words, for a list of dates."""
    match reason:
        case NotBookableReason.PAST:
            return pgettext("why a date can't be booked", "already past")
        case NotBookableReason.NOTICE:
            return pgettext("why a date can't be booked", "too soon for {mentor}", mentor=mentor)
        case NotBookableReason.HORIZON:
            return pgettext(
                "why a date can't be booked", "too far ahead for {mentor}", mentor=mentor
            )
        case NotBookableReason.HOURS:
            return pgettext("why a date can't be booked", "outside {mentor}'s hours", mentor=mentor)
        case NotBookableReason.BUSY:
            return pgettext("why a date can't be booked", "taken")
        case NotBookableReason.DAY_FULL:
            return pgettext(
                "why a date can't be booked", "{mentor} is fully booked that day", mentor=mentor
            )
        case NotBookableReason.WEEK_FULL:
            return pgettext(
                "why a date can't be booked", "{mentor} is fully booked that week", mentor=mentor
            )
        case NotBookableReason.MENTEE_BUSY:
            return pgettext("why a date can't be booked", "you're busy then")


def _slot_unavailable(error: errors.SlotUnavailable, reader: Reader, when: InstantFormatter) -> str:
    reason = not_bookable(error, reader)
    if isinstance(error, errors.Busy) and error.is_invitation:
        advice = _("Cancel or move that one first, or decline this invitation.")
    elif error.nearest:
        advice = _("These are the nearest open times:")
    elif error.by_mentor:
        advice = _("Choose another time.")
    else:
        advice = _("This mentor has no other open slots. Try another mentor.")
    return sentences(reason, advice)


def _slots_open(error: errors.SlotsOpen, reader: Reader, when: InstantFormatter) -> str:
    return _(
        "{name} has a slot that suits you already. You can book it now.", name=error.mentor_name
    )


def _wrong_duration(error: errors.WrongDuration, reader: Reader, when: InstantFormatter) -> str:
    # Translators: {lengths} are several numbers that end with {count}, such as "30 or 60".
    return ngettext(
        "This mentor offers sessions of {lengths} minute.",
        "This mentor offers sessions of {lengths} minutes.",
        error.offered[-1],
        lengths=alternatives(map(str, error.offered), reader),
    )


def _answers_needed(error: errors.AnswersNeeded, reader: Reader, when: InstantFormatter) -> str:
    return _(
        "{name} has a question that you need to answer first. You'll see it when you try again.",
        name=first_name(error.mentor_name),
    )


def _questions_changed(
    error: errors.QuestionsChanged, reader: Reader, when: InstantFormatter
) -> str:
    return _(
        "{name} has changed a question since you answered it, so nothing is booked yet. Try again "
        "to see it. I've kept your answers.",
        name=first_name(error.mentor_name),
    )


def _not_enough_points(
    error: errors.NotEnoughPoints, reader: Reader, when: InstantFormatter
) -> str:
    def number(points: int) -> str:
        return format_number(points, reader.formats)

    return sentences(
        # Translators: {currency} is what this server calls its points.
        _(
            "This costs {needed} {currency} and you have {balance}, so you need {missing} more.",
            needed=number(error.needed),
            currency=currency_name(error.currency),
            balance=number(error.balance),
            missing=number(error.needed - error.balance),
        ),
        # Translators: {currency} is what this server calls its points.
        _(
            "You earn {currency} by taking part in this community and by mentoring; a moderator "
            "can grant some too.",
            currency=currency_name(error.currency),
        ),
    )


def _balance_too_low(error: errors.BalanceTooLow, reader: Reader, when: InstantFormatter) -> str:
    balance, amount = (
        format_number(points, reader.formats) for points in (error.balance, error.amount)
    )
    points = counted_points(error.balance, error.currency, reader)
    if error.name is None:
        # Translators: {points} has its unit: "40 karma".
        problem = _("You have {points}, so you can't give {amount}.", points=points, amount=amount)
        advice = _("Give {points} or fewer.", points=balance)
    else:
        # Translators: {points} has its unit: "40 karma".
        problem = _(
            "{name} has {points}, so you can't deduct {amount}.",
            name=first_name(error.name),
            points=points,
            amount=amount,
        )
        advice = _("Deduct {points} or fewer.", points=balance)
    return sentences(problem, advice if error.balance else "")


def _recipient_not_a_member(
    error: errors.RecipientNotAMember, reader: Reader, when: InstantFormatter
) -> str:
    if not error.name:
        return _("This person doesn't seem to be in this server, so no points were sent.")
    return _(
        "{name} doesn't seem to be in this server, so no points were sent.",
        name=first_name(error.name),
    )


def _grant_above_ceiling(
    error: errors.GrantAboveCeiling, reader: Reader, when: InstantFormatter
) -> str:
    return ngettext(
        "One moderator can grant the same person up to {count} point a day. Above that, a second "
        "moderator has to confirm.",
        "One moderator can grant the same person up to {count} points a day. Above that, a second "
        "moderator has to confirm.",
        error.ceiling,
    )


def _too_many_points(error: errors.TooManyPoints, reader: Reader, when: InstantFormatter) -> str:
    return _(
        "A server can't have more than {most} points in all (2 to the power of 53). You can still "
        "grant {left}.",
        most=format_number(2**53, reader.formats),
        left=format_number(error.left, reader.formats),
    )


def _rating_closed(error: errors.RatingClosed, reader: Reader, when: InstantFormatter) -> str:
    return sentences(
        _("You can rate a session for 30 days after it ends.")
        if error.is_first
        else _("You can change a rating for 14 days."),
        # Translators: {when} is a time, such as "3 days ago". The time to rate ended then.
        _("For this session, that ended {when}.", when=when(error.closed_at)),
    )


def _text_changed(error: errors.TextChanged, reader: Reader, when: InstantFormatter) -> str:
    return subjects.changed(error.subject, first_name(error.name) if error.name else None)


def _too_many_next_steps(
    error: errors.TooManyNextSteps, reader: Reader, when: InstantFormatter
) -> str:
    return ngettext(
        "A session can have up to {count} next step. Remove one that's done first.",
        "A session can have up to {count} next steps. Remove one that's done first.",
        error.most,
    )


def _too_many_session_links(
    error: errors.TooManySessionLinks, reader: Reader, when: InstantFormatter
) -> str:
    return ngettext(
        "A session can have up to {count} link. Remove one first.",
        "A session can have up to {count} links. Remove one first.",
        error.most,
    )


def _too_many_endpoints(
    error: errors.TooManyEndpoints, reader: Reader, when: InstantFormatter
) -> str:
    return ngettext(
        "A server can have {count} webhook endpoint. Delete one first.",
        "A server can have {count} webhook endpoints. Delete one first.",
        error.most,
    )


def _too_many_calendars(
    error: errors.TooManyCalendars, reader: Reader, when: InstantFormatter
) -> str:
    return ngettext(
        "You can add up to {count} calendar. Remove one first.",
        "You can add up to {count} calendars. Remove one first.",
        error.most,
    )


def _events_expired(error: errors.EventsExpired, reader: Reader, when: InstantFormatter) -> str:
    # The position is an identifier, which programs send back.
    return _(
        "Events after that position have been deleted. Continue from {oldest}, and read what you "
        "show once more.",
        oldest=error.oldest,
    )


def _rotation_pending(error: errors.RotationPending, reader: Reader, when: InstantFormatter) -> str:
    return sentences(
        _("The secret before this one is still valid."),
        # Translators: {when} is a time, such as "in 3 days".
        _(
            "You can rotate again {when}, or now if you let it end at once.",
            when=when(error.until),
        ),
    )


def _calendar_unavailable(
    error: errors.CalendarUnavailable, reader: Reader, when: InstantFormatter
) -> str:
    return calendars.problem(error.problem)


def _still_to_settle(error: errors.StillToSettle, reader: Reader, when: InstantFormatter) -> str:
    return _(
        "One of your sessions (start: {when}) isn't closed yet, so its points are still on hold. "
        "See `/sessions`, and try again once it's closed.",
        when=when(error.starts_at),
    )


UNAVAILABLE = N_(
    "I can't reach the database right now, so nothing was changed. Please try again in a minute. "
    "(Reference {reference})"
)
"""The database can't be used, and nothing was saved."""

OUTCOME_UNKNOWN = N_(
    "I lost the connection to the database before I finished, so this may or may not have been "
    "saved. Please check before you try again, for example with `/sessions` or `/points history`. "
    "(Reference {reference})"
)
"""The database can't be used, and something was or may have been saved."""

INTERNAL = N_(
    "Something went wrong on our end. Please try again, and if it keeps happening, give a "
    "moderator the reference {reference}."
)
"""A bug."""

_NOT_A_MEMBER = N_(
    "You don't seem to be in that server. If you've rejoined it, use `/book` there once, then try "
    "again."
)

SENTENCES: Mapping[type[MentorshipError], Template] = {
    # What a person typed.
    errors.UnknownTimezone: _unknown_timezone,
    errors.TimezoneNeeded: N_(
        "I need your time zone first, to show times in your own time. Set it with `/timezone set`."
    ),
    errors.UnreadableHours: _unreadable_hours,
    errors.UnreadableTime: _unreadable_time,
    errors.InvalidField: _invalid_field,
    # Who may.
    errors.NotAModerator: N_("Only this server's moderators can do that."),
    errors.NotAManager: N_(
        "Only people with the permission Manage Server can set me up. Ask one of them to use "
        "`/setup`."
    ),
    errors.NotYours: _not_yours,
    errors.NotAMember: _NOT_A_MEMBER,
    errors.MembershipUnknown: _NOT_A_MEMBER,
    errors.ScreeningPending: _screening_pending,
    errors.OwnCase: N_("This is about you, so another moderator has to decide."),
    errors.NotAvailable: _not_available,
    errors.BlockedByYou: _blocked_by_you,
    errors.NotBlockable: _not_blockable,
    errors.NotInvitable: _not_invitable,
    errors.TermsChanged: _terms_changed,
    errors.SettingsChanged: _settings_changed,
    errors.LimitReached: _limit_reached,
    errors.NotFound: _not_found,
    errors.DataBeingDeleted: N_(
        "I'm still deleting what this server stored before I was removed from it. Try again in a "
        "few minutes."
    ),
    errors.SetupNeeded: _setup_needed,
    # Applying and mentoring.
    errors.MayNotApply: _may_not_apply,
    errors.AlreadyApplied: N_(
        "The moderators already have your application or profile change, and you'll get a DM when "
        "they decide. Until then, you can change or withdraw it with `/mentor status`."
    ),
    errors.AlreadyAMentor: N_("You're already a mentor here. Set your hours with `/mentor hours`."),
    errors.NothingPending: N_(
        "You have nothing waiting for the moderators. "
        "See your last application with `/mentor status`."
    ),
    errors.ReapplyLater: _reapply_later,
    errors.Suspended: N_(
        "Your mentor profile is suspended. Please talk to this server's moderators."
    ),
    errors.AlreadyDecided: _already_decided,
    errors.OutsideLimits: _outside_limits,
    errors.NotAMentor: _not_a_mentor,
    errors.StillAnApplicant: _still_an_applicant,
    errors.StoppedMentoring: N_(
        "You've stopped mentoring here. "
        "Use `/mentor resume` to start again, with your profile and hours as they were."
    ),
    errors.ChangedMeanwhile: N_(
        "This has changed in the meantime. Check it again before you save your change."
    ),
    # Mentorships.
    errors.MentorshipEnded: N_(
        "This mentorship has ended, so its goals can't change. Resume it first: either of you can."
    ),
    errors.TooManyGoals: _too_many_goals,
    errors.GoalClosed: _goal_closed,
    # Booking.
    errors.OwnGroupSession: N_("This is your own session. You're already in it, as its mentor."),
    errors.SignUpClosed: _sign_up_closed,
    errors.SessionFull: N_("All seats are taken."),
    errors.SeatsFree: N_("There's a free seat. Join the session instead of its waitlist."),
    errors.AlreadyJoined: N_("You already have a seat in this session."),
    errors.AlreadyWaiting: N_("You're already on the waitlist, at place {place}."),
    errors.RoleNeeded: _role_needed,
    errors.OwnProfile: N_("You can't book a session with yourself. Choose another mentor."),
    errors.MentorPaused: _mentor_paused,
    errors.SlotUnavailable: _slot_unavailable,
    errors.SlotTaken: _slot_unavailable,
    errors.Busy: _slot_unavailable,
    errors.OwnSlots: N_("These are your own slots. Choose another mentor."),
    errors.SlotsOpen: _slots_open,
    errors.SeriesUnavailable: N_(
        "Some of these dates aren't available any more, so nothing was booked. Move or skip them, "
        "then book again."
    ),
    errors.HelpRequestEnded: _help_request_ended,
    errors.NotYourExpertise: N_(
        "Only mentors with the expertise {tag} can offer a time. Add it with `/mentor edit` if you "
        "can help."
    ),
    errors.OwnHelpRequest: N_("This is your own request. You can withdraw it with `/requests`."),
    errors.InvitationEnded: _invitation_ended,
    errors.WrongDuration: _wrong_duration,
    errors.PriceChanged: N_(
        "The price has changed from {shown} to {price} since this card was sent. "
        "Check it again before you confirm."
    ),
    errors.AnswersNeeded: _answers_needed,
    errors.QuestionsChanged: _questions_changed,
    errors.NotEnoughPoints: _not_enough_points,
    # Points.
    errors.BalanceTooLow: _balance_too_low,
    errors.GiftToOneself: N_("You can't give points to yourself. Choose someone else."),
    errors.BotsHaveNoPoints: N_("Bots don't have points. Choose a person."),
    errors.GrantAboveCeiling: _grant_above_ceiling,
    errors.SecondModeratorNeeded: N_(
        "You requested this grant, so another moderator has to confirm it."
    ),
    errors.RecipientNotAMember: _recipient_not_a_member,
    errors.TooManyPoints: _too_many_points,
    # Sessions.
    errors.NotAllowedNow: _not_allowed_now,
    errors.RatingClosed: _rating_closed,
    errors.StillToSettle: _still_to_settle,
    # Notes, next steps and links.
    errors.TextChanged: _text_changed,
    errors.TooManyNextSteps: _too_many_next_steps,
    errors.TooManySessionLinks: _too_many_session_links,
    errors.LeaderboardOff: N_(
        "This server has no leaderboard. Whoever manages the server can turn it on with `/setup`."
    ),
    # Webhooks.
    errors.TooManyEndpoints: _too_many_endpoints,
    errors.ConfiguredEndpoint: N_(
        "This endpoint is set in the bot's configuration, and can only be changed there."
    ),
    errors.EndpointDisabled: N_("This endpoint is disabled. Enable it first."),
    errors.RotationPending: _rotation_pending,
    errors.EventsExpired: _events_expired,
    errors.CalendarUnavailable: _calendar_unavailable,
    errors.TooManyCalendars: _too_many_calendars,
    errors.CalendarAlreadyAdded: N_("You've already added that calendar."),
    errors.CalendarsNotSetUp: calendars.NOT_SET_UP,
    errors.KeyReused: N_("That idempotency key was used for another request. Send a new key."),
}
"""Each kind of error and its sentence; a test requires an entry for every class."""
