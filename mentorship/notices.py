"""What people are told, as one catalogue, and how a use case puts it into the outbox.

A notice is written in the transaction of its cause and sent afterwards (`mentorship.outbox`), so a
crash in between loses nothing. It holds no words: those are made when it is sent, from the facts
as they are then.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto
from functools import cache
from itertools import pairwise
from typing import Any

from sqlalchemy import Insert, bindparam, delete, literal_column, select, update

from storage import Transaction
from storage.queries import upsert
from storage.tables import Member, Notice


class Kind(StrEnum):
    """What a notice is about.

    To whom it goes, when, and what a member may say about that stands in `CATALOGUE`.
    """

    APPLICATION_RECEIVED = auto()
    APPROVED = auto()
    REJECTED = auto()
    CHANGES_REQUESTED = auto()
    SUSPENDED = auto()
    REINSTATED = auto()
    LOGGED = auto()
    TROUBLE = auto()
    WELCOME = auto()
    SETTING_LOST = auto()
    UNDELIVERED = auto()
    PLACE_FAILED = auto()
    REQUESTED = auto()
    CONFIRMED = auto()
    DECLINED = auto()
    EXPIRED = auto()
    PROPOSED = auto()
    RESCHEDULED = auto()
    KEPT = auto()
    CANCELLED = auto()
    REMINDER = auto()
    STARTING = auto()
    HOW_WAS_IT = auto()
    MISSED = auto()
    DISPUTED = auto()
    DISPUTE_OPENED = auto()
    SETTLED = auto()
    NO_SHOW = auto()
    COMPLETED = auto()
    RATED = auto()
    REPLIED = auto()
    POINTS = auto()


class Trouble(StrEnum):
    """What only a guild's moderators can mend, or need to know, about another notice."""

    REVIEW_CLOSED = auto()
    REVIEW_GONE = auto()
    LEFT = auto()
    ROLE_GONE = auto()
    ROLE_REFUSED = auto()


class To(StrEnum):
    """Where a notice goes."""

    PERSON = auto()
    REVIEW_CHANNEL = auto()
    LOG_CHANNEL = auto()
    MODERATORS = auto()
    """The first place that can be written to: the review channel, the log channel, the owner."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What holds for all notices of a kind. `who` and `when` complete "goes to … when …".

    `urgent`: it goes out before what can wait, and quiet hours don't hold it. `switch`: what it is
    called among the things that a member may switch off; empty for what everybody must hear.
    `before_start`: it is of no use once the session that it is about has begun.
    """

    who: str
    when: str
    to: To = To.PERSON
    urgent: bool = False
    switch: str = ""
    before_start: bool = False

    @property
    def urgency(self) -> int:
        """A higher one goes out first."""
        return 2 if self.urgent else 1

    @property
    def waits(self) -> bool:
        """Whether a person's quiet hours hold it until they end."""
        return self.to is To.PERSON and not self.urgent


URGENCIES = (2, 1)

CATALOGUE: dict[Kind, Entry] = {
    Kind.APPLICATION_RECEIVED: Entry(
        "the moderators", "somebody applies or changes their profile", To.REVIEW_CHANNEL
    ),
    Kind.APPROVED: Entry("the applicant", "a moderator approves"),
    Kind.REJECTED: Entry("the applicant", "a moderator rejects, with the reason"),
    Kind.CHANGES_REQUESTED: Entry("the applicant", "a moderator asks for changes"),
    Kind.SUSPENDED: Entry("the mentor", "a moderator suspends them"),
    Kind.REINSTATED: Entry("the mentor", "a moderator lets them mentor again"),
    Kind.LOGGED: Entry("the moderators", "one of them has acted", To.LOG_CHANNEL),
    Kind.TROUBLE: Entry(
        "the moderators", "something is wrong that only they can mend", To.MODERATORS
    ),
    Kind.WELCOME: Entry("whoever invited the bot", "it comes to a server"),
    Kind.SETTING_LOST: Entry(
        "the moderators, or the owner",
        "what a setting names is deleted in Discord",
        To.LOG_CHANNEL,
    ),
    Kind.UNDELIVERED: Entry(
        "the moderators", "an hour is over in which somebody could not be told", To.LOG_CHANNEL
    ),
    Kind.PLACE_FAILED: Entry("the moderators", "a place to meet could not be made", To.LOG_CHANNEL),
    Kind.REQUESTED: Entry("the mentor", "somebody books", before_start=True),
    Kind.CONFIRMED: Entry(
        "the mentee",
        "the mentor confirms",
        switch="a mentor confirmed",
        before_start=True,
    ),
    Kind.DECLINED: Entry("the mentee", "the mentor declines, with the reason"),
    Kind.EXPIRED: Entry("both", "the mentor did not answer in time"),
    Kind.PROPOSED: Entry("the other", "one side asks for another time", before_start=True),
    Kind.RESCHEDULED: Entry("the one who asked", "the other takes the new time", before_start=True),
    Kind.KEPT: Entry("those who didn't say so", "the old time stands", before_start=True),
    Kind.CANCELLED: Entry("the other, or both", "a session is called off", urgent=True),
    Kind.REMINDER: Entry("both", "the start comes near", before_start=True),
    Kind.STARTING: Entry("both", "a session starts", urgent=True),
    Kind.HOW_WAS_IT: Entry("the mentee", "a session ends", switch="how was your session?"),
    Kind.MISSED: Entry("the one said to be absent", "the other says that they didn't come"),
    Kind.DISPUTED: Entry("both", "they say different things of how it went"),
    Kind.DISPUTE_OPENED: Entry(
        "the moderators", "the two say different things of how it went", To.MODERATORS
    ),
    Kind.SETTLED: Entry("both", "a moderator settles a dispute"),
    Kind.NO_SHOW: Entry("both", "it stands that one of them did not come"),
    Kind.COMPLETED: Entry(
        "those who didn't say so",
        "a session counts as completed",
        switch="a session is completed",
    ),
    Kind.RATED: Entry(
        "the mentor",
        "the mentee gives stars, and when words come to them later",
        switch="somebody rated you",
    ),
    Kind.REPLIED: Entry(
        "the mentee", "the mentor replies to a review", switch="a mentor replied to your review"
    ),
    Kind.POINTS: Entry(
        "their owner", "points are granted, deducted or given", switch="points came or went"
    ),
}

WRITTEN_AHEAD = (Kind.REMINDER, Kind.STARTING, Kind.HOW_WAS_IT)
"""Kinds that lie in the outbox until their time, and are dropped when the session ends early."""

SWITCHES = {kind: entry.switch for kind, entry in CATALOGUE.items() if entry.switch}
"""What a member may switch off, by what it is called."""

WAITING = Notice.status == literal_column("'waiting'")
"""Spelt out in the statement, since a partial index is of no use to a parameter."""


def each_time() -> str:
    """A subject for what may happen again and is news each time, such as a suspension."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice to be written. `subject` makes its key unique among those of its kind.

    `user_id` is None for a channel of the guild. After `useful_until` it is dropped unsent.
    """

    kind: Kind
    guild_id: int
    user_id: int | None
    subject: str
    due_at: datetime
    useful_until: datetime | None = None
    session_id: int | None = None
    revision_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.subject}:{self.user_id or 'guild'}"


async def write(tx: Transaction, drafts: Iterable[Draft]) -> None:
    """Put notices into the outbox; one whose key is there already is the same notice."""
    rows = [
        {
            "kind": draft.kind,
            "guild_id": draft.guild_id,
            "user_id": draft.user_id,
            "key": draft.key,
            "due_at": draft.due_at,
            "next_at": draft.due_at,
            "useful_until": draft.useful_until,
            "session_id": draft.session_id,
            "revision_id": draft.revision_id,
            "facts": draft.facts,
            "urgency": CATALOGUE[draft.kind].urgency,
        }
        for draft in drafts
    ]
    if rows:
        await tx.connection.execute(_new(tx.dialect), rows)
        tx.outbox_changed = True
        tx.wrote += [str(row["key"]) for row in rows]


@cache
def _new(dialect: str) -> Insert:
    return upsert(dialect, Notice).on_conflict_do_nothing(index_elements=["key"])


_DROP_AHEAD = (
    update(Notice)
    .where(Notice.session_id == bindparam("session"), WAITING, Notice.kind.in_(WRITTEN_AHEAD))
    .values(status="dropped", settled_at=bindparam("now"), problem="the session ended early")
)


async def drop_ahead(tx: Transaction, session_id: int) -> None:
    """Take back what was written ahead for a session that won't take place (at that time)."""
    await tx.connection.execute(_DROP_AHEAD, {"session": session_id, "now": tx.now})


_OWN_REMINDERS = select(Member.user_id, Member.reminders).where(
    Member.guild_id == bindparam("guild"), Member.user_id.in_(bindparam("people", expanding=True))
)


async def ahead(
    tx: Transaction,
    *,
    guild_id: int,
    session_id: int,
    sequence: int,
    people: Sequence[int],
    starts_at: datetime,
    ends_at: datetime,
    leads: Sequence[int],
) -> list[Draft]:
    """What is written ahead for a session that is on: reminders and "starting now".

    `leads` are the guild's, in minutes before the start; whoever has chosen their own gets those.
    `sequence` tells the times of a session that was moved apart.
    """
    asked = {"guild": guild_id, "people": people}
    rows = await tx.connection.execute(_OWN_REMINDERS, asked)
    own = {row.user_id: row.reminders for row in rows if row.reminders is not None}
    subject = f"{session_id}.{sequence}"
    drafts = []
    for person in people:
        starting = Draft(
            Kind.STARTING,
            guild_id,
            person,
            subject=subject,
            due_at=starts_at,
            useful_until=ends_at,
            session_id=session_id,
        )
        drafts += [*reminders(starting, own.get(person, leads), tx.now), starting]
    return drafts


def reminders(starting: Draft, leads: Sequence[int], now: datetime) -> list[Draft]:
    """The reminders before what "starting now" is about, `leads` minutes before it.

    A reminder is useful until the next one is due, so that after a downtime the newest alone goes
    out; one that would be due already is not written.
    """
    starts_at = starting.due_at
    due_times = sorted({starts_at - timedelta(minutes=lead) for lead in leads})
    drafts = []
    for due_at, until in pairwise([*due_times, starts_at]):
        if due_at > now:
            lead = (starts_at - due_at) // timedelta(minutes=1)
            drafts.append(
                replace(
                    starting,
                    kind=Kind.REMINDER,
                    subject=f"{starting.subject}.{lead}",
                    due_at=due_at,
                    useful_until=until,
                    facts={"minutes": lead},
                )
            )
    return drafts


async def rewrite_reminders(
    tx: Transaction, guild_id: int, user_id: int, leads: Sequence[int]
) -> None:
    """Put other reminders in the place of those that wait for a person in a guild.

    One that is being sent at this moment goes out; none goes out twice.
    """
    mine = (Notice.guild_id == guild_id, Notice.user_id == user_id, WAITING)
    await tx.connection.execute(
        delete(Notice).where(*mine, Notice.kind == Kind.REMINDER, Notice.attempts == 0)
    )
    # For each session that is on there is one "starting now", with all that is needed.
    rows = await tx.connection.execute(
        select(*Notice.__table__.c).where(
            *mine, Notice.kind == Kind.STARTING, Notice.due_at > tx.now
        )
    )
    for row in rows.all():
        starting = Draft(
            Kind.STARTING,
            guild_id,
            user_id,
            subject=row.key.split(":")[1],
            due_at=row.due_at,
            useful_until=row.useful_until,
            session_id=row.session_id,
        )
        await write(tx, reminders(starting, leads, tx.now))


async def rewrite_reminders_of_guild(tx: Transaction, guild_id: int, leads: Sequence[int]) -> None:
    """Do so for everybody in the guild who has no reminders of their own."""
    people = await tx.connection.scalars(
        select(Member.user_id)
        .select_from(Notice)
        .join(Member, (Member.guild_id == Notice.guild_id) & (Member.user_id == Notice.user_id))
        .where(
            WAITING,
            Notice.guild_id == guild_id,
            Notice.kind == Kind.STARTING,
            Member.reminders.is_(None),
        )
        .distinct()
    )
    for user_id in people.all():
        await rewrite_reminders(tx, guild_id, user_id, leads)
