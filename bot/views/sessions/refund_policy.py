"""The refund policy in sentences: of a quote, of a session, and of a move to another start.

The sentences name instants, so they stay true on a message that is read later.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import NamedTuple

from bot.formatting import discord_timestamp, plain
from bot.views.sessions.people import short_name
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.points import pricing
from mentorship.sessions import lifecycle, refunds
from mentorship.sessions.booking import Quote
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Party, Unit
from mentorship.sessions.offers.invitation_views import InvitationView
from mentorship.sessions.session_views import SessionView
from wording.cldr import format_percent
from wording.durations import duration
from wording.names import first_name
from wording.reader import Reader
from wording.translation import N_, _, sentences

_ALWAYS_FULL = 100


class _Canceller(Enum):
    """Who cancels, as the reader calls them: the reader, or the other participant."""

    YOU = auto()
    OTHER = auto()
    YOU_IN_GROUP = auto()
    OTHER_IN_GROUP = auto()


class _Event(Enum):
    """What a grace period follows. The mentor confirms, and either may accept another time."""

    BOOKING = auto()
    JOINING = auto()
    OTHERS_CONFIRMATION = auto()
    OWN_CONFIRMATION = auto()
    OTHERS_ACCEPTANCE = auto()
    OWN_ACCEPTANCE = auto()


class _Grace(NamedTuple):
    """A refund in full for some minutes after an event; before it, if there are none."""

    event: _Event
    minutes: int


_BEFORE_START: Mapping[_Canceller, str] = {
    _Canceller.YOU: N_("Full refund if you cancel before the start."),
    _Canceller.OTHER: N_("Full refund if {name} cancels before the start."),
    _Canceller.YOU_IN_GROUP: N_("Full refund if you leave before the start."),
    _Canceller.OTHER_IN_GROUP: N_("Full refund if {name} leaves before the start."),
}

_BY: Mapping[_Canceller, str] = {
    _Canceller.YOU: N_("Full refund if you cancel by {time}."),
    _Canceller.OTHER: N_("Full refund if {name} cancels by {time}."),
    _Canceller.YOU_IN_GROUP: N_("Full refund if you leave by {time}."),
    _Canceller.OTHER_IN_GROUP: N_("Full refund if {name} leaves by {time}."),
}

_AFTER: Mapping[tuple[_Canceller, _Event], str] = {
    # Translators: {duration} is a length of time, such as "15 minutes".
    (_Canceller.YOU, _Event.BOOKING): N_(
        "Full refund if you cancel within {duration} after booking."
    ),
    (_Canceller.YOU_IN_GROUP, _Event.JOINING): N_(
        "Full refund if you leave within {duration} after joining."
    ),
    (_Canceller.YOU, _Event.OTHERS_CONFIRMATION): N_(
        "Full refund if you cancel within {duration} after {name} confirms."
    ),
    (_Canceller.OTHER, _Event.OWN_CONFIRMATION): N_(
        "Full refund if {name} cancels within {duration} after you confirm."
    ),
    (_Canceller.YOU, _Event.OTHERS_ACCEPTANCE): N_(
        "Full refund if you cancel within {duration} after {name} accepts."
    ),
    (_Canceller.YOU, _Event.OWN_ACCEPTANCE): N_(
        "Full refund if you cancel within {duration} after you accept."
    ),
    (_Canceller.OTHER, _Event.OTHERS_ACCEPTANCE): N_(
        "Full refund if {name} cancels within {duration} after {name} accepts."
    ),
    (_Canceller.OTHER, _Event.OWN_ACCEPTANCE): N_(
        "Full refund if {name} cancels within {duration} after you accept."
    ),
}

_BY_OR_AFTER: Mapping[tuple[_Canceller, _Event], str] = {
    (_Canceller.YOU, _Event.OTHERS_CONFIRMATION): N_(
        "Full refund if you cancel by {time} or within {duration} after {name} confirms."
    ),
    (_Canceller.OTHER, _Event.OWN_CONFIRMATION): N_(
        "Full refund if {name} cancels by {time} or within {duration} after you confirm."
    ),
    (_Canceller.YOU, _Event.OTHERS_ACCEPTANCE): N_(
        "Full refund if you cancel by {time} or within {duration} after {name} accepts."
    ),
    (_Canceller.YOU, _Event.OWN_ACCEPTANCE): N_(
        "Full refund if you cancel by {time} or within {duration} after you accept."
    ),
    (_Canceller.OTHER, _Event.OTHERS_ACCEPTANCE): N_(
        "Full refund if {name} cancels by {time} or within {duration} after {name} accepts."
    ),
    (_Canceller.OTHER, _Event.OWN_ACCEPTANCE): N_(
        "Full refund if {name} cancels by {time} or within {duration} after you accept."
    ),
}

_BEFORE: Mapping[_Canceller, str] = {
    _Canceller.YOU: N_("Full refund if you cancel before {name} confirms."),
    _Canceller.OTHER: N_("Full refund if {name} cancels before you confirm."),
}
"""For a pending request without a grace period."""

_BY_OR_BEFORE: Mapping[_Canceller, str] = {
    _Canceller.YOU: N_("Full refund if you cancel by {time} or before {name} confirms."),
    _Canceller.OTHER: N_("Full refund if {name} cancels by {time} or before you confirm."),
}

_NO_REFUND: Mapping[_Canceller, str] = {
    _Canceller.YOU: N_("No refund if you cancel."),
    _Canceller.OTHER: N_("No refund if {name} cancels."),
    _Canceller.YOU_IN_GROUP: N_("No refund if you leave."),
    _Canceller.OTHER_IN_GROUP: N_("No refund if {name} leaves."),
}

_PART_REFUND: Mapping[_Canceller, str] = {
    _Canceller.YOU: N_("{percent} refund if you cancel."),
    _Canceller.OTHER: N_("{percent} refund if {name} cancels."),
    _Canceller.YOU_IN_GROUP: N_("{percent} refund if you leave."),
    _Canceller.OTHER_IN_GROUP: N_("{percent} refund if {name} leaves."),
}


def quote_policy(quote: Quote, reader: Reader) -> str:
    """Return what a mentee who cancels would be refunded."""
    if not quote.price:
        return _("You can cancel at any time before the start.")
    until, minutes = quote.free_cancellation_until, quote.cancellation_grace
    if quote.confirmed_at_once:
        grace = _Grace(_Event.BOOKING, minutes) if minutes and until is None else None
    else:
        grace = _until_confirmed(
            until,
            latest=quote.answer_deadline,
            grace=_Grace(_Event.OTHERS_CONFIRMATION, minutes),
        )
    name = plain(first_name(quote.mentor_name))
    return _policy(_Canceller.YOU, name, until, grace, quote.late_refund_percent, reader)


def invitation_policy(invitation: InvitationView, guild: GuildSettings, reader: Reader) -> str:
    """Return what a member who accepts an open invitation would be refunded for cancelling.

    Empty for a free session.
    """
    deadline = invitation.answer_deadline
    if not invitation.price or deadline is None:
        return ""
    end = pricing.free_cancellation_end(invitation.starts_at, guild.free_cancellation_until)
    until = end if end > invitation.created_at else None
    grace = _grace(
        until, latest=deadline, grace=_Grace(_Event.OWN_ACCEPTANCE, guild.cancellation_grace)
    )
    name = short_name(invitation.mentor)
    return _policy(_Canceller.YOU, name, until, grace, guild.late_refund_percent, reader)


def session_policy(session: SessionView, reader_id: int, reader: Reader, now: datetime) -> str:
    """Return what the mentee is refunded for cancelling a session that hasn't started.

    Empty for a free session.
    """
    if not session.price:
        return ""
    is_mentee = reader_id == session.mentee.user_id
    is_seat = session.unit is Unit.SEAT
    name = short_name(session.other(reader_id))
    if is_seat and session.answer_deadline is not None:
        if is_mentee:
            return _("Full refund if you leave instead of keeping the seat.")
        return _("Full refund if {name} leaves instead of keeping the seat.", name=name)
    until: datetime | None = session.free_cancellation_ends_at
    grace = None
    if session.answer_deadline is not None:
        if session.free_cancellation_ends_at <= session.created_at:
            until = None
        event = _Event.OTHERS_CONFIRMATION if is_mentee else _Event.OWN_CONFIRMATION
        grace = _until_confirmed(
            until,
            latest=session.answer_deadline,
            grace=_Grace(event, session.cancellation_grace),
        )
    elif now > session.free_cancellation_ends_at:
        until = None
    if is_seat:
        canceller = _Canceller.YOU_IN_GROUP if is_mentee else _Canceller.OTHER_IN_GROUP
    else:
        canceller = _Canceller.YOU if is_mentee else _Canceller.OTHER
    return _policy(canceller, name, until, grace, session.late_refund_percent, reader)


def seat_policy(group: GroupView, reader: Reader, now: datetime) -> str:
    """Return what a member who joins a group session now is refunded for leaving it.

    Empty for a free one.
    """
    if not group.price:
        return ""
    end = pricing.free_cancellation_end(group.starts_at, group.free_cancellation_until)
    minutes = group.cancellation_grace
    until = end if end > now + timedelta(minutes=minutes) else None
    grace = _Grace(_Event.JOINING, minutes) if minutes and until is None else None
    name = plain(first_name(group.mentor.name))
    return _policy(_Canceller.YOU_IN_GROUP, name, until, grace, group.late_refund_percent, reader)


def move_policy(
    session: SessionView,
    starts_at: datetime,
    proposed_by: Party,
    reader_id: int,
    reader: Reader,
    now: datetime,
) -> str:
    """Return what the mentee would be refunded for cancelling after a move to `starts_at`.

    Empty if that doesn't depend on the start.
    """
    late = session.late_refund_percent
    if not session.price or late == _ALWAYS_FULL:
        return ""
    is_mentee = reader_id == session.mentee.user_id
    canceller = _Canceller.YOU if is_mentee else _Canceller.OTHER
    name = short_name(session.other(reader_id))
    if not refunds.is_judged_by_new_start(session, proposed_by, now):
        return _unchanged_by_move(canceller, name, late, reader)
    proposal, deadline = session.proposal, session.next_at
    if deadline is None or proposal is None or proposal.starts_at != starts_at:
        # It isn't proposed yet.
        first = min(session.starts_at, starts_at)
        deadline = lifecycle.answer_deadline(now, first, session.confirm_within)
    end = pricing.free_cancellation_end(starts_at, session.free_cancellation_until)
    until = end if end > now else None
    is_own = session.person(proposed_by.other).user_id == reader_id
    event = _Event.OWN_ACCEPTANCE if is_own else _Event.OTHERS_ACCEPTANCE
    grace = _grace(until, latest=deadline, grace=_Grace(event, session.cancellation_grace))
    if refunds.is_judged_by_new_start(session, proposed_by, deadline) or not (until or grace):
        policy = _policy(canceller, name, until, grace, late, reader)
        # Translators: {policy} is one or two sentences: Full refund if you cancel by … .
        return _("At the new time: {policy}", policy=policy)
    # Whoever accepts late accepts when a cancellation wouldn't be free any more.
    kept = discord_timestamp(session.free_cancellation_ends_at)
    return sentences(
        _("If you accept by {time}, free cancellation restarts.", time=kept)
        if is_own
        else _("If {name} accepts by {time}, free cancellation restarts.", name=name, time=kept),
        _full_refund(canceller, name, until, grace, reader),
        _("Otherwise, a {percent} refund.", percent=format_percent(late / 100, reader.formats))
        if late
        else _("Otherwise, no refund."),
    )


def after_that(late_percent: int, reader: Reader) -> str:
    """Return what a cancellation refunds once it is no longer refunded in full, as a sentence."""
    if not late_percent:
        return _("After that, no refund.")
    percent = format_percent(late_percent / 100, reader.formats)
    return _("After that, a {percent} refund.", percent=percent)


def _unchanged_by_move(canceller: _Canceller, name: str, late: int, reader: Reader) -> str:
    """Return that a session which is moved too late isn't refunded in full at its new time."""
    percent = format_percent(late / 100, reader.formats)
    if canceller is _Canceller.YOU:
        if late:
            return _(
                "If you cancel at the new time, there's still only a {percent} refund: moving a "
                "session doesn't restart free cancellation.",
                percent=percent,
            )
        return _(
            "If you cancel at the new time, there's still no refund: moving a session doesn't "
            "restart free cancellation."
        )
    if late:
        return _(
            "If {name} cancels at the new time, there's still only a {percent} refund: moving a "
            "session doesn't restart free cancellation.",
            name=name,
            percent=percent,
        )
    return _(
        "If {name} cancels at the new time, there's still no refund: moving a session doesn't "
        "restart free cancellation.",
        name=name,
    )


def _until_confirmed(until: datetime | None, *, latest: datetime, grace: _Grace) -> _Grace | None:
    """Return the condition of a pending request, which is refunded in full until confirmed."""
    if grace.minutes or (until is not None and until >= latest):
        return _grace(until, latest=latest, grace=grace)
    return grace


def _grace(until: datetime | None, *, latest: datetime, grace: _Grace) -> _Grace | None:
    """Return the grace period after an event which happens by `latest`.

    None without one, or if it can't end after `until`.
    """
    minutes = grace.minutes
    if not minutes or (until is not None and until >= latest + timedelta(minutes=minutes)):
        return None
    return grace


def _policy(
    canceller: _Canceller,
    name: str,
    until: datetime | None,
    grace: _Grace | None,
    late_percent: int,
    reader: Reader,
) -> str:
    """Return the policy for a reader who calls the other participant `name`."""
    if late_percent == _ALWAYS_FULL:
        return _(_BEFORE_START[canceller], name=name)
    if until is None and grace is None:
        if not late_percent:
            return _(_NO_REFUND[canceller], name=name)
        percent = format_percent(late_percent / 100, reader.formats)
        return _(_PART_REFUND[canceller], name=name, percent=percent)
    return sentences(
        _full_refund(canceller, name, until, grace, reader), after_that(late_percent, reader)
    )


def _full_refund(
    canceller: _Canceller,
    name: str,
    until: datetime | None,
    grace: _Grace | None,
    reader: Reader,
) -> str:
    """Return when a cancellation is refunded in full: by `until`, or in the grace period."""
    time = "" if until is None else discord_timestamp(until)
    if grace is None:
        return _(_BY[canceller], name=name, time=time)
    if not grace.minutes:
        texts = _BEFORE if until is None else _BY_OR_BEFORE
        return _(texts[canceller], name=name, time=time)
    length = duration(grace.minutes, reader)
    events = _AFTER if until is None else _BY_OR_AFTER
    return _(events[canceller, grace.event], name=name, time=time, duration=length)
