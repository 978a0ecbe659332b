"""What one participant reads about attendance reports and disputes: claims, deadlines, outcomes."""

from __future__ import annotations

from datetime import datetime

from bot.formatting import discord_timestamp
from bot.views.sessions.people import other_name, short_name
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.points import pricing
from mentorship.sessions.lifecycle import Attendance, Party, Unit
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from wording.names import first_name
from wording.points import format_points
from wording.reader import Reader


def attendance_text(
    session: SessionView,
    reader_id: int,
    guild: GuildSettings,
    reader: Reader,
    until: datetime | None,
) -> str:
    """Return until when the reader or the other can answer, and what silence means.

    The sentence before it says who has reported a no-show. `until` is the deadline, for a session
    in progress.
    """
    party, name = session.party(reader_id), other_name(session, reader_id)
    own_report, other_report = session.reports.get(party), session.reports.get(party.other)
    by = f"by {discord_timestamp(until)}" if until else "in time"
    if other_report is Attendance.NO_SHOW:
        return (
            f"If you don't answer {by}, that report counts"
            f"{no_show_payment(session, party.other, reader_id, guild, reader)}. If you did "
            f"{'meet' if session.unit is Unit.SESSION else 'come'}, press "
            f"**{met_label(session, party)}**, and the moderators decide."
        )
    if own_report is Attendance.NO_SHOW:
        return (
            f"If {name} doesn't answer {by}, your report "
            f"counts{no_show_payment(session, party, reader_id, guild, reader)}."
        )
    payment = format_points(session.payout, guild, reader)
    if party is Party.MENTEE:
        outcome = f"pays {name} {payment}" if session.payout else "completes the session"
        is_alone = other_report or session.unit is Unit.SEAT
        silent = "you don't answer" if is_alone else "neither of you answers"
        met = "met" if session.unit is Unit.SESSION else "attended"
        return f"Confirming that you {met} {outcome}. If {silent} {by}, that happens automatically."
    outcome = f"You're paid {payment}" if session.payout else "The session is completed"
    when = f"on {discord_timestamp(until)}" if until else "later"
    if own_report is Attendance.MET:
        return f"{outcome} when {name} confirms, or {when} if {name} doesn't answer."
    attended = "you met" if session.unit is Unit.SESSION else f"{name} came"
    return (
        f"If {attended}, there's nothing to do. {outcome} when {name} confirms, or {when} if "
        f"neither of you answers. If {name} didn't come, report a no-show."
    )


def met_label(session: SessionView, party: Party) -> str:
    """Return the label of the button that reports that a participant came."""
    if session.unit is Unit.SESSION:
        return "We met"
    return "I attended" if party is Party.MENTEE else "They attended"


def no_show_label(session: SessionView, party: Party) -> str:
    """Return the label of the button that reports that the other participant didn't come."""
    if session.unit is Unit.SESSION or party is Party.MENTOR:
        return "No-show"
    return f"{first_name(session.mentor.name)} didn't come"


def met_claim(session: SessionView, party: Party) -> str:
    """Return what the other side has reported, as one participant reads it: "you met"."""
    if session.unit is Unit.SESSION:
        return "you met"
    return "you attended" if party is Party.MENTEE else "they attended"


def no_show_payment(
    session: SessionView, reporter: Party, reader_id: int, guild: GuildSettings, reader: Reader
) -> str:
    """Return who gets the points if a no-show report counts: " and …", empty for a free session."""
    if not session.price:
        return ""
    is_own = session.party(reader_id) is reporter
    who = "you're" if is_own else f"{other_name(session, reader_id)} is"
    verb = "refunded" if reporter is Party.MENTEE else "paid"
    return f" and {who} {verb} {format_points(session.price, guild, reader)}"


def dispute_text(session: SessionView, reader_id: int, guild: GuildSettings, reader: Reader) -> str:
    """Return what moderators decide about an open dispute, and what happens if they don't.

    The sentence before it says that the reports don't match, or what the other one reported.
    """
    by = f"by {discord_timestamp(session.next_at)}" if session.next_at else "in time"
    if not session.price:
        return (
            "The moderators decide whether the session took place. If they don't decide "
            f"{by}, it counts as completed."
        )
    price = format_points(session.price, guild, reader)
    refund, payout = (format_points(each, guild, reader) for each in split_shares(session))
    mentor, mentee = short_name(session.mentor), short_name(session.mentee)
    shares = (
        f"you're refunded {refund} and {mentor} is paid {payout}"
        if session.party(reader_id) is Party.MENTEE
        else f"you're paid {payout} and {mentee} is refunded {refund}"
    )
    return (
        f"The moderators decide who gets {price}. If they don't decide {by}, it's split: {shares}."
    )


def concession_label(session: SessionView, party: Party) -> str:
    """Return what a participant agrees to by conceding: the other side's report, if it's free."""
    if session.price:
        return "Concede"
    if session.unit is Unit.SEAT and party is Party.MENTEE:
        return "It took place" if agrees_that_they_met(session, party) else "I didn't attend"
    if session.unit is Unit.SEAT:
        return "They attended" if agrees_that_they_met(session, party) else "I didn't come"
    return "We met" if agrees_that_they_met(session, party) else "We didn't meet"


def agrees_that_they_met(session: SessionView, party: Party) -> bool:
    """Return whether a participant who concedes agrees with a report that they met."""
    return session.reports.get(party.other) is Attendance.MET


def split_shares(session: SessionView) -> tuple[int, int]:
    """Return the mentee's refund and the mentor's payout if the points are split."""
    half = session.price // 2
    return session.price - half, pricing.payout(half, session.fee_percent)


def was_disputed(session: SessionView) -> bool:
    """Return whether the two reports contradict each other."""
    return len(session.reports) > 1 and Attendance.NO_SHOW in session.reports.values()


def resolution_text(session: SessionView, reader_id: int) -> str:
    """Return who resolved a dispute that is over, and how, for one participant."""
    took_place = session.status is SessionStatus.COMPLETED
    outcome = "took place" if took_place else "didn't take place"
    if session.ended_by is None:
        return "The moderators didn't decide in time, so " + (
            "the points were split." if session.price else "the session counts as completed."
        )
    if session.ended_by not in (session.mentor.user_id, session.mentee.user_id):
        if session.price:
            return "The moderators decided the dispute."
        return f"The moderators decided that the session {outcome}."
    author = "You" if session.ended_by == reader_id else other_name(session, reader_id)
    if session.price:
        return f"{author} conceded the dispute."
    if session.unit is Unit.SEAT:
        return f"{author} agreed that the session {outcome}."
    agreed = "you met" if took_place else "you didn't meet"
    return f"{author} agreed that {agreed}."
