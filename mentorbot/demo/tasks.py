"""Five things to try as each of the people, and which of them are done.

What is done follows from the demo's data, and for what leaves none from the commands that the bot
has answered. Done stays done, whatever comes after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import discord
from sqlalchemy import ColumnElement, exists, func, select

from bot.telemetry import command_name
from mentorbot.demo.community import MAYA, OLIVER, PRIYA, TOMAS
from mentorbot.demo.simulated_discord import Stage
from mentorship.actors import Actor
from mentorship.administration import audit
from mentorship.notifications.catalogue import Kind
from mentorship.points.ledger import Cause
from mentorship.statuses import SessionStatus
from storage import Database, Transaction
from storage.tables import (
    AuditEntry,
    MentorProfile,
    Notification,
    Participant,
    ProfileRevision,
    Review,
    Session,
    Table,
    Transfer,
    WeeklyHoursRow,
)


@dataclass(frozen=True, slots=True)
class Thing:
    """Something to try: what, how, and in which of the person's places."""

    key: str
    title: str
    how: str
    place: str


PATHS = {
    MAYA.key: (
        Thing(
            "book",
            "Book a mentor",
            "/book, then Oliver Hughes, a day, a time and Confirm.",
            "mentorship",
        ),
        Thing(
            "search",
            "Find somebody with a slip in the word",
            "/mentor search with expertise pyton.",
            "mentorship",
        ),
        Thing(
            "rate",
            "Say how it was",
            "/rate, then the session with Chloé Martin that has no stars yet.",
            "mentorship",
        ),
        Thing("give", "Say thank you with points", "/points give 20 to somebody.", "mentorship"),
        Thing(
            "move",
            "Ask for another time",
            "/reschedule what you have booked; the old time stays yours until the answer.",
            "mentorship",
        ),
    ),
    OLIVER.key: (
        Thing("say yes", "Say yes to a request", "Confirm, below what Maya has booked.", "dm"),
        Thing(
            "hours",
            "Change your hours",
            "/mentor hours, then a day; or typed: sun 17:00-20:00.",
            "mentorship",
        ),
        Thing(
            "move",
            "Ask Leo for another time",
            "/reschedule the session about Celery.",
            "mentorship",
        ),
        Thing(
            "reply",
            "Answer a review",
            "/sessions, then the past ones, then Leo’s: Reply to his words.",
            "mentorship",
        ),
        Thing("rate", "Ask for a little more", "/mentor edit, and another rate.", "mentorship"),
    ),
    PRIYA.key: (
        Thing("decide", "Decide on Tomás", "Read the card, then Approve it.", "mentor-review"),
        Thing(
            "settle",
            "Settle a dispute",
            "Fatima and Lucas say different things: pay, give back or split.",
            "mentor-review",
        ),
        Thing("grant", "Reward somebody", "/moderation grant, with a reason.", "mentorship"),
        Thing("audit", "See who did what", "/moderation audit.", "mentorship"),
        Thing("set up", "Change a rule of the server", "/setup, then Change.", "mentorship"),
    ),
    TOMAS.key: (
        Thing("status", "See where your application is", "/mentor status.", "mentorship"),
        Thing(
            "text",
            "Make your text better",
            "/mentor status, then Edit it; once approved, /mentor edit.",
            "mentorship",
        ),
        Thing(
            "zone",
            "Read a time on your clock",
            "/timezone convert with time 9:00, from Tokyo.",
            "mentorship",
        ),
        Thing("book", "Book a mentor yourself", "/book: mentors learn, too.", "mentorship"),
        Thing(
            "hours",
            "Open your first hours",
            "Once Priya has said yes: /mentor hours, typed: mon-fri 18-21.",
            "mentorship",
        ),
    ),
}
_COMMANDS = {
    (MAYA.key, "search"): ("mentor search", "expertise"),
    (PRIYA.key, "audit"): ("moderation audit", None),
    (TOMAS.key, "status"): ("mentor status", None),
    (TOMAS.key, "zone"): ("timezone convert", "time"),
}
"""What leaves nothing behind: the command, and the option that it must be used with."""

_UNANSWERED = (
    SessionStatus.SCHEDULED,
    SessionStatus.DECLINED,
    SessionStatus.EXPIRED,
    SessionStatus.CANCELLED,
)
_MARKED: Sequence[type[Table]] = (
    Session,
    Transfer,
    Review,
    AuditEntry,
    ProfileRevision,
    Notification,
)


class Paths:
    """The five things of each, followed from the moment when the curtain rises."""

    def __init__(self, stage: Stage, db: Database) -> None:
        self._stage, self._db = stage, db
        self._marks: dict[str, int] = {}
        self._before: dict[tuple[str, str], object] = {}
        self._done: set[tuple[str, str]] = set()

    async def begin(self) -> None:
        """Whatever has happened already is not the visitor's."""
        self._marks = await self._db.read(_marks)
        self._before = await self._db.read(self._profiles)

    async def answered(self, interaction: discord.Interaction, _command: object) -> None:
        """The bot has answered a command of somebody's."""
        for (key, thing), (name, option) in _COMMANDS.items():
            if (
                command_name(interaction) == name
                and self._id(key) == interaction.user.id
                and (option is None or option in interaction.namespace)
            ):
                self._done.add((key, thing))

    async def of_all(self) -> dict[str, list[tuple[Thing, bool]]]:
        """Each person's five things in order, with whether they are done."""
        self._done |= await self._db.read(self._found)
        now = await self._db.read(self._profiles)
        self._done |= {where for where, was in self._before.items() if now[where] != was}
        return {
            key: [(thing, (key, thing.key) in self._done) for thing in things]
            for key, things in PATHS.items()
        }

    def _actor(self, key: str) -> Actor:
        return self._stage.actor(key)

    def _id(self, key: str) -> int:
        return self._actor(key).user_id

    async def _found(self, tx: Transaction) -> set[tuple[str, str]]:
        """What has left a row that was not there before."""
        maya, oliver, tomas = map(self._id, (MAYA.key, OLIVER.key, TOMAS.key))
        conditions = {
            (MAYA.key, "book"): self._booked_by(maya),
            (MAYA.key, "rate"): self._new(Review, Review.author_id == maya),
            (MAYA.key, "give"): self._new(
                Transfer, Transfer.cause == Cause.GIFT, Transfer.made_by == maya
            ),
            (MAYA.key, "move"): self._proposed_by(maya),
            (OLIVER.key, "say yes"): self._new(
                Session, Session.mentor_id == oliver, Session.status.not_in(_UNANSWERED)
            ),
            (OLIVER.key, "move"): self._proposed_by(oliver),
            (OLIVER.key, "reply"): exists().where(
                Review.replied_at.is_not(None),
                Review.profile_id == MentorProfile.id,
                MentorProfile.user_id == oliver,
            ),
            (PRIYA.key, "decide"): ~exists().where(
                ProfileRevision.status == "pending", ProfileRevision.kind == "application"
            ),
            (PRIYA.key, "settle"): self._acted("settled_%"),
            (PRIYA.key, "grant"): self._acted("points_granted"),
            (PRIYA.key, "set up"): self._acted(audit.SETTING_CHANGED),
            (TOMAS.key, "book"): self._booked_by(tomas),
            (TOMAS.key, "text"): self._new(
                ProfileRevision,
                ProfileRevision.profile_id == MentorProfile.id,
                MentorProfile.user_id == tomas,
            ),
        }
        row = (await tx.connection.execute(select(*conditions.values()))).one()
        return {where for where, held in zip(conditions, row, strict=True) if held}

    def _new(self, table: type[Table], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        identity = table.__table__.c.id
        return exists().where(identity > self._marks[table.__tablename__], *conditions)

    def _booked_by(self, user_id: int) -> ColumnElement[bool]:
        return self._new(
            Session,
            Participant.session_id == Session.id,
            Participant.user_id == user_id,
            Participant.role == "mentee",
        )

    def _proposed_by(self, user_id: int) -> ColumnElement[bool]:
        """Whoever asked for another time is the one of the two who was not told of it."""
        return self._new(
            Notification,
            Notification.kind == Kind.PROPOSED,
            Notification.user_id != user_id,
            Participant.session_id == Notification.session_id,
            Participant.user_id == user_id,
        )

    def _acted(self, act: str) -> ColumnElement[bool]:
        return self._new(AuditEntry, AuditEntry.act.like(act))

    async def _profiles(self, tx: Transaction) -> dict[tuple[str, str], object]:
        """What is changed in place: hours, a rate, a text that waits."""
        found: dict[tuple[str, str], object] = {}
        for key in (OLIVER.key, TOMAS.key):
            mine = MentorProfile.user_id == self._id(key)
            hours = await tx.connection.execute(
                select(WeeklyHoursRow.__table__).join(MentorProfile).where(mine)
            )
            found[key, "hours"] = sorted(map(tuple, hours))
        oliver, tomas = self._id(OLIVER.key), self._id(TOMAS.key)
        found[OLIVER.key, "rate"] = await tx.connection.scalar(
            select(MentorProfile.hourly_rate).where(MentorProfile.user_id == oliver)
        )
        text = await tx.connection.execute(
            select(ProfileRevision.expertise, ProfileRevision.bio, ProfileRevision.hourly_rate)
            .join(MentorProfile)
            .where(MentorProfile.user_id == tomas)
            .order_by(ProfileRevision.id)
            .limit(1)
        )
        found[TOMAS.key, "text"] = [tuple(each) for each in text]
        return found


async def _marks(tx: Transaction) -> dict[str, int]:
    """The latest row of each table."""
    latest = [select(func.max(table.__table__.c.id)).scalar_subquery() for table in _MARKED]
    row = (await tx.connection.execute(select(*latest))).one()
    return {table.__tablename__: mark or 0 for table, mark in zip(_MARKED, row, strict=True)}
