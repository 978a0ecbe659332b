"""Moving a group session to another time, and asking everyone with a seat again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from mentorship import consent
from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.availability.mentor_calendar import MentorCalendar
from mentorship.errors import Field, InvalidField, Problem, Term
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions import commitments
from mentorship.sessions.groups import creation, group_changes, group_rows, reminders
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.wall_times import kept_offsets
from mentorship.time.intervals import Span
from storage import Transaction


async def move(
    tx: Transaction,
    actor: Actor,
    group_id: int,
    starts_at: datetime,
    minutes: int | None = None,
    *,
    revision_shown: int | None = None,
    seats_shown: int | None = None,
) -> GroupView:
    """Move a group session to another start, in UTC, and ask everyone with a seat again.

    Those who don't keep their seat are refunded in full. `minutes` is the new length, None for the
    same. `seats_shown` is the number of seats whose attendees the actor saw would be asked. Raises
    what `group_changes.load_actionable` does, `TermsChanged`, `InvalidField`, and `SlotUnavailable`
    or `SlotTaken` with the nearest free starts.
    """
    group = await group_changes.load_actionable(tx, actor, group_id, Action.MOVE)
    consent.require(Term.REVISION, revision_shown, group.revision)
    consent.require(Term.SEATS, seats_shown, group.seats_taken)
    span, guild, calendar = await _check_move(tx, group, starts_at, minutes)
    deadline = group.minimum_deadline
    if deadline is not None and group.minimum_seats:
        # As long before the new start as before the old one, if that is still to come.
        deadline = starts_at - (group.starts_at - deadline)
        if deadline <= tx.now:
            deadline = tx.now + (starts_at - tx.now) / 2
    else:
        deadline = None
    columns = {
        "starts_at": span.start,
        "ends_at": span.end,
        **kept_offsets.columns(calendar.schedule.zone_at(span.start), span.start),
        "late_minutes": None,
        "late_told_to": None,
        "minimum_deadline": deadline,
        "next_at": deadline or span.start,
        "revision": group.revision + 1,
        "sequence": group.sequence + 1,
    }
    await commitments.replace_for_group(tx, group.id, group.mentor.user_id, span)
    await group_rows.mark_seats_due(tx, group.id)
    after = await group_changes.change(
        tx, group, Action.MOVE, Party.MENTOR, columns, by=actor.user_id
    )
    await reminders.replace(tx, after, guild)
    await group_changes.advance_seats(tx, group.id)
    return after


async def preview_move(
    tx: Transaction,
    actor: Actor,
    group_id: int,
    starts_at: datetime,
    minutes: int | None = None,
) -> GroupView:
    """Check what moving would check, and return the group session as it is. Writes nothing."""
    group = await group_changes.load_actionable(tx, actor, group_id, Action.MOVE)
    await _check_move(tx, group, starts_at, minutes)
    return group


async def _check_move(
    tx: Transaction, group: GroupView, starts_at: datetime, minutes: int | None
) -> tuple[Span, GuildSettings, MentorCalendar]:
    """Return the new time, and what it was checked against."""
    length = group.minutes if minutes is None else minutes
    span = Span(starts_at, starts_at + timedelta(minutes=length))
    if span == group.span:
        raise InvalidField(Field.GROUP_START, Problem.UNCHANGED)
    guild = await guild_settings.load(tx, group.guild_id)
    creation.require_valid(
        replace(
            group_changes.as_request(group, GroupEdit()),
            starts_at=starts_at,
            minutes=length,
            minimum_deadline=None,
        ),
        guild,
        tx.now,
    )
    calendar = await mentor_calendar.load(tx, group.guild_id, group.mentor.user_id)
    without = replace(
        calendar,
        busy=tuple(each for each in calendar.busy if each != group.span),
        booked=tuple(each for each in calendar.booked if each != group.starts_at),
    )
    without.require_proposable_by_mentor(tx.now, starts_at, length, mentee_busy=())
    return span, guild, calendar
