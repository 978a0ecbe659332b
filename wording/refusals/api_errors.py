"""Errors as the `detail` of a problem document: what happened, and which call helps.

Most sentences are those for people. Where these name a command or a button of Discord, the ones
here name the call instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from mentorship import errors
from mentorship.errors import MentorshipError
from wording.cldr import format_number
from wording.errors import SENTENCES, Template, fill, not_bookable
from wording.lists import alternatives, typed
from wording.reader import InstantFormatter, Reader
from wording.refusals import subjects
from wording.translation import N_, _, sentences


def detail(error: MentorshipError, reader: Reader, when: InstantFormatter) -> str:
    """Write an error for the user of the REST API; `when` writes a bare instant."""
    kind = type(error)

    def from_then_on(instant: datetime) -> str:
        # Translators: when something is possible: "You can book another from 2026-… on."
        return _("from {time} on", time=when(instant))

    return fill(DETAILS.get(kind, SENTENCES[kind]), error, reader, from_then_on)


def _unknown_timezone(error: errors.UnknownTimezone, reader: Reader, when: InstantFormatter) -> str:
    nearest = alternatives((f"`{zone}`" for zone in error.nearest), reader)
    return sentences(
        _("There's no time zone called {text}.", text=typed(error.text, reader)),
        _("Did you mean {names}?", names=nearest)
        if nearest
        else _("Use a name of the tz database."),
    )


def _not_yours(error: errors.NotYours, reader: Reader, when: InstantFormatter) -> str:
    return subjects.somebody_elses(error.subject)


def _busy(error: errors.Busy, reader: Reader, when: InstantFormatter) -> str:
    # A seat in a group session has no other slots to choose from.
    return _slot_unavailable(error, reader, when) if error.nearest else not_bookable(error, reader)


def _slot_unavailable(error: errors.SlotUnavailable, reader: Reader, when: InstantFormatter) -> str:
    return sentences(
        not_bookable(error, reader), _("Choose one of nearestSlots, or GET the open slots.")
    )


def _own_help_request(error: errors.OwnHelpRequest, reader: Reader, when: InstantFormatter) -> str:
    # Translators: {call} is a call of the API, such as "DELETE /me".
    return _(
        "This is the member's own request. Withdraw it with {call}.", call="DELETE /requests/{id}"
    )


def _blocked_by_you(error: errors.BlockedByYou, reader: Reader, when: InstantFormatter) -> str:
    # Translators: {call} is a call of the API, such as "DELETE /me".
    return _(
        "The caller has blocked this member. {call} lifts the block.",
        call="DELETE /me/blocks/{userId}",
    )


def _mentorship_ended(error: errors.MentorshipEnded, reader: Reader, when: InstantFormatter) -> str:
    # Translators: {call} is a call of the API, such as "DELETE /me".
    return _(
        "The mentorship has ended. {call} lets its goals change again.",
        call="POST /mentorships/{userId}/resume",
    )


def _answers_needed(error: errors.AnswersNeeded, reader: Reader, when: InstantFormatter) -> str:
    # Translators: {call} is a call of the API, such as "GET /me". "questionIds", "questions" and
    # "answers" are names of fields.
    return _(
        "The mentor asks questions that the member has to answer: those in questionIds. {call} has "
        "their text in questions. Send the answers in answers.",
        call="GET /profile/{id}",
    )


def _questions_changed(
    error: errors.QuestionsChanged, reader: Reader, when: InstantFormatter
) -> str:
    # Translators: {call} is a call of the API, such as "GET /me". "questionIds" and "questions"
    # are names of fields.
    return _(
        "The mentor has changed the questions in questionIds, so nothing was booked. Show the "
        "member what they say now (see questions in {call}) and ask again.",
        call="GET /profile/{id}",
    )


def _balance_too_low(error: errors.BalanceTooLow, reader: Reader, when: InstantFormatter) -> str:
    return _(
        "The balance is {balance}, less than {amount}.",
        balance=format_number(error.balance, reader.formats),
        amount=format_number(error.amount, reader.formats),
    )


DETAILS: Mapping[type[MentorshipError], Template] = {
    errors.UnknownTimezone: _unknown_timezone,
    errors.TimezoneNeeded: N_(
        "This member has no time zone yet. Set it with PUT /me, or send it with the booking."
    ),
    errors.RoleNeeded: N_(
        "Only members with certain roles can join: see joinRoleIds of the session."
    ),
    errors.DataBeingDeleted: N_(
        "Data from before the bot was removed from this server is still being deleted. Try again "
        "in a few minutes."
    ),
    errors.SetupNeeded: N_(
        "The server isn't fully set up yet. Someone with Manage Server can finish that in Discord "
        "with /setup."
    ),
    errors.AlreadyApplied: N_(
        "The moderators haven't decided about this member's last application or profile change yet."
    ),
    errors.AlreadyAMentor: N_(
        "This member is already a mentor here. Set their hours with PUT /availability."
    ),
    errors.NothingPending: N_("This member has nothing waiting for the moderators."),
    errors.NotAMentor: N_("This member doesn't mentor here. GET /search finds members who do."),
    errors.NotAManager: N_("Only people with the permission Manage Server in Discord can do that."),
    errors.StillToSettle: N_(
        "One of this member's sessions isn't closed yet, so its points are still on hold. Try "
        "again once it's closed."
    ),
    errors.StillAnApplicant: N_(
        "This member has applied, and the moderators haven't approved it; see answer."
    ),
    errors.NotYourExpertise: N_("Only mentors with the expertise {tag} can offer a time."),
    errors.OwnHelpRequest: _own_help_request,
    errors.StoppedMentoring: N_("This member has stopped mentoring. They can resume in Discord."),
    errors.MentorPaused: N_(
        "This mentor isn't taking new bookings right now. GET /search finds others."
    ),
    errors.SlotUnavailable: _slot_unavailable,
    errors.SlotTaken: _slot_unavailable,
    errors.Busy: _busy,
    errors.SlotsOpen: N_(
        "{mentor_name} has a slot that suits the member already. Book one of nearestSlots."
    ),
    errors.SeriesUnavailable: N_(
        "Some of the dates can't be booked, so none was. Skip or move the ones in dates, or POST "
        "/series/preview for the slots that are open instead."
    ),
    errors.NotAMember: N_("This person doesn't seem to be in the server."),
    errors.MembershipUnknown: N_("This person doesn't seem to be in the server."),
    errors.ChangedMeanwhile: N_(
        "The availability was changed in the meantime. GET it again, and send its new ETag."
    ),
    errors.TextChanged: N_(
        "The text was changed since the caller read it. GET it again, show the member what has "
        "changed, and send the new ETag."
    ),
    errors.BalanceTooLow: _balance_too_low,
    errors.LeaderboardOff: N_("The server has not turned its leaderboard on."),
    errors.NotYours: _not_yours,
    errors.SettingsChanged: N_("A setting has changed since it was read. Nothing was saved."),
    errors.TermsChanged: N_(
        "What the member agreed to has changed, so nothing was done. Show them the new terms (see "
        "term and current) and ask again."
    ),
    errors.RecipientNotAMember: N_(
        "The recipient doesn't seem to be a member of the server. No points were transferred."
    ),
    errors.SecondModeratorNeeded: N_(
        "The caller requested this grant. A second moderator has to confirm it."
    ),
    errors.BlockedByYou: _blocked_by_you,
    errors.MentorshipEnded: _mentorship_ended,
    errors.OwnCase: N_("This is about the caller, so another moderator has to decide."),
    errors.AlreadyDecided: N_("The moderators have already decided; see decision and decidedBy."),
    errors.AnswersNeeded: _answers_needed,
    errors.QuestionsChanged: _questions_changed,
    errors.PriceChanged: N_("The price isn't the expected one. Ask the member again."),
}
"""The kinds of error whose sentence for people does not help the user of an API."""
