"""The refund policy in sentences: of a quote, of a session, and of a move to another start.

The sentences name instants, so they stay true on a message that is read later.
"""

from __future__ import annotations

from datetime import datetime, timedelta

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
from wording.durations import duration
from wording.names import first_name
from wording.reader import Reader

_ALWAYS_FULL = 100


def quote_policy(quote: Quote, reader: Reader) -> str:
    """Return what a mentee who cancels would be refunded."""
    if not quote.price:
        return "You can cancel at any time before the start."
    until, grace = quote.free_cancellation_until, quote.cancellation_grace
    if quote.confirmed_at_once:
        within = f"within {duration(grace, reader)} after booking" if grace else ""
        if until is not None:
            within = ""
    else:
        within = _until_confirmed(
            until,
            reader,
            latest=quote.answer_deadline,
            grace=grace,
            event=f"{plain(first_name(quote.mentor_name))} confirms",
        )
    return _policy("you cancel", until, within, quote.late_refund_percent)


def invitation_policy(invitation: InvitationView, guild: GuildSettings, reader: Reader) -> str:
    """Return what a member who accepts an open invitation would be refunded for cancelling.

    Empty for a free session.
    """
    deadline = invitation.answer_deadline
    if not invitation.price or deadline is None:
        return ""
    end = pricing.free_cancellation_end(invitation.starts_at, guild.free_cancellation_until)
    until = end if end > invitation.created_at else None
    grace = guild.cancellation_grace
    within = _grace(until, reader, latest=deadline, grace=grace, event="you accept")
    return _policy("you cancel", until, within, guild.late_refund_percent)


def session_policy(session: SessionView, reader_id: int, reader: Reader, now: datetime) -> str:
    """Return what the mentee is refunded for cancelling a session that hasn't started.

    Empty for a free session.
    """
    if not session.price:
        return ""
    is_mentee = reader_id == session.mentee.user_id
    is_seat = session.unit is Unit.SEAT
    canceller = f"you {'leave' if is_seat else 'cancel'}"
    if not is_mentee:
        canceller = f"{short_name(session.mentee)} {'leaves' if is_seat else 'cancels'}"
    if is_seat and session.answer_deadline is not None:
        return f"Full refund if {canceller} instead of keeping the seat."
    until: datetime | None = session.free_cancellation_ends_at
    within = ""
    if session.answer_deadline is not None:
        if session.free_cancellation_ends_at <= session.created_at:
            until = None
        within = _until_confirmed(
            until,
            reader,
            latest=session.answer_deadline,
            grace=session.cancellation_grace,
            event=f"{short_name(session.mentor)} confirms" if is_mentee else "you confirm",
        )
    elif now > session.free_cancellation_ends_at:
        until = None
    return _policy(canceller, until, within, session.late_refund_percent)


def seat_policy(group: GroupView, reader: Reader, now: datetime) -> str:
    """Return what a member who joins a group session now is refunded for leaving it.

    Empty for a free one.
    """
    if not group.price:
        return ""
    end = pricing.free_cancellation_end(group.starts_at, group.free_cancellation_until)
    until = end if end > now + timedelta(minutes=group.cancellation_grace) else None
    grace = group.cancellation_grace if until is None else 0
    within = f"within {duration(grace, reader)} after joining" if grace else ""
    return _policy("you leave", until, within, group.late_refund_percent)


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
    canceller = "you cancel" if is_mentee else f"{short_name(session.mentee)} cancels"
    accepter = session.person(proposed_by.other)
    accepts = "you accept" if accepter.user_id == reader_id else f"{short_name(accepter)} accepts"
    if not refunds.is_judged_by_new_start(session, proposed_by, now):
        still = f"only a {late}% refund" if late else "no refund"
        return (
            f"If {canceller} at the new time, there's still {still}: moving a session doesn't "
            "restart free cancellation."
        )
    proposal, deadline = session.proposal, session.next_at
    if deadline is None or proposal is None or proposal.starts_at != starts_at:
        # It isn't proposed yet.
        first = min(session.starts_at, starts_at)
        deadline = lifecycle.answer_deadline(now, first, session.confirm_within)
    end = pricing.free_cancellation_end(starts_at, session.free_cancellation_until)
    until = end if end > now else None
    within = _grace(until, reader, latest=deadline, grace=session.cancellation_grace, event=accepts)
    if refunds.is_judged_by_new_start(session, proposed_by, deadline) or not (until or within):
        return f"At the new time: {_policy(canceller, until, within, late, capital=False)}"
    # Whoever accepts late accepts when a cancellation wouldn't be free any more.
    window = session.free_cancellation_until
    before = f"at least {duration(window, reader)} before" if window else "before"
    conditions = [f"{before} the new start"] if until is not None else []
    if within:
        conditions.append(within)
    kept = discord_timestamp(session.free_cancellation_ends_at)
    return (
        f"If {accepts} by {kept}, there's a full refund if {canceller} {' or '.join(conditions)}. "
        f"Otherwise, there's {_late_refund(late, capital=False)}."
    )


def _until_confirmed(
    until: datetime | None, reader: Reader, *, latest: datetime, grace: int, event: str
) -> str:
    """Return the condition of a pending request, which is refunded in full until confirmed."""
    if grace or (until is not None and until >= latest):
        return _grace(until, reader, latest=latest, grace=grace, event=event)
    return f"before {event}"


def _grace(
    until: datetime | None, reader: Reader, *, latest: datetime, grace: int, event: str
) -> str:
    """Return the condition that follows an event which happens by `latest`.

    Empty without a grace period, or if it can't end after `until`.
    """
    if not grace or (until is not None and until >= latest + timedelta(minutes=grace)):
        return ""
    return f"within {duration(grace, reader)} after {event}"


def _policy(
    canceller: str,
    until: datetime | None,
    within: str,
    late_percent: int,
    *,
    capital: bool = True,
) -> str:
    if late_percent == _ALWAYS_FULL:
        return f"Full refund if {canceller} before the start."
    conditions = [f"by {discord_timestamp(until)}"] if until is not None else []
    if within:
        conditions.append(within)
    if not conditions:
        return f"{_late_refund(late_percent, capital=capital)} if {canceller}."
    full = "Full" if capital else "full"
    late = _late_refund(late_percent, capital=False)
    return f"{full} refund if {canceller} {' or '.join(conditions)}; after that, {late}."


def _late_refund(percent: int, *, capital: bool = True) -> str:
    if percent:
        return f"{percent}% refund" if capital else f"a {percent}% refund"
    return "No refund" if capital else "no refund"
