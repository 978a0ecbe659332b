"""The place where the two of a session meet, where the guild wants one: a private thread, or a
voice channel that only they can join. It is made some minutes before and removed afterwards.

Making it is written down before it is begun, with the name that it will have. So a program that
died over it finds what it had made, and makes no second one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, exists, or_, select, update

from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from mentorship.sessions import session_views
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import AGREED, CALLED_OFF
from storage import Transaction
from storage.queries import upsert
from storage.tables import Guild, MeetingPlace, Session
from storage.types import UtcDateTime

OPENS_BEFORE = timedelta(minutes=15)
CLOSES_AFTER = timedelta(minutes=30)

LEASE = timedelta(minutes=2)
"""How long whoever makes or removes a place has for it, before it is tried again."""

AGAIN = timedelta(minutes=5)
"""How long to leave what could not be done."""

LONGEST_SESSION = timedelta(hours=4)
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Place:
    """A place to be made or removed. `kind` is thread or voice.

    `channel_id` is None while nobody knows whether it exists; it would then have this `name`.
    `begun_before`: somebody has begun to make it already, and may have succeeded.
    """

    session: SessionView
    guild: GuildSettings
    kind: str
    name: str
    channel_id: int | None
    begun_before: bool

    @property
    def closes_at(self) -> datetime:
        return self.session.ends_at + CLOSES_AFTER


async def is_due(tx: Transaction) -> bool:
    """Whether there is a place to make or to remove now. Reads a few rows, whatever is booked."""
    return bool(await tx.connection.scalar(_IS_DUE, _moments(tx.now)))


async def to_open(tx: Transaction) -> list[Place]:
    """Take the places that are to be made now, for the length of a lease."""
    rows = await tx.connection.execute(_TO_OPEN, _moments(tx.now))
    found = {row.id: row for row in rows}
    places = []
    for session in (await session_views.load_many(tx, found)).values():
        row = found[session.id]
        kind, name = row.kind or row.meeting_place, row.name or _name(session)
        await tx.connection.execute(
            upsert(tx.dialect, MeetingPlace)
            .values(session_id=session.id, kind=kind, name=name, next_at=tx.now + LEASE)
            .on_conflict_do_update(index_elements=["session_id"], set_={"next_at": tx.now + LEASE})
        )
        guild = await guild_settings.load(tx, session.guild_id)
        places.append(Place(session, guild, kind, name, None, begun_before=row.name is not None))
    return places


async def to_close(tx: Transaction) -> list[Place]:
    """Take the places that are to be removed now, for the length of a lease."""
    rows = await tx.connection.execute(_TO_CLOSE, _moments(tx.now))
    found: dict[int, Row[*tuple[Any, ...]]] = {row.session_id: row for row in rows}
    await tx.connection.execute(
        update(MeetingPlace)
        .where(MeetingPlace.session_id.in_(found))
        .values(next_at=tx.now + LEASE)
    )
    places = []
    for session in (await session_views.load_many(tx, found)).values():
        row = found[session.id]
        guild = await guild_settings.load(tx, session.guild_id)
        places.append(Place(session, guild, row.kind, row.name, row.channel_id, begun_before=True))
    return places


async def opened(tx: Transaction, place: Place, channel_id: int) -> None:
    """The place exists, and its two people are in it."""
    of_place = MeetingPlace.session_id == place.session.id
    await tx.connection.execute(
        update(MeetingPlace).where(of_place).values(channel_id=channel_id, problem=None)
    )
    await _set_channel(tx, place, channel_id)


async def closed(tx: Transaction, place: Place) -> None:
    """The place is gone, or never was."""
    await tx.connection.execute(
        delete(MeetingPlace).where(MeetingPlace.session_id == place.session.id)
    )
    await _set_channel(tx, place, None)


async def failed(tx: Transaction, place: Place, problem: str) -> None:
    """The place can't be made or removed as things are. Moderators hear of it once a day; it is
    tried again, since they may mend it."""
    await put_off(tx, place, problem)
    if place.guild.log_channel_id is None:
        return
    draft = NotificationDraft(
        NotificationKind.PLACE_FAILED,
        place.guild.id,
        None,
        subject=f"{place.guild.id}.{tx.now:%Y%m%d}",
        due_at=tx.now,
        facts={"problem": problem},
    )
    await writing.write(tx, [draft])


async def put_off(tx: Transaction, place: Place, problem: str) -> None:
    """Discord was out of order; it is tried again soon."""
    await tx.connection.execute(
        update(MeetingPlace)
        .where(MeetingPlace.session_id == place.session.id)
        .values(next_at=tx.now + AGAIN, problem=problem)
    )


# --- which ----------------------------------------------------------------------------------------


_SESSIONS_AND_PLACES = Session.__table__.join(Guild.__table__).outerjoin(MeetingPlace.__table__)
_PLACES = MeetingPlace.__table__.join(Session.__table__)

_NOW, _OPEN_UNTIL = bindparam("now", type_=UtcDateTime), bindparam("open_until", type_=UtcDateTime)


def _moments(now: datetime) -> dict[str, datetime]:
    """What the conditions below compare with."""
    return {
        "now": now,
        "open_until": now + OPENS_BEFORE,
        "longest_ago": now - LONGEST_SESSION,
        "closed_since": now - CLOSES_AFTER,
    }


_IS_TO_OPEN = (
    # Sessions that are on and near, in guilds that want a place, which have none yet.
    Session.starts_at > bindparam("longest_ago"),
    Session.starts_at <= _OPEN_UNTIL,
    Session.ends_at > _NOW,
    Session.status.in_(AGREED),
    Guild.meeting_place != "link",
    MeetingPlace.channel_id.is_(None),
    MeetingPlace.next_at.is_(None) | (MeetingPlace.next_at <= _NOW),
)
_IS_TO_CLOSE = (
    # Places of what is over for a while, was called off, or was moved away.
    MeetingPlace.next_at <= _NOW,
    or_(
        Session.ends_at <= bindparam("closed_since"),
        Session.starts_at > _OPEN_UNTIL,
        Session.status.in_(CALLED_OFF),
    ),
)
_IS_DUE = select(
    or_(
        exists(select(Session.id).select_from(_SESSIONS_AND_PLACES).where(*_IS_TO_OPEN)),
        exists(select(Session.id).select_from(_PLACES).where(*_IS_TO_CLOSE)),
    )
)
_TO_OPEN = (
    select(Session.id, Guild.meeting_place, MeetingPlace.kind, MeetingPlace.name)
    .select_from(_SESSIONS_AND_PLACES)
    .where(*_IS_TO_OPEN)
    .order_by(Session.starts_at)
    .limit(AT_ONCE)
)
_TO_CLOSE = (
    select(*MeetingPlace.__table__.c).select_from(_PLACES).where(*_IS_TO_CLOSE).limit(AT_ONCE)
)


def _name(session: SessionView) -> str:
    """What the place is called, which no other of its guild is: the two have one session then."""
    people = f"{session.mentor.name[:30]} & {session.mentee.name[:30]}"
    return f"{people} · {session.starts_at:%-d %b %H.%M} UTC"


async def _set_channel(tx: Transaction, place: Place, channel_id: int | None) -> None:
    await tx.connection.execute(
        update(Session).where(Session.id == place.session.id).values(meeting_channel_id=channel_id)
    )
