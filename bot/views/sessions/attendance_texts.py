"""What one participant reads about attendance reports and disputes: claims, deadlines, outcomes."""

from __future__ import annotations

from datetime import datetime

from bot.formatting import discord_timestamp, plain
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.points import pricing
from mentorship.sessions.lifecycle import Attendance, Party
from mentorship.sessions.session_views import SessionView
from wording.points import format_points
from wording.reader import Reader


def attendance_text(
    session: SessionView,
    reader_id: int,
    guild: GuildSettings,
    reader: Reader,
    until: datetime | None,
) -> str:
    """Return the reports so far, until when the reader or the other can answer, and what silence
    means.

    `until` is that deadline, for a session in progress.
    """
    party = session.party(reader_id)
    name = plain(session.other(reader_id).name)
    own_report, other_report = session.reports.get(party), session.reports.get(party.other)
    by = f"by {discord_timestamp(until)}" if until else "in time"
    if other_report is Attendance.NO_SHOW:
        return (
            f"{name} reported that you didn't come. If you don't answer {by}, that report counts"
            f"{_no_show_payment(session, party.other, name, guild, reader, own=False)}. If you did "
            "meet, press **We met**, and the moderators decide."
        )
    if own_report is Attendance.NO_SHOW:
        return (
            f"You reported that {name} didn't come. If {name} doesn't answer {by}, your report "
            f"counts{_no_show_payment(session, party, name, guild, reader, own=True)}."
        )
    payment = format_points(session.payout, guild, reader)
    if party is Party.MENTEE:
        outcome = f"pays {name} {payment}" if session.payout else "completes the session"
        claim = f"{name} reported that you met. " if other_report else ""
        silent = "you don't answer" if other_report else "neither of you answers"
        return (
            f"{claim}Confirming that you met {outcome}, and you can leave a rating. If {silent} "
            f"{by}, that happens automatically."
        )
    outcome = f"you're paid {payment}" if session.payout else "the session is completed"
    when = f"on {discord_timestamp(until)}" if until else "later"
    if own_report is Attendance.MET:
        return (
            f"You reported that you met. {outcome[0].upper()}{outcome[1:]} when {name} confirms, "
            f"or {when} if {name} doesn't answer."
        )
    return (
        f"If you met, there's nothing to do. {outcome[0].upper()}{outcome[1:]} when {name} "
        f"confirms, or {when} if neither of you answers. If {name} didn't come, report a no-show."
    )


def _no_show_payment(
    session: SessionView,
    reporter: Party,
    name: str,
    guild: GuildSettings,
    reader: Reader,
    *,
    own: bool,
) -> str:
    """Return who gets the points if a no-show report counts; begins with "and", or is empty."""
    if not session.price:
        return ""
    who = "you're" if own else f"{name} is"
    verb = "refunded" if reporter is Party.MENTEE else "paid"
    return f" and {who} {verb} {format_points(session.price, guild, reader)}"


def dispute_text(session: SessionView, reader_id: int, guild: GuildSettings, reader: Reader) -> str:
    """Return what an open dispute is about, and what happens if nobody resolves it."""
    by = f"by {discord_timestamp(session.next_at)}" if session.next_at else "in time"
    if not session.price:
        return (
            "Your reports don't match, so the moderators decide whether the session counts. "
            f"If they don't decide {by}, it does. It was free, so no points move."
        )
    price = format_points(session.price, guild, reader)
    refund, payout = (format_points(each, guild, reader) for each in split_shares(session))
    mentor, mentee = plain(session.mentor.name), plain(session.mentee.name)
    shares = (
        f"you're refunded {refund} and {mentor} is paid {payout}"
        if session.party(reader_id) is Party.MENTEE
        else f"you're paid {payout} and {mentee} is refunded {refund}"
    )
    return (
        f"Your reports don't match, so the moderators decide who gets {price}. If they don't "
        f"decide {by}, it's split: {shares}."
    )


def split_shares(session: SessionView) -> tuple[int, int]:
    """Return the mentee's refund and the mentor's payout if the points are split."""
    half = session.price // 2
    return session.price - half, pricing.payout(half, session.fee_percent)


def was_disputed(session: SessionView) -> bool:
    """Return whether the two reports contradict each other."""
    return len(session.reports) > 1 and Attendance.NO_SHOW in session.reports.values()


def resolution_text(session: SessionView, reader_id: int) -> str:
    """Return who resolved a dispute that is over, for one participant."""
    if session.ended_by is None:
        return "Nobody resolved the dispute in time" + (
            ", so the points were split."
            if session.price
            else ", so the session counts as completed."
        )
    if session.ended_by == reader_id:
        return "You conceded the dispute."
    if session.ended_by in (session.mentor.user_id, session.mentee.user_id):
        return f"{plain(session.other(reader_id).name)} conceded the dispute."
    return "The moderators decided."
