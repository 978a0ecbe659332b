"""A week of a busy server, in which some clocks change: everybody is told in time, once, as they
like."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
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
from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import health
from mentorship.sessions import booking, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.session_views import SessionView
from mentorship.time.quiet_hours import QuietHours
from storage import Transaction
from storage.tables import Session
from tests.journeys.support.simulated_guild import SimulatedGuild

ZONES = ("America/New_York", "America/Chicago", "Europe/London", "Asia/Kolkata")
LEADS = (None, None, (30,), (), (2_880, 120, 5))
NIGHTS = (None, None, QuietHours(22 * 60, 7 * 60), QuietHours(60, 600), QuietHours(0, 240))
MINUTE = timedelta(minutes=1)

Told = tuple[datetime, str, str]
"""When, of what, and whom it is about."""


@dataclass
class Somebody:
    """A person of the week, and what they have chosen."""

    member: simcord.MemberActor
    actor: Actor
    zone: str
    leads: tuple[int, ...] | None
    night: QuietHours | None
    mutes_questions: bool

    def hears_at(self, due: datetime, until: datetime) -> datetime | None:
        """When they hear of something that can wait: a minute at a time, by the clock on the
        wall."""
        at = due
        while self.night is not None and self._is_night(at):
            at += MINUTE
        return at if at < until else None

    def _is_night(self, instant: datetime) -> bool:
        assert self.night is not None
        local = instant.astimezone(ZoneInfo(self.zone))
        shown = local.hour * 60 + local.minute
        if self.night.start < self.night.end:
            return self.night.start <= shown < self.night.end
        return shown >= self.night.start or shown < self.night.end


def expected(who: Somebody, other: Somebody, session: SessionView, called_off: bool) -> list[Told]:
    """What somebody is to hear around a session that was confirmed on Monday at noon."""
    if called_off:
        return []
    name = other.actor.name
    starts = session.starts_at
    leads = (1_440, 60, 10) if who.leads is None else who.leads
    dues = sorted(starts - lead * MINUTE for lead in leads)
    heard = [
        (at, "reminder", name)
        for due, until in pairwise([*dues, starts])
        if due > session.created_at and (at := who.hears_at(due, until)) is not None
    ]
    heard.append((starts, "starting", name))
    if not who.mutes_questions:
        until = session.ends_at + timedelta(days=1)
        at = who.hears_at(session.ends_at, until)
        if at is not None:
            heard.append((at, "question", ""))
    return heard


def told(guild: SimulatedGuild, who: Somebody, names: list[str]) -> list[Told]:
    """What somebody did hear of that kind."""
    kinds = {"You meet ": "reminder", "starts now": "starting", " is over.": "question"}
    heard = []
    for message in guild.inbox(who.member):
        for words, kind in kinds.items():
            if words in message.content:
                about = [each for each in names if f"{each} " in f"{message.content[:-1]} "]
                heard.append((message.created_at, kind, "" if kind == "question" else about[0]))
    return sorted(heard)


async def community(
    guild: SimulatedGuild, chance: random.Random
) -> tuple[list[Somebody], list[Somebody]]:
    """Mentors who are always open, and mentees; each with a clock and a taste of their own."""
    chief = Actor(user_id=1, name="chief", guild_id=guild.id, manages_guild=True)
    await guild.db.run(setup.configure, chief, mentor_role_id=None)
    people: tuple[list[Somebody], list[Somebody]] = [], []
    for number in range(14):
        zone, leads, night = (chance.choice(each) for each in (ZONES, LEADS, NIGHTS))
        member = await guild.add_member(f"Person{number:02}", zone=zone)
        actor = Actor(member.id, member.name, guild.id)
        mutes = chance.random() < 0.3
        if number < 6:
            wanted = ProfileContent(["python"], 0, "Somebody who is there for a whole week.")
            asked = await guild.db.run(applications.apply, actor, wanted)
            await guild.db.run(application_review.decide, chief, asked.id, Decision.APPROVED)
            await guild.db.run(editor.set_weekly, actor, "daily 0:00-24:00")
        if leads is not None:
            await guild.db.run(preferences.set_reminders, actor, leads)
        if night is not None:
            await guild.db.run(preferences.set_quiet_hours, actor, night)
        if mutes:
            await guild.db.run(preferences.set_muted_kinds, actor, [NotificationKind.SESSION_ENDED])
        somebody = Somebody(member, actor, zone, leads, night, mutes)
        people[0 if number < 6 else 1].append(somebody)
    return people


async def next_step(tx: Transaction) -> datetime | None:
    found: datetime | None = await tx.connection.scalar(select(func.min(Session.next_at)))
    return found


async def run_until(guild: SimulatedGuild, then: datetime) -> None:
    """Let time pass as the program does: it wakes when something is due."""
    while guild.now < then:
        wakes = [await guild.db.read(outbox.next_due), await guild.db.read(next_step)]
        later = [each for each in wakes if each is not None and each > guild.now]
        await guild.env.advance_time((min([then, *later]) - guild.now).total_seconds())
        while await guild.db.run(transitions.advance_due):
            pass
        await guild.deliver()


@pytest.mark.long
async def test_a_week_of_notifications_follows_preferences(guild: SimulatedGuild) -> None:
    chance = random.Random(2026)
    mentors, mentees = await community(guild, chance)
    booked: list[tuple[SessionView, Somebody, Somebody]] = []
    for _ in range(150):
        mentor, mentee = chance.choice(mentors), chance.choice(mentees)
        start = guild.now + timedelta(minutes=30 * chance.randrange(4, 2 * 24 * 7))
        request = BookingRequest(mentor.actor.user_id, start, chance.choice((30, 60)))
        try:
            asked = await guild.db.run(booking.book, mentee.actor, request)
        except MentorshipError:
            continue  # One of the two is busy then.
        session = await guild.db.run(transitions.confirm, mentor.actor, asked.id)
        booked.append((session, mentor, mentee))
    assert len(booked) > 100
    await guild.deliver()

    # On Wednesday some are called off that were still to come on Friday.
    wednesday, friday = guild.now + timedelta(days=2), guild.now + timedelta(days=4)
    await run_until(guild, wednesday)
    off = [each for each in booked if friday < each[0].starts_at < friday + timedelta(days=1)][:5]
    for session, mentor, _mentee in off:
        await guild.db.run(transitions.cancel, mentor.actor, session.id)
    await run_until(guild, guild.now + timedelta(days=6, hours=12))

    names = [who.actor.name for who in (*mentors, *mentees)]
    called_off = {session.id for session, _, _ in off}
    reminders = 0
    for who in (*mentors, *mentees):
        wanted = sorted(
            each
            for session, mentor, mentee in booked
            if who in (mentor, mentee)
            for each in expected(
                who, mentee if who is mentor else mentor, session, session.id in called_off
            )
        )
        heard = told(guild, who, [name for name in names if name != who.actor.name])
        late = [h[0] - w[0] for h, w in zip(heard, wanted, strict=False)]
        assert [(kind, name) for _, kind, name in heard] == [
            (kind, name) for _, kind, name in wanted
        ], who
        assert all(timedelta(0) <= each < MINUTE for each in late), who
        reminders += sum(kind == "reminder" for _, kind, _ in heard)
    assert reminders > 200
    assert await guild.db.read(health.list_undelivered) == []
