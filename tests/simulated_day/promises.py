"""What must be true of the whole database and of all messages, beside what the model knows."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.replies import nonce
from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import reconciliation
from mentorship.statuses import LIVE, SessionStatus
from tests.simulated_day.model import require
from tests.simulated_day.store import Store, instant, optional_instant

if TYPE_CHECKING:
    from tests.simulated_day.simulation import Simulation

LATE = timedelta(minutes=6)
"""From when something that should have been done counts as forgotten."""

WITHOUT_NONCE = (NotificationKind.APPLICATION_RECEIVED, NotificationKind.WELCOME)
"""Kinds that may edit an earlier message, or be posted elsewhere."""


async def check_nothing_is_late(store: Store, now: datetime) -> None:
    """Assert that all sessions and notifications are where they should be by now."""
    waiting = {
        row["session_id"]
        for row in await store.rows(
            "SELECT session_id FROM notices "
            "WHERE status = 'waiting' AND kind IN ('how_was_it', 'missed')"
        )
    }
    for row in await store.rows("SELECT * FROM sessions"):
        status, next_at = SessionStatus(row["status"]), optional_instant(row["next_at"])
        if status not in LIVE or row["id"] in waiting:
            continue
        late_by = now - next_at if next_at is not None else timedelta(0)
        require(late_by < LATE, f"session {row['id']} is {status}, {late_by} too late")
        if status in (SessionStatus.SCHEDULED, SessionStatus.CONFIRMED):
            late_by = now - instant(row["starts_at"])
            require(late_by < LATE, f"session {row['id']} is {status}, {late_by} after its start")
    for row in await store.rows("SELECT * FROM notices WHERE status = 'waiting'"):
        late_by = now - instant(row["next_at"])
        require(late_by < LATE, f"notification {row['key']} waits, {late_by} too late")


async def check_everything(simulation: Simulation) -> None:
    """Check all promises at the end of the day."""
    found = await simulation.program.database.read(reconciliation.check)
    require(found.faults == (), f"the ledger has faults: {found.faults}")
    ratings = await simulation.program.database.read(reconciliation.check_ratings)
    require(ratings == (), f"the ratings have faults: {ratings}")
    seats = await simulation.program.database.read(reconciliation.check_seats)
    require(seats == (), f"the seats have faults: {seats}")
    tips = await simulation.program.database.read(reconciliation.check_tips)
    require(tips == (), f"the tips have faults: {tips}")
    await check_nothing_is_late(simulation.store, simulation.now)
    await check_messages(simulation)
    await check_reminders(simulation.store)
    for guild, person in simulation.forgotten:
        await check_erased(simulation.store, guild, person)


async def check_messages(simulation: Simulation) -> None:
    """Assert that each notification was sent once, or not at all for a stated reason."""
    sent = simulation.discord.messages
    for number, messages in sent.items():
        require(
            len(messages) == 1 or number in simulation.discord.unsure,
            f"sent {len(messages)} times: {number} at {[message.at for message in messages]}",
        )
    for row in await simulation.store.rows("SELECT * FROM notices"):
        key, status = row["key"], row["status"]
        if status == "sent" and row["kind"] not in WITHOUT_NONCE:
            require(nonce(key) in sent, f"notification {key} is called sent, but was not")
        if status in ("failed", "dropped"):
            require(bool(row["problem"]), f"notification {key} is {status} without a reason")
            if status == "dropped":
                require(nonce(key) not in sent, f"notification {key} was sent and is dropped")


async def check_reminders(store: Store) -> None:
    """Assert that no reminder was sent when a later one of its session was due already."""
    reminders = defaultdict(list)
    for row in await store.rows("SELECT * FROM notices WHERE kind = 'reminder'"):
        reminders[row["session_id"], row["user_id"]].append(row)
    for rows in reminders.values():
        for one in rows:
            if one["status"] != "sent":
                continue
            sent_at, due_at = instant(one["settled_at"]), instant(one["due_at"])
            for other in rows:
                newer = instant(other["due_at"])
                require(
                    not due_at < newer <= sent_at - timedelta(minutes=2)
                    or instant(other["due_at"]) == due_at,
                    f"reminder {one['key']} was sent at {sent_at}, after {other['key']} was due",
                )


async def check_erased(store: Store, guild: int, person: int) -> None:
    """Assert that nothing in a guild's rows names a person who was erased."""
    names = await store.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        if hasattr(store, "file")
        else "SELECT table_name AS name FROM information_schema.tables "
        "WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    for table in names:
        for row in await store.rows(f'SELECT * FROM "{table["name"]}"'):
            if row.get("guild_id") == guild:
                traces = [name for name, value in row.items() if str(person) in str(value)]
                require(not traces, f"{person} was erased and is in {table['name']}: {traces}")
