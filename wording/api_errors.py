"""Errors as the `detail` of a problem document: what happened, and which call helps.

Most sentences are those for people. Where these name a command or a button of Discord, the ones
here name the call instead.
"""

from __future__ import annotations

from collections.abc import Mapping

from mentorship import errors
from mentorship.errors import MentorshipError
from wording import sessions
from wording.errors import SENTENCES, Template, fill, not_bookable
from wording.lists import alternatives, typed
from wording.reader import InstantFormatter, Reader


def detail(error: MentorshipError, reader: Reader, when: InstantFormatter) -> str:
    """Write an error for the user of the REST API; `when` writes a bare instant."""
    kind = type(error)
    return fill(
        DETAILS.get(kind, SENTENCES[kind]),
        error,
        reader,
        lambda instant: f"from {when(instant)} on",
    )


def _unknown_timezone(error: errors.UnknownTimezone, reader: Reader, when: InstantFormatter) -> str:
    nearest = alternatives((f"`{zone}`" for zone in error.nearest), reader)
    hint = f"Did you mean {nearest}?" if nearest else "Use a name of the tz database."
    return f"There's no time zone called {typed(error.text, reader)}. {hint}"


def _not_yours(error: errors.NotYours, reader: Reader, when: InstantFormatter) -> str:
    return f"That {sessions.subject(error.subject, reader)} belongs to somebody else."


def _busy(error: errors.Busy, reader: Reader, when: InstantFormatter) -> str:
    # A seat in a group session has no other slots to choose from.
    return _slot_unavailable(error, reader, when) if error.nearest else not_bookable(error, reader)


def _slot_unavailable(error: errors.SlotUnavailable, reader: Reader, when: InstantFormatter) -> str:
    return f"{not_bookable(error, reader)} Choose one of nearestSlots, or GET the open slots."


DETAILS: Mapping[type[MentorshipError], Template] = {
    errors.UnknownTimezone: _unknown_timezone,
    errors.TimezoneNeeded: (
        "This member has no time zone yet. Set it with PUT /me, or send it with the booking."
    ),
    errors.RoleNeeded: "Only members with certain roles can join: see joinRoleIds of the session.",
    errors.DataBeingDeleted: (
        "Data from before the bot was removed from this server is still being deleted. Try again "
        "in a few minutes."
    ),
    errors.SetupNeeded: (
        "The server isn't fully set up yet. Someone with Manage Server can finish that in Discord "
        "with /setup."
    ),
    errors.AlreadyApplied: (
        "The moderators haven't decided about this member's last application or profile change yet."
    ),
    errors.AlreadyAMentor: (
        "This member is already a mentor here. Set their hours with PUT /availability."
    ),
    errors.NothingPending: "This member has nothing waiting for the moderators.",
    errors.NotAMentor: "This member doesn't mentor here. GET /search finds members who do.",
    errors.NotAManager: "Only people with the permission Manage Server in Discord can do that.",
    errors.StillToSettle: (
        "One of this member's sessions isn't closed yet, so its points are still on hold. Try "
        "again once it's closed."
    ),
    errors.StillAnApplicant: (
        "This member has applied, and the moderators haven't approved it; see answer."
    ),
    errors.NotYourExpertise: "Only mentors with the expertise {tag} can offer a time.",
    errors.OwnHelpRequest: (
        "This is the member's own request. Withdraw it with DELETE /requests/{{id}}."
    ),
    errors.StoppedMentoring: "This member has stopped mentoring. They can resume in Discord.",
    errors.MentorPaused: (
        "This mentor isn't taking new bookings right now. GET /search finds others."
    ),
    errors.SlotUnavailable: _slot_unavailable,
    errors.SlotTaken: _slot_unavailable,
    errors.Busy: _busy,
    errors.SlotsOpen: (
        "{mentor_name} has a slot that suits the member already. Book one of nearestSlots."
    ),
    errors.SeriesUnavailable: (
        "Some of the dates can't be booked, so none was. Skip or move the ones in dates, or POST "
        "/series/preview for the slots that are open instead."
    ),
    errors.NotAMember: "This person doesn't seem to be in the server.",
    errors.MembershipUnknown: "This person doesn't seem to be in the server.",
    errors.ChangedMeanwhile: (
        "The availability was changed in the meantime. GET it again, and send its new ETag."
    ),
    errors.TextChanged: (
        "The text was changed since the caller read it. GET it again, show the member what has "
        "changed, and send the new ETag."
    ),
    errors.BalanceTooLow: "The balance is {balance:,}, less than {amount:,}.",
    errors.LeaderboardOff: "The server has not turned its leaderboard on.",
    errors.NotYours: _not_yours,
    errors.SettingsChanged: "A setting has changed since it was read. Nothing was saved.",
    errors.TermsChanged: (
        "What the member agreed to has changed, so nothing was done. Show them the new terms (see "
        "term and current) and ask again."
    ),
    errors.RecipientNotAMember: (
        "The recipient doesn't seem to be a member of the server. No points were transferred."
    ),
    errors.SecondModeratorNeeded: (
        "The caller requested this grant. A second moderator has to confirm it."
    ),
    errors.BlockedByYou: (
        "The caller has blocked this member. DELETE /me/blocks/{{userId}} lifts the block."
    ),
    errors.MentorshipEnded: (
        "The mentorship has ended. POST /mentorships/{{userId}}/resume lets its goals change again."
    ),
    errors.OwnCase: "This is about the caller, so another moderator has to decide.",
    errors.AlreadyDecided: "The moderators have already decided; see decision and decidedBy.",
    errors.AnswersNeeded: (
        "The mentor asks questions that the member has to answer: those in questionIds. GET "
        "/profile/{{id}} has their text in questions. Send the answers in answers."
    ),
    errors.QuestionsChanged: (
        "The mentor has changed the questions in questionIds, so nothing was booked. Show the "
        "member what they say now (see questions in GET /profile/{{id}}) and ask again."
    ),
    errors.PriceChanged: "The price isn't the expected one. Ask the member again.",
}
"""The kinds of error whose sentence for people does not help the user of an API."""
