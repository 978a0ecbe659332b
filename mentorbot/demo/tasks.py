"""Six tasks for each persona to try, and which of them are done.

Whether a task is done is derived from the database. Tasks that leave no trace there are recognised
by the command that the bot has answered. A task that is done stays done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import discord
from sqlalchemy import ColumnElement, exists, func, select

from bot.telemetry import command_name
from mentorbot.demo.community import MAYA, OLIVER, PRIYA, TOMAS
from mentorbot.demo.simulated_discord import SimulatedServer
from mentorship.event_types import EventType
from mentorship.points.ledger import Cause
from mentorship.statuses import RevisionKind, RevisionStatus, SessionStatus
from storage import Database, Transaction
from storage.tables import (
    Event,
    ExternalCalendar,
    GroupSession,
    MentorProfile,
    Participant,
    ProfileRevision,
    Review,
    Series,
    Session,
    Table,
    Transfer,
    WeeklyHoursRow,
)


@dataclass(frozen=True, slots=True)
class Task:
    """Something to try: what, how, and in which of the persona's channels (a key).

    `path` leads to something in the demo whose address the visitor needs.
    """

    key: str
    title: str
    hint: str
    channel: str
    path: str | None = None


TASKS = {
    MAYA.key: (
        Task(
            "book",
            "Book a mentor",
            "/book, then choose Oliver Hughes, a slot, and Confirm.",
            "mentorship",
        ),
        Task(
            "search",
            "Search with a typo",
            "/mentor search with expertise: pyton.",
            "mentorship",
        ),
        Task(
            "rate",
            "Rate a session",
            "/rate, then the session with Chloé Martin, which has no stars yet.",
            "mentorship",
        ),
        Task("give", "Thank someone with points", "/points give, 20 to anyone.", "mentorship"),
        Task(
            "reschedule",
            "Suggest another time",
            "/reschedule your booking; you keep the old time until the mentor answers.",
            "mentorship",
        ),
        Task(
            "repeat",
            "Book the same time every week",
            "/book, then Repeat… before you confirm. London’s clocks change on Sunday.",
            "mentorship",
        ),
    ),
    OLIVER.key: (
        Task("confirm", "Confirm a request", "Confirm, below Maya’s booking.", "dm"),
        Task(
            "hours",
            "Change your hours",
            "/mentor hours, then choose a day and change its hours.",
            "mentorship",
        ),
        Task(
            "reschedule",
            "Suggest another time to Leo",
            "/reschedule your session with Leo.",
            "mentorship",
        ),
        Task(
            "reply",
            "Reply to a review",
            "/sessions, then Past. Open one with stars, and reply to its review.",
            "mentorship",
        ),
        Task(
            "calendar",
            "Keep your own evenings free",
            "/calendar, then Add address. This one has choir practice on Wednesdays at 7pm.",
            "mentorship",
            "/static/example-calendar.ics",
        ),
        Task(
            "group",
            "Offer a session for several people",
            "/session create, then Create. It’s announced in #group-sessions.",
            "mentorship",
        ),
    ),
    PRIYA.key: (
        Task(
            "decide",
            "Decide on Tomás’s application",
            "Read the card, then press Approve.",
            "mentor-review",
        ),
        Task(
            "resolve",
            "Resolve a dispute",
            "Fatima and Oliver disagree. Oliver is a moderator, but can’t decide his own case.",
            "mentor-review",
        ),
        Task("grant", "Reward someone", "/moderation grant, with a reason.", "mentorship"),
        Task("audit", "See who did what", "/moderation audit.", "mentorship"),
        Task("configure", "Change a server setting", "/setup, then Change.", "mentorship"),
        Task(
            "cancel",
            "Cancel a group session",
            "/session list, then choose one and Cancel session. Everyone is refunded.",
            "mentorship",
        ),
    ),
    TOMAS.key: (
        Task("status", "Check your application", "/mentor status.", "mentorship"),
        Task(
            "text",
            "Improve your profile text",
            "/mentor status, then Edit application. Once approved, /mentor edit.",
            "mentorship",
        ),
        Task(
            "zone",
            "Convert a time to your time zone",
            "/timezone convert with time: 9am and from: Tokyo.",
            "mentorship",
        ),
        Task("book", "Book a mentor yourself", "/book: mentors learn, too.", "mentorship"),
        Task(
            "hours",
            "Set your first hours",
            "Once Priya has approved you: /mentor hours with hours: mon-fri 6pm-9pm.",
            "mentorship",
        ),
        Task(
            "alert",
            "Wait for an evening slot",
            "/mentor profile with member: Jack Nguyen. Tell me when there’s a slot, then Evening.",
            "mentorship",
        ),
    ),
}
_COMMAND_TASKS = {
    (MAYA.key, "search"): ("mentor search", "expertise"),
    (PRIYA.key, "audit"): ("moderation audit", None),
    (TOMAS.key, "status"): ("mentor status", None),
    (TOMAS.key, "zone"): ("timezone convert", "time"),
}
"""Tasks that leave no trace in the database: the command, and the option it must be used with."""

_NOT_CONFIRMED = (
    SessionStatus.SCHEDULED,
    SessionStatus.DECLINED,
    SessionStatus.EXPIRED,
    SessionStatus.CANCELLED,
)
_WATCHED_TABLES: Sequence[type[Table]] = (
    Session,
    Transfer,
    Review,
    Event,
    GroupSession,
    ProfileRevision,
    Series,
)


class TaskTracker:
    """Tracks which tasks are done, from `start` on. Tasks are identified by (persona, task)."""

    def __init__(self, server: SimulatedServer, db: Database) -> None:
        self._server, self._db = server, db
        self._last_ids: dict[str, int] = {}
        self._initial_profiles: dict[tuple[str, str], object] = {}
        self._done: set[tuple[str, str]] = set()

    async def start(self) -> None:
        """Remember what exists already: it isn't the visitor's."""
        self._last_ids = await self._db.read(_latest_ids)
        self._initial_profiles = await self._db.read(self._profiles)

    async def on_command(self, interaction: discord.Interaction, _command: object) -> None:
        """Mark the tasks done that consist of a command which the bot has just answered."""
        for (key, task), (name, option) in _COMMAND_TASKS.items():
            if (
                command_name(interaction) == name
                and self._user_id(key) == interaction.user.id
                and (option is None or option in interaction.namespace)
            ):
                self._done.add((key, task))

    async def list_all(self) -> dict[str, list[tuple[Task, bool]]]:
        """Return each persona's tasks in order, each with whether it is done."""
        self._done |= await self._db.read(self._done_by_rows)
        profiles = await self._db.read(self._profiles)
        self._done |= {
            task for task, value in self._initial_profiles.items() if profiles[task] != value
        }
        return {
            key: [(task, (key, task.key) in self._done) for task in tasks]
            for key, tasks in TASKS.items()
        }

    def _user_id(self, key: str) -> int:
        return self._server.actor(key).user_id

    async def _done_by_rows(self, tx: Transaction) -> set[tuple[str, str]]:
        """Return the tasks for which there are new rows."""
        maya, oliver, priya, tomas = (
            self._user_id(persona.key) for persona in (MAYA, OLIVER, PRIYA, TOMAS)
        )
        conditions = {
            (MAYA.key, "book"): self._booked_by(maya),
            (MAYA.key, "rate"): self._new(Review, Review.author_id == maya),
            (MAYA.key, "give"): self._new(
                Transfer, Transfer.cause == Cause.GIFT, Transfer.made_by == maya
            ),
            (MAYA.key, "reschedule"): self._proposed_by(maya),
            (MAYA.key, "repeat"): self._new(Series, Series.mentee_id == maya),
            (OLIVER.key, "confirm"): self._new(
                Session, Session.mentor_id == oliver, Session.status.not_in(_NOT_CONFIRMED)
            ),
            (OLIVER.key, "reschedule"): self._proposed_by(oliver),
            (OLIVER.key, "reply"): exists().where(
                Review.replied_at.is_not(None),
                Review.profile_id == MentorProfile.id,
                MentorProfile.user_id == oliver,
            ),
            (OLIVER.key, "calendar"): exists().where(ExternalCalendar.user_id == oliver),
            # Those that follow a session that repeats aren't created by Oliver himself.
            (OLIVER.key, "group"): self._new(
                GroupSession, GroupSession.mentor_id == oliver, GroupSession.repeat_of.is_(None)
            ),
            (PRIYA.key, "decide"): ~exists().where(
                ProfileRevision.status == RevisionStatus.PENDING,
                ProfileRevision.kind == RevisionKind.APPLICATION,
            ),
            (PRIYA.key, "resolve"): self._happened(EventType.DISPUTE_RESOLVED),
            (PRIYA.key, "grant"): self._happened(EventType.POINTS_GRANTED),
            (PRIYA.key, "configure"): self._happened(EventType.SETTING_CHANGED),
            (PRIYA.key, "cancel"): self._new(
                Event,
                Event.type == EventType.GROUP_CANCELLED_BY_MODERATOR,
                Event.actor_id == priya,
            ),
            (TOMAS.key, "book"): self._booked_by(tomas),
            (TOMAS.key, "alert"): self._new(
                Event, Event.type == EventType.SLOT_ALERT_SET, Event.actor_id == tomas
            ),
            (TOMAS.key, "text"): self._new(
                ProfileRevision,
                ProfileRevision.profile_id == MentorProfile.id,
                MentorProfile.user_id == tomas,
            ),
        }
        row = (await tx.connection.execute(select(*conditions.values()))).one()
        return {task for task, done in zip(conditions, row, strict=True) if done}

    def _new(self, table: type[Table], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        row_id = table.__table__.c.id
        return exists().where(row_id > self._last_ids[table.__tablename__], *conditions)

    def _booked_by(self, user_id: int) -> ColumnElement[bool]:
        return self._new(
            Session,
            Participant.session_id == Session.id,
            Participant.user_id == user_id,
            Participant.role == "mentee",
        )

    def _proposed_by(self, user_id: int) -> ColumnElement[bool]:
        return self._new(
            Event, Event.type == EventType.RESCHEDULE_PROPOSED, Event.actor_id == user_id
        )

    def _happened(self, event_type: EventType) -> ColumnElement[bool]:
        return self._new(Event, Event.type == event_type)

    async def _profiles(self, tx: Transaction) -> dict[tuple[str, str], object]:
        """Load what tasks change in place: weekly hours, the text of the application."""
        values: dict[tuple[str, str], object] = {}
        for key in (OLIVER.key, TOMAS.key):
            hours = await tx.connection.execute(
                select(
                    WeeklyHoursRow.weekday, WeeklyHoursRow.start_minute, WeeklyHoursRow.end_minute
                )
                .join(MentorProfile)
                .where(MentorProfile.user_id == self._user_id(key))
            )
            values[key, "hours"] = sorted(map(tuple, hours))
        tomas = self._user_id(TOMAS.key)
        application = await tx.connection.execute(
            select(ProfileRevision.expertise, ProfileRevision.bio, ProfileRevision.hourly_rate)
            .join(MentorProfile)
            .where(MentorProfile.user_id == tomas)
            .order_by(ProfileRevision.id)
            .limit(1)
        )
        values[TOMAS.key, "text"] = [tuple(row) for row in application]
        return values


async def _latest_ids(tx: Transaction) -> dict[str, int]:
    """Load the highest id of each watched table."""
    latest = [select(func.max(table.__table__.c.id)).scalar_subquery() for table in _WATCHED_TABLES]
    row = (await tx.connection.execute(select(*latest))).one()
    return {
        table.__tablename__: last_id or 0
        for table, last_id in zip(_WATCHED_TABLES, row, strict=True)
    }
