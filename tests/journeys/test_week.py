"""A week of a busy guild in which some clocks change: notifications are on time and unique."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import simcord
from sqlalchemy import func, select

from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.availability import editor
from mentorship.delivery import outbox
from mentorship.errors import MentorshipError
from mentorship.mentors import application_review, applications
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.notifications import preferences
from mentorship.operations import health
from mentorship.sessions import booking, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.session_views import SessionView
from mentorship.time.quiet_hours import QuietHours
from storage import Transaction
from storage.tables import Session
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text
from tests.mentorship.support.community import HIGH_LIMITS

ZONES = ("America/New_York", "America/Chicago", "Europe/London", "Asia/Kolkata")
LEADS = (None, None, (30,), (), (2_880, 120, 5))
NIGHTS = (None, None, QuietHours(22 * 60, 7 * 60), QuietHours(60, 600), QuietHours(0, 240))
MINUTE = timedelta(minutes=1)

Received = tuple[datetime, str, str]
"""When a notification arrives, what it is about, and whom it names."""


@dataclass
class WeekMember:
    """A member and their preferences."""

    member: simcord.MemberActor
    actor: Actor
    zone: str
    leads: tuple[int, ...] | None
    night: QuietHours | None

    def hears_at(self, due_at: datetime, until: datetime) -> datetime | None:
        """Return when a notification that can wait is sent, after quiet hours; None if too late.

        Computed minute by minute with zoneinfo, independently of the code under test.
        """
        at = due_at
        while self.night is not None and self._is_night(at):
            at += MINUTE
        return at if at < until else None

    def hears_reminder_at(self, due_at: datetime, until: datetime, starts: datetime) -> Any:
        """As `hears_at`; the last one is sent at once if quiet hours end too near the start."""
        at = self.hears_at(due_at, starts + timedelta(days=1))
        assert at is not None
        if until == starts and at > starts - timedelta(hours=1):
            return due_at
        return at if at < until else None

    def _is_night(self, instant: datetime) -> bool:
        assert self.night is not None
        local = instant.astimezone(ZoneInfo(self.zone))
        minute = local.hour * 60 + local.minute
        if self.night.start < self.night.end:
            return self.night.start <= minute < self.night.end
        return minute >= self.night.start or minute < self.night.end


def expected_notifications(
    member: WeekMember, partner: WeekMember, session: SessionView, is_cancelled: bool
) -> list[Received]:
    """Return the expected notifications about a session that was confirmed on Monday at noon."""
    if is_cancelled:
        return []
    name = partner.actor.name
    starts = session.starts_at
    leads = (1_440, 60, 10) if member.leads is None else member.leads
    due_times = sorted(starts - lead * MINUTE for lead in leads)
    notifications = [
        (at, "reminder", name)
        for due_at, until in pairwise([*due_times, starts])
        if due_at > session.created_at
        and (at := member.hears_reminder_at(due_at, until, starts)) is not None
    ]
    notifications.append((starts, "starting", name))
    # A day to answer is more than any of these nights leaves too little of.
    at = member.hears_at(session.ends_at, session.ends_at + timedelta(days=1))
    assert at is not None
    notifications.append((at, "question", ""))
    return notifications


def received_notifications(
    guild: SimulatedGuild, member: WeekMember, names: list[str]
) -> list[Received]:
    """Return the notifications of these kinds that somebody got."""
    kinds = {
        " starts in ": "reminder",
        " starts tomorrow": "reminder",
        "starts now": "starting",
        " is over.": "question",
    }
    notifications = []
    for message in guild.inbox(member.member):
        for phrase, kind in kinds.items():
            if phrase in message_text(message):
                names_in_message = [
                    name for name in names if f"{name} " in f"{message_text(message)} "
                ]
                notifications.append(
                    (message.created_at, kind, "" if kind == "question" else names_in_message[0])
                )
    return sorted(notifications)


async def community(
    guild: SimulatedGuild, chance: random.Random
) -> tuple[list[WeekMember], list[WeekMember]]:
    """Add mentors who are always available, and mentees, with random zones and preferences."""
    manager = Actor(user_id=1, name="chief", guild_id=guild.id, manages_guild=True)
    await guild.db.run(setup.configure, manager, mentor_role_id=None, **HIGH_LIMITS)
    people: tuple[list[WeekMember], list[WeekMember]] = [], []
    for number in range(14):
        zone, leads, night = (chance.choice(each) for each in (ZONES, LEADS, NIGHTS))
        member = await guild.add_member(f"Person{number:02}", zone=zone)
        actor = Actor(member.id, member.name, guild.id)
        if number < 6:
            content = ProfileContent(["python"], 0, "Somebody who is there for a whole week.")
            application = await guild.db.run(applications.apply, actor, content)
            await guild.db.run(
                application_review.decide, manager, application.id, Decision.APPROVED
            )
            await guild.db.run(editor.set_weekly, actor, "daily 0:00-24:00")
        if leads is not None:
            await guild.db.run(preferences.set_reminders, actor, leads)
        if night is not None:
            await guild.db.run(preferences.set_quiet_hours, actor, night)
        person = WeekMember(member, actor, zone, leads, night)
        people[0 if number < 6 else 1].append(person)
    return people


async def next_step(tx: Transaction) -> datetime | None:
    next_at: datetime | None = await tx.connection.scalar(select(func.min(Session.next_at)))
    return next_at


async def run_until(guild: SimulatedGuild, end: datetime) -> None:
    """Let time pass as the program does, which wakes when something is due."""
    while guild.now < end:
        due_times = [await guild.db.read(outbox.next_due), await guild.db.read(next_step)]
        future = [due_at for due_at in due_times if due_at is not None and due_at > guild.now]
        await guild.env.advance_time((min([end, *future]) - guild.now).total_seconds())
        while await guild.db.run(transitions.advance_due):
            pass
        await guild.deliver()


@pytest.mark.long
async def test_a_week_of_notifications_follows_preferences(guild: SimulatedGuild) -> None:
    chance = random.Random(2026)
    mentors, mentees = await community(guild, chance)
    booked: list[tuple[SessionView, WeekMember, WeekMember]] = []
    for _ in range(150):
        mentor, mentee = chance.choice(mentors), chance.choice(mentees)
        start = guild.now + timedelta(minutes=30 * chance.randrange(4, 2 * 24 * 7))
        request = BookingRequest(mentor.actor.user_id, start, chance.choice((30, 60)))
        try:
            request_ = await guild.db.run(booking.book, mentee.actor, request)
        except MentorshipError:
            continue  # One of the two is busy at that time.
        session = await guild.db.run(transitions.confirm, mentor.actor, request_.id)
        booked.append((session, mentor, mentee))
    assert len(booked) > 100
    await guild.deliver()

    # On Wednesday some of Friday's sessions are cancelled.
    wednesday, friday = guild.now + timedelta(days=2), guild.now + timedelta(days=4)
    await run_until(guild, wednesday)
    cancelled = [
        each for each in booked if friday < each[0].starts_at < friday + timedelta(days=1)
    ][:5]
    for session, mentor, _mentee in cancelled:
        await guild.db.run(transitions.cancel, mentor.actor, session.id)
    await run_until(guild, guild.now + timedelta(days=6, hours=12))

    names = [person.actor.name for person in (*mentors, *mentees)]
    cancelled_ids = {session.id for session, _, _ in cancelled}
    reminders = 0
    for person in (*mentors, *mentees):
        expected = sorted(
            each
            for session, mentor, mentee in booked
            if person in (mentor, mentee)
            for each in expected_notifications(
                person, mentee if person is mentor else mentor, session, session.id in cancelled_ids
            )
        )
        notifications = received_notifications(
            guild, person, [name for name in names if name != person.actor.name]
        )
        late = [h[0] - w[0] for h, w in zip(notifications, expected, strict=False)]
        assert [(kind, name) for _, kind, name in notifications] == [
            (kind, name) for _, kind, name in expected
        ], person
        assert all(timedelta(0) <= each < MINUTE for each in late), person
        reminders += sum(kind == "reminder" for _, kind, _ in notifications)
    assert reminders > 200
    assert await guild.db.read(health.list_undelivered) == []
