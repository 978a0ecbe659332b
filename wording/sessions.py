"""Sessions in words: their states, and why they ended."""

from __future__ import annotations

from collections.abc import Mapping

from mentorship.sessions.lifecycle import EndReason
from mentorship.statuses import SessionStatus
from wording.reader import Reader
from wording.translation import N_, _, pgettext


def status(status: SessionStatus, reader: Reader) -> str:
    """Write a session's status in a few words: `waiting for the mentor`."""
    match status:
        case SessionStatus.SCHEDULED:
            return pgettext("a session", "waiting for the mentor")
        case SessionStatus.CONFIRMED:
            return pgettext("a session", "confirmed")
        case SessionStatus.IN_PROGRESS:
            return pgettext("a session", "in progress")
        case SessionStatus.COMPLETED:
            return pgettext("a session", "completed")
        case SessionStatus.DECLINED:
            return pgettext("a session", "declined")
        case SessionStatus.EXPIRED:
            return pgettext("a session", "expired")
        case SessionStatus.CANCELLED:
            return pgettext("a session", "cancelled")
        case SessionStatus.NO_SHOW:
            return pgettext("a session", "closed as a no-show")
        case SessionStatus.DISPUTED:
            return pgettext("a session", "in dispute")
        case SessionStatus.REFUNDED:
            return pgettext("a session", "refunded")


def status_sentence(status: SessionStatus, reader: Reader) -> str:
    """Write a session's status as a sentence: `This session is confirmed.`"""
    return _(_SENTENCES[status])


def end_reason(text: str, reader: Reader) -> str:
    """Return why a session was declined or cancelled: a person's own text, or the program's."""
    return _(_END_REASONS[text]) if text in _END_REASONS else text


_SENTENCES: Mapping[SessionStatus, str] = {
    SessionStatus.SCHEDULED: N_("This session is waiting for the mentor."),
    SessionStatus.CONFIRMED: N_("This session is confirmed."),
    SessionStatus.IN_PROGRESS: N_("This session is in progress."),
    SessionStatus.COMPLETED: N_("This session is completed."),
    SessionStatus.DECLINED: N_("This session is declined."),
    SessionStatus.EXPIRED: N_("This session is expired."),
    SessionStatus.CANCELLED: N_("This session is cancelled."),
    SessionStatus.NO_SHOW: N_("This session is closed as a no-show."),
    SessionStatus.DISPUTED: N_("This session is in dispute."),
    SessionStatus.REFUNDED: N_("This session is refunded."),
}

_END_REASONS: Mapping[str, str] = {
    # The mentee reads it too, whom the reason for a suspension does not concern.
    EndReason.MENTOR_UNAVAILABLE: N_("The mentor isn't taking sessions right now."),
    EndReason.LEFT_GUILD: N_("They left the server."),
    EndReason.TOO_FEW_SEATS: N_("Too few people signed up."),
    EndReason.GROUP_CANCELLED: N_("The whole session was cancelled."),
}
