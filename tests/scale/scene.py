"""People of the generated community who call use cases, and what they call them on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, text, update

from mentorship.actors import Actor
from mentorship.administration import moderation
from mentorship.availability import slot_queries
from mentorship.delivery import message_updates, outbox
from mentorship.delivery.loading import DueNotification
from mentorship.delivery.message_updates import OutdatedMessage
from mentorship.mentors import application_review
from mentorship.mentors.application_review import Decision
from mentorship.sessions import blocking, rescheduling
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.places import meeting
from mentorship.sessions.places.meeting import MeetingRoom
from storage import Database, Transaction
from storage.tables import Session
from storage.types import UtcDateTime
from tests.scale import layout
from tests.scale.layout import CHIEF, CORE, DEPARTED, NOW, TOWN

BLOCKED = CORE.person(60)
"""Whom the mentees have blocked."""

SUSPENDED = CORE.person(18)
"""A suspended mentor."""

CLAIMED = 10
"""How many of the due notifications are claimed."""


def actor(user_id: int, **more: Any) -> Actor:
    """Return a member of the town."""
    return Actor(user_id, f"Member {user_id}", TOWN, **more)


@dataclass(frozen=True)
class Person:
    """Somebody with sessions.

    `sessions` has the id of one in each status. `proposed` is a confirmed one that they want to
    move, `failed` the ids of notifications that didn't reach them.
    """

    actor: Actor
    sessions: Mapping[str, int]
    proposed: int
    failed: Sequence[int]
    new_time: datetime
    """To when their confirmed session can be moved."""


@dataclass(frozen=True)
class Scene:
    """A mentor and a mentee of the town, and what others there call use cases on.

    `due` are claimed notifications, `outdated` claimed messages. `reviewed` is a session of the
    mentor with a review, `unreviewed` one of the mentee without. At `slot` the mentor can be booked
    for 30 minutes.
    """

    mentor: Person
    mentee: Person
    slot: datetime
    reviewed: int
    unreviewed: int
    hidden_review: int
    visible_review: int
    grant_request: int
    tag: int
    applications: Sequence[int]
    due: Sequence[DueNotification]
    outdated: Sequence[OutdatedMessage]
    opening: MeetingRoom
    closing: MeetingRoom

    chief = actor(CHIEF, manages_guild=True)
    second_chief = actor(2, manages_guild=True)
    plain = actor(layout.PLAIN_MEMBER)
    applicants = (actor(CORE.person(20)), actor(CORE.person(21)))
    """One waits for a decision on their application, moderators want the other to change it."""

    def partner(self, session_id: int) -> Actor:
        """Return the other participant of a session of the mentor or the mentee."""
        return self.partners[session_id]

    partners: Mapping[int, Actor]


async def prepare(db: Database, *, crowded: bool) -> list[Scene]:
    """Prepare a community for the calls, and return its scenes.

    The first scene is of people in the core, each with 100 sessions. With `crowded`, another one is
    of the two in the crowd with far more.
    """
    pairs = [(layout.MENTOR, layout.BUSY_MENTEE)]
    if crowded:
        pairs.append((layout.CROWDED_MENTOR, layout.CROWDED_MENTEE))
    for statement in _CHANGES:
        await db.run(_execute, statement)
    applications = [
        await _one(db, "SELECT id FROM profile_revisions WHERE profile_id = :id", id=each.user_id)
        for each in Scene.applicants
    ]
    wanted = (applications[1], Decision.CHANGES_REQUESTED, "Tell us more, please.")
    await db.run(application_review.decide, Scene.chief, *wanted)
    await db.run(moderation.suspend, Scene.chief, SUSPENDED, "Away.", cancel_sessions=False)
    people = [[await _person(db, user_id) for user_id in pair] for pair in pairs]
    due = await db.run(outbox.claim_due, CLAIMED)
    outdated = (await db.run(message_updates.claim_outdated)).messages
    (opening,) = await db.run(meeting.claim_rooms_to_open)
    (closing,) = await db.run(meeting.claim_rooms_to_close)
    scenes = []
    for mentor, mentee in people:
        await db.run(blocking.block, mentee.actor, BlockTarget(BLOCKED, "Somebody"))
        both = (mentor, mentee)
        slots = await db.read(
            slot_queries.list_bookable_slots, mentee.actor, mentor.actor.user_id, 30
        )
        ids = {"mentor": mentor.actor.user_id, "mentee": mentee.actor.user_id}
        scenes.append(
            Scene(
                mentor,
                mentee,
                slots.starts[0],
                applications=applications,
                due=due,
                outdated=outdated,
                opening=opening,
                closing=closing,
                partners={
                    session_id: actor(
                        await _one(db, _PARTNER, id=session_id, user=user.actor.user_id)
                    )
                    for user in both
                    for session_id in (*user.sessions.values(), user.proposed)
                },
                **{name: await _one(db, query, **ids) for name, query in _FOUND.items()},
            )
        )
    return scenes


async def settle_sessions(tx: Transaction, person: Person) -> None:
    """End the sessions of a person that wait for a report or a decision."""
    unsettled = [person.sessions[status] for status in ("in_progress", "disputed")]
    await tx.connection.execute(
        update(Session)
        .where(Session.id.in_(unsettled))
        .values(status="refunded", next_at=None, ended_at=tx.now)
    )


async def _person(db: Database, user_id: int) -> Person:
    person = actor(user_id)
    rows = await db.read(_fetch, _SESSIONS, user=user_id)
    sessions = {status: session_id for session_id, status in rows}
    proposed, *_ = [session_id for session_id, status in rows if status == "confirmed"]
    assert proposed != sessions["confirmed"]
    await db.run(_execute, _FAIL, user=user_id)
    for session_id in (proposed, sessions["confirmed"]):
        options = await db.read(rescheduling.list_options, person, session_id)
        new_time = options.starts[-1]
        if session_id == proposed:
            await db.run(rescheduling.propose, person, session_id, new_time)
    failed = await db.read(_fetch, _FAILED, user=user_id)
    return Person(person, sessions, proposed, [row[0] for row in failed], new_time)


_SESSIONS = """
    SELECT s.id, s.status FROM participants p JOIN sessions s ON s.id = p.session_id
     WHERE p.user_id = :user AND s.group_id IS NULL AND s.series_id IS NULL ORDER BY s.id DESC
"""
_PARTNER = "SELECT user_id FROM participants WHERE session_id = :id AND user_id <> :user"
_FAILED = "SELECT id FROM notices WHERE user_id = :user AND status = 'failed' ORDER BY id"
_OF_CORE = f"mentor_id BETWEEN {CORE.person(8)} AND {CORE.person(19)}"

_FAIL = """
    INSERT INTO notices (guild_id, user_id, kind, session_id, key, due_at, next_at, status,
        settled_at)
    SELECT s.guild_id, p.user_id, 'cancelled', s.id, 'failed:' || s.id || ':' || p.user_id,
           :hour_ago, :hour_ago, 'failed', :hour_ago
      FROM participants p JOIN sessions s ON s.id = p.session_id
     WHERE p.user_id = :user AND s.status = 'cancelled' ORDER BY s.id LIMIT 5
"""

_CHANGES = (
    f"""
    UPDATE guilds SET meeting_place = 'thread', limit_pending = 999, limit_upcoming = 999,
        limit_pending_per_mentor = 999, limit_early_cancellations = 999, limit_data_requests = 999,
        limit_group_sessions = 999, limit_invitations = 999, limit_invitations_per_member = 999,
        limit_help_requests = 999
     WHERE id = {TOWN}
    """,
    # Sixty notifications are due.
    f"""
    INSERT INTO notices (guild_id, user_id, kind, session_id, caused_by, key, due_at, next_at)
    SELECT guild_id, mentor_id, 'requested', id, {layout.MENTEE}, 'due:' || id, :hour_ago, :hour_ago
      FROM sessions WHERE {_OF_CORE} AND status IN ('scheduled', 'confirmed') ORDER BY id LIMIT 60
    """,
    # Thousands are due in another guild of the crowd.
    """
    INSERT INTO notices (guild_id, user_id, kind, session_id, caused_by, key, due_at, next_at)
    SELECT guild_id, mentor_id, 'cancelled', id, ended_by, 'many:' || id, :hour_ago, :hour_ago
      FROM sessions WHERE guild_id = 100000
    """,
    # Messages are out of date: sixty in the town, and thousands in another guild of the crowd.
    f"""
    UPDATE notices SET refresh_at = :hour_ago WHERE id IN
        (SELECT n.id FROM notices n JOIN sessions s ON s.id = n.session_id
          WHERE n.status = 'sent' AND s.{_OF_CORE} ORDER BY n.id LIMIT 60)
    """,
    """
    UPDATE notices SET refresh_at = :hour_ago WHERE guild_id = 100000 AND status = 'sent'
    """,
    # A session starts in ten minutes, so its room has to be opened. Another room has to be closed.
    f"""
    DELETE FROM commitments WHERE session_id =
        (SELECT max(id) FROM sessions WHERE status = 'confirmed' AND mentor_id = {CORE.person(8)})
    """,
    f"""
    UPDATE sessions SET starts_at = :soon, ends_at = :hour_ahead, next_at = :soon WHERE id =
        (SELECT max(id) FROM sessions WHERE status = 'confirmed' AND mentor_id = {CORE.person(8)})
    """,
    f"""
    INSERT INTO meeting_places (session_id, kind, name, channel_id, next_at)
    SELECT max(id), 'thread', 'A room', 99, :hour_ago FROM sessions
     WHERE status = 'completed' AND mentor_id = {CORE.person(9)} AND group_id IS NULL
    """,
    # The clock has to act on some sessions.
    f"""
    UPDATE sessions SET next_at = :hour_ago
     WHERE {_OF_CORE} AND status IN ('scheduled', 'in_progress')
    """,
    # Not written with a crowd, which has this guild.
    f"""
    INSERT INTO guilds (id, created_at) SELECT {DEPARTED}, :hour_ago
     WHERE NOT EXISTS (SELECT 1 FROM guilds WHERE id = {DEPARTED})
    """,
    f"UPDATE guilds SET left_at = :long_ago WHERE id = {DEPARTED}",
)

_FOUND = {
    "reviewed": """
        SELECT session_id FROM reviews WHERE profile_id = :mentor AND hidden_at IS NULL
         ORDER BY id DESC LIMIT 1
    """,
    "visible_review": """
        SELECT id FROM reviews WHERE profile_id = :mentor AND hidden_at IS NULL AND counts
         ORDER BY id LIMIT 1
    """,
    "hidden_review": f"""
        SELECT max(id) FROM reviews WHERE hidden_at IS NOT NULL
           AND profile_id BETWEEN {CORE.person(0)} AND {CORE.person(19)}
    """,
    "unreviewed": """
        SELECT s.id FROM participants p JOIN sessions s ON s.id = p.session_id
         WHERE p.user_id = :mentee AND s.status = 'completed'
           AND NOT EXISTS (SELECT 1 FROM reviews r WHERE r.session_id = s.id)
         ORDER BY s.ends_at DESC LIMIT 1
    """,
    "grant_request": f"SELECT id FROM grant_requests WHERE user_id = {CORE.person(0)}",
    "tag": "SELECT min(tag_id) FROM profile_tags WHERE profile_id = :mentor",
}
"""What a scene refers to by its id, and how that is found."""

_TIMES = {
    "long_ago": NOW - timedelta(days=31),
    "hour_ago": NOW - timedelta(hours=1),
    "soon": NOW + timedelta(minutes=10),
    "hour_ahead": NOW + timedelta(minutes=40),
}


async def _one(db: Database, query: str, **values: Any) -> int:
    return int((await db.read(_fetch, query, **values))[0][0])


async def _fetch(tx: Transaction, query: str, **values: Any) -> Sequence[Any]:
    used = {name: value for name, value in values.items() if f":{name}" in query}
    return (await tx.connection.execute(text(query), used)).all()


async def _execute(tx: Transaction, statement: str, **values: Any) -> None:
    times = {name: time for name, time in _TIMES.items() if f":{name}" in statement}
    typed = text(statement).bindparams(*(bindparam(name, type_=UtcDateTime()) for name in times))
    await tx.connection.execute(typed, values | times)
