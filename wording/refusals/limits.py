"""Limits that somebody has reached: how many are allowed, and when there can be one more."""

from __future__ import annotations

from collections.abc import Mapping

from mentorship.errors import Limit, LimitReached
from wording.reader import InstantFormatter
from wording.translation import N_, _, ngettext, sentences


def sentence(error: LimitReached, when: InstantFormatter) -> str:
    """Write which limit is reached, and `when` it ends if that is known."""
    ends = "" if error.ends_at is None else _(_ENDS[error.limit], when=when(error.ends_at))
    advice = _(_ADVICE[error.limit]) if error.limit in _ADVICE else ""
    return sentences(_reached(error.limit, error.most), advice, ends)


def _reached(limit: Limit, most: int) -> str:
    match limit:
        case Limit.PENDING_PER_MENTOR:
            return ngettext(
                "You already have {count} pending request with this mentor, the most allowed.",
                "You already have {count} pending requests with this mentor, the most allowed.",
                most,
            )
        case Limit.PENDING:
            return ngettext(
                "You already have {count} pending request, the most allowed.",
                "You already have {count} pending requests, the most allowed.",
                most,
            )
        case Limit.UPCOMING:
            return ngettext(
                "You already have {count} upcoming session, the most allowed.",
                "You already have {count} upcoming sessions, the most allowed.",
                most,
            )
        case Limit.PROPOSALS:
            return ngettext(
                "You've already made {count} reschedule request for this session, the most "
                "allowed.",
                "You've already made {count} reschedule requests for this session, the most "
                "allowed.",
                most,
            )
        case Limit.EARLY_CANCELLATIONS:
            return ngettext(
                "You've withdrawn {count} booking in the last 24 hours, the most allowed.",
                "You've withdrawn {count} bookings in the last 24 hours, the most allowed.",
                most,
            )
        case Limit.GIFTS_TO_STRANGERS:
            return ngettext(
                "You've sent {count} gift to people who have never used this bot in the last 24 "
                "hours, the most allowed.",
                "You've sent {count} gifts to people who have never used this bot in the last 24 "
                "hours, the most allowed.",
                most,
            )
        case Limit.GROUP_SESSIONS:
            return ngettext(
                "You already have {count} upcoming group session, the most allowed.",
                "You already have {count} upcoming group sessions, the most allowed.",
                most,
            )
        case Limit.INVITATIONS:
            return ngettext(
                "You already have {count} open invitation, the most allowed.",
                "You already have {count} open invitations, the most allowed.",
                most,
            )
        case Limit.INVITATIONS_PER_MEMBER:
            return ngettext(
                "This member already has {count} open invitation from you, the most allowed.",
                "This member already has {count} open invitations from you, the most allowed.",
                most,
            )
        case Limit.HELP_REQUESTS:
            return ngettext(
                "You already have {count} request for help open, the most allowed.",
                "You already have {count} requests for help open, the most allowed.",
                most,
            )
        case Limit.SLOT_ALERTS:
            return ngettext(
                "You already have {count} slot alert, the most allowed.",
                "You already have {count} slot alerts, the most allowed.",
                most,
            )
        case Limit.DATA_REQUESTS:
            if most == 1:
                return _("You can download or erase your data once an hour.")
            return ngettext(
                "You can download or erase your data {count} time an hour.",
                "You can download or erase your data {count} times an hour.",
                most,
            )


_ADVICE: Mapping[Limit, str] = {
    Limit.PROPOSALS: N_("Keep the current time, or cancel the session."),
    Limit.SLOT_ALERTS: N_("Remove one first."),
}

_ENDS: Mapping[Limit, str] = {
    # Translators: {when} is a time, such as "in 3 days".
    Limit.PENDING_PER_MENTOR: N_(
        "You can send another {when}, or earlier if one is answered or you withdraw one."
    ),
    # Translators: {when} is a time, such as "in 3 days".
    Limit.PENDING: N_(
        "You can send another {when}, or earlier if one is answered or you withdraw one."
    ),
    # Translators: {when} is a time, such as "in 3 days".
    Limit.UPCOMING: N_("You can book another {when}, or earlier if you cancel one."),
    # Translators: {when} is a time, such as "in 3 days".
    Limit.PROPOSALS: N_("You can make another {when}."),
    # Translators: {when} is a time, such as "in 3 days".
    Limit.EARLY_CANCELLATIONS: N_("You can book again {when}."),
    # Translators: {when} is a time, such as "in 3 days".
    Limit.GIFTS_TO_STRANGERS: N_("You can send another {when}."),
    # Translators: {when} is a time, such as "in 3 days".
    Limit.GROUP_SESSIONS: N_("You can create another {when}, or earlier if you cancel one."),
    # Translators: {when} is a time, such as "in 3 days".
    Limit.INVITATIONS: N_(
        "You can send another {when}, or earlier if one is answered or you withdraw one."
    ),
    # Translators: {when} is a time, such as "in 3 days".
    Limit.INVITATIONS_PER_MEMBER: N_(
        "You can send another {when}, or earlier if they answer or you withdraw one."
    ),
    # Translators: {when} is a time, such as "in 3 days".
    Limit.HELP_REQUESTS: N_("You can send another {when}, or earlier if you withdraw one."),
    # Translators: {when} is a time, such as "in 3 days".
    Limit.SLOT_ALERTS: N_("You can add another {when}."),
    # Translators: {when} is a time, such as "in 3 days".
    Limit.DATA_REQUESTS: N_("You can do it again {when}."),
}
