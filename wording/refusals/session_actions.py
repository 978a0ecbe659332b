"""Why an action on a session, a series, a review or a mentor profile isn't possible now."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mentorship.errors import (
    NotAllowedNow,
    Obstacle,
    ProfileAction,
    ReviewAction,
    SessionAction,
    Subject,
)
from mentorship.sessions.lateness import rules
from mentorship.sessions.lifecycle import NO_SHOW_GRACE, TRANSITIONS, Action
from mentorship.statuses import SessionStatus
from wording.translation import N_, _, ngettext, pgettext, sentences


def sentence(error: NotAllowedNow) -> str:
    """Write what can't be done, and why: `You can't rate this session. It's confirmed.`"""
    if error.status is not None and _is_done(error):
        return _(_ALREADY[error.status])
    refusals = _REFUSALS.get(error.subject, _OF_SESSIONS)
    refusal = _(refusals.get(error.action, _OF_ANYTHING))
    if error.obstacle is not None:
        return sentences(refusal, _obstacle(error.obstacle, error.status))
    return sentences(refusal, "" if error.status is None else it_is(error.status))


def _is_done(error: NotAllowedNow) -> bool:
    """Return whether a session is as the refused action would leave it, as after a second press."""
    rows = [row for row in TRANSITIONS if row.action == error.action and row.target is error.status]
    changes_status = all(row.source is not row.target for row in rows)
    return error.obstacle is None and bool(rows) and changes_status


def it_is(status: SessionStatus) -> str:
    """Write the status of a session that was named before: `It's confirmed.`"""
    match status:
        case SessionStatus.SCHEDULED:
            return pgettext("a session", "It's waiting for the mentor.")
        case SessionStatus.CONFIRMED:
            return pgettext("a session", "It's confirmed.")
        case SessionStatus.IN_PROGRESS:
            return pgettext("a session", "It's in progress.")
        case SessionStatus.COMPLETED:
            return pgettext("a session", "It's completed.")
        case SessionStatus.DECLINED:
            return pgettext("a session", "It's declined.")
        case SessionStatus.EXPIRED:
            return pgettext("a session", "It's expired.")
        case SessionStatus.CANCELLED:
            return pgettext("a session", "It's cancelled.")
        case SessionStatus.NO_SHOW:
            return pgettext("a session", "It's closed as a no-show.")
        case SessionStatus.DISPUTED:
            return pgettext("a session", "It's in dispute.")
        case SessionStatus.REFUNDED:
            return pgettext("a session", "It's refunded.")


_OF_ANYTHING = N_("You can't do that now.")

_OF_SESSIONS: Mapping[StrEnum, str] = {
    Action.CONFIRM: N_("You can't confirm this session."),
    Action.DECLINE: N_("You can't decline this session."),
    Action.PROPOSE: N_("You can't move this session."),
    Action.ACCEPT_PROPOSAL: N_("You can't accept the new time of this session."),
    Action.DECLINE_PROPOSAL: N_("You can't keep the current time of this session."),
    Action.WITHDRAW_PROPOSAL: N_("You can't withdraw the new time of this session."),
    Action.CANCEL: N_("You can't cancel this session."),
    Action.REPORT_MET: N_("You can't report on this session."),
    Action.REPORT_NO_SHOW: N_("You can't report a no-show in this session."),
    Action.DISPUTE: N_("You can't dispute this session."),
    Action.PAY: N_("You can't resolve the dispute about this session."),
    Action.REFUND: N_("You can't resolve the dispute about this session."),
    Action.SPLIT: N_("You can't resolve the dispute about this session."),
    Action.CONCEDE: N_("You can't concede the dispute about this session."),
    Action.CONCEDE_MET: N_("You can't concede the dispute about this session."),
    Action.CONCEDE_NO_SHOW: N_("You can't concede the dispute about this session."),
    Action.ASK_AGAIN: N_("You can't move this session."),
    Action.KEEP_SEAT: N_("You can't keep your seat in this session."),
    Action.EDIT: N_("You can't change this session."),
    Action.MOVE: N_("You can't move this session."),
    Action.CLOSE_SIGN_UP: N_("You can't close sign-up for this session."),
    Action.OPEN_SIGN_UP: N_("You can't open sign-up for this session."),
    SessionAction.SET_LINK: N_("You can't set the meeting link of this session."),
    SessionAction.ANNOUNCE_DELAY: N_("You can't announce a delay for this session."),
    SessionAction.STOP_REPEATING: N_("You can't stop repeating this session."),
    SessionAction.THANK: N_("You can't say thanks for this session."),
    SessionAction.ADD_NOTES: N_("You can't add anything to this session."),
    ReviewAction.RATE: N_("You can't rate this session."),
}

_REFUSALS: Mapping[Subject, Mapping[StrEnum, str]] = {
    Subject.SERIES: {
        Action.CONFIRM: N_("You can't confirm this series."),
        Action.DECLINE: N_("You can't decline this series."),
        Action.CANCEL: N_("You can't cancel this series."),
    },
    Subject.REVIEW: {
        ReviewAction.EDIT: N_("You can't change this review."),
        ReviewAction.REPLY: N_("You can't reply to this review."),
        ReviewAction.HIDE: N_("You can't hide this review."),
        ReviewAction.SHOW: N_("You can't show this review."),
    },
    Subject.MENTOR_PROFILE: {
        ProfileAction.SUSPEND: N_("You can't suspend this mentor profile."),
        ProfileAction.REINSTATE: N_("You can't reinstate this mentor profile."),
    },
}
"""What can't be done to anything but a session. `ReviewAction.EDIT` has a value that an action on
sessions has, too."""

_ALREADY: Mapping[SessionStatus, str] = {
    SessionStatus.CONFIRMED: N_("This session is already confirmed."),
    SessionStatus.IN_PROGRESS: N_("This session is already in progress."),
    SessionStatus.COMPLETED: N_("This session is already completed."),
    SessionStatus.DECLINED: N_("This session is already declined."),
    SessionStatus.EXPIRED: N_("This session is already expired."),
    SessionStatus.CANCELLED: N_("This session is already cancelled."),
    SessionStatus.NO_SHOW: N_("This session is already closed as a no-show."),
    SessionStatus.DISPUTED: N_("This session is already in dispute."),
    SessionStatus.REFUNDED: N_("This session is already refunded."),
}


def _obstacle(obstacle: Obstacle, status: SessionStatus | None) -> str:
    """Write what is in the way, after a sentence that names the session, review or profile."""
    now = "" if status is None else it_is(status)
    early = int(rules.OPEN_BEFORE.total_seconds() // 60)
    grace = int(NO_SHOW_GRACE.total_seconds() // 60)
    match obstacle:
        case Obstacle.STARTED:
            return pgettext("a session", "It's past its start.")
        case Obstacle.ANSWER_DEADLINE_PASSED:
            return pgettext("a session", "It's past the deadline for an answer.")
        case Obstacle.NO_PROPOSAL:
            return sentences(now, _("There's no other time to answer."))
        case Obstacle.PROPOSAL_PASSED:
            return sentences(now, _("The suggested time has passed."))
        case Obstacle.OTHER_PROPOSAL_OPEN:
            return sentences(
                now,
                _("The other person has already suggested another time."),
                _("Accept it, keep the current time, or suggest yours instead."),
            )
        case Obstacle.NONE_LEFT:
            return pgettext("a series of sessions", "It's already answered, cancelled or over.")
        case Obstacle.MENTOR_UNAVAILABLE:
            return pgettext(
                "a session",
                "It's waiting for a mentor who isn't taking new sessions right now.",
            )
        case Obstacle.ALREADY_REPORTED:
            return sentences(
                pgettext("a session", "It's waiting for the other person's report."),
                # Translators: a report says whether a session took place.
                _("You've sent yours."),
            )
        case Obstacle.TOO_EARLY:
            return ngettext(
                "It's too early. Wait until {count} minute after the start.",
                "It's too early. Wait until {count} minutes after the start.",
                grace,
            )
        case Obstacle.SIGN_UP_CLOSED:
            return pgettext("a group session", "It's already closed for sign-up.")
        case Obstacle.SIGN_UP_OPEN:
            return pgettext("a group session", "It's already open for sign-up.")
        case Obstacle.PART_OF_GROUP:
            return pgettext(
                "a session",
                "It's a seat in a group session. Change the group session instead.",
            )
        case Obstacle.NOT_REPEATING:
            return pgettext("a group session", "It's not repeating.")
        case Obstacle.NOT_NEAR_START:
            return ngettext(
                "It's too early. Wait until {count} minute before the start.",
                "It's too early. Wait until {count} minutes before the start.",
                early,
            )
        case Obstacle.DELAY_PASSED:
            return _("It's too late for that.")
        case Obstacle.LONGER_DELAY_KNOWN:
            return _("It's already known that you're that late or later.")
        case Obstacle.ALREADY_THANKED:
            return _("You've already said thanks for it.")
        case Obstacle.MENTOR_LEFT:
            return pgettext("a session", "It's with someone who has left the server.")
        case Obstacle.HIDDEN:
            return pgettext("a review", "It's hidden by the moderators.")
        case Obstacle.ALREADY_HIDDEN:
            return pgettext("a review", "It's already hidden.")
        case Obstacle.NOT_HIDDEN:
            return pgettext("a review", "It's not hidden.")
        case Obstacle.ALREADY_ANSWERED:
            return pgettext("a review", "It's already answered.")
        case Obstacle.WITHOUT_TEXT:
            return pgettext("a review", "It's only stars, without text.")
        case Obstacle.ALREADY_SUSPENDED:
            return pgettext("a mentor profile", "It's already suspended.")
        case Obstacle.NOT_SUSPENDED:
            return pgettext("a mentor profile", "It's not suspended.")
