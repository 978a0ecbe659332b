"""The status of a session in sentences for one of its participants, and what it waits for."""

from __future__ import annotations

from datetime import datetime

import wording.sessions
from bot.formatting import discord_timestamp, plain_title
from bot.views.sessions.attendance_texts import (
    attendance_text,
    dispute_text,
    resolution_text,
    was_disputed,
)
from bot.views.sessions.meeting_place import meeting_instructions
from bot.views.sessions.people import other_name, short_name
from bot.views.sessions.refund_policy import move_policy
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.lifecycle import Attendance, Party, Unit
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import ProfileStatus, SessionStatus
from wording import refunds
from wording.booking import unanswered_request
from wording.points import format_points
from wording.reader import Reader


def headline(session: SessionView, reader_id: int, reader: Reader, now: datetime) -> str:
    """Return the status of a session as a sentence."""
    name = other_name(session, reader_id)
    is_mentee = session.party(reader_id) is Party.MENTEE
    if session.proposal is not None:
        author = "You" if session.proposal.by == reader_id else name
        return f"{author} suggested another time."
    match session.status:
        case SessionStatus.SCHEDULED if session.unit is Unit.SEAT:
            return _moved(session, is_mentee=is_mentee)
        case SessionStatus.SCHEDULED:
            whose = f"{name}'s" if is_mentee else "your"
            return f"This request is waiting for {whose} answer."
        case SessionStatus.IN_PROGRESS if session.reports:
            return _report(session, reader_id)
        case SessionStatus.IN_PROGRESS if now >= session.ends_at:
            return "Your session is over."
        case SessionStatus.DECLINED if session.ended_by == session.mentor.user_id:
            return f"{name} declined your request." if is_mentee else "You declined this request."
        case SessionStatus.DECLINED:
            return "This request was declined."
        case SessionStatus.EXPIRED if session.unit is Unit.SEAT:
            who = "You" if is_mentee else name
            return f"{who} didn't keep {'your' if is_mentee else 'their'} seat at the new time."
        case SessionStatus.EXPIRED:
            return "This request has expired."
        case SessionStatus.CANCELLED if session.unit is Unit.SEAT:
            return _seat_ended(session, reader_id)
        case SessionStatus.CANCELLED:
            return f"{_canceller(session, reader_id)} cancelled this session."
        case SessionStatus.NO_SHOW if session.no_show_user_id == reader_id:
            return "You were reported as a no-show."
        case SessionStatus.NO_SHOW:
            return f"{name} didn't come."
        case SessionStatus.DISPUTED:
            return "Your reports don't match."
        case SessionStatus.REFUNDED if not session.price:
            return "This session didn't take place."
        case SessionStatus.REFUNDED:
            return "The dispute is resolved."
        case SessionStatus.CONFIRMED if session.unit is Unit.SEAT and is_mentee:
            return "You have a seat."
        case SessionStatus.CONFIRMED if session.unit is Unit.SEAT:
            return f"{name} has a seat."
    return f"Your session is {wording.sessions.status(session.status, reader)}."


def format_status(session: SessionView, reader_id: int, reader: Reader, now: datetime) -> str:
    """Return the status in a few words, for a line of a list beside the other's name."""
    party = session.party(reader_id)
    match session.status:
        case SessionStatus.SCHEDULED if session.unit is Unit.SEAT:
            whose = "your" if party is Party.MENTEE else "an"
            return f"moved, waiting for {whose} answer"
        case SessionStatus.SCHEDULED:
            proposal = session.proposal
            waits_for = Party.MENTOR if proposal is None else session.party(proposal.by).other
            return f"waiting for {'your' if waits_for is party else 'an'} answer"
        case SessionStatus.IN_PROGRESS if now >= session.ends_at:
            return f"over, waiting for {'a' if party in session.reports else 'your'} report"
        case SessionStatus.NO_SHOW:
            is_own = session.no_show_user_id == reader_id
            return "you were reported as a no-show" if is_own else "didn't come"
        case SessionStatus.REFUNDED if not session.price:
            return "didn't take place"
    return wording.sessions.status(session.status, reader)


def status_text(
    session: SessionView, reader_id: int, guild: GuildSettings, reader: Reader, now: datetime
) -> str:
    """Return what a session waits for, or what became of the points, for one participant.

    With `headline` above it, nothing is said twice. Empty if there is nothing to add.
    """
    party, name = session.party(reader_id), other_name(session, reader_id)
    is_pending = session.status is SessionStatus.SCHEDULED
    if is_pending and session.mentor_status is not ProfileStatus.APPROVED:
        return _inactive_mentor(session, party, name)
    if session.proposal is not None:
        return proposal_terms(session, reader_id, reader, now)
    if session.answer_deadline is not None:
        return answer_text(session, reader_id, session.answer_deadline, reader)
    match session.status:
        case SessionStatus.CONFIRMED:
            return meeting_instructions(session, reader_id, now)
        case SessionStatus.IN_PROGRESS:
            return attendance_text(session, reader_id, guild, reader, session.next_at)
        case SessionStatus.DISPUTED:
            return dispute_text(session, reader_id, guild, reader)
        case SessionStatus.NO_SHOW:
            return _after_no_show(session, party, name, guild, reader)
        case SessionStatus.DECLINED | SessionStatus.EXPIRED:
            return _full_refund(session, party, guild, reader)
        case SessionStatus.REFUNDED:
            refund = _full_refund(session, party, guild, reader)
            return f"{resolution_text(session, reader_id)} {refund}".rstrip()
        case SessionStatus.COMPLETED if was_disputed(session):
            return resolution_text(session, reader_id)
    return ""


def _report(session: SessionView, reader_id: int) -> str:
    """Return what one of the two has reported about a session in progress."""
    # Two reports end the session, or are in dispute.
    party = next(iter(session.reports))
    is_own = session.party(reader_id) is party
    author = "You" if is_own else other_name(session, reader_id)
    if session.reports[party] is Attendance.MET:
        return f"{author} reported that you met."
    absent = other_name(session, reader_id) if is_own else "you"
    return f"{author} reported that {absent} didn't come."


def _moved(session: SessionView, *, is_mentee: bool) -> str:
    """Return what a seat waits for in a group session that was moved."""
    if is_mentee:
        return f"“{plain_title(session.topic)}” has a new time. Do you keep your seat?"
    return f"{short_name(session.mentee)} hasn't said yet whether they keep their seat."


def _seat_ended(session: SessionView, reader_id: int) -> str:
    """Return how a seat was given up or cancelled."""
    name = short_name(session.mentee)
    if session.group_status is SessionStatus.CANCELLED:
        return "This session was cancelled."
    if session.ended_by == session.mentee.user_id:
        return "You left this session." if reader_id == session.ended_by else f"{name} left."
    whose = "your" if reader_id == session.mentee.user_id else f"{name}'s"
    return f"{_canceller(session, reader_id)} cancelled {whose} seat."


def _canceller(session: SessionView, reader_id: int) -> str:
    """Return who cancelled a session."""
    if session.ended_by == reader_id:
        return "You"
    if session.ended_by == session.other(reader_id).user_id:
        return other_name(session, reader_id)
    return "The moderators"


def _inactive_mentor(session: SessionView, party: Party, name: str) -> str:
    """Return why a pending request can't be confirmed, and what is still possible."""
    if party is Party.MENTEE:
        # Why a mentor is suspended, and that they are, is between them and the moderators.
        refund = _if_priced(session, " and get a full refund")
        return (
            f"{name} isn't taking sessions right now and can't confirm this request. "
            f"You can cancel it{refund}."
        )
    reason = (
        "Your mentor profile is suspended"
        if session.mentor_status is ProfileStatus.SUSPENDED
        else "You've stopped mentoring"
    )
    return f"{reason}, so you can't confirm this request. You can decline it."


def answer_text(session: SessionView, reader_id: int, deadline: datetime, reader: Reader) -> str:
    """Return until when the mentor can answer a request, and what silence means."""
    if session.unit is Unit.SEAT:
        is_mentee = session.party(reader_id) is Party.MENTEE
        who, whose = ("you", "your") if is_mentee else (short_name(session.mentee), "their")
        verb, refunded = ("don't", "you're") if is_mentee else ("doesn't", f"{who} is")
        refund = _if_priced(session, f" and {refunded} refunded in full")
        until = discord_timestamp(deadline)
        return f"If {who} {verb} keep {whose} seat by {until}, it's given up{refund}."
    if session.party(reader_id) is Party.MENTEE:
        return unanswered_request(
            short_name(session.mentor), deadline, session.price, reader, discord_timestamp
        )
    until = discord_timestamp(deadline)
    refund = _if_priced(session, f" and {short_name(session.mentee)} is refunded in full")
    return f"If you don't answer by {until}, the request expires{refund}."


def _if_priced(session: SessionView, text: str) -> str:
    """Return the text about a refund, empty for a free session."""
    return text if session.price else ""


def _full_refund(session: SessionView, party: Party, guild: GuildSettings, reader: Reader) -> str:
    """Return that the mentee is refunded in full; empty for a free session."""
    price = session.price
    if party is Party.MENTEE:
        return refunds.own_refund(price, price, guild, reader)
    return refunds.refund_of(short_name(session.mentee), price, price, guild, reader)


def _after_no_show(
    session: SessionView, party: Party, name: str, guild: GuildSettings, reader: Reader
) -> str:
    """Return who got the points after a no-show."""
    if not session.price:
        return ""
    if session.no_show_user_id == session.mentor.user_id:
        return _full_refund(session, party, guild, reader)
    if party is Party.MENTEE:
        return f"{name} is paid {format_points(session.price, guild, reader)}."
    return refunds.payment(session.price, guild, reader)


def proposal_terms(session: SessionView, reader_id: int, reader: Reader, now: datetime) -> str:
    """Return what accepting a proposed time, and silence, mean for one participant."""
    assert session.proposal is not None
    proposed_by = session.party(session.proposal.by)
    policy = move_policy(session, session.proposal.starts_at, proposed_by, reader_id, reader, now)
    return f"{proposal_deadline(session, reader_id)} {policy}".strip()


def proposal_deadline(session: SessionView, reader_id: int) -> str:
    """Return until when a proposal can be answered, and what silence means."""
    assert session.proposal is not None
    if session.next_at is None:
        return ""
    is_own = session.proposal.by == reader_id
    subject = f"{other_name(session, reader_id)} doesn't" if is_own else "you don't"
    condition = f"If {subject} answer by {discord_timestamp(session.next_at)}"
    if session.status is not SessionStatus.SCHEDULED:
        return (
            f"{condition}, the session keeps its current time. Both times are reserved until then."
        )
    is_mentee = session.party(reader_id) is Party.MENTEE
    who = "you're" if is_mentee else f"{short_name(session.mentee)} is"
    refund = _if_priced(session, f" and {who} refunded in full")
    return f"{condition}, the request expires{refund}."
