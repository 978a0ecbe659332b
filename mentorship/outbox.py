"""Taking notices out of the outbox, and recording what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from mentorship import alternatives, applications, audit, guilds, ratings, sessions, statements
from mentorship.alternatives import Alternative
from mentorship.applications import ApplicationView
from mentorship.guilds import GuildSettings
from mentorship.notices import Draft, Kind, Trouble, write
from mentorship.sessions import SessionView
from storage import Transaction
from storage.tables import Notice

LEASE = timedelta(minutes=2)
"""How long whoever took a notice has to say what became of it, before another may take it."""

MOST_ATTEMPTS = 12


@dataclass(frozen=True, slots=True)
class DueNotice:
    """A notice to be sent now, with the facts as they are now.

    `user_id` is None for a channel of the guild. `alternatives` are for the mentee of a session
    that expired.
    """

    id: int
    key: str
    kind: Kind
    guild: GuildSettings
    user_id: int | None
    facts: dict[str, Any]
    attempts: int
    session: SessionView | None
    application: ApplicationView | None
    review: ratings.SessionReview | None
    transfer: statements.Entry | None
    entry: audit.Entry | None
    alternatives: tuple[Alternative, ...]


async def claim(tx: Transaction, limit: int = 20) -> list[DueNotice]:
    """Take the notices that are due, the urgent ones first, for the length of a lease.

    What is no longer useful is dropped on the way.
    """
    await tx.connection.execute(
        update(Notice)
        .where(Notice.status == "waiting", Notice.due_at <= tx.now, Notice.useful_until <= tx.now)
        .values(status="dropped", settled_at=tx.now, problem="too late to be of use")
    )
    rows = (
        await tx.connection.execute(
            select(*Notice.__table__.c)
            .where(
                Notice.status == "waiting",
                Notice.due_at <= tx.now,
                Notice.leased_until.is_(None) | (Notice.leased_until <= tx.now),
            )
            .order_by(Notice.urgency.desc(), Notice.due_at, Notice.id)
            .limit(limit)
        )
    ).all()
    if not rows:
        return []
    await tx.connection.execute(
        update(Notice)
        .where(Notice.id.in_([row.id for row in rows]))
        .values(leased_until=tx.now + LEASE, attempts=Notice.attempts + 1)
    )
    settings: dict[int, GuildSettings] = {}
    due = []
    for row in rows:
        if row.guild_id not in settings:
            settings[row.guild_id] = await guilds.settings(tx, row.guild_id)
        kind = Kind(row.kind)
        session = await sessions.load(tx, row.session_id) if row.session_id else None
        due.append(
            DueNotice(
                id=row.id,
                key=row.key,
                kind=kind,
                guild=settings[row.guild_id],
                user_id=row.user_id,
                facts=row.facts,
                attempts=row.attempts + 1,
                session=session,
                application=await applications.load(tx, row.revision_id)
                if row.revision_id
                else None,
                review=await ratings.of_session(tx, row.session_id)
                if kind in (Kind.RATED, Kind.REPLIED)
                else None,
                transfer=await statements.of_transfer(tx, row.facts["transfer"], row.user_id)
                if kind is Kind.POINTS
                else None,
                entry=await audit.load(tx, row.facts["entry"]) if kind is Kind.LOGGED else None,
                alternatives=await alternatives.near(tx, session)
                if kind is Kind.EXPIRED and session and session.mentee.user_id == row.user_id
                else (),
            )
        )
    return due


async def sent(tx: Transaction, notice: DueNotice, channel_id: int, message_id: int) -> None:
    """The notice arrived."""
    await _settle(tx, notice.id, "sent", None, channel_id=channel_id, message_id=message_id)
    if notice.kind is Kind.APPLICATION_RECEIVED and notice.application is not None:
        await applications.card_posted(tx, notice.application.id, channel_id, message_id)


async def failed(tx: Transaction, notice: DueNotice, problem: str) -> None:
    """The notice can't arrive, and trying again would not help."""
    await _settle(tx, notice.id, "failed", problem)


async def dropped(tx: Transaction, notice: DueNotice) -> None:
    """The notice no longer makes sense."""
    await _settle(tx, notice.id, "dropped", "no longer true when it was due")


async def try_again(tx: Transaction, notice: DueNotice, problem: str, wait: timedelta) -> None:
    """The notice did not arrive this time; after `MOST_ATTEMPTS` it is given up."""
    if notice.attempts >= MOST_ATTEMPTS:
        await failed(tx, notice, problem)
        return
    await tx.connection.execute(
        update(Notice)
        .where(Notice.id == notice.id)
        .values(leased_until=tx.now + wait, problem=problem)
    )


async def hold(
    tx: Transaction, notice: DueNotice, problem: str, wait: timedelta, trouble: Trouble
) -> None:
    """The notice can't be delivered until moderators mend something, which they are told once. It
    is kept however long that takes, and tried again after each `wait`."""
    await tx.connection.execute(
        update(Notice)
        .where(Notice.id == notice.id)
        .values(leased_until=tx.now + wait, problem=problem)
    )
    await report(tx, notice, trouble)


async def report(tx: Transaction, notice: DueNotice, trouble: Trouble) -> None:
    """Let moderators know of trouble with a notice; the same trouble of the same notice once."""
    about = notice.application.applicant_id if notice.application is not None else notice.user_id
    await write(
        tx,
        [
            Draft(
                Kind.TROUBLE,
                notice.guild.id,
                None,
                subject=f"{trouble}.{notice.id}",
                due_at=tx.now,
                facts={"trouble": trouble, "about": about, "with": notice.kind},
            )
        ],
    )


async def next_due(tx: Transaction) -> datetime | None:
    """When the outbox next has something to do, None if nothing waits."""
    return await tx.connection.scalar(
        select(func.min(Notice.due_at)).where(Notice.status == "waiting")
    )


async def _settle(
    tx: Transaction, notice_id: int, status: str, problem: str | None, **values: int
) -> None:
    await tx.connection.execute(
        update(Notice)
        .where(Notice.id == notice_id)
        .values(status=status, problem=problem, settled_at=tx.now, leased_until=None, **values)
    )
